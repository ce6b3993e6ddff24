#include <limits>
#include <numeric>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

Specs infer(const InferContext& context) {
  require_square_matrices(context, 0);
  return {{context.shape(0), context.dtype(0)}};
}

/// The derivative of exp at a^T in the direction of g, which stands in the upper right of
/// exp([[a^T, g], [0, a^T]]) (Najfeld and Havel 1995, "Derivatives of the matrix exponential"). It
/// is linear in g, so g is brought to the size of 1 before.
Inputs vjp(const VjpContext& context) {
  const Tensor a = matrix_transpose(context.inputs[0]);
  if (a.size() == 0) return {zeros_like(context.inputs[0])};
  const Tensor one = Tensor::scalar(1, a.dtype());
  const Tensor largest =
      stop_gradient(max(absolute(context.gradient()), {.axes = {-2, -1}, .keep_axes = true}));
  const Tensor size = where(greater(largest, one - one), largest, one);
  const Tensor above = concatenate({a, context.gradient() / size}, -1);
  const Tensor below = concatenate({zeros_like(a), a}, -1);
  const Tensor whole = apply(kMatrixExp, {concatenate({above, below}, -2)});
  const std::int64_t n = a.dim(-1);
  return {slice(slice(whole, -2, {0, n}), -1, {n}) * size};
}

using Values = std::vector<double>;

Values multiplied(const Values& a, const Values& b, std::int64_t n) {
  Values c(a.size());
  multiply<double>({a.data(), n, 1}, {b.data(), n, 1}, n, n, n, c.data());
  return c;
}

/// terms[0] * coefficients[0] + ... + identity * last
Values combined(std::initializer_list<const Values*> terms,
                std::initializer_list<double> coefficients, double last, std::int64_t n) {
  Values result((*terms.begin())->size());
  auto coefficient = coefficients.begin();
  for (const Values* term : terms) {
    for (std::size_t k = 0; k < result.size(); ++k) result[k] += *coefficient * (*term)[k];
    ++coefficient;
  }
  for (std::int64_t k = 0; k < n; ++k) result[static_cast<std::size_t>(k * (n + 1))] += last;
  return result;
}

double one_norm(const Values& a, std::int64_t n) {
  Values sums(static_cast<std::size_t>(n));
  for (std::size_t k = 0; k < a.size(); ++k) sums[k % sums.size()] += std::abs(a[k]);
  return *std::max_element(sums.begin(), sums.end());
}

/// Odd and even parts of the numerator of the Pade approximant, u = a * odd.
struct Parts {
  Values odd, even;
};

/// Higham 2005, "The scaling and squaring method for the matrix exponential revisited", eqs. 2.3
/// and 2.11; the norms up to which each degree is accurate to double precision stand in table 2.3.
constexpr double kReach[] = {1.495585217958292e-2, 2.539398330063230e-1, 9.504178996162932e-1,
                             2.097847961257068e0, 5.371920351148152e0};

/// Of degrees 3 to 9.
Parts short_parts(const Values& a2, double norm, std::int64_t n) {
  if (norm <= kReach[0]) {
    return {combined({&a2}, {1}, 60, n), combined({&a2}, {12}, 120, n)};
  }
  const Values a4 = multiplied(a2, a2, n);
  if (norm <= kReach[1]) {
    return {combined({&a4, &a2}, {1, 420}, 15120, n), combined({&a4, &a2}, {30, 3360}, 30240, n)};
  }
  const Values a6 = multiplied(a4, a2, n);
  if (norm <= kReach[2]) {
    return {combined({&a6, &a4, &a2}, {1, 1512, 277200}, 8648640, n),
            combined({&a6, &a4, &a2}, {56, 25200, 1995840}, 17297280, n)};
  }
  const Values a8 = multiplied(a6, a2, n);
  return {combined({&a8, &a6, &a4, &a2}, {1, 3960, 2162160, 302702400}, 8821612800, n),
          combined({&a8, &a6, &a4, &a2}, {90, 110880, 30270240, 2075673600}, 17643225600, n)};
}

/// Of degree 13.
Parts long_parts(const Values& a2, const Values& a4, const Values& a6, std::int64_t n) {
  const Values odd = multiplied(a6, combined({&a6, &a4, &a2}, {1, 16380, 40840800}, 0, n), n);
  const Values even = multiplied(a6, combined({&a6, &a4, &a2}, {182, 960960, 1323241920}, 0, n), n);
  return {combined({&odd, &a6, &a4, &a2}, {1, 33522128640, 10559470521600, 1187353796428800},
                   32382376266240000, n),
          combined({&even, &a6, &a4, &a2}, {1, 670442572800, 129060195264000, 7771770303897600},
                   64764752532480000, n)};
}

/// Of exp(a) = (v - u)^-1 (v + u), row by row; LAPACK reads the rows as columns of the transposed
/// system, in which factors of polynomials in a may change places.
Values quotient(const Values& u, const Values& v, std::int64_t n) {
  Values below(u.size()), above(u.size());
  for (std::size_t k = 0; k < u.size(); ++k) {
    below[k] = v[k] - u[k];
    above[k] = v[k] + u[k];
  }
  std::vector<lapack_int> pivots(static_cast<std::size_t>(n));
  const auto size = lapack::size(n);
  check_status("matrix_exp",
               LAPACKE_dgetrf(LAPACK_COL_MAJOR, size, size, below.data(), size, pivots.data()));
  check_status("matrix_exp", LAPACKE_dgetrs(LAPACK_COL_MAJOR, 'N', size, size, below.data(), size,
                                            pivots.data(), above.data(), size));
  return above;
}

Values scaled(const Values& a, int exponent) {
  Values result(a.size());
  std::transform(a.begin(), a.end(), result.begin(),
                 [exponent](double x) { return std::ldexp(x, exponent); });
  return result;
}

/// log2 of |a|^27's norm over a's norm, |a| the magnitudes; -infinity where that power is 0.
double growth_of_magnitudes(const Values& a, double norm, std::int64_t n) {
  Values row(static_cast<std::size_t>(n), 1);
  double exponent = 0;
  for (int k = 0; k < 27; ++k) {
    Values next(row.size());
    for (std::size_t e = 0; e < a.size(); ++e) {
      next[e % next.size()] += row[e / next.size()] * std::abs(a[e]);
    }
    const double largest = *std::max_element(next.begin(), next.end());
    if (largest == 0) return -std::numeric_limits<double>::infinity();
    exponent += std::log2(largest);
    for (double& x : next) x /= largest;
    row = std::move(next);
  }
  return exponent - std::log2(norm);
}

/// How often to halve a before degree 13: by the norms of its powers, which may be far below the
/// powers of its norm, and by a bound for the first term that is left out (Al-Mohy and Higham 2009,
/// "A new scaling and squaring algorithm for the matrix exponential", eqs. 3.8 and 3.13).
int squarings_of(const Values& a, double norm, double size, std::int64_t n) {
  const int by_powers = size > kReach[4] ? std::max(0, std::ilogb(size / kReach[4]) + 1) : 0;
  constexpr double kTerm = -116.45;  // log2 of 13!^2 / (26! 27!)
  const double rest = growth_of_magnitudes(a, norm, n) - 26.0 * by_powers + kTerm + 53;
  return by_powers + static_cast<int>(std::ceil(std::max(0.0, rest / 26)));
}

Values exponential(const Values& a, std::int64_t n) {
  const double norm = one_norm(a, n);
  if (norm <= kReach[3]) {
    const Parts parts = short_parts(multiplied(a, a, n), norm, n);
    return quotient(multiplied(a, parts.odd, n), parts.even, n);
  }
  // Powers of a at the size of 1, so that none overflows.
  const int whole = std::ilogb(norm);
  const Values unit = scaled(a, -whole);
  const Values a2 = multiplied(unit, unit, n), a4 = multiplied(a2, a2, n);
  const Values a6 = multiplied(a4, a2, n);
  const double size = std::ldexp(
      std::max(std::pow(one_norm(a4, n), 0.25), std::pow(one_norm(a6, n), 1.0 / 6)), whole);
  const int squarings = squarings_of(a, norm, size, n);
  const int back = whole - squarings;
  const Parts parts =
      long_parts(scaled(a2, 2 * back), scaled(a4, 4 * back), scaled(a6, 6 * back), n);
  Values result = quotient(multiplied(scaled(unit, back), parts.odd, n), parts.even, n);
  for (int k = 0; k < squarings; ++k) result = multiplied(result, result, n);
  return result;
}

void run_pade(const KernelContext& context) {
  Array& result = context.allocate();
  const Matrices matrices(result.shape);
  const std::int64_t n = matrices.rows;
  if (n == 0) return;
  for_each_matrix(matrices.count, 12 * n * n * n, [&](std::int64_t i) {
    write_part(result, i, exponential(matrix_in_double(context, 0, i), n));
  });
}

/// The series at a / 2^12, squared twelve times, in long double.
void run_reference(const KernelContext& context) {
  Array& result = context.allocate();
  const Matrices matrices(result.shape);
  const auto n = static_cast<std::size_t>(matrices.rows);
  using Long = std::vector<long double>;
  const auto product = [n](const Long& a, const Long& b) {
    Long c(n * n);
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t k = 0; k < n; ++k) {
        for (std::size_t q = 0; q < n; ++q) c[p * n + q] += a[p * n + k] * b[k * n + q];
      }
    }
    return c;
  };
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    const Values given = matrix_in_double(context, 0, i);
    Long a(given.begin(), given.end()), term(n * n), sum(n * n);
    for (long double& value : a) value /= 4096;
    for (std::size_t k = 0; k < n; ++k) term[k * n + k] = sum[k * n + k] = 1;
    for (int k = 1; k < 20; ++k) {
      term = product(term, a);
      for (std::size_t e = 0; e < n * n; ++e) sum[e] += term[e] /= k;
    }
    for (int k = 0; k < 12; ++k) sum = product(sum, sum);
    write_part(result, i, Values(sum.begin(), sum.end()));
  }
}

std::vector<Sample> samples() {
  const Tensor a{{{1, -2, 0.5f}, {0.5f, 0.25f, 1}, {-1, 0, -0.5f}}};
  return {
      {.name = "degree 13", .inputs = {a}},
      {.name = "degree 13, scaled", .inputs = {full({1, 1, 1}, 7)}},
      {.name = "degree 9", .inputs = {Tensor{{{1, -0.5f}, {0.5f, 0.25f}}}}},
      {.name = "degree 7", .inputs = {Tensor{{{0.5f, -0.25f}, {0.25f, 0.25f}}}}},
      {.name = "degree 5", .inputs = {Tensor{{{0.125f, -0.0625f}, {0.0625f, 0.125f}}}}},
      {.name = "degree 3",
       .inputs = {Tensor{{{0.005f, -0.001f}, {0.002f, 0.003f}}, {{0, 0}, {0, 0}}}}},
      {.name = "empty", .inputs = {zeros({2, 0, 0})}},
  };
}

}  // namespace

const OpDef kMatrixExp{
    .name = "matrix_exp",
    .doc = "The exponential of a matrix, by scaling and squaring. (..., n, n) -> (..., n, n)",
    .infer = infer,
    .vjp = vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"pade", nullptr, run_pade}, {"reference", nullptr, run_reference}},
    .samples = samples,
};

}  // namespace gradus
