#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

#include "gradus/base/shape.h"

namespace gradus::nn {

/// Visits the options of a layer, a loss, an optimiser: to read them from a recipe, to list what is
/// allowed, to print them. Option structs are aggregates with `void fields(OptionVisitor& v)` that
/// calls `v("name", member)` for each member; an enumeration comes with the names of its values in
/// order.
class OptionVisitor {
 public:
  virtual ~OptionVisitor() = default;
  virtual void operator()(const char* name, std::int64_t& value) = 0;
  virtual void operator()(const char* name, float& value) = 0;
  virtual void operator()(const char* name, bool& value) = 0;
  virtual void operator()(const char* name, Dims& value) = 0;
  template <class E>
  requires std::is_enum_v<E>
  void operator()(const char* name, E& value, std::span<const char* const> names) {
    int place = static_cast<int>(value);
    choice(name, place, names);
    value = static_cast<E>(place);
  }

 protected:
  /// `value` is a place in `names`.
  virtual void choice(const char* name, int& value, std::span<const char* const> names) = 0;
};

}  // namespace gradus::nn
