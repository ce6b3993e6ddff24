#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nanobind/nanobind.h>

#include "gradus/core/tensor.h"

namespace gradus::python {

namespace nb = nanobind;

/// A Python object that the library may keep, copy and destroy on any thread, without the
/// interpreter lock.
class HeldObject {
 public:
  explicit HeldObject(nb::object object)
      : object_(new nb::object(std::move(object)), [](nb::object* held) {
          if (!Py_IsInitialized()) return;
          const nb::gil_scoped_acquire locked;
          delete held;
        }) {}

  /// Needs the lock, as everything that is done with the result.
  const nb::object& operator*() const { return *object_; }
  const nb::object* operator->() const { return object_.get(); }

 private:
  std::shared_ptr<nb::object> object_;
};

/// What a Python function should have returned, for a message.
template <class T>
constexpr const char* wanted() {
  if constexpr (std::is_same_v<T, Tensor>) {
    return "a tensor";
  } else if constexpr (std::is_same_v<T, Tensors>) {
    return "a list of tensors";
  } else if constexpr (std::is_same_v<T, bool>) {
    return "True or False";
  } else {
    static_assert(std::is_same_v<T, std::pair<Tensor, Tensor>> ||
                  std::is_same_v<T, std::pair<Tensor, Tensors>>);
    return std::is_same_v<T, std::pair<Tensor, Tensor>> ? "a pair of tensors"
                                                        : "a tensor and a list of tensors";
  }
}

/// Throws TypeError: what `function` returned is not what is wanted of it.
[[noreturn]] void refuse_result(nb::handle function, nb::handle result, const char* wanted);

/// What `function` returned, as a value of the library; throws TypeError where it is none.
template <class T>
T result_of(nb::handle function, nb::handle result) {
  T value{};
  if (!nb::try_cast(result, value)) refuse_result(function, result, wanted<T>());
  return value;
}

/// A Python function as a C++ one: takes the interpreter lock, converts the arguments and the
/// result. What the function raises passes through the library as nb::python_error.
template <class Result, class... Arguments>
class Callback {
 public:
  explicit Callback(nb::object function) : function_(std::move(function)) {}

  Result operator()(const Arguments&... arguments) const {
    const nb::gil_scoped_acquire locked;
    const nb::object result = (*function_)(arguments...);
    if constexpr (!std::is_void_v<Result>) return result_of<Result>(*function_, result);
  }

 private:
  HeldObject function_;
};

}  // namespace gradus::python
