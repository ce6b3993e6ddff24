#include "gradus/ops/arithmetic.h"

#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic_tiles.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

using std::int64_t;

constexpr ElementwiseDef row(ArithmeticRow row, double (*real)(const double*, const Attributes&),
                             int64_t (*integer)(const int64_t*, const Attributes&) = nullptr) {
  return {arithmetic_tiles, static_cast<int>(row), real, integer};
}

/// Integer arithmetic modulo 2^64.
constexpr std::uint64_t bits(int64_t x) { return static_cast<std::uint64_t>(x); }
constexpr int64_t value(std::uint64_t x) { return static_cast<int64_t>(x); }

std::vector<Sample> any_pairs() { return binary_samples(-3, 3); }
std::vector<Sample> positive_pairs() { return binary_samples(0.5, 3); }

}  // namespace

namespace {

/// The type of a plain number beside a tensor of `dtype`. Throws Error where it does not fit.
DType number_dtype(double number, DType dtype) {
  if (is_floating(dtype)) return dtype;
  if (number != std::floor(number) || std::isinf(number)) return DType::f32;
  const auto check = [&](double low, double high) {
    if (number >= low && number <= high) return;
    throw Error(ErrorCode::invalid_argument, "number_like",
                fmt::format("{} does not fit into {}", number, name_of(dtype)));
  };
  switch (dtype) {
    case DType::u8:
      check(0, 255);
      break;
    case DType::i32:
      check(-0x1p31, 0x1p31 - 1);
      break;
    case DType::i64:
      check(-0x1p63, 0x1p63 - 1024);
      break;
    default:
      check(0, 1);
  }
  return dtype;
}

struct KnownNumber {
  std::uint64_t bits = 0;
  DType dtype = DType::f32;
  Tensor tensor;
};

}  // namespace

Tensor number_like(double number, const Tensor& beside) {
  if (!beside.defined()) {
    throw Error(ErrorCode::invalid_argument, "number_like", "the tensor is undefined");
  }
  const DType dtype = number_dtype(number, beside.dtype());
  // The numbers of a program are few and come again in every step: this thread's last ones are
  // kept.
  thread_local KnownNumber known[32];
  const auto bits = std::bit_cast<std::uint64_t>(number);
  const std::uint64_t mixed = (bits ^ static_cast<std::uint64_t>(dtype)) * 0x9e3779b97f4a7c15u;
  KnownNumber& place = known[mixed >> 59];
  if (!place.tensor.defined() || place.bits != bits || place.dtype != dtype) {
    place = {bits, dtype, Tensor::scalar(number, dtype)};
  }
  return place.tensor;
}

namespace {

Inputs add_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  return operand_gradients(
      context, [&] { return g; }, [&] { return g; });
}

constexpr ElementwiseDef kAddRow = row(
    ArithmeticRow::add, [](const double* x, const Attributes&) { return x[0] + x[1]; },
    [](const int64_t* x, const Attributes&) { return value(bits(x[0]) + bits(x[1])); });

}  // namespace

const OpDef kAdd{
    .name = "add",
    .doc = "a + b, of booleans their disjunction. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = add_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_pairs,
    .elementwise = &kAddRow,
    .onnx = "Add",
};

Tensor add(const Tensor& a, const Tensor& b) { return apply_promoted(kAdd, a, b); }

namespace {

Inputs subtract_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  return operand_gradients(
      context, [&] { return g; }, [&] { return negative(g); });
}

constexpr ElementwiseDef kSubtractRow = row(
    ArithmeticRow::subtract, [](const double* x, const Attributes&) { return x[0] - x[1]; },
    [](const int64_t* x, const Attributes&) { return value(bits(x[0]) - bits(x[1])); });

}  // namespace

const OpDef kSubtract{
    .name = "subtract",
    .doc = "a - b. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = subtract_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_pairs,
    .elementwise = &kSubtractRow,
    .onnx = "Sub",
};

Tensor subtract(const Tensor& a, const Tensor& b) { return apply_promoted(kSubtract, a, b); }

namespace {

Inputs multiply_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& a = context.inputs[0];
  const Tensor& b = context.inputs[1];
  return operand_gradients(
      context, [&] { return g * b; }, [&] { return g * a; });
}

constexpr ElementwiseDef kMultiplyRow = row(
    ArithmeticRow::multiply, [](const double* x, const Attributes&) { return x[0] * x[1]; },
    [](const int64_t* x, const Attributes&) { return value(bits(x[0]) * bits(x[1])); });

}  // namespace

const OpDef kMultiply{
    .name = "multiply",
    .doc = "a * b, of booleans their conjunction. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = multiply_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_pairs,
    .elementwise = &kMultiplyRow,
    .onnx = "Mul",
};

Tensor multiply(const Tensor& a, const Tensor& b) { return apply_promoted(kMultiply, a, b); }

namespace {

Inputs divide_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& b = context.inputs[1];
  return operand_gradients(
      context, [&] { return g / b; }, [&] { return negative(g * context.output()) / b; });
}

constexpr ElementwiseDef kDivideRow =
    row(ArithmeticRow::divide, [](const double* x, const Attributes&) { return x[0] / x[1]; });

}  // namespace

const OpDef kDivide{
    .name = "divide",
    .doc = "a / b. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = divide_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_pairs,
    .elementwise = &kDivideRow,
    .onnx = "Div",
};

Tensor divide(const Tensor& a, const Tensor& b) { return apply_floating(kDivide, a, b); }

namespace {

double floored_remainder(double a, double b) {
  const double r = std::fmod(a, b);
  if (r == 0) return std::copysign(0.0, b);
  return std::signbit(r) != std::signbit(b) ? r + b : r;
}

/// Zeros have the sign of a / b.
double floored_quotient(double a, double b) {
  if (b == 0) return a / b;
  const double rest = std::fmod(a, b);
  const double whole = std::round((a - rest) / b);
  const double down = rest != 0 && std::signbit(rest) != std::signbit(b) ? whole - 1 : whole;
  return down == 0 ? std::copysign(0.0, a / b) : down;
}

int64_t floored_quotient(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return value(0 - bits(a));
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

}  // namespace

namespace {

Inputs floor_divide_vjp(const VjpContext& context) {
  (void)context;  // constant between its jumps
  return {Tensor(), Tensor()};
}

constexpr ElementwiseDef kFloorDivideRow = row(
    ArithmeticRow::floor_divide,
    [](const double* x, const Attributes&) { return floored_quotient(x[0], x[1]); },
    [](const int64_t* x, const Attributes&) { return floored_quotient(x[0], x[1]); });

}  // namespace

const OpDef kFloorDivide{
    .name = "floor_divide",
    .doc =
        "The quotient a / b rounded towards minus infinity; of integers 0 where b is 0. (...), "
        "(...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = floor_divide_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_pairs,
    .elementwise = &kFloorDivideRow,
};

Tensor floor_divide(const Tensor& a, const Tensor& b) { return apply_promoted(kFloorDivide, a, b); }

namespace {

Inputs remainder_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& a = context.inputs[0];
  const Tensor& b = context.inputs[1];
  return operand_gradients(
      context, [&] { return g; }, [&] { return negative(g * floor_divide(a, b)); });
}

constexpr ElementwiseDef kRemainderRow = row(
    ArithmeticRow::remainder,
    [](const double* x, const Attributes&) { return floored_remainder(x[0], x[1]); },
    [](const int64_t* x, const Attributes&) {
      return x[1] == 0 ? 0 : value(bits(x[0]) - bits(floored_quotient(x[0], x[1])) * bits(x[1]));
    });

}  // namespace

const OpDef kRemainder{
    .name = "remainder",
    .doc =
        "a - floor_divide(a, b) * b, with the sign of b; of integers 0 where b is 0. (...), (...) "
        "-> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = remainder_vjp,
    .kernels = kElementwiseKernels,
    .samples = positive_pairs,
    .elementwise = &kRemainderRow,
};

Tensor remainder(const Tensor& a, const Tensor& b) { return apply_promoted(kRemainder, a, b); }

namespace {

/// All of the gradient to an operand that wins, half of it in a tie.
Tensor share_of_gradient(const Tensor& g, const Tensor& wins, const Tensor& ties) {
  return where(wins, g, where(ties, g * 0.5, number_like(0, g)));
}

Inputs maximum_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& a = context.inputs[0];
  const Tensor& b = context.inputs[1];
  return operand_gradients(
      context, [&] { return share_of_gradient(g, greater(a, b), equal(a, b)); },
      [&] { return share_of_gradient(g, greater(b, a), equal(a, b)); });
}

constexpr ElementwiseDef kMaximumRow = row(
    ArithmeticRow::maximum,
    [](const double* x, const Attributes&) {
      return x[0] > x[1] || std::isnan(x[0]) ? x[0] : x[1];
    },
    [](const int64_t* x, const Attributes&) { return x[0] > x[1] ? x[0] : x[1]; });

}  // namespace

const OpDef kMaximum{
    .name = "maximum",
    .doc = "The larger of a and b; NaN if either is. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = maximum_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_pairs,
    .elementwise = &kMaximumRow,
    .onnx = "Max",
};

Tensor maximum(const Tensor& a, const Tensor& b) { return apply_promoted(kMaximum, a, b); }

namespace {

Inputs minimum_vjp(const VjpContext& context) {
  const Tensor& g = context.gradient();
  const Tensor& a = context.inputs[0];
  const Tensor& b = context.inputs[1];
  return operand_gradients(
      context, [&] { return share_of_gradient(g, less(a, b), equal(a, b)); },
      [&] { return share_of_gradient(g, less(b, a), equal(a, b)); });
}

constexpr ElementwiseDef kMinimumRow = row(
    ArithmeticRow::minimum,
    [](const double* x, const Attributes&) {
      return x[0] < x[1] || std::isnan(x[0]) ? x[0] : x[1];
    },
    [](const int64_t* x, const Attributes&) { return x[0] < x[1] ? x[0] : x[1]; });

}  // namespace

const OpDef kMinimum{
    .name = "minimum",
    .doc = "The smaller of a and b; NaN if either is. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = minimum_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_pairs,
    .elementwise = &kMinimumRow,
    .onnx = "Min",
};

Tensor minimum(const Tensor& a, const Tensor& b) { return apply_promoted(kMinimum, a, b); }

namespace {

Inputs copy_sign_vjp(const VjpContext& context) {
  if (!context.needed[0]) return {Tensor(), Tensor()};
  const Tensor& g = context.gradient();
  const Tensor& a = context.inputs[0];
  const Tensor same = equal(sign_bit(a), sign_bit(context.inputs[1]));
  return {sum_to(where(same, g, negative(g)), a.shape()), Tensor()};
}

constexpr ElementwiseDef kCopySignRow =
    row(ArithmeticRow::copy_sign,
        [](const double* x, const Attributes&) { return std::copysign(x[0], x[1]); });

}  // namespace

const OpDef kCopySign{
    .name = "copy_sign",
    .doc = "|a| with the sign of b. (...), (...) -> (broadcast ...)",
    .minimum_inputs = 2,
    .maximum_inputs = 2,
    .infer = infer_elementwise,
    .vjp = copy_sign_vjp,
    .kernels = kElementwiseKernels,
    .samples = any_pairs,
    .elementwise = &kCopySignRow,
};

Tensor copy_sign(const Tensor& a, const Tensor& b) { return apply_floating(kCopySign, a, b); }

}  // namespace gradus
