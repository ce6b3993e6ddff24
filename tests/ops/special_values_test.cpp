// Zeros, infinities and NaN, and a few numbers between them, in every elementwise operation, for
// every element type and on every instruction set, against what NumPy says.

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/ops/activation_tiles.h"
#include "gradus/ops/all_ops.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "gradus/ops/targets.h"
#include "special_values.h"

namespace gradus::testing {
namespace {

/// Twenty roundings to nearest: a NumPy function has about one, the operations up to six
/// (elementary_test), and the series of digamma more.
double tolerance_of(DType dtype) {
  switch (dtype) {
    case DType::f64:
      return 20 * 0x1p-53;
    case DType::f32:
      return 20 * 0x1p-24;
    case DType::f16:
      return 20 * 0x1p-11;
    default:
      return 20 * 0x1p-8;
  }
}

Attributes attributes_of(const std::string& name) {
  if (name.starts_with("leaky_relu")) return LeakyReluAttributes{kSlope};
  if (name.starts_with("elu")) return EluAttributes{kAlpha};
  return {};
}

/// Which zero a maximum of two zeros is, is left open by IEEE 754 (2008, 5.3.1), and differs
/// between NumPy's loops. The sign of -0 is -0, and slopes of silu and gelu come to 0 from below.
bool sign_of_zero_counts(const std::string& name) {
  static const std::set<std::string> exceptions{"maximum", "minimum",       "relu",
                                                "sign",    "silu_gradient", "gelu_gradient"};
  return !exceptions.contains(name);
}

/// Those of lgamma and digamma are off as sums of numbers around 1 are, also where they are small.
double scale_of(const std::string& name, double expected) {
  const double size = std::fabs(expected);
  return name == "lgamma" || name == "digamma" ? std::fmax(size, 1) : size;
}

bool agrees(const std::string& name, double actual, double expected, DType dtype) {
  if (std::isnan(expected)) return std::isnan(actual);
  if (std::isinf(expected)) return actual == expected;
  if (expected == 0) {
    return actual == 0 &&
           (!sign_of_zero_counts(name) || std::signbit(actual) == std::signbit(expected));
  }
  const double subnormal = dtype == DType::f16 ? 0x1p-24 : 0;
  return std::fabs(actual - expected) <= tolerance_of(dtype) * scale_of(name, expected) + subnormal;
}

/// Operands at which the table has values: (n), or (n, 1) and (n).
Inputs operands_of(std::span<const double> points, bool binary, DType dtype) {
  const Tensor x =
      cast(Tensor::from(std::vector<double>(points.begin(), points.end())), dtype).eval();
  return binary ? Inputs{reshape(x, {x.size(), 1}).eval(), x} : Inputs{x};
}

void expect_table(const SpecialValues& row, std::span<const double> points, bool binary) {
  const OpDef* op = find_op(row.name);
  ASSERT_NE(op, nullptr) << row.name;
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16}) {
    const Inputs operands = operands_of(points, binary, dtype);
    for (const Kernel& kernel : op->kernels) {
      std::vector<Array> found;
      try {
        found =
            run_kernel(*op, kernel, {operands.data(), operands.size()}, attributes_of(row.name));
      } catch (const Error& error) {
        EXPECT_TRUE(error.code() == ErrorCode::dtype &&
                    (dtype == DType::f16 || dtype == DType::bf16))
            << error.what();
        continue;
      }
      const auto actual = Tensor::from_array(found[0]).to_vector<double>();
      ASSERT_EQ(actual.size(), row.values.size()) << row.name;
      for (std::size_t i = 0; i < actual.size(); ++i) {
        if (agrees(row.name, actual[i], row.values[i], dtype)) continue;
        const std::size_t n = points.size();
        ADD_FAILURE() << row.name << " of " << name_of(dtype) << ", kernel " << kernel.name
                      << ", at " << points[binary ? i / n : i]
                      << (binary ? " and " + std::to_string(points[i % n]) : "") << ": "
                      << actual[i] << " instead of " << row.values[i];
      }
    }
  }
}

TEST(SpecialValues, AreNumPysOnEveryInstructionSet) {
  for (const std::int64_t target : usable_targets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    const TargetScope scope(target);
    for (const SpecialValues& row : kUnaryValues) expect_table(row, kUnaryPoints, false);
    for (const SpecialValues& row : kBinaryValues) expect_table(row, kBinaryPoints, true);
  }
}

TEST(SpecialValues, OfEveryElementwiseOperationStandInTheTable) {
  std::set<std::string> found{"where", "cast"};  // see below and cast_test
  for (const SpecialValues& row : kUnaryValues) found.insert(row.name);
  for (const SpecialValues& row : kBinaryValues) found.insert(row.name);
  for (const OpDef* op : all_ops()) {
    EXPECT_TRUE(!op->elementwise || found.contains(op->name)) << op->name;
  }
}

TEST(SpecialValues, PassThroughWhere) {
  const Tensor x =
      Tensor::from(std::vector<double>(std::begin(kUnaryPoints), std::end(kUnaryPoints)));
  const auto chosen = where(Tensor(true), x, number_like(0, x)).to_vector<double>();
  const auto other = where(Tensor(false), number_like(0, x), x).to_vector<double>();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    EXPECT_TRUE(agrees("where", chosen[i], kUnaryPoints[i], DType::f64)) << chosen[i];
    EXPECT_TRUE(agrees("where", other[i], kUnaryPoints[i], DType::f64)) << other[i];
  }
}

}  // namespace
}  // namespace gradus::testing
