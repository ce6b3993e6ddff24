#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gradus/base/dtype.h"
#include "gradus/base/shape.h"
#include "gradus/base/source_location.h"

namespace gradus {

class Node;
struct Array;

/// A number of a literal: Tensor{1, 2.5}.
class LiteralNumber {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> LiteralNumber(T value) : value_(static_cast<float>(value)) {}
  operator float() const { return value_; }

 private:
  float value_;
};

/// An immutable n-dimensional array, or the promise of one: operations build a graph, and the work
/// happens at eval() or when a value is read. Copying and assigning rebinds the handle; nothing
/// that is done to one tensor changes another. A tensor that is not yet evaluated belongs to one
/// thread; evaluated tensors may be shared between threads.
class Tensor {
 public:
  /// An undefined tensor: no shape, no value. Whatever asks for them throws Error.
  Tensor() noexcept = default;
  /// A 0-d tensor: f32 for a float or double, i32 for an int, i64, bool.
  explicit Tensor(float value);
  explicit Tensor(double value);
  explicit Tensor(int value);
  explicit Tensor(std::int64_t value);
  explicit Tensor(bool value);
  /// 1-D, 2-D and 3-D f32 tensors from literals: Tensor{{1, 2}, {3, 4}}. Rows must have one length.
  // {1} may begin a number, a row and a plane. Of these, a class made from a number is the worst
  // match, and a template yields to what is none, so each pair of braces is an axis: Tensor{{1},
  // {2}} has shape [2, 1].
  Tensor(std::initializer_list<LiteralNumber> values);
  template <int = 0>
  Tensor(std::initializer_list<std::initializer_list<float>> rows) : Tensor(from_rows(rows)) {}
  Tensor(std::initializer_list<std::initializer_list<std::initializer_list<float>>> planes);

  /// A copy of `values` in row-major order. Throws Error if their number is not shape.size().
  template <class T>
  static Tensor from(std::span<const T> values, const Shape& shape) {
    return from_bytes(std::as_bytes(values), shape, dtype_of<T>);
  }
  template <class T>
  static Tensor from(const std::vector<T>& values, const Shape& shape) {
    return from(std::span<const T>(values), shape);
  }
  template <class T>
  static Tensor from(const std::vector<T>& values) {
    return from(values, Shape{static_cast<std::int64_t>(values.size())});
  }
  static Tensor from_bytes(std::span<const std::byte> bytes, const Shape& shape, DType dtype);
  /// A tensor over evaluated storage, shared, not copied.
  static Tensor from_array(Array array);
  /// A 0-d tensor of `dtype` holding `value` converted to it.
  static Tensor scalar(double value, DType dtype);

  Tensor(const Tensor& other) noexcept;
  Tensor(Tensor&& other) noexcept
      : node_(std::exchange(other.node_, nullptr)), index_(other.index_) {}
  Tensor& operator=(const Tensor& other) noexcept {
    Tensor copy(other);
    swap(copy);
    return *this;
  }
  Tensor& operator=(Tensor&& other) noexcept {
    Tensor moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~Tensor() {
    if (node_) release();
  }

  bool defined() const noexcept { return node_ != nullptr; }
  const Shape& shape() const;
  DType dtype() const;
  int rank() const { return shape().rank(); }
  /// Extent of an axis, counted from the end if negative. Throws Error if out of range.
  std::int64_t dim(int axis) const;
  /// The number of elements.
  std::int64_t size() const { return shape().size(); }

  // Where a value is read is known, so that an error can name the line.

  /// Computes the value now; returns *this. Throws what a kernel throws.
  const Tensor& eval(SourceLocation where = SourceLocation::current()) const;
  bool is_evaluated() const noexcept;

  /// The only element, converted to T. Evaluates. Throws Error if there is not exactly one. A
  /// number is a constant to grad() and the other transforms: what is computed from it has no
  /// derivative.
  template <class T>
  T item(SourceLocation where = SourceLocation::current()) const;
  /// The elements in row-major order, in the library's memory, valid while this tensor lives.
  /// Evaluates. Throws Error if T is not the tensor's element type.
  template <class T>
  std::span<const T> data(SourceLocation where = SourceLocation::current()) const {
    return {reinterpret_cast<const T*>(row_major_bytes(dtype_of<T>, where).data()),
            static_cast<std::size_t>(size())};
  }
  /// The elements in row-major order, converted to T. Evaluates.
  template <class T>
  std::vector<T> to_vector(SourceLocation where = SourceLocation::current()) const;
  /// The elements in row-major order as raw bytes. Evaluates.
  std::span<const std::byte> bytes(SourceLocation where = SourceLocation::current()) const {
    return row_major_bytes(dtype(), where);
  }

  /// The evaluated storage, strided. Evaluates.
  const Array& array(SourceLocation where = SourceLocation::current()) const;

  /// "f32[2, 3]", or "undefined"
  std::string signature() const;
  /// The signature and the elements as they are printed by operator<<. Evaluates.
  std::string to_string(SourceLocation where = SourceLocation::current()) const;

  // For code that walks graphs.
  Node* node() const noexcept { return node_; }
  std::uint32_t output_index() const noexcept { return index_; }
  /// Takes over a reference that is already counted.
  Tensor(Node* node, std::uint32_t index) noexcept : node_(node), index_(index) {}
  /// True if both handles name the same output of the same node.
  bool is(const Tensor& other) const noexcept {
    return node_ == other.node_ && index_ == other.index_;
  }

 private:
  static Tensor from_rows(std::initializer_list<std::initializer_list<float>> rows);
  void swap(Tensor& other) noexcept {
    std::swap(node_, other.node_);
    std::swap(index_, other.index_);
  }
  void release() noexcept;
  const Array& described() const;
  std::span<const std::byte> row_major_bytes(DType wanted, SourceLocation where) const;

  Node* node_ = nullptr;
  std::uint32_t index_ = 0;
};

template <>
inline constexpr bool kMovesAsBytes<Tensor> = true;

using Tensors = std::vector<Tensor>;

/// Prints the elements as NumPy does: rows below each other in columns, of tensors of more than
/// 1,000 elements only those at the ends of each axis. Evaluates.
std::ostream& operator<<(std::ostream& stream, const Tensor& tensor);

/// Computes the values of several tensors in one walk.
void eval(std::span<const Tensor> tensors, SourceLocation where = SourceLocation::current());
inline void eval(std::initializer_list<Tensor> tensors,
                 SourceLocation where = SourceLocation::current()) {
  eval(std::span<const Tensor>(tensors.begin(), tensors.size()), where);
}

}  // namespace gradus
