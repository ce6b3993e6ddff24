#include "gradus/ops/comparison.h"

#include <cmath>
#include <limits>

#include "gradus/ops/comparison_tiles.h"
#include "gradus/ops/elementwise.h"

namespace gradus {
namespace {

using std::int64_t;

constexpr ElementwiseDef row(ComparisonRow row, double (*real)(const double*, const Attributes&),
                             int64_t (*integer)(const int64_t*, const Attributes&)) {
  return {comparison_tiles, static_cast<int>(row), real, integer};
}

constexpr double number(bool answer) { return answer ? 1 : 0; }
constexpr int64_t whole(bool answer) { return answer ? 1 : 0; }

constexpr const char* kNoDerivative = "its values are true and false";

Tensor values_with_specials() {
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  return Tensor{0.0f, -0.0f, 1, -1, 2.5f, inf, -inf, nan, 1e-40f, 3, -nan};
}

std::vector<Sample> special_values() {
  std::vector<Sample> samples = unary_samples(-2, 2);
  samples.push_back({.name = "special", .inputs = {values_with_specials()}});
  return samples;
}

/// Equal and unequal numbers, each special value with each.
std::vector<Sample> pairs() {
  std::vector<Sample> samples = binary_samples(-2, 2);
  const Tensor values = values_with_specials();
  const Tensor column = Tensor::from(values.to_vector<float>(), Shape{values.size(), 1});
  samples.push_back({.name = "each with each", .inputs = {values, column}});
  return samples;
}

constexpr ElementwiseDef kEqualRow = row(
    ComparisonRow::equal, [](const double* x, const Attributes&) { return number(x[0] == x[1]); },
    [](const int64_t* x, const Attributes&) { return whole(x[0] == x[1]); });
constexpr ElementwiseDef kNotEqualRow = row(
    ComparisonRow::not_equal,
    [](const double* x, const Attributes&) { return number(x[0] != x[1]); },
    [](const int64_t* x, const Attributes&) { return whole(x[0] != x[1]); });
constexpr ElementwiseDef kLessRow = row(
    ComparisonRow::less, [](const double* x, const Attributes&) { return number(x[0] < x[1]); },
    [](const int64_t* x, const Attributes&) { return whole(x[0] < x[1]); });
constexpr ElementwiseDef kLessEqualRow = row(
    ComparisonRow::less_equal,
    [](const double* x, const Attributes&) { return number(x[0] <= x[1]); },
    [](const int64_t* x, const Attributes&) { return whole(x[0] <= x[1]); });
constexpr ElementwiseDef kGreaterRow = row(
    ComparisonRow::greater, [](const double* x, const Attributes&) { return number(x[0] > x[1]); },
    [](const int64_t* x, const Attributes&) { return whole(x[0] > x[1]); });
constexpr ElementwiseDef kGreaterEqualRow = row(
    ComparisonRow::greater_equal,
    [](const double* x, const Attributes&) { return number(x[0] >= x[1]); },
    [](const int64_t* x, const Attributes&) { return whole(x[0] >= x[1]); });
constexpr ElementwiseDef kLogicalAndRow = row(
    ComparisonRow::logical_and,
    [](const double* x, const Attributes&) { return number(x[0] != 0 && x[1] != 0); },
    [](const int64_t* x, const Attributes&) { return whole(x[0] != 0 && x[1] != 0); });
constexpr ElementwiseDef kLogicalOrRow = row(
    ComparisonRow::logical_or,
    [](const double* x, const Attributes&) { return number(x[0] != 0 || x[1] != 0); },
    [](const int64_t* x, const Attributes&) { return whole(x[0] != 0 || x[1] != 0); });
constexpr ElementwiseDef kLogicalXorRow = row(
    ComparisonRow::logical_xor,
    [](const double* x, const Attributes&) { return number((x[0] != 0) != (x[1] != 0)); },
    [](const int64_t* x, const Attributes&) { return whole((x[0] != 0) != (x[1] != 0)); });
constexpr ElementwiseDef kLogicalNotRow = row(
    ComparisonRow::logical_not,
    [](const double* x, const Attributes&) { return number(x[0] == 0); },
    [](const int64_t* x, const Attributes&) { return whole(x[0] == 0); });
constexpr ElementwiseDef kIsNanRow = row(
    ComparisonRow::is_nan,
    [](const double* x, const Attributes&) { return number(std::isnan(x[0])); },
    [](const int64_t*, const Attributes&) { return whole(false); });
constexpr ElementwiseDef kIsInfiniteRow = row(
    ComparisonRow::is_infinite,
    [](const double* x, const Attributes&) { return number(std::isinf(x[0])); },
    [](const int64_t*, const Attributes&) { return whole(false); });
constexpr ElementwiseDef kIsFiniteRow = row(
    ComparisonRow::is_finite,
    [](const double* x, const Attributes&) { return number(std::isfinite(x[0])); },
    [](const int64_t*, const Attributes&) { return whole(true); });
constexpr ElementwiseDef kSignBitRow = row(
    ComparisonRow::sign_bit,
    [](const double* x, const Attributes&) { return number(std::signbit(x[0])); },
    [](const int64_t* x, const Attributes&) { return whole(x[0] < 0); });

}  // namespace

const OpDef kEqual{
    .name = "equal",
    .doc = "a == b. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = pairs,
    .elementwise = &kEqualRow,
    .onnx = "Equal",
};

const OpDef kNotEqual{
    .name = "not_equal",
    .doc = "a != b; true if either is NaN. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = pairs,
    .elementwise = &kNotEqualRow,
};

const OpDef kLess{
    .name = "less",
    .doc = "a < b. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = pairs,
    .elementwise = &kLessRow,
    .onnx = "Less",
};

const OpDef kLessEqual{
    .name = "less_equal",
    .doc = "a <= b. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = pairs,
    .elementwise = &kLessEqualRow,
    .onnx = "LessOrEqual",
};

const OpDef kGreater{
    .name = "greater",
    .doc = "a > b. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = pairs,
    .elementwise = &kGreaterRow,
    .onnx = "Greater",
};

const OpDef kGreaterEqual{
    .name = "greater_equal",
    .doc = "a >= b. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = pairs,
    .elementwise = &kGreaterEqualRow,
    .onnx = "GreaterOrEqual",
};

const OpDef kLogicalAnd{
    .name = "logical_and",
    .doc = "True where both are non-zero. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = pairs,
    .elementwise = &kLogicalAndRow,
    .onnx = "And",
};

const OpDef kLogicalOr{
    .name = "logical_or",
    .doc = "True where at least one is non-zero. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = pairs,
    .elementwise = &kLogicalOrRow,
    .onnx = "Or",
};

const OpDef kLogicalXor{
    .name = "logical_xor",
    .doc = "True where exactly one is non-zero. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = pairs,
    .elementwise = &kLogicalXorRow,
    .onnx = "Xor",
};

const OpDef kLogicalNot{
    .name = "logical_not",
    .doc = "True where x is zero. (...) -> (...)",
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = special_values,
    .elementwise = &kLogicalNotRow,
    .onnx = "Not",
};

const OpDef kIsNan{
    .name = "is_nan",
    .doc = "True where x is not a number. (...) -> (...)",
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = special_values,
    .elementwise = &kIsNanRow,
    .onnx = "IsNaN",
};

const OpDef kIsInfinite{
    .name = "is_infinite",
    .doc = "True where x is plus or minus infinity. (...) -> (...)",
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = special_values,
    .elementwise = &kIsInfiniteRow,
    .onnx = "IsInf",
};

const OpDef kIsFinite{
    .name = "is_finite",
    .doc = "True where x is neither infinite nor NaN. (...) -> (...)",
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = special_values,
    .elementwise = &kIsFiniteRow,
};

const OpDef kSignBit{
    .name = "sign_bit",
    .doc = "True where the sign is negative, as of -0. (...) -> (...)",
    .infer = infer_predicate,
    .no_derivative = kNoDerivative,
    .kernels = kElementwiseKernels,
    .samples = special_values,
    .elementwise = &kSignBitRow,
};

Tensor equal(const Tensor& a, const Tensor& b) { return apply_promoted(kEqual, a, b); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return apply_promoted(kNotEqual, a, b); }
Tensor less(const Tensor& a, const Tensor& b) { return apply_promoted(kLess, a, b); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return apply_promoted(kLessEqual, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return apply_promoted(kGreater, a, b); }
Tensor greater_equal(const Tensor& a, const Tensor& b) {
  return apply_promoted(kGreaterEqual, a, b);
}
Tensor logical_and(const Tensor& a, const Tensor& b) { return apply_promoted(kLogicalAnd, a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return apply_promoted(kLogicalOr, a, b); }
Tensor logical_xor(const Tensor& a, const Tensor& b) { return apply_promoted(kLogicalXor, a, b); }
Tensor logical_not(const Tensor& x) { return apply(kLogicalNot, {x}); }
Tensor is_nan(const Tensor& x) { return apply(kIsNan, {x}); }
Tensor is_infinite(const Tensor& x) { return apply(kIsInfinite, {x}); }
Tensor is_finite(const Tensor& x) { return apply(kIsFinite, {x}); }
Tensor sign_bit(const Tensor& x) { return apply(kSignBit, {x}); }

}  // namespace gradus
