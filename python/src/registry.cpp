#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arrays.h"
#include "examples.h"
#include "gradus/base/error.h"
#include "gradus/ops/all_ops.h"
#include "gradus/ops/select.h"
#include "gradus/ops/special.h"
#include "module.h"

// Operations by their registry: what takes tensors and nothing else has its Python function from
// its row there. Operations with attributes have signatures of their own, in the other files.

namespace gradus::python {
namespace {

using namespace nb::literals;

/// Throws Error if calls of `op` need attributes, as its samples show.
void require_no_attributes(const OpDef& op) {
  for (const Sample& sample : op.samples()) {
    if (sample.attributes) {
      throw Error(ErrorCode::unsupported, op.name,
                  "needs attributes (" + sample.attributes.to_string() +
                      ") and has no function in Python yet");
    }
  }
}

/// True for what is computed element by element without being an elementwise operation: integrals,
/// by kernels of their own.
bool is_special_function(const OpDef& op) {
  constexpr const OpDef* kFunctions[] = {&kErfinv,      &kErfcinv,      &kGammainc, &kGammaincc,
                                         &kGammaincinv, &kGammainccinv, &kBetainc,  &kBetaincinv};
  return std::ranges::find(kFunctions, &op) != std::end(kFunctions);
}

/// The inputs of a function of elements in their common type, as the functions of the library take
/// them: integers and booleans are computed in f32 where there is no tile for integers. Other
/// operations get their inputs as they are.
Inputs promoted(const OpDef& op, Inputs inputs) {
  const bool elementwise = op.elementwise != nullptr;
  if (inputs.empty() || (!elementwise && !is_special_function(op))) return inputs;
  DType dtype = inputs[0].dtype();
  for (const Tensor& input : inputs) dtype = promote(dtype, input.dtype());
  const bool has_integers = elementwise && op.elementwise->tile(DType::i64);
  const bool has_reals = !elementwise || op.elementwise->tile(DType::f32);
  if (!is_floating(dtype) && !has_integers && has_reals) dtype = DType::f32;
  for (Tensor& input : inputs) input = cast(input, dtype);
  return inputs;
}

/// A function of tensors. Tensors among the arguments say which type a plain number takes.
class RegistryFunction {
 public:
  explicit RegistryFunction(const OpDef& op) : op_(&op) {}

  Tensor operator()(const Tensor& x) const {
    check();
    return apply(*op_, promoted(*op_, {x}));
  }
  Tensor operator()(const Tensor& a, const Tensor& b) const {
    check();
    return apply(*op_, promoted(*op_, {a, b}));
  }
  /// Of anything a tensor can be made of.
  template <class... T>
  Tensor of(const T&... arguments) const {
    return results({arguments...})[0];
  }
  nb::object of_all(const nb::args& arguments) const {
    const auto found = results({arguments.begin(), arguments.end()});
    if (found.size() == 1) return nb::cast(found[0]);
    return nb::tuple(nb::cast(found));
  }

 private:
  Tensors results(const std::vector<nb::handle>& arguments) const {
    check();
    const Tensor* beside = nullptr;
    for (const nb::handle argument : arguments) {
      if (!beside && nb::isinstance<Tensor>(argument)) beside = nb::inst_ptr<Tensor>(argument);
    }
    Inputs inputs;
    for (const nb::handle argument : arguments) inputs.push_back(operand_from(argument, beside));
    const auto found = apply_all(*op_, promoted(*op_, std::move(inputs)));
    return {found.begin(), found.end()};
  }
  void check() const {
    if (checked_) return;
    require_no_attributes(*op_);
    checked_ = true;
  }

  const OpDef* op_;
  mutable bool checked_ = false;
};

/// Parts of derivatives, of optimisers' steps and of covariance() are there for these alone.
bool is_for_users(const OpDef& op) {
  const std::string_view name = op.name;
  if (name == "stop_gradient") return true;
  return !name.ends_with("_gradient") && !name.ends_with("_update") && !name.ends_with("_gather") &&
         name != "fused" && name != "slice_scatter" && name != "scatter_matrix" &&
         name != "fold_in";
}

/// The overload of tensors comes first and is the fast one.
void bind(nb::module_& module, const OpDef& op) {
  const RegistryFunction function(op);
  const std::string doc = documented(op);
  if (op.minimum_inputs == 1 && op.maximum_inputs == 1) {
    module.def(
        op.name, [function](const Tensor& x) { return function(x); }, "x"_a, doc.c_str());
    module.def(
        op.name, [function](nb::handle x) { return function.of(x); }, "x"_a, doc.c_str());
  } else if (op.minimum_inputs == 2 && op.maximum_inputs == 2) {
    module.def(
        op.name, [function](const Tensor& a, const Tensor& b) { return function(a, b); }, "a"_a,
        "b"_a, doc.c_str());
    module.def(
        op.name, [function](nb::handle a, nb::handle b) { return function.of(a, b); }, "a"_a, "b"_a,
        doc.c_str());
  } else {
    module.def(
        op.name, [function](const nb::args& inputs) { return function.of_all(inputs); }, "inputs"_a,
        doc.c_str());
  }
}

/// An operation as a row for tests and for help.
nb::dict describe(const OpDef& op) {
  nb::dict row;
  row["name"] = op.name;
  row["doc"] = op.doc;
  row["minimum_inputs"] = op.minimum_inputs;
  row["maximum_inputs"] = op.maximum_inputs;
  row["differentiable"] = op.vjp != nullptr;
  row["elementwise"] = op.elementwise != nullptr;
  row["for_users"] = is_for_users(op);
  row["onnx"] = op.onnx ? nb::object(nb::str(op.onnx)) : nb::object(nb::none());
  bool takes_attributes = false;
  for (const Sample& sample : op.samples())
    takes_attributes |= static_cast<bool>(sample.attributes);
  row["takes_attributes"] = takes_attributes;
  return row;
}

}  // namespace

void bind_registry(nb::module_& module) {
  const nb::object linalg = module.attr("_linalg");
  for (const OpDef* op : all_ops()) {
    if (!is_for_users(*op) || nb::hasattr(module, op->name)) continue;
    if (!nb::hasattr(linalg, op->name)) bind(module, *op);
  }
  module.def(
      "operations",
      [] {
        nb::list rows;
        for (const OpDef* op : all_ops()) rows.append(describe(*op));
        return rows;
      },
      "The registry: a dictionary for each operation.");
}

}  // namespace gradus::python
