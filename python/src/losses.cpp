#include "gradus/nn/loss_kinds.h"

#include <optional>
#include <string>
#include <utility>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "callback.h"
#include "gradus/nn/learned_activation.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/bayesian.h"
#include "gradus/nn/penalty.h"
#include "module.h"
#include "modules.h"
#include "options.h"
#include "tensor_like.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

/// A loss of the library with its options.
struct NamedLoss {
  std::string kind;
  nb::dict options;
  nn::Loss loss;
};

/// The options that a table of kinds does not offer: a tensor and a place.
struct LossExtras {
  std::optional<Tensor> class_weights;
  int axis = -1;
};

LossExtras take_extras(const std::string& kind, nb::dict& options) {
  LossExtras extras;
  if (kind != "cross_entropy") return extras;
  if (options.contains("class_weights")) {
    extras.class_weights = tensor_from(options["class_weights"]);
    nb::del(options["class_weights"]);
  }
  if (options.contains("axis")) {
    extras.axis = nb::cast<int>(options["axis"]);
    nb::del(options["axis"]);
  }
  return extras;
}

/// Cross-entropy with all its options; those of the table are read from the dictionary.
nn::Loss cross_entropy_with(const LossExtras& extras, const nb::dict& options) {
  nn::CrossEntropyOptions chosen;
  assign_options("cross_entropy", [&](nn::OptionVisitor& v) { chosen.fields(v); }, options);
  chosen.class_weights = extras.class_weights;
  chosen.axis = extras.axis;
  return nn::Loss([chosen](const Tensor& prediction, const Tensor& target) {
    return nn::cross_entropy(prediction, target, chosen);
  });
}

NamedLoss make_loss(const std::string& kind, const nb::dict& options) {
  nb::dict rest(options);
  rest = nb::borrow<nb::dict>(options.attr("copy")());
  const LossExtras extras = take_extras(kind, rest);
  nn::Loss loss = kind == "cross_entropy"
                      ? cross_entropy_with(extras, rest)
                      : make_maker(nn::loss_kinds(), kind, rest)->make();
  return {kind, options, std::move(loss)};
}

Tensor call(const NamedLoss& loss, const TensorLike& prediction, const TensorLike& target,
            const nb::kwargs& options) {
  if (options.size() == 0) return loss.loss(prediction, target);
  return make_loss(loss.kind, options).loss(prediction, target);
}

}  // namespace

nn::Loss loss_of(nb::handle object) {
  if (nb::isinstance<NamedLoss>(object)) return nb::inst_ptr<NamedLoss>(object)->loss;
  if (!PyCallable_Check(object.ptr())) throw nb::type_error("a loss is a function of two tensors");
  return nn::Loss(Callback<Tensor, Tensor, Tensor>(nb::borrow(object)));
}

void bind_losses(nb::module_& module) {
  nb::class_<NamedLoss>(module, "Loss",
                        "A loss of prediction and target; options are given by name, in a call or "
                        "ahead of it by with_options().")
      .def("__init__",
           [](NamedLoss* self, const std::string& kind) {
             new (self) NamedLoss(make_loss(kind, nb::dict()));
           },
           "kind"_a)
      .def("__call__", &call, "prediction"_a, "target"_a, "options"_a)
      .def("with_options",
           [](const NamedLoss& loss, const nb::kwargs& options) {
             return make_loss(loss.kind, options);
           },
           "options"_a, "The loss with other options.")
      .def_ro("kind", &NamedLoss::kind)
      .def("__repr__", [](const NamedLoss& loss) { return "<loss " + loss.kind + ">"; });
  module.def("loss_kinds", [] { return describe_kinds(nn::loss_kinds()); });
  module.def("selu", [](const TensorLike& x) { return nn::selu(x); }, "x"_a,
             "lambda * (x where x > 0, else alpha * (exp(x) - 1)) with the constants that keep "
             "mean 0 and variance 1.");
  module.def("hard_tanh", [](const TensorLike& x) { return nn::hard_tanh(x); }, "x"_a,
             "min(max(x, -1), 1)");
  module.def("maxout",
             [](const TensorLike& x, std::int64_t pieces) { return nn::maxout(x, pieces); }, "x"_a,
             "pieces"_a,
             "The largest of each group of neighbouring features: (..., n) -> (..., n / pieces).");
  module.def("prelu",
             [](const TensorLike& x, const TensorLike& slope) { return nn::prelu(x, slope); },
             "x"_a, "slope"_a, "x where x > 0, else slope * x; slope (channels) or (1).");
  module.def("radial_basis",
             [](const TensorLike& x, const TensorLike& centers, const TensorLike& widths) {
               return nn::radial_basis(x, centers, widths);
             },
             "x"_a, "centers"_a, "widths"_a, "exp(-|x - center_i|^2 / width_i^2)");
  module.def("penalty",
             [](nb::handle model, float l1, float l2) {
               return nn::penalty(module_of(model), {.l1 = l1, .l2 = l2});
             },
             "model"_a, nb::kw_only(), "l1"_a = 0.0f, "l2"_a = 0.0f,
             "sum over parameters w of l1 * |w|_1 + l2 / 2 * |w|_2^2; 0-d.");
  module.def("posterior_divergence",
             [](nb::handle model) { return nn::posterior_divergence(module_of(model)); },
             "model"_a, "The divergence of all Bayesian layers' weights from their priors; 0-d.");
}

}  // namespace gradus::python
