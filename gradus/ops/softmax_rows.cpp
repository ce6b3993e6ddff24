#include "gradus/ops/softmax_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/base/parallel.h"
#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/softmax_rows.cpp"
#include "hwy/foreach_target.h"

#include "gradus/ops/fold_vectors-inl.h"
#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

constexpr std::int64_t kGrain = 1 << 14;  // elements worth a thread of their own
constexpr std::int64_t kStep = 512;       // elements whose sum is formed in their own type

template <class T>
constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
template <class T>
constexpr T kInfinity = std::numeric_limits<T>::infinity();

template <class T>
T row_max(const T* x, std::int64_t n) {
  T result = -kInfinity<T>;
  for (std::int64_t i = 0; i < n; i += kBlock<T>) {
    const T part = block<ExtremeOf<T, false>>(x + i, std::min(kBlock<T>, n - i));
    result = ExtremeOf<T, false>::take(result, part);
  }
  return result;
}

/// The sum of exp(x - shift) over a row; with `keep` the terms are written to y.
template <bool keep, class T>
double exp_row(const T* x, std::int64_t n, T shift, T* y) {
  const Tag<T> d;
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  const auto subtrahend = hn::Set(d, shift);
  const auto nothing = hn::Set(d, -kInfinity<T>);
  double total = 0;
  for (std::int64_t i = 0; i < n;) {
    auto sum = hn::Zero(d);
    const std::int64_t end = std::min(i + kStep, n);
    for (; i + lanes <= end; i += lanes) {
      const auto e = hn::Exp(d, hn::Sub(hn::LoadU(d, x + i), subtrahend));
      if constexpr (keep) hn::StoreU(e, d, y + i);
      sum = hn::Add(sum, e);
    }
    if (i < end) {
      const auto e = hn::Exp(d, hn::Sub(load_first(d, x + i, end - i, nothing), subtrahend));
      if constexpr (keep) store_first(d, e, y + i, end - i);
      sum = hn::Add(sum, e);
      i = end;
    }
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
  }
  return total;
}

/// y[i] = f(y[i], x[i]) over a row.
template <class T, class F>
HWY_INLINE void map_row(const T* x, T* y, std::int64_t n, F f) {
  const Tag<T> d;
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(f(hn::LoadU(d, y + i), hn::LoadU(d, x + i)), d, y + i);
  }
  if (i == n) return;
  const auto zero = hn::Zero(d);
  store_first(d, f(load_first(d, y + i, n - i, zero), load_first(d, x + i, n - i, zero)), y + i,
              n - i);
}

template <class T>
void scale_row(T* y, std::int64_t n, T factor) {
  const auto factors = hn::Set(Tag<T>(), factor);
  map_row(y, y, n, [&](auto v, auto) HWY_ATTR { return hn::Mul(v, factors); });
}

/// Where the largest element is infinite or NaN, so is or should be every result: inf - inf.
template <class T>
void softmax_row(const T* x, T* y, std::int64_t n) {
  const T shift = row_max(x, n);
  if (!std::isfinite(shift)) {
    std::fill(y, y + n, kNan<T>);
    return;
  }
  const double sum = exp_row<true>(x, n, shift, y);
  scale_row(y, n, static_cast<T>(1 / sum));
}

template <class T>
void log_softmax_row(const T* x, T* y, std::int64_t n) {
  const T shift = row_max(x, n);
  if (!std::isfinite(shift)) {
    std::fill(y, y + n, kNan<T>);
    return;
  }
  const Tag<T> d;
  const auto first = hn::Set(d, shift);
  const auto second = hn::Set(d, static_cast<T>(std::log(exp_row<false, T>(x, n, shift, nullptr))));
  map_row(x, y, n, [&](auto, auto v) HWY_ATTR { return hn::Sub(hn::Sub(v, first), second); });
}

template <class T>
double dot_row(const T* a, const T* b, std::int64_t n) {
  const Tag<T> d;
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  double total = 0;
  for (std::int64_t i = 0; i < n;) {
    auto sum = hn::Zero(d);
    const std::int64_t end = std::min(i + kStep, n);
    for (; i + lanes <= end; i += lanes) {
      sum = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum);
    }
    if (i < end) {
      const auto zero = hn::Zero(d);
      sum =
          hn::MulAdd(load_first(d, a + i, end - i, zero), load_first(d, b + i, end - i, zero), sum);
      i = end;
    }
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
  }
  return total;
}

template <class T>
void softmax_gradient_row(const T* y, const T* g, T* result, std::int64_t n) {
  const Tag<T> d;
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  const auto mean = hn::Set(d, static_cast<T>(dot_row(y, g, n)));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto centred = hn::Sub(hn::LoadU(d, g + i), mean);
    hn::StoreU(hn::Mul(hn::LoadU(d, y + i), centred), d, result + i);
  }
  if (i == n) return;
  const auto centred = hn::Sub(load_first(d, g + i, n - i, mean), mean);
  store_first(d, hn::Mul(load_first(d, y + i, n - i, mean), centred), result + i, n - i);
}

// Along an axis that is not contiguous: as many neighbouring columns as two vectors hold, through
// all rows. `count` is less than a vector only at the right edge.

template <class T>
struct Column {
  const T* x;
  std::int64_t length, stride;
  std::int64_t count;

  hn::Vec<Tag<T>> load(const T* base, std::int64_t row) const {
    const Tag<T> d;
    const T* const at = base + row * stride;
    return count == lanes_of(Tag<T>()) ? hn::LoadU(d, at) : load_first(d, at, count, hn::Zero(d));
  }
  void store(hn::Vec<Tag<T>> v, T* base, std::int64_t row) const {
    const Tag<T> d;
    T* const at = base + row * stride;
    if (count == lanes_of(Tag<T>())) {
      hn::StoreU(v, d, at);
    } else {
      store_first(d, v, at, count);
    }
  }
  hn::Vec<Tag<T>> max() const {
    auto result = load(x, 0);
    for (std::int64_t row = 1; row < length; ++row) {
      result = ExtremeOf<T, false>::combine(result, load(x, row));
    }
    return result;
  }
  /// The sum of f(row) over all rows, in two levels against rounding.
  template <class F>
  HWY_INLINE hn::Vec<Tag<T>> sum(F f) const {
    auto total = hn::Zero(Tag<T>());
    for (std::int64_t row = 0; row < length;) {
      auto part = hn::Zero(Tag<T>());
      for (const std::int64_t end = std::min(row + 32, length); row < end; ++row) {
        part = hn::Add(part, f(row));
      }
      total = hn::Add(total, part);
    }
    return total;
  }
};

template <class T>
void softmax_column(const Column<T>& column, T* y) {
  const Tag<T> d;
  const auto shift = column.max();
  const auto sum = column.sum([&](std::int64_t row) HWY_ATTR {
    const auto e = hn::Exp(d, hn::Sub(column.load(column.x, row), shift));
    column.store(e, y, row);
    return e;
  });
  const auto factor =
      hn::IfThenElse(hn::IsFinite(shift), hn::Div(hn::Set(d, T(1)), sum), hn::Set(d, kNan<T>));
  for (std::int64_t row = 0; row < column.length; ++row) {
    column.store(hn::Mul(column.load(y, row), factor), y, row);
  }
}

template <class T>
void log_softmax_column(const Column<T>& column, T* y) {
  const Tag<T> d;
  const auto shift = column.max();
  const auto sum = column.sum([&](std::int64_t row) HWY_ATTR {
    return hn::Exp(d, hn::Sub(column.load(column.x, row), shift));
  });
  const auto log = hn::IfThenElse(hn::IsFinite(shift), hn::Log(d, sum), hn::Set(d, kNan<T>));
  for (std::int64_t row = 0; row < column.length; ++row) {
    column.store(hn::Sub(hn::Sub(column.load(column.x, row), shift), log), y, row);
  }
}

template <class T>
void softmax_gradient_column(const Column<T>& column, const T* g, T* result) {
  const auto mean = column.sum([&](std::int64_t row) HWY_ATTR {
    return hn::Mul(column.load(column.x, row), column.load(g, row));
  });
  for (std::int64_t row = 0; row < column.length; ++row) {
    const auto centred = hn::Sub(column.load(g, row), mean);
    column.store(hn::Mul(column.load(column.x, row), centred), result, row);
  }
}

/// Calls for_row(offset) for every row if they are contiguous, else for_column(offset, count) for
/// every group of columns.
template <class T, class Row, class ForColumn>
void walk(AlongAxis along, Row for_row, ForColumn for_column) {
  const std::int64_t n = along.length;
  if (along.inner == 1) {
    parallel_for(along.outer, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(n, 1)),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) for_row(i * n);
                 });
    return;
  }
  constexpr std::int64_t lanes = lanes_of(Tag<T>());
  const std::int64_t groups = (along.inner + lanes - 1) / lanes;
  parallel_for(along.outer * groups,
               std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(n * lanes, 1)),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t first = i % groups * lanes;
                   for_column(i / groups * n * along.inner + first,
                              std::min(lanes, along.inner - first));
                 }
               });
}

template <class T>
void softmax_walk(AlongAxis along, const T* x, T* y) {
  walk<T>(
      along, [&](std::int64_t at) { softmax_row(x + at, y + at, along.length); },
      [&](std::int64_t at, std::int64_t count) {
        softmax_column<T>({x + at, along.length, along.inner, count}, y + at);
      });
}

template <class T>
void log_softmax_walk(AlongAxis along, const T* x, T* y) {
  walk<T>(
      along, [&](std::int64_t at) { log_softmax_row(x + at, y + at, along.length); },
      [&](std::int64_t at, std::int64_t count) {
        log_softmax_column<T>({x + at, along.length, along.inner, count}, y + at);
      });
}

template <class T>
void softmax_gradient_walk(AlongAxis along, const T* y, const T* g, T* result) {
  walk<T>(
      along,
      [&](std::int64_t at) { softmax_gradient_row(y + at, g + at, result + at, along.length); },
      [&](std::int64_t at, std::int64_t count) {
        softmax_gradient_column<T>({y + at, along.length, along.inner, count}, g + at, result + at);
      });
}

template <class T>
void cross_entropy_walk(const LabelledRows& x, T* losses) {
  const T* const logits = static_cast<const T*>(x.logits);
  parallel_for(x.rows, std::max<std::int64_t>(1, kGrain / x.classes),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const T* const row = logits + i * x.classes;
                   const T shift = row_max(row, x.classes);
                   if (!std::isfinite(shift)) {
                     losses[i] = kNan<T>;
                     continue;
                   }
                   const double sum = exp_row<false, T>(row, x.classes, shift, nullptr);
                   const double gap = static_cast<double>(shift) - row[x.labels[i]];
                   losses[i] = static_cast<T>(std::log(sum) + gap);
                 }
               });
}

template <class T>
void cross_entropy_gradient_walk(const LabelledRows& x, const T* weights,
                                 std::int64_t weight_stride, T* result) {
  const T* const logits = static_cast<const T*>(x.logits);
  parallel_for(x.rows, std::max<std::int64_t>(1, kGrain / x.classes),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const T* const row = logits + i * x.classes;
                   T* const out = result + i * x.classes;
                   const T weight = weights[i * weight_stride];
                   const T shift = row_max(row, x.classes);
                   if (!std::isfinite(shift)) {
                     std::fill(out, out + x.classes, kNan<T>);
                     continue;
                   }
                   const double sum = exp_row<true>(row, x.classes, shift, out);
                   // p - 1 before the weight, so that a certain prediction gets exactly 0
                   const T wanted = static_cast<T>(out[x.labels[i]] / sum - 1) * weight;
                   scale_row(out, x.classes, static_cast<T>(weight / sum));
                   out[x.labels[i]] = wanted;
                 }
               });
}

/// exp(shift) * sum; the shift is the largest element so far.
struct ShiftedSum {
  double shift, sum;

  void take(double other_shift, double other_sum) {
    if (other_shift != other_shift || other_shift > shift) {
      std::swap(shift, other_shift);
      std::swap(sum, other_sum);
    }
    // Infinite shifts have no sum: the result is the shift, or NaN.
    if (std::isfinite(shift) && other_sum > 0) sum += other_sum * std::exp(other_shift - shift);
  }
};

void clear_sums(void* to, std::int64_t count) {
  std::fill_n(static_cast<ShiftedSum*>(to), count, ShiftedSum{-kInfinity<double>, 0});
}

template <class T>
void take_rows(const void* from, Plane plane, void* to) {
  const T* x = static_cast<const T*>(from);
  for (std::int64_t row = 0; row < plane.rows; ++row, x += plane.stride) {
    for (std::int64_t i = 0; i < plane.columns; i += kBlock<T>) {
      const std::int64_t count = std::min(kBlock<T>, plane.columns - i);
      const T shift = block<ExtremeOf<T, false>>(x + i, count);
      const bool finite = std::isfinite(shift);
      static_cast<ShiftedSum*>(to)[row].take(
          shift, finite ? exp_row<false, T>(x + i, count, shift, nullptr) : 0);
    }
  }
}

void merge_sums(void* to, const void* from, std::int64_t count) {
  const auto* const more = static_cast<const ShiftedSum*>(from);
  for (std::int64_t i = 0; i < count; ++i) {
    static_cast<ShiftedSum*>(to)[i].take(more[i].shift, more[i].sum);
  }
}

template <class T>
void finish_sums(const void* from, std::int64_t first, std::int64_t count,
                 const FoldResults& results) {
  const auto* const totals = static_cast<const ShiftedSum*>(from);
  T* const y = reinterpret_cast<T*>(results.outputs[0]) + first;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto [shift, sum] = totals[i];
    y[i] = static_cast<T>(std::isfinite(shift) ? shift + std::log(sum) : shift);
  }
}

template <class T>
constexpr Fold kLogSumExpFold{.element = sizeof(T),
                              .total = sizeof(ShiftedSum),
                              .clear = clear_sums,
                              .rows = take_rows<T>,
                              .columns = nullptr,
                              .merge = merge_sums,
                              .finish = finish_sums<T>};

template <class T>
constexpr SoftmaxFunctions kFunctions{
    [](AlongAxis a, const void* x, void* y) {
      softmax_walk(a, static_cast<const T*>(x), static_cast<T*>(y));
    },
    [](AlongAxis a, const void* x, void* y) {
      log_softmax_walk(a, static_cast<const T*>(x), static_cast<T*>(y));
    },
    [](AlongAxis a, const void* y, const void* g, void* result) {
      softmax_gradient_walk(a, static_cast<const T*>(y), static_cast<const T*>(g),
                            static_cast<T*>(result));
    },
    [](const LabelledRows& x, void* losses) { cross_entropy_walk(x, static_cast<T*>(losses)); },
    [](const LabelledRows& x, const void* weights, std::int64_t stride, void* result) {
      cross_entropy_gradient_walk(x, static_cast<const T*>(weights), stride,
                                  static_cast<T*>(result));
    },
    &kLogSumExpFold<T>};

const SoftmaxFunctions* find_functions(DType dtype) {
  return dtype == DType::f32 ? &kFunctions<float> : &kFunctions<double>;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_functions);

const SoftmaxFunctions& softmax_functions(DType dtype) {
  return *GRADUS_DISPATCH(find_functions)(dtype);
}

}  // namespace gradus
#endif
