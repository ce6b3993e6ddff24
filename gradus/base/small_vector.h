#pragma once

#include <cstddef>
#include <initializer_list>
#include <new>
#include <type_traits>
#include <utility>

namespace gradus {

/// True for types whose objects move by having their bytes copied, the source then being forgotten
/// rather than destroyed: plain data, and handles that say so.
template <class T>
inline constexpr bool kMovesAsBytes = std::is_trivially_copyable_v<T>;

/// A vector whose first `N` elements live inside the object, so that short lists (the dimensions of
/// a shape, the inputs of an operation) need no allocation.
template <class T, std::size_t N>
class SmallVector {
  static constexpr bool kIsHandle = kMovesAsBytes<T> && !std::is_trivially_copyable_v<T>;

 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  SmallVector() noexcept = default;
  SmallVector(std::initializer_list<T> values) requires(!kIsHandle) {
    append(values.begin(), values.end());
  }
  /// Of handles. A list of these would copy each of them twice, and copies are counted.
  template <class... Values>
  requires(kIsHandle && sizeof...(Values) > 0 && (std::is_convertible_v<Values, T> && ...))
      SmallVector(Values&&... values) {
    reserve(sizeof...(Values));
    (emplace_back(std::forward<Values>(values)), ...);
  }
  template <class Iterator>
  requires(!std::is_integral_v<Iterator> && !std::is_convertible_v<Iterator, T>)
      SmallVector(Iterator first, Iterator last) {
    append(first, last);
  }
  SmallVector(std::size_t count, const T& value) { resize(count, value); }
  SmallVector(const SmallVector& other) { append(other.begin(), other.end()); }
  SmallVector(SmallVector&& other) noexcept { take(other); }
  ~SmallVector() { release(); }

  SmallVector& operator=(const SmallVector& other) {
    if (this != &other) {
      clear();
      append(other.begin(), other.end());
    }
    return *this;
  }
  SmallVector& operator=(SmallVector&& other) noexcept {
    if (this != &other) {
      release();
      take(other);
    }
    return *this;
  }

  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  T& front() noexcept { return data_[0]; }
  const T& front() const noexcept { return data_[0]; }
  T& back() noexcept { return data_[size_ - 1]; }
  const T& back() const noexcept { return data_[size_ - 1]; }

  void reserve(std::size_t wanted) {
    if (wanted > capacity_) grow(wanted);
  }
  void push_back(T value) { emplace_back(std::move(value)); }
  template <class... Args>
  T& emplace_back(Args&&... args) {
    if (size_ == capacity_) grow(2 * capacity_);
    T* slot = new (data_ + size_) T(std::forward<Args>(args)...);
    ++size_;
    return *slot;
  }
  void pop_back() noexcept { data_[--size_].~T(); }
  void clear() noexcept {
    for (T& value : *this) value.~T();
    size_ = 0;
  }
  void resize(std::size_t count, const T& value = T()) {
    make_room(count);
    while (size_ > count) pop_back();
    while (size_ < count) emplace_back(value);
  }
  template <class Iterator>
  void append(Iterator first, Iterator last) {
    if constexpr (std::is_trivially_copyable_v<T> && std::is_convertible_v<Iterator, const T*>) {
      const auto count = static_cast<std::size_t>(last - first);
      make_room(size_ + count);
      for (std::size_t i = 0; i < count; ++i) data_[size_ + i] = first[i];
      size_ += count;
    } else {
      for (; first != last; ++first) emplace_back(*first);
    }
  }
  /// Inserts before position `index`.
  void insert(std::size_t index, T value) {
    emplace_back(std::move(value));
    for (std::size_t i = size_ - 1; i > index; --i) std::swap(data_[i], data_[i - 1]);
  }
  void erase(std::size_t index) {
    for (std::size_t i = index; i + 1 < size_; ++i) data_[i] = std::move(data_[i + 1]);
    pop_back();
  }

  friend bool operator==(const SmallVector& a, const SmallVector& b) {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (!(a.data_[i] == b.data_[i])) return false;
    }
    return true;
  }

 private:
  T* inline_data() noexcept { return reinterpret_cast<T*>(inline_); }
  bool on_heap() noexcept { return data_ != inline_data(); }

  /// Moves the elements to `raw` and is empty.
  void move_to(T* raw) noexcept {
    if constexpr (kMovesAsBytes<T>) {
      __builtin_memcpy(static_cast<void*>(raw), static_cast<const void*>(data_), size_ * sizeof(T));
      size_ = 0;
    } else {  // <memory> has this loop, and would triple the time to include a shape
      for (T& value : *this) new (raw++) T(std::move(value));
      clear();
    }
  }
  /// For lists that grow step by step.
  void make_room(std::size_t wanted) {
    if (wanted > capacity_) grow(wanted > 2 * capacity_ ? wanted : 2 * capacity_);
  }
  void grow(std::size_t wanted) {
    T* fresh = static_cast<T*>(::operator new(wanted * sizeof(T)));
    const std::size_t count = size_;
    move_to(fresh);
    release();
    data_ = fresh;
    size_ = count;
    capacity_ = wanted;
  }
  void release() noexcept {
    clear();
    if (on_heap()) ::operator delete(data_);
    data_ = inline_data();
    capacity_ = N;
  }
  void take(SmallVector& other) noexcept {
    if (other.on_heap()) {
      data_ = std::exchange(other.data_, other.inline_data());
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, N);
    } else {
      size_ = other.size_;
      if constexpr (kMovesAsBytes<T> && sizeof(inline_) <= 64) {
        __builtin_memcpy(inline_, other.inline_, sizeof(inline_));  // faster than what is in use
        other.size_ = 0;
      } else {
        other.move_to(data_);
      }
    }
  }

  T* data_ = inline_data();
  std::size_t size_ = 0;
  std::size_t capacity_ = N;
  alignas(T) std::byte inline_[N * sizeof(T)];
};

}  // namespace gradus
