#include "gradus/ops/normalization_planes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/normalization_planes.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/moment_vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

constexpr std::int64_t kGrain = 1 << 14;  // elements worth a thread of their own
constexpr std::int64_t kTall = 64;        // rows whose sums are formed in their own type

std::int64_t grain_of(std::int64_t elements) {
  return std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, elements));
}

template <class T>
using Vector = hn::Vec<Tag<T>>;
template <class T>
constexpr std::int64_t kLanes = lanes_of(Tag<T>());

/// Elements from p on; `count` of them where fewer than a vector are left.
template <class T>
HWY_INLINE Vector<T> load(const T* p, std::int64_t count) {
  const Tag<T> d;
  return count >= kLanes<T> ? hn::LoadU(d, p) : load_first(d, p, count, hn::Zero(d));
}
template <class T>
HWY_INLINE void store(Vector<T> v, T* p, std::int64_t count) {
  const Tag<T> d;
  count >= kLanes<T> ? hn::StoreU(v, d, p) : store_first(d, v, p, count);
}

/// Calls f(i, left) for every vector of n elements.
template <class T, class F>
HWY_INLINE void for_vectors(std::int64_t n, F f) {
  std::int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) f(i, kLanes<T>);
  if (i < n) f(i, n - i);
}

/// `values` of some channels, repeated until whole vectors hold whole repetitions: elements of
/// channels that lie side by side are read as one long row with that period.
template <class T>
struct Periodic {
  std::vector<T> values;

  Periodic(const void* from, std::int64_t channels)
      : values(static_cast<std::size_t>(period_of(channels))) {
    if (channels == 0) return;  // there are no elements that would meet them
    const T* const source = static_cast<const T*>(from);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = source[i % static_cast<std::size_t>(channels)];
    }
  }
  static std::int64_t period_of(std::int64_t channels) {
    std::int64_t period = std::lcm(std::max(channels, std::int64_t{1}), std::int64_t{16});
    while (period < 64) period *= 2;
    return period;
  }
  const T* data() const { return values.data(); }
};

/// Calls f(first, count) for pieces of a row of `n` elements, each beginning with a period.
template <class F>
void for_periods(std::int64_t n, std::int64_t period, F f) {
  parallel_for((n + period - 1) / period, grain_of(period),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   f(i * period, std::min(period, n - i * period));
                 }
               });
}

/// Calls f(channel, first) for the planes of inner elements that belong to one channel.
template <class F>
void for_planes(AlongAxis along, F f) {
  parallel_for(along.outer * along.length, grain_of(along.inner),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) f(i % along.length, i * along.inner);
               });
}

template <class T>
void map_plane(const T* x, T* y, std::int64_t n, T centre, T factor, T offset) {
  const Tag<T> d;
  const auto centres = hn::Set(d, centre), factors = hn::Set(d, factor);
  const auto offsets = hn::Set(d, offset);
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t left) HWY_ATTR {
    store(hn::MulAdd(hn::Sub(load(x + i, left), centres), factors, offsets), y + i, left);
  });
}

template <class T>
void map_period(const T* x, T* y, std::int64_t n, const T* centre, const T* factor,
                const T* offset) {
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t left) HWY_ATTR {
    const auto centred = hn::Sub(load(x + i, left), load(centre + i, left));
    store(hn::MulAdd(centred, load(factor + i, left), load(offset + i, left)), y + i, left);
  });
}

template <class T>
void map_channels(AlongAxis along, const void* from, const ChannelMap& map, void* to) {
  const T* const x = static_cast<const T*>(from);
  T* const y = static_cast<T*>(to);
  if (along.inner == 1) {
    const Periodic<T> centre(map.centre, along.length), factor(map.factor, along.length);
    const Periodic<T> offset(map.offset, along.length);
    for_periods(along.outer * along.length, Periodic<T>::period_of(along.length),
                [&](std::int64_t first, std::int64_t count) {
                  map_period(x + first, y + first, count, centre.data(), factor.data(),
                             offset.data());
                });
    return;
  }
  const auto at = [](const void* values, std::int64_t c) {
    return static_cast<const T*>(values)[c];
  };
  for_planes(along, [&](std::int64_t c, std::int64_t first) {
    map_plane(x + first, y + first, along.inner, at(map.centre, c), at(map.factor, c),
              at(map.offset, c));
  });
}

/// sum(g) and sum(g * (x - centre)) of a plane.
template <class T>
void plane_sums(const T* x, const T* g, std::int64_t n, T centre, double* sums) {
  const Tag<T> d;
  const auto centres = hn::Set(d, centre);
  for (std::int64_t begin = 0; begin < n; begin += kTall * kLanes<T>) {
    auto first = hn::Zero(d), second = hn::Zero(d);
    for_vectors<T>(std::min(kTall * kLanes<T>, n - begin),
                   [&](std::int64_t i, std::int64_t left) HWY_ATTR {
                     const auto v = load(g + begin + i, left);
                     first = hn::Add(first, v);
                     const auto centred = hn::Sub(load(x + begin + i, left), centres);
                     second = hn::MulAdd(v, centred, second);
                   });
    sums[0] += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, first)));
    sums[1] += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, second)));
  }
}

/// The same for `rows` rows of one period, a sum for each place of the period.
template <class T, std::size_t... u>
void period_sums(const T* x, const T* g, std::int64_t rows, std::int64_t period, const T* centre,
                 double* sums, std::index_sequence<u...>) {
  const Tag<T> d;
  constexpr std::int64_t lanes = kLanes<T>;
  constexpr std::int64_t width = sizeof...(u) * lanes;  // 16: periods are multiples
  for (std::int64_t j = 0; j < period; j += width) {
    Vector<T> first[] = {(static_cast<void>(u), hn::Zero(d))...};
    Vector<T> second[] = {(static_cast<void>(u), hn::Zero(d))...};
    const Vector<T> centres[] = {hn::LoadU(d, centre + j + u * lanes)...};
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t at = row * period + j;
      const Vector<T> v[] = {hn::LoadU(d, g + at + u * lanes)...};
      ((first[u] = hn::Add(first[u], v[u])), ...);
      ((second[u] =
            hn::MulAdd(v[u], hn::Sub(hn::LoadU(d, x + at + u * lanes), centres[u]), second[u])),
       ...);
    }
    HWY_ALIGN T parts[2][width];
    (hn::Store(first[u], d, parts[0] + u * lanes), ...);
    (hn::Store(second[u], d, parts[1] + u * lanes), ...);
    for (std::int64_t i = 0; i < width; ++i) {
      sums[j + i] += static_cast<double>(parts[0][i]);
      sums[period + j + i] += static_cast<double>(parts[1][i]);
    }
  }
}

/// Adds up `count` arrays of `size` sums into the first, as a binary tree.
void merge_sums(double* sums, std::int64_t count, std::int64_t size) {
  for (std::int64_t step = 1; step < count; step *= 2) {
    for (std::int64_t i = 0; i + step < count; i += 2 * step) {
      for (std::int64_t k = 0; k < size; ++k) sums[i * size + k] += sums[(i + step) * size + k];
    }
  }
}

template <class T>
void periodic_channel_sums(AlongAxis along, const T* x, const T* g, const void* centre,
                           double* sums) {
  const Periodic<T> centres(centre, along.length);
  const auto period = static_cast<std::int64_t>(centres.values.size());
  const std::int64_t n = along.outer * along.length;
  const std::int64_t rows = n / period;
  const std::int64_t group = std::max<std::int64_t>(kTall, 4 * kGrain / period);
  const std::int64_t groups = std::max<std::int64_t>(1, (rows + group - 1) / group);
  std::vector<double> parts(static_cast<std::size_t>(groups * 2 * period), 0.0);
  parallel_for(groups, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin * group; row < std::min(end * group, rows); row += kTall) {
      const std::int64_t height = std::min({kTall, rows - row, end * group - row});
      period_sums(x + row * period, g + row * period, height, period, centres.data(),
                  parts.data() + row / group * 2 * period,
                  std::make_index_sequence<16 / hn::MaxLanes(Tag<T>())>());
    }
  });
  merge_sums(parts.data(), groups, 2 * period);
  for (std::int64_t i = rows * period; i < n; ++i) {  // less than a period
    const std::int64_t place = i - rows * period;
    parts[static_cast<std::size_t>(place)] += static_cast<double>(g[i]);
    parts[static_cast<std::size_t>(period + place)] +=
        static_cast<double>(g[i]) *
        (static_cast<double>(x[i]) - centres.values[static_cast<std::size_t>(place)]);
  }
  std::fill_n(sums, 2 * along.length, 0.0);
  for (std::int64_t i = 0; i < period; ++i) {
    sums[i % along.length] += parts[static_cast<std::size_t>(i)];
    sums[along.length + i % along.length] += parts[static_cast<std::size_t>(period + i)];
  }
}

template <class T>
void channel_sums(AlongAxis along, const void* from, const void* gradient, const void* centre,
                  double* sums) {
  const T* const x = static_cast<const T*>(from);
  const T* const g = static_cast<const T*>(gradient);
  if (along.inner == 1) return periodic_channel_sums(along, x, g, centre, sums);
  const std::int64_t channels = along.length;
  std::vector<double> parts(static_cast<std::size_t>(2 * along.outer * channels), 0.0);
  for_planes(along, [&](std::int64_t c, std::int64_t first) {
    plane_sums(x + first, g + first, along.inner, static_cast<const T*>(centre)[c],
               parts.data() + 2 * (first / along.inner));
  });
  merge_sums(parts.data(), along.outer, 2 * channels);
  for (std::int64_t c = 0; c < channels; ++c) {
    sums[c] = along.outer ? parts[static_cast<std::size_t>(2 * c)] : 0;
    sums[channels + c] = along.outer ? parts[static_cast<std::size_t>(2 * c + 1)] : 0;
  }
}

template <class V>
HWY_INLINE V gradient_of(V x, V g, V centre, V mean_gradient, V slope, V factor) {
  return hn::Mul(hn::NegMulAdd(hn::Sub(x, centre), slope, hn::Sub(g, mean_gradient)), factor);
}

template <class T>
void gradient_plane(const T* x, const T* g, T* result, std::int64_t n, T centre, T mean_gradient,
                    T slope, T factor) {
  const Tag<T> d;
  const auto centres = hn::Set(d, centre), means = hn::Set(d, mean_gradient);
  const auto slopes = hn::Set(d, slope), factors = hn::Set(d, factor);
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t left) HWY_ATTR {
    store(gradient_of(load(x + i, left), load(g + i, left), centres, means, slopes, factors),
          result + i, left);
  });
}

template <class T>
void gradient_period(const T* x, const T* g, T* result, std::int64_t n, const T* centre,
                     const T* mean_gradient, const T* slope, const T* factor) {
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t left) HWY_ATTR {
    store(gradient_of(load(x + i, left), load(g + i, left), load(centre + i, left),
                      load(mean_gradient + i, left), load(slope + i, left), load(factor + i, left)),
          result + i, left);
  });
}

template <class T>
void map_channel_gradient(AlongAxis along, const void* from, const void* gradient,
                          const ChannelGradient& map, void* to) {
  const T* const x = static_cast<const T*>(from);
  const T* const g = static_cast<const T*>(gradient);
  T* const result = static_cast<T*>(to);
  if (along.inner == 1) {
    const Periodic<T> centre(map.centre, along.length), mean(map.mean_gradient, along.length);
    const Periodic<T> slope(map.slope, along.length), factor(map.factor, along.length);
    for_periods(along.outer * along.length, Periodic<T>::period_of(along.length),
                [&](std::int64_t first, std::int64_t count) {
                  gradient_period(x + first, g + first, result + first, count, centre.data(),
                                  mean.data(), slope.data(), factor.data());
                });
    return;
  }
  const auto at = [](const void* values, std::int64_t c) {
    return static_cast<const T*>(values)[c];
  };
  for_planes(along, [&](std::int64_t c, std::int64_t first) {
    gradient_plane(x + first, g + first, result + first, along.inner, at(map.centre, c),
                   at(map.mean_gradient, c), at(map.slope, c), at(map.factor, c));
  });
}

// Layer normalisation: a row at a time, which stays in the first-level cache.

template <class T>
void normalize_row(const T* x, std::int64_t n, double epsilon, const T* scale, const T* shift, T* y,
                   T* mean, T* variance) {
  const Moments moments = row_moments(x, n);
  const double wide_variance = moments.squares / moments.count;
  const double wide_factor = 1 / std::sqrt(wide_variance + epsilon);
  *mean = static_cast<T>(moments.mean);
  *variance = static_cast<T>(wide_variance);
  const Tag<T> d;
  const auto centre = hn::Set(d, *mean);
  const auto factor = hn::Set(d, static_cast<T>(wide_factor));
  // what the centre lost by rounding, beside which the deviations may be small
  const double lost = (static_cast<double>(*mean) - moments.mean) * wide_factor;
  const auto offset = hn::Set(d, static_cast<T>(lost));
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t left) HWY_ATTR {
    const auto normal = hn::MulAdd(hn::Sub(load(x + i, left), centre), factor, offset);
    store(hn::MulAdd(normal, load(scale + i, left), load(shift + i, left)), y + i, left);
  });
}

template <class T>
void normalize_rows(const NormRows& rows, double epsilon, const void* scale, const void* shift,
                    void* y, void* mean, void* variance) {
  const std::int64_t n = rows.length;
  parallel_for(rows.rows, grain_of(n), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      normalize_row(static_cast<const T*>(rows.x) + row * n, n, epsilon,
                    static_cast<const T*>(scale), static_cast<const T*>(shift),
                    static_cast<T*>(y) + row * n, static_cast<T*>(mean) + row,
                    static_cast<T*>(variance) + row);
    }
  });
}

/// One row, with u = g * scale; `columns` (2, n) takes in g * (x - mean) * factor and g.
template <class T>
void gradient_row(const T* x, const T* g, const T* scale, std::int64_t n, T mean, double factor,
                  T* result, T* columns) {
  const Tag<T> d;
  const auto means = hn::Set(d, mean);
  double total = 0, moment = 0;
  for (std::int64_t begin = 0; begin < n; begin += kTall * kLanes<T>) {
    auto first = hn::Zero(d), second = hn::Zero(d);
    for_vectors<T>(std::min(kTall * kLanes<T>, n - begin),
                   [&](std::int64_t k, std::int64_t left) HWY_ATTR {
                     const std::int64_t i = begin + k;
                     const auto u = hn::Mul(load(g + i, left), load(scale + i, left));
                     first = hn::Add(first, u);
                     second = hn::MulAdd(u, hn::Sub(load(x + i, left), means), second);
                   });
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, first)));
    moment += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, second)));
  }
  const auto count = static_cast<double>(n);
  const auto factors = hn::Set(d, static_cast<T>(factor));
  const auto mean_gradient = hn::Set(d, static_cast<T>(total / count));
  const auto slope = hn::Set(d, static_cast<T>(moment / count * factor * factor));
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t left) HWY_ATTR {
    const auto v = load(g + i, left);
    const auto from = load(x + i, left);
    const auto u = hn::Mul(v, load(scale + i, left));
    if (columns) {
      const auto normal = hn::Mul(hn::Sub(from, means), factors);
      store(hn::MulAdd(v, normal, load(columns + i, left)), columns + i, left);
      store(hn::Add(v, load(columns + n + i, left)), columns + n + i, left);
    }
    store(gradient_of(from, u, means, mean_gradient, slope, factors), result + i, left);
  });
}

template <class T>
void row_gradient(const NormRows& rows, double epsilon, const void* mean, const void* variance,
                  const void* gradient, const void* scale, void* result, double* sums) {
  const std::int64_t n = rows.length;
  const std::int64_t group = std::max<std::int64_t>(kTall, 4 * grain_of(n));
  const std::int64_t groups = std::max<std::int64_t>(1, (rows.rows + group - 1) / group);
  std::vector<double> parts(sums ? static_cast<std::size_t>(groups * 2 * n) : 0, 0.0);
  parallel_for(rows.rows, group, [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> columns(sums ? static_cast<std::size_t>(2 * n) : 0);
    for (std::int64_t row = begin; row < end;) {
      std::fill(columns.begin(), columns.end(), T(0));
      for (const std::int64_t stop = std::min(row + kTall, end); row < stop; ++row) {
        const double wide = static_cast<double>(static_cast<const T*>(variance)[row]) + epsilon;
        gradient_row(static_cast<const T*>(rows.x) + row * n,
                     static_cast<const T*>(gradient) + row * n, static_cast<const T*>(scale), n,
                     static_cast<const T*>(mean)[row], 1 / std::sqrt(wide),
                     static_cast<T*>(result) + row * n, sums ? columns.data() : nullptr);
      }
      for (std::size_t i = 0; i < columns.size(); ++i) {
        parts[static_cast<std::size_t>(begin / group * 2 * n) + i] += columns[i];
      }
    }
  });
  if (!sums) return;
  merge_sums(parts.data(), groups, 2 * n);
  std::copy_n(parts.data(), 2 * n, sums);
}

template <class T>
constexpr NormalizationFunctions kFunctions{
    map_channels<T>, channel_sums<T>, map_channel_gradient<T>, normalize_rows<T>, row_gradient<T>};

const NormalizationFunctions* find_functions(DType dtype) {
  return dtype == DType::f32 ? &kFunctions<float> : &kFunctions<double>;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_functions);

const NormalizationFunctions& normalization_functions(DType dtype) {
  return *GRADUS_DISPATCH(find_functions)(dtype);
}

}  // namespace gradus
#endif
