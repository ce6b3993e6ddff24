// Pooling and its gradients over one to three spatial axes against plain loops, with NaN and
// infinities among the values.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "gradus/autodiff/vjp.h"
#include "gradus/ops/pooling.h"
#include "gradus/ops/rearrange.h"

namespace gradus {
namespace {

/// One pooling of x (batch, channels, spatial...), and a gradient of its result.
struct Example {
  Shape shape, result_shape;
  PoolOptions options;
  std::vector<double> x, gradient;
};

/// Calls visit(offset) for the elements of a plane of x that a window covers, in row-major order.
template <class Visit>
void for_window(const Example& e, const Dims& position, Visit visit) {
  const std::size_t rank = position.size();
  Dims place(rank, 0);
  for (;;) {
    std::int64_t offset = 0;
    bool inside = true;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      const std::int64_t extent = e.shape[static_cast<int>(axis) + 2];
      const std::int64_t at =
          position[axis] * e.options.stride[axis] - e.options.padding[axis] + place[axis];
      inside = inside && at >= 0 && at < extent;
      offset = offset * extent + at;
    }
    if (inside) visit(static_cast<std::size_t>(offset));
    std::size_t axis = rank;
    while (axis > 0 && ++place[axis - 1] == e.options.window[axis - 1]) place[--axis] = 0;
    if (axis == 0) return;
  }
}

/// Calls visit(number, position, first) for each result: its number, the place of its window, and
/// where the plane of x begins.
template <class Visit>
void for_results(const Example& e, Visit visit) {
  const std::size_t rank = e.options.window.size();
  std::int64_t results = 1, elements = 1;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    results *= e.result_shape[static_cast<int>(axis) + 2];
    elements *= e.shape[static_cast<int>(axis) + 2];
  }
  for (std::int64_t number = 0; number < e.result_shape.size(); ++number) {
    Dims position(rank, 0);
    std::int64_t rest = number % results;
    for (std::size_t axis = rank; axis-- > 0;) {
      position[axis] = rest % e.result_shape[static_cast<int>(axis) + 2];
      rest /= e.result_shape[static_cast<int>(axis) + 2];
    }
    visit(static_cast<std::size_t>(number), position,
          static_cast<std::size_t>(number / results * elements));
  }
}

struct Plain {
  std::vector<double> result, gradient;  // of the pooling, of x
};

/// The last NaN or, without one, the first of the largest elements gets the whole gradient.
Plain plain_max(const Example& e) {
  Plain plain{std::vector<double>(e.gradient.size()), std::vector<double>(e.x.size(), 0)};
  for_results(e, [&](std::size_t number, const Dims& position, std::size_t first) {
    std::size_t best = e.x.size();
    for_window(e, position, [&](std::size_t offset) {
      const double value = e.x[first + offset];
      const bool wins = best == e.x.size() || std::isnan(value) || value > e.x[best];
      if (wins) best = first + offset;
    });
    plain.result[number] = e.x[best];
    plain.gradient[best] += e.gradient[number];
  });
  return plain;
}

/// The gradient is shared by the elements, without padding.
Plain plain_average(const Example& e) {
  Plain plain{std::vector<double>(e.gradient.size()), std::vector<double>(e.x.size(), 0)};
  for_results(e, [&](std::size_t number, const Dims& position, std::size_t first) {
    double total = 0, count = 0;
    for_window(e, position, [&](std::size_t offset) {
      total += e.x[first + offset];
      ++count;
    });
    plain.result[number] = total / count;
    for_window(e, position, [&](std::size_t offset) {
      plain.gradient[first + offset] += e.gradient[number] / count;
    });
  });
  return plain;
}

/// Numbers in eighths, so that ties are common and sums of f32 exact; now and then a special one.
std::vector<double> numbers(std::int64_t count, bool special, std::mt19937_64& random) {
  constexpr double kSpecial[] = {NAN, INFINITY, -INFINITY};
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < count; ++i) {
    const bool is_special = special && random() % 12 == 0;
    numbers.push_back(is_special ? kSpecial[random() % 3]
                                 : static_cast<double>(random() % 41) / 8 - 2.5);
  }
  return numbers;
}

Example make_example(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  const auto rank = static_cast<std::size_t>(1 + seed % 3);
  const std::int64_t longest = rank == 1 ? 40 : rank == 2 ? 11 : 7;
  Dims extents{pick(1, 3), pick(1, 20)}, results = extents;
  Example e{.shape = {}, .result_shape = {}, .options = {{}, {}, {}}, .x = {}, .gradient = {}};
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t extent = pick(1, longest);
    const std::int64_t window = pick(1, std::min<std::int64_t>(4, extent));
    const std::int64_t stride = pick(1, 4), padding = pick(0, window - 1);
    e.options.window.push_back(window);
    e.options.stride.push_back(stride);
    e.options.padding.push_back(padding);
    extents.push_back(extent);
    results.push_back((extent + 2 * padding - window) / stride + 1);
  }
  e.shape = Shape(extents);
  e.result_shape = Shape(results);
  e.x = numbers(e.shape.size(), seed % 2 == 0, random);
  e.gradient = numbers(e.result_shape.size(), false, random);
  return e;
}

/// `values` in row-major order of `shape`, laid out with the channels last in memory.
template <class T>
Tensor channels_last(const std::vector<T>& values, const Shape& shape) {
  Dims there{0}, back{0, shape.rank() - 1};
  for (int axis = 2; axis < shape.rank(); ++axis) {
    there.push_back(axis);
    back.push_back(axis - 1);
  }
  there.push_back(1);
  const Tensor moved = transpose(Tensor::from(values, shape), there);
  return transpose(Tensor::from_bytes(moved.bytes(), moved.shape(), moved.dtype()), back);
}

/// "", or where two lists differ by more than `tolerance`.
std::string difference(const std::vector<double>& actual, const std::vector<double>& expected,
                       double tolerance) {
  if (actual.size() != expected.size()) return "there are not as many";
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const bool same = actual[i] == expected[i] ||
                      (std::isnan(actual[i]) && std::isnan(expected[i])) ||
                      std::fabs(actual[i] - expected[i]) <= tolerance;
    if (!same) {
      return "element " + std::to_string(i) + " is " + std::to_string(actual[i]) + " instead of " +
             std::to_string(expected[i]);
    }
  }
  return "";
}

template <class T>
void expect_plain(const Example& e, bool largest, const Plain& plain, bool channels_are_last) {
  const std::vector<T> elements(e.x.begin(), e.x.end());
  const Tensor x =
      channels_are_last ? channels_last(elements, e.shape) : Tensor::from(elements, e.shape);
  const Tensor g =
      Tensor::from(std::vector<T>(e.gradient.begin(), e.gradient.end()), e.result_shape);
  const auto pool = [&](const Tensors& at) {
    return Tensors{largest ? max_pool(at[0], e.options) : average_pool(at[0], e.options)};
  };
  const Vjp pulled = vjp(pool, {x});
  const Tensor found = pulled.outputs[0], of_x = pulled.pullback({g})[0];
  // Averages of up to 64 numbers below 4 are rounded once, gradients up to 64 times.
  const double tolerance = largest ? 0 : sizeof(T) == 4 ? 64 * 4 * 0x1p-24 : 64 * 4 * 0x1p-53;
  const std::string what = std::string(largest ? "max" : "average") + " of " + e.shape.to_string() +
                           (channels_are_last ? ", channels last" : "");
  EXPECT_EQ(difference(found.to_vector<double>(), plain.result, tolerance), "") << what;
  EXPECT_EQ(difference(of_x.to_vector<double>(), plain.gradient, tolerance), "")
      << what << ", its gradient";
}

TEST(Pooling, FollowsPlainLoopsOverOneToThreeAxes) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Example e = make_example(seed);
    for (const bool largest : {true, false}) {
      const Plain plain = largest ? plain_max(e) : plain_average(e);
      for (const bool channels_are_last : {true, false}) {
        expect_plain<float>(e, largest, plain, channels_are_last);
        expect_plain<double>(e, largest, plain, channels_are_last);
      }
    }
  }
}

}  // namespace
}  // namespace gradus
