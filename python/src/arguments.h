#pragma once

#include <optional>

#include <nanobind/nanobind.h>

#include "arrays.h"
#include "callback.h"

// What functions of one tensor or of a list of tensors are called with.

namespace gradus::python {

/// One tensor, or a list of them.
struct Arguments {
  Tensors tensors;
  bool is_list = false;
};

/// A list or tuple that holds a tensor or an array is a list of arguments; all else is one tensor,
/// its numbers read in f64.
Arguments arguments_from(nb::handle value);

/// A Python function of one tensor or of a list of tensors as a function of a list.
class ListFunction {
 public:
  ListFunction(nb::object function, bool takes_list)
      : function_(std::move(function)), takes_list_(takes_list) {}

  Tensor operator()(const Tensors& arguments) const { return call<Tensor>(arguments); }

  template <class Result>
  Result call(const Tensors& arguments) const {
    const nb::gil_scoped_acquire locked;
    const nb::object result =
        takes_list_ ? (*function_)(arguments) : (*function_)(arguments.front());
    return result_of<Result>(*function_, result);
  }

 private:
  HeldObject function_;
  bool takes_list_;
};

inline nb::object or_none(const Tensor& tensor) {
  return tensor.defined() ? nb::cast(tensor) : nb::object(nb::none());
}

}  // namespace gradus::python
