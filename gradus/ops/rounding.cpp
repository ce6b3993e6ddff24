#include "gradus/ops/rounding.h"

#include <cmath>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/rounding_tiles.h"

namespace gradus {
namespace {

using std::int64_t;

constexpr ElementwiseDef row(RoundingRow row, double (*real)(const double*, const Attributes&)) {
  return {rounding_tiles, static_cast<int>(row), real,
          [](const int64_t* x, const Attributes&) { return x[0]; }};
}

/// Constant between jumps.
Inputs no_slope(const VjpContext&) { return {Tensor()}; }

std::vector<Sample> fractions() {
  std::vector<Sample> samples = unary_samples(-4.3, 4.3);
  samples.push_back(
      {.name = "halves and integers",
       .inputs = {Tensor{-2.5f, -1.5f, -1, -0.5f, -0.0f, 0, 0.5f, 1, 1.5f, 2.5f, 1e9f, -3e20f}},
       .differentiable = false});
  return samples;
}

}  // namespace

namespace {

constexpr ElementwiseDef kFloorRow =
    row(RoundingRow::floor, [](const double* x, const Attributes&) { return std::floor(x[0]); });

}  // namespace

const OpDef kFloor{
    .name = "floor",
    .doc = "The largest integer not above x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = no_slope,
    .kernels = kElementwiseKernels,
    .samples = fractions,
    .elementwise = &kFloorRow,
    .onnx = "Floor",
};

Tensor floor(const Tensor& x) { return apply(kFloor, {x}); }

namespace {

constexpr ElementwiseDef kCeilRow =
    row(RoundingRow::ceil, [](const double* x, const Attributes&) { return std::ceil(x[0]); });

}  // namespace

const OpDef kCeil{
    .name = "ceil",
    .doc = "The smallest integer not below x. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = no_slope,
    .kernels = kElementwiseKernels,
    .samples = fractions,
    .elementwise = &kCeilRow,
    .onnx = "Ceil",
};

Tensor ceil(const Tensor& x) { return apply(kCeil, {x}); }

namespace {

constexpr ElementwiseDef kRoundRow = row(
    RoundingRow::round, [](const double* x, const Attributes&) { return std::nearbyint(x[0]); });

}  // namespace

const OpDef kRound{
    .name = "round",
    .doc = "The nearest integer, halves to even. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = no_slope,
    .kernels = kElementwiseKernels,
    .samples = fractions,
    .elementwise = &kRoundRow,
    .onnx = "Round",
};

Tensor round(const Tensor& x) { return apply(kRound, {x}); }

namespace {

constexpr ElementwiseDef kTruncateRow =
    row(RoundingRow::truncate, [](const double* x, const Attributes&) { return std::trunc(x[0]); });

}  // namespace

const OpDef kTruncate{
    .name = "truncate",
    .doc = "The integer part: towards zero. (...) -> (...)",
    .infer = infer_elementwise,
    .vjp = no_slope,
    .kernels = kElementwiseKernels,
    .samples = fractions,
    .elementwise = &kTruncateRow,
};

Tensor truncate(const Tensor& x) { return apply(kTruncate, {x}); }

}  // namespace gradus
