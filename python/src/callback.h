#pragma once

#include <memory>
#include <utility>

#include <nanobind/nanobind.h>

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

/// A Python function as a C++ one: takes the interpreter lock, converts the arguments and the
/// result. What the function raises passes through the library as nb::python_error.
template <class Result, class... Arguments>
class Callback {
 public:
  explicit Callback(nb::object function) : function_(std::move(function)) {}

  Result operator()(const Arguments&... arguments) const {
    const nb::gil_scoped_acquire locked;
    const nb::object result = (*function_)(arguments...);
    if constexpr (!std::is_void_v<Result>) return nb::cast<Result>(result);
  }

 private:
  HeldObject function_;
};

}  // namespace gradus::python
