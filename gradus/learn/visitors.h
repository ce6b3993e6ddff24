#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>

#include "gradus/core/tensor.h"

namespace gradus::learn {

class Estimator;

/// Meets the options of an estimator by name: to list, read and set them. Option structs are
/// aggregates with `void fields(OptionVisitor& v)` that calls `v("name", member)` for each member;
/// an enumeration comes with the names of its values in order.
class OptionVisitor {
 public:
  virtual ~OptionVisitor() = default;
  virtual void operator()(const char* name, std::int64_t& value) = 0;
  virtual void operator()(const char* name, double& value) = 0;
  virtual void operator()(const char* name, bool& value) = 0;
  template <class E>
  requires std::is_enum_v<E>
  void operator()(const char* name, E& value, std::span<const char* const> names) {
    int place = static_cast<int>(value);
    choice(name, place, names);
    value = static_cast<E>(place);
  }
  /// A part of a pipeline: its options are named "part.option".
  virtual void part(std::string_view name, Estimator& part) = 0;

 protected:
  /// `value` is a place in `names`.
  virtual void choice(const char* name, int& value, std::span<const char* const> names) = 0;
};

/// What a fitted tensor may hold.
enum class Content {
  real,    ///< f32 or f64, finite
  f64,     ///< finite
  limits,  ///< f64, infinities among them
  i64,
};

/// An extent that a fitted tensor may choose.
inline constexpr std::int64_t kAnyExtent = -1;

/// Meets what fitting gave an estimator: evaluated tensors, by name, with what a file must hold to
/// be taken for them. It is not called before the estimator knows its number of features.
class FittedVisitor {
 public:
  virtual ~FittedVisitor() = default;
  virtual void operator()(std::string_view name, Tensor& tensor, Content content,
                          std::initializer_list<std::int64_t> extents) = 0;
  virtual void part(std::string_view name, Estimator& part) = 0;
};

}  // namespace gradus::learn
