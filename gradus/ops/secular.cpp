#include "gradus/ops/secular.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/secular.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/targets.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kIterations = 100;

/// As many roots at once as a vector has lanes, each between two poles. Sums are added pole by pole
/// in every lane, so that bits do not depend on how many there are.
template <class D, class T = hn::TFromD<D>>
class Lanes {
 public:
  using V = hn::Vec<D>;

  Lanes(const SecularEquation<T>& equation, std::int64_t first) : equation_(equation) {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d_));
    HWY_ALIGN T number[HWY_MAX_BYTES / sizeof(T)], left[HWY_MAX_BYTES / sizeof(T)];
    HWY_ALIGN T right[HWY_MAX_BYTES / sizeof(T)], of_left[HWY_MAX_BYTES / sizeof(T)];
    HWY_ALIGN T of_right[HWY_MAX_BYTES / sizeof(T)];
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      const std::int64_t j = std::min(first + lane, equation.n - 2);
      number[lane] = static_cast<T>(j);
      left[lane] = equation.poles[j];
      right[lane] = equation.poles[j + 1];
      of_left[lane] = equation.squares[j];
      of_right[lane] = equation.squares[j + 1];
    }
    first_ = first;
    end_ = std::min(first + lanes, equation.n);
    number_ = hn::Load(d_, number);
    left_ = hn::Load(d_, left);
    right_ = hn::Load(d_, right);
    of_left_ = hn::Load(d_, of_left);
    of_right_ = hn::Load(d_, of_right);
  }

  bool run() {
    start();
    auto open = hn::Eq(number_, number_);
    for (int i = 0; i < kIterations; ++i) {
      const Value at = evaluate(origin_, offset_);
      // Where something is not finite, the iteration ends without a root.
      const auto is_finite = hn::Lt(at.error, hn::Set(d_, std::numeric_limits<T>::infinity()));
      open = hn::AndNot(hn::And(is_finite, hn::Le(hn::Abs(at.value), at.error)), open);
      if (hn::AllFalse(d_, open)) return true;
      const V next = improve(at);
      offset_ = hn::IfThenElse(open, next, offset_);
    }
    return false;
  }

  void store(T* origins, T* offsets, std::int64_t count) const {
    HWY_ALIGN T origin[HWY_MAX_BYTES / sizeof(T)], offset[HWY_MAX_BYTES / sizeof(T)];
    hn::Store(origin_, d_, origin);
    hn::Store(offset_, d_, offset);
    std::copy_n(origin, count, origins);
    std::copy_n(offset, count, offsets);
  }

 private:
  struct Value {
    V value;
    V below_slope, above_slope;  // of the sums over the poles on either side
    V error;                     // of the value, and what rounding the offset makes of it
  };

  /// One side's sum, its derivative, and what its partial sums come to.
  struct Sum {
    V value, slope, partial;
  };
  void add(Sum& sum, std::int64_t pole, V origin, V offset) const {
    const V distance = hn::Sub(hn::Sub(hn::Set(d_, equation_.poles[pole]), origin), offset);
    const V inverse = hn::Div(hn::Set(d_, T(1)), distance);
    const V term = hn::Mul(hn::Set(d_, equation_.squares[pole]), inverse);
    sum.value = hn::Add(sum.value, term);
    sum.slope = hn::MulAdd(term, inverse, sum.slope);
    sum.partial = hn::Add(sum.partial, sum.value);
  }
  /// As add(), in some lanes.
  template <class M>
  void add_where(M some, Sum& sum, std::int64_t pole, V origin, V offset) const {
    Sum other = sum;
    add(other, pole, origin, offset);
    sum.value = hn::IfThenElse(some, other.value, sum.value);
    sum.slope = hn::IfThenElse(some, other.slope, sum.slope);
    sum.partial = hn::IfThenElse(some, other.partial, sum.partial);
  }

  /// The function at origin + offset, and how far to trust it (laed4).
  Value evaluate(V origin, V offset) const {
    const V zero = hn::Zero(d_);
    Sum below{zero, zero, zero}, above{zero, zero, zero};
    for (std::int64_t i = 0; i <= first_; ++i) add(below, i, origin, offset);
    for (std::int64_t i = equation_.n - 1; i >= end_; --i) add(above, i, origin, offset);
    // Here the poles are on one side for some lanes and on the other for others.
    for (std::int64_t i = first_ + 1; i < end_; ++i) {
      add_where(hn::Le(hn::Set(d_, static_cast<T>(i)), number_), below, i, origin, offset);
    }
    for (std::int64_t i = end_ - 1; i > first_; --i) {
      add_where(hn::Gt(hn::Set(d_, static_cast<T>(i)), number_), above, i, origin, offset);
    }
    const V constant = hn::Set(d_, 1 / equation_.rho);
    const V value = hn::Add(constant, hn::Add(below.value, above.value));
    V error = hn::Mul(hn::Set(d_, T(8)), hn::Sub(above.value, below.value));
    error = hn::Add(error, hn::Sub(above.partial, below.partial));
    error = hn::MulAdd(hn::Set(d_, T(2)), constant, error);
    error = hn::MulAdd(hn::Abs(offset), hn::Add(below.slope, above.slope), error);
    const V unit = hn::Set(d_, std::numeric_limits<T>::epsilon() / 2);
    return {value, below.slope, above.slope, hn::Mul(unit, error)};
  }

  static V middle(V low, V high) { return hn::Mul(hn::Set(D(), T(0.5)), hn::Add(low, high)); }

  /// The pole that is nearer, and the root if all but the two beside it are taken as constant.
  void start() {
    const V gap = hn::Sub(right_, left_), half = hn::Mul(gap, hn::Set(d_, T(0.5)));
    const Value at = evaluate(left_, half);
    const V rest = hn::Add(at.value, hn::Div(hn::Sub(of_left_, of_right_), half));
    const auto is_left = hn::Ge(at.value, hn::Zero(d_));
    const V both = hn::Add(of_left_, of_right_);
    const V scaled = hn::Mul(rest, gap);
    const V b = hn::Add(both, hn::IfThenElse(is_left, scaled, hn::Neg(scaled)));
    const V of_near = hn::IfThenElse(is_left, of_left_, hn::Neg(of_right_));
    origin_ = hn::IfThenElse(is_left, left_, right_);
    low_ = hn::IfThenElse(is_left, hn::Zero(d_), hn::Neg(half));
    high_ = hn::IfThenElse(is_left, half, hn::Zero(d_));
    offset_ = keep_inside(near_root(rest, b, hn::Mul(of_near, gap)));
  }

  /// The root of a x^2 - b x + c between the poles, if those were what it was made of.
  static V near_root(V a, V b, V c) {
    const V two = hn::Set(D(), T(2)), four = hn::Set(D(), T(4));
    const V root = hn::Sqrt(hn::Abs(hn::NegMulAdd(four, hn::Mul(a, c), hn::Mul(b, b))));
    return hn::IfThenElse(hn::Le(b, hn::Zero(D())), hn::Div(hn::Sub(b, root), hn::Mul(two, a)),
                          hn::Div(hn::Mul(two, c), hn::Add(b, root)));
  }

  V keep_inside(V offset) const {
    const auto inside = hn::And(hn::Gt(offset, low_), hn::Lt(offset, high_));
    return hn::IfThenElse(inside, offset, middle(low_, high_));
  }

  /// The root of what has the same value and slopes and but two poles, those beside the root (Li
  /// 1993, "Solving secular equations stably and efficiently", the middle way); or where that leads
  /// astray, Newton's step; or the middle of where the root must be.
  V improve(const Value& at) {
    const V zero = hn::Zero(d_);
    const auto is_right_of = hn::Le(at.value, zero);
    low_ = hn::IfThenElse(is_right_of, hn::Max(low_, offset_), low_);
    high_ = hn::IfThenElse(is_right_of, high_, hn::Min(high_, offset_));
    const V to_left = hn::Sub(hn::Sub(left_, origin_), offset_);
    const V to_right = hn::Sub(hn::Sub(right_, origin_), offset_);
    const V slope = hn::Add(at.below_slope, at.above_slope);
    const V product = hn::Mul(to_left, to_right);
    const V a =
        hn::NegMulAdd(to_right, at.above_slope, hn::NegMulAdd(to_left, at.below_slope, at.value));
    const V b = hn::NegMulAdd(product, slope, hn::Mul(hn::Add(to_left, to_right), at.value));
    const V c = hn::Mul(product, at.value);
    V step = near_root(a, b, c);
    const auto descends = hn::Lt(hn::Mul(at.value, step), zero);
    step = hn::IfThenElse(descends, step, hn::Neg(hn::Div(at.value, slope)));
    return keep_inside(hn::Add(offset_, step));
  }

  D d_;
  const SecularEquation<T>& equation_;
  std::int64_t first_, end_;  // poles that are beside some lane's root
  V number_, left_, right_, of_left_, of_right_;
  V origin_, offset_, low_, high_;
};

/// The root beyond all poles: of what has the same value and slope and one pole, the last.
template <class T>
bool find_last(const SecularEquation<T>& equation, T* origin, T* offset) {
  const std::int64_t last = equation.n - 1;
  T all = 0;
  for (std::int64_t i = 0; i <= last; ++i) all += equation.squares[i];
  *origin = equation.poles[last];
  T low = 0, high = 2 * equation.rho * all, x = equation.rho * all / 2;
  for (int k = 0; k < kIterations; ++k) {
    T sum = 0, slope = 0, partial = 0;
    for (std::int64_t i = 0; i <= last; ++i) {
      const T inverse = 1 / ((equation.poles[i] - *origin) - x);
      const T term = equation.squares[i] * inverse;
      sum += term;
      slope += term * inverse;
      partial += sum;
    }
    const T value = 1 / equation.rho + sum;
    const T error = x * slope - 8 * sum - partial + 2 / equation.rho;
    *offset = x;
    if (!std::isfinite(error)) return false;
    if (std::abs(value) <= std::numeric_limits<T>::epsilon() / 2 * error) return true;
    (value <= 0 ? low : high) = x;
    const T next = slope * x * x / (value + slope * x);
    x = next > low && next < high ? next : (low + high) / 2;
  }
  return false;
}

template <class T>
HWY_INLINE bool roots_of(const SecularEquation<T>& equation, std::int64_t first, std::int64_t count,
                         const SecularRoots<T>& roots) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t end = std::min(first + count, equation.n - 1);
  for (std::int64_t j = first; j < end; j += lanes) {
    Lanes<hn::ScalableTag<T>> some(equation, j);
    if (!some.run()) return false;
    some.store(roots.origins + j, roots.offsets + j, std::min(lanes, end - j));
  }
  if (first + count < equation.n) return true;
  return find_last(equation, roots.origins + equation.n - 1, roots.offsets + equation.n - 1);
}

template <class T>
HWY_INLINE void squares_of(std::int64_t n, const T* poles, const SecularRoots<T>& roots,
                           std::int64_t first, std::int64_t count, T* squares) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  HWY_ALIGN T numbers[HWY_MAX_BYTES / sizeof(T)];
  for (std::int64_t i = first; i < first + count; i += lanes) {
    for (std::int64_t lane = 0; lane < lanes; ++lane) numbers[lane] = static_cast<T>(i + lane);
    const auto number = hn::Load(d, numbers), own = hn::LoadU(d, poles + i);
    auto product = hn::Set(d, T(1));
    for (std::int64_t j = 0; j < n; ++j) {
      const auto distance =
          hn::Sub(hn::Sub(own, hn::Set(d, roots.origins[j])), hn::Set(d, roots.offsets[j]));
      const auto is_own = hn::Eq(number, hn::Set(d, static_cast<T>(j)));
      const auto divisor =
          hn::IfThenElse(is_own, hn::Set(d, T(-1)), hn::Sub(own, hn::Set(d, poles[j])));
      product = hn::Mul(product, hn::Div(distance, divisor));
    }
    hn::Store(product, d, numbers);
    std::copy_n(numbers, std::min(lanes, first + count - i), squares + i);
  }
}

template <class T>
HWY_INLINE void vector_of(std::int64_t n, const T* poles, const T* z, T origin, T offset,
                          T* vector) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto from = hn::Set(d, origin), beyond = hn::Set(d, offset);
  auto squares = hn::Zero(d);
  const auto element = [&](std::int64_t i) HWY_ATTR {
    const auto distance = hn::Sub(hn::Sub(hn::LoadU(d, poles + i), from), beyond);
    return hn::Div(hn::LoadU(d, z + i), distance);
  };
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto value = element(i);
    squares = hn::MulAdd(value, value, squares);
    hn::StoreU(value, d, vector + i);
  }
  if (i < n) {
    HWY_ALIGN T rest[HWY_MAX_BYTES / sizeof(T)];
    const auto value =
        hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(n - i)), element(i));
    squares = hn::MulAdd(value, value, squares);
    hn::Store(value, d, rest);
    std::copy_n(rest, n - i, vector + i);
  }
  const T factor = 1 / std::sqrt(hn::GetLane(hn::SumOfLanes(d, squares)));
  i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(hn::Mul(hn::LoadU(d, vector + i), hn::Set(d, factor)), d, vector + i);
  }
  for (; i < n; ++i) vector[i] *= factor;
}

bool roots_f32(const SecularEquation<float>& equation, std::int64_t first, std::int64_t count,
               const SecularRoots<float>& roots) {
  return roots_of(equation, first, count, roots);
}
bool roots_f64(const SecularEquation<double>& equation, std::int64_t first, std::int64_t count,
               const SecularRoots<double>& roots) {
  return roots_of(equation, first, count, roots);
}
void squares_f32(std::int64_t n, const float* poles, const SecularRoots<float>& roots,
                 std::int64_t first, std::int64_t count, float* squares) {
  squares_of(n, poles, roots, first, count, squares);
}
void squares_f64(std::int64_t n, const double* poles, const SecularRoots<double>& roots,
                 std::int64_t first, std::int64_t count, double* squares) {
  squares_of(n, poles, roots, first, count, squares);
}
void vector_f32(std::int64_t n, const float* poles, const float* z, float origin, float offset,
                float* vector) {
  vector_of(n, poles, z, origin, offset, vector);
}
void vector_f64(std::int64_t n, const double* poles, const double* z, double origin, double offset,
                double* vector) {
  vector_of(n, poles, z, origin, offset, vector);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
namespace {
GRADUS_EXPORT(roots_f32);
GRADUS_EXPORT(roots_f64);
GRADUS_EXPORT(squares_f32);
GRADUS_EXPORT(squares_f64);
GRADUS_EXPORT(vector_f32);
GRADUS_EXPORT(vector_f64);
}  // namespace

template <>
bool secular_roots(const SecularEquation<float>& equation, std::int64_t first, std::int64_t count,
                   const SecularRoots<float>& roots) {
  return GRADUS_DISPATCH(roots_f32)(equation, first, count, roots);
}
template <>
bool secular_roots(const SecularEquation<double>& equation, std::int64_t first, std::int64_t count,
                   const SecularRoots<double>& roots) {
  return GRADUS_DISPATCH(roots_f64)(equation, first, count, roots);
}
template <>
void exact_squares(std::int64_t n, const float* poles, const SecularRoots<float>& roots,
                   std::int64_t first, std::int64_t count, float* squares) {
  GRADUS_DISPATCH(squares_f32)(n, poles, roots, first, count, squares);
}
template <>
void exact_squares(std::int64_t n, const double* poles, const SecularRoots<double>& roots,
                   std::int64_t first, std::int64_t count, double* squares) {
  GRADUS_DISPATCH(squares_f64)(n, poles, roots, first, count, squares);
}
template <>
void secular_vector(std::int64_t n, const float* poles, const float* z, float origin, float offset,
                    float* vector) {
  GRADUS_DISPATCH(vector_f32)(n, poles, z, origin, offset, vector);
}
template <>
void secular_vector(std::int64_t n, const double* poles, const double* z, double origin,
                    double offset, double* vector) {
  GRADUS_DISPATCH(vector_f64)(n, poles, z, origin, offset, vector);
}

}  // namespace gradus
#endif
