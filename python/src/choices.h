#pragma once

#include <cstddef>
#include <string>

#include "gradus/base/error.h"
#include "gradus/ops/precision.h"

// Enumerations are strings in Python.

namespace gradus::python {

template <class E>
struct Choice {
  const char* name;
  E value;
};

/// The value that a text names. Throws Error that lists what there is.
template <class E, std::size_t n>
E chosen(const Choice<E> (&choices)[n], const char* operation, const char* option,
         const std::string& text) {
  std::string names;
  for (const Choice<E>& choice : choices) {
    if (text == choice.name) return choice.value;
    names += (names.empty() ? "\"" : ", \"") + std::string(choice.name) + "\"";
  }
  throw Error(ErrorCode::invalid_argument, operation,
              std::string(option) + " is one of " + names + ", not \"" + text + "\"");
}

template <class E, std::size_t n>
const char* name_in(const Choice<E> (&choices)[n], E value) {
  for (const Choice<E>& choice : choices) {
    if (choice.value == value) return choice.name;
  }
  return "";
}

inline constexpr Choice<ProductPrecision> kProductPrecisions[] = {
    {"f32", ProductPrecision::full}, {"bf16", ProductPrecision::bf16}};

}  // namespace gradus::python
