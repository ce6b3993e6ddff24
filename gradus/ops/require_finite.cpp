#include "gradus/ops/require_finite.h"

#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/cast.h"

namespace gradus {
namespace {

struct RequireFiniteAttributes {
  std::string what;
  void fields(FieldVisitor& v) const { v("what", std::string_view(what)); }
};

Specs infer_require_finite(const InferContext& context) {
  if (!is_floating(context.dtype(0))) {
    throw Error(ErrorCode::dtype, "require_finite",
                fmt::format("takes floating tensors, not {}", context.inputs[0].signature()));
  }
  return {{context.shape(0), context.dtype(0)}};
}

Inputs require_finite_vjp(const VjpContext& context) { return {context.gradient()}; }

/// Copies: a result that only showed its input again would be nothing to do for a compiled
/// function.
void run_require_finite(const KernelContext& context) {
  const Array packed = row_major_copy(context.input());
  Array& output = context.allocate();
  with_dtype(output.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < output.shape.size(); ++i) {
      const T value = packed.data<T>()[i];
      if (!std::isfinite(convert_element<double>(value))) {
        throw Error(ErrorCode::numeric, "require_finite",
                    fmt::format("{} is {}", context.attributes<RequireFiniteAttributes>().what,
                                convert_element<double>(value)),
                    {output.shape});
      }
      output.mutable_data<T>()[i] = value;
    }
  });
}

std::vector<Sample> require_finite_samples() {
  const RequireFiniteAttributes attributes{"the sample"};
  return {{.name = "0-d", .inputs = {Tensor(2.5f)}, .attributes = attributes},
          {.name = "matrix", .inputs = {Tensor{{1, -2}, {3, 0.5f}}}, .attributes = attributes}};
}

}  // namespace

const OpDef kRequireFinite{
    .name = "require_finite",
    .doc = "The same values, or an error if one of them is infinite or NaN. (...) -> (...)",
    .infer = infer_require_finite,
    .vjp = require_finite_vjp,
    .refuses = "values that are not finite",
    .kernels = {{"copy", nullptr, run_require_finite}},
    .samples = require_finite_samples,
};

Tensor require_finite(const Tensor& x, const std::string& what) {
  return apply(kRequireFinite, {x}, RequireFiniteAttributes{what});
}

}  // namespace gradus
