#include "gradus/ops/cast.h"

#include "gradus/ops/elementwise.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

struct CastAttributes {
  DType dtype;
  void fields(FieldVisitor& v) const { v("dtype", dtype); }
};

Specs infer_cast(const InferContext& context) {
  return {{context.shape(0), context.attributes.as<CastAttributes>().dtype}};
}

Inputs cast_vjp(const VjpContext& context) {
  const DType dtype = context.inputs[0].dtype();
  if (!is_floating(dtype)) return {Tensor()};  // constant between its jumps
  return {cast(context.gradient(), dtype)};
}

template <class From>
void cast_tile(const void* const* inputs, void* output, std::int64_t count,
               const Attributes& attributes) {
  const From* const from = static_cast<const From*>(inputs[0]);
  with_dtype(attributes.as<CastAttributes>().dtype, [&]<class To>() {
    To* const to = static_cast<To*>(output);
    for (std::int64_t i = 0; i < count; ++i) to[i] = convert_element<To>(from[i]);
  });
}

const Tiles* cast_tiles() {
  static constexpr Tiles tiles{{cast_tile<bool>, cast_tile<std::uint8_t>, cast_tile<std::int32_t>,
                                cast_tile<std::int64_t>, cast_tile<f16>, cast_tile<bf16>,
                                cast_tile<float>, cast_tile<double>}};
  return &tiles;
}

std::vector<Sample> cast_samples() {
  const Tensor numbers{{1.5f, -2.75f, 0}, {300.25f, 1e30f, -1e30f}};
  const Tensor special{std::numeric_limits<float>::quiet_NaN(),
                       std::numeric_limits<float>::infinity(), -0.0f, 1e-40f};
  const Tensor integers = Tensor::from(std::vector<std::int64_t>{0, 1, -1, 255, 256, 1LL << 40});
  std::vector<Sample> samples = {
      {"smooth", {Tensor{1.5f, -2.75f, 0.3f}}, CastAttributes{DType::f64}}};
  for (const DType dtype : kAllDTypes) {
    const std::string name(name_of(dtype));
    const CastAttributes to{dtype};
    samples.push_back({"numbers to " + name, {numbers}, to, 0, false});
    samples.push_back({"special values to " + name, {special}, to, 0, false});
    samples.push_back({"integers to " + name, {integers}, to});
    samples.push_back({"0-d to " + name, {Tensor(true)}, to});
  }
  return samples;
}

constexpr ElementwiseDef kCastRow{cast_tiles, 0,
                                  [](const double* x, const Attributes&) { return x[0]; },
                                  [](const std::int64_t* x, const Attributes&) { return x[0]; }};

}  // namespace

const OpDef kCast{
    .name = "cast",
    .doc =
        "x with another element type; floating to integer truncates and saturates, NaN becomes 0. "
        "(...) -> (...)",
    .infer = infer_cast,
    .vjp = cast_vjp,
    .kernels = kElementwiseKernels,
    .samples = cast_samples,
    .elementwise = &kCastRow,
    .onnx = "Cast",
};

Tensor cast(const Tensor& x, DType dtype) {
  if (x.defined() && x.dtype() == dtype) return x;
  return apply(kCast, {x}, CastAttributes{dtype});
}

}  // namespace gradus
