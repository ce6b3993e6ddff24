#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "gradus/base/reference_count.h"

// Owners for public headers: <memory> brings streams, parallel algorithms and atomics along, and
// strings, vectors and spans with it take two thirds more time to include than without.

namespace gradus {

/// The one owner of an object on the heap, or nothing, as std::unique_ptr. T's destructor must be
/// virtual where T is a base.
template <class T>
class Owned {
 public:
  Owned() noexcept = default;
  Owned(std::nullptr_t) noexcept {}
  explicit Owned(T* object) noexcept : object_(object) {}
  Owned(Owned&& other) noexcept : object_(other.release()) {}
  template <class U>
  requires std::is_convertible_v<U*, T*> Owned(Owned<U>&& other)
  noexcept : object_(other.release()) {}
  Owned& operator=(Owned other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Owned() { delete object_; }

  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const Owned& a, std::nullptr_t) noexcept { return !a.object_; }
  /// Gives the object up.
  T* release() noexcept {
    T* const object = object_;
    object_ = nullptr;
    return object;
  }

 private:
  T* object_ = nullptr;
};

template <class T, class... Arguments>
Owned<T> make_owned(Arguments&&... arguments) {
  return Owned<T>(new T(std::forward<Arguments>(arguments)...));
}

/// What the owners of one object share: their number, and how to destroy the object as the type
/// that it was made with.
class SharedCount {
 public:
  template <class T>
  explicit SharedCount(T* object)
      : object_(const_cast<std::remove_const_t<T>*>(object)),
        destroy_([](void* made) { delete static_cast<std::remove_const_t<T>*>(made); }) {}
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;
  ~SharedCount() { destroy_(object_); }

  ReferenceCount references;

 private:
  void* object_;
  void (*destroy_)(void*);
};

/// One of several owners of an object on the heap, or nothing, as std::shared_ptr. Threads may each
/// have their own.
template <class T>
class Shared {
 public:
  Shared() noexcept = default;
  Shared(std::nullptr_t) noexcept {}
  template <class U>
  requires std::is_convertible_v<U*, T*> Shared(Owned<U> object)
      : count_(object ? new SharedCount(object.get()) : nullptr), object_(object.release()) {}
  Shared(const Shared& other) noexcept : count_(other.count_), object_(other.object_) {
    if (count_) count_->references.add();
  }
  template <class U>
  requires std::is_convertible_v<U*, T*> Shared(const Shared<U>& other)
  noexcept : count_(other.count_), object_(other.object_) {
    if (count_) count_->references.add();
  }
  Shared(Shared&& other) noexcept : count_(other.count_), object_(other.object_) {
    other.count_ = nullptr;
    other.object_ = nullptr;
  }
  Shared& operator=(Shared other) noexcept {
    std::swap(count_, other.count_);
    std::swap(object_, other.object_);
    return *this;
  }
  ~Shared() {
    if (count_ && count_->references.drop()) delete count_;
  }

  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const Shared& a, const Shared& b) noexcept {
    return a.object_ == b.object_;
  }
  friend bool operator==(const Shared& a, std::nullptr_t) noexcept { return !a.object_; }

 private:
  template <class U>
  friend class Shared;

  SharedCount* count_ = nullptr;
  T* object_ = nullptr;
};

template <class T, class... Arguments>
Shared<T> share(Arguments&&... arguments) {
  return make_owned<T>(std::forward<Arguments>(arguments)...);
}

}  // namespace gradus
