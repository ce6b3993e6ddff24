#include <optional>
#include <string>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "casters.h"
#include "choices.h"
#include "examples.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/convolution.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/normalization.h"
#include "gradus/ops/pooling.h"
#include "gradus/ops/precision.h"
#include "gradus/ops/softmax.h"
#include "module.h"
#include "tensor_like.h"

// Products, convolutions, pooling, normalisation: what layers are made of.

namespace gradus::python {
namespace {

using namespace nb::literals;

using OptionalTensor = std::optional<TensorLike>;

/// Undefined where nothing is given, as the library takes it.
Tensor or_undefined(const OptionalTensor& value) { return value ? value->tensor() : Tensor(); }

/// A context manager: within it, products that are built are computed in a precision.
class PrecisionBlock {
 public:
  explicit PrecisionBlock(const std::string& precision)
      : precision_(chosen(kProductPrecisions, "product_precision", "precision", precision)) {}

  void enter() {
    if (scope_) throw Error(ErrorCode::invalid_argument, "product_precision", "is entered already");
    scope_.emplace(precision_);
  }
  void exit() { scope_.reset(); }

 private:
  ProductPrecision precision_;
  std::optional<ProductPrecisionScope> scope_;
};

void bind_precision(nb::module_& module) {
  nb::class_<PrecisionBlock>(
      module, "product_precision",
      "Within a with block, products and convolutions of f32 are computed in that precision, and "
      "so are their derivatives: \"bf16\" rounds operands to bfloat16, where that can gain, and sums "
      "in f32.")
      .def(nb::init<const std::string&>(), "precision"_a)
      .def("__enter__", [](PrecisionBlock& block) { block.enter(); })
      .def("__exit__", [](PrecisionBlock& block, const nb::args&) {
        block.exit();
        return false;
      });
  module.def("has_bf16_products", &has_bf16_products,
             "True if this processor multiplies bfloat16 faster than f32: it has AMX, or "
             "is AMD's and has AVX-512 BF16.");
}

void bind_matmul(nb::module_& module) {
  module.def(
      "matmul", [](const TensorLike& a, const TensorLike& b) { return matmul(a, b); }, "a"_a, "b"_a,
      documented(kMatmul).c_str());
  module.def(
      "linear",
      [](const TensorLike& x, const TensorLike& weight, const OptionalTensor& bias) {
        return linear(x, weight, or_undefined(bias));
      },
      "x"_a, "weight"_a, "bias"_a = nb::none(), documented(kLinear).c_str());
  module.def("dot", [](const TensorLike& a, const TensorLike& b) { return dot(a, b); }, "a"_a,
             "b"_a, "1-D dot product.");
  module.def("outer", [](const TensorLike& a, const TensorLike& b) { return outer(a, b); }, "a"_a,
             "b"_a, "(m) x (n) -> (m, n)");
  module.def("einsum",
             [](const std::string& equation, const nb::args& operands) {
               Tensors tensors;
               for (const nb::handle operand : operands) tensors.push_back(tensor_from(operand));
               return einsum(equation, tensors);
             },
             "equation"_a, "operands"_a,
             "Einstein summation, \"ij,jk->ik\"; no ellipsis. Operands are contracted from left to "
             "right.");
}

void bind_convolutions(nb::module_& module) {
  module.def(
      "convolution",
      [](const TensorLike& x, const TensorLike& weight, const OptionalTensor& bias,
         const Dims& stride, const Dims& padding, const std::optional<Dims>& padding_after,
         const Dims& dilation, std::int64_t groups) {
        return convolution(x, weight, or_undefined(bias),
                           {.stride = stride,
                            .padding = padding,
                            .padding_after = padding_after.value_or(Dims{}),
                            .dilation = dilation,
                            .groups = groups});
      },
      "x"_a, "weight"_a, "bias"_a = nb::none(), "stride"_a = 1, "padding"_a = 0,
      "padding_after"_a = nb::none(), "dilation"_a = 1, "groups"_a = 1,
      documented(kConvolution).c_str());
  module.def("transposed_convolution",
             [](const TensorLike& x, const TensorLike& weight, const OptionalTensor& bias,
                const Dims& stride, const Dims& padding, const Dims& output_padding,
                const Dims& dilation, std::int64_t groups) {
               return transposed_convolution(x, weight, or_undefined(bias),
                                             {.stride = stride,
                                              .padding = padding,
                                              .output_padding = output_padding,
                                              .dilation = dilation,
                                              .groups = groups});
             },
             "x"_a, "weight"_a, "bias"_a = nb::none(), "stride"_a = 1, "padding"_a = 0,
             "output_padding"_a = 0, "dilation"_a = 1, "groups"_a = 1,
             "The gradient of a convolution with respect to its input, as a layer: x (batch, in, "
             "spatial...), weight (in, out / groups, kernel...).");
}

template <Tensor (*f)(const Tensor&, const PoolOptions&)>
void bind_pool(nb::module_& module, const char* name, const OpDef& op) {
  module.def(
      name,
      [](const TensorLike& x, const Dims& window, const std::optional<Dims>& stride,
         const Dims& padding) {
        return f(x, {.window = window, .stride = stride.value_or(Dims{}), .padding = padding});
      },
      "x"_a, "window"_a = 2, "stride"_a = nb::none(), "padding"_a = 0, documented(op).c_str());
}

void bind_normalizations(nb::module_& module) {
  module.def(
      "layer_norm",
      [](const TensorLike& x, const OptionalTensor& scale, const OptionalTensor& shift,
         float epsilon) {
        return layer_norm(x, or_undefined(scale), or_undefined(shift), epsilon);
      },
      "x"_a, "scale"_a = nb::none(), "shift"_a = nb::none(), "epsilon"_a = 1e-5f,
      documented(kLayerNorm).c_str());
  module.def(
      "batch_norm",
      [](const TensorLike& x, const OptionalTensor& scale, const OptionalTensor& shift,
         float epsilon) {
        const BatchNormResult found =
            batch_norm(x, or_undefined(scale), or_undefined(shift), epsilon);
        return nb::make_tuple(found.output, found.mean, found.variance);
      },
      "x"_a, "scale"_a = nb::none(), "shift"_a = nb::none(), "epsilon"_a = 1e-5f,
      documented(kBatchNorm).c_str());
  module.def(
      "softmax", [](const TensorLike& x, int axis) { return softmax(x, axis); }, "x"_a,
      "axis"_a = -1, documented(kSoftmax).c_str());
  module.def(
      "log_softmax", [](const TensorLike& x, int axis) { return log_softmax(x, axis); }, "x"_a,
      "axis"_a = -1, documented(kLogSoftmax).c_str());
}

}  // namespace

void bind_products(nb::module_& module) {
  bind_matmul(module);
  bind_precision(module);
  bind_convolutions(module);
  bind_pool<max_pool>(module, "max_pool", kMaxPool);
  bind_pool<average_pool>(module, "average_pool", kAveragePool);
  module.def("global_average_pool", [](const TensorLike& x) { return global_average_pool(x); },
             "x"_a, "The mean over all spatial axes. (batch, channels, spatial...) -> (batch, channels)");
  module.def("global_max_pool", [](const TensorLike& x) { return global_max_pool(x); }, "x"_a,
             "The largest over all spatial axes. (batch, channels, spatial...) -> (batch, channels)");
  bind_normalizations(module);
  module.def(
      "leaky_relu", [](const TensorLike& x, double slope) { return leaky_relu(x, slope); }, "x"_a,
      "slope"_a = 0.01, documented(kLeakyRelu).c_str());
  module.def(
      "elu", [](const TensorLike& x, double alpha) { return elu(x, alpha); }, "x"_a,
      "alpha"_a = 1.0, documented(kElu).c_str());
}

}  // namespace gradus::python
