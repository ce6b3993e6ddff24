#pragma once

#include <initializer_list>
#include <string>

namespace gradus::testing {

/// The text of these bytes.
inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

/// The bytes of these numbers as they lie in memory.
template <class T>
std::string raw(std::initializer_list<T> values) {
  std::string text;
  for (const T value : values) text.append(reinterpret_cast<const char*>(&value), sizeof(T));
  return text;
}

}  // namespace gradus::testing
