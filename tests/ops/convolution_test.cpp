#include "gradus/ops/convolution.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "../support/error_of.h"
#include "../support/sample_variants.h"
#include "../support/tensors.h"
#include "gradus/autodiff/grad.h"
#include "gradus/base/parallel.h"
#include "gradus/core/compile.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/convolution_kernels.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/require_finite.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

using testing::message_of;
using testing::values;

Tensor uniform(const Shape& shape, std::mt19937_64& random, DType dtype = DType::f32) {
  std::uniform_real_distribution<float> distribution(-1, 1);
  std::vector<float> elements(static_cast<std::size_t>(shape.size()));
  for (float& element : elements) element = distribution(random);
  return cast(Tensor::from(elements, shape), dtype);
}

void expect_near(const Tensor& actual, const Tensor& expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(actual.shape(), expected.shape()) << what;
  const auto a = values(actual), e = values(expected);
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a[i], e[i], tolerance) << what << ", element " << i;
  }
}

/// A two-dimensional convolution put together from other operations: for each tap of the kernel, a
/// strided slice of the padded input times that tap's matrix of weights.
Tensor by_slices(const Tensor& x, const Tensor& weight, const ConvolutionOptions& o) {
  const auto at = [](const Dims& dims, std::size_t i) { return dims[dims.size() == 1 ? 0 : i]; };
  const Dims& after = o.padding_after.empty() ? o.padding : o.padding_after;
  const Tensor padded =
      pad(x, {0, 0, at(o.padding, 0), at(o.padding, 1)}, {0, 0, at(after, 0), at(after, 1)});
  const std::int64_t filters = weight.dim(0) / o.groups, channels = weight.dim(1);
  Tensors groups;
  for (std::int64_t g = 0; g < o.groups; ++g) {
    const Tensor part = slice(padded, 1, {g * channels, (g + 1) * channels});
    const Tensor kernel = slice(weight, 0, {g * filters, (g + 1) * filters});
    Tensor total;
    for (std::int64_t i = 0; i < weight.dim(2); ++i) {
      for (std::int64_t j = 0; j < weight.dim(3); ++j) {
        const auto range = [&](std::size_t axis, std::int64_t tap) {
          const std::int64_t span =
              at(o.dilation, axis) * (weight.dim(static_cast<int>(axis) + 2) - 1);
          const std::int64_t start = tap * at(o.dilation, axis);
          return Range{start, padded.dim(static_cast<int>(axis) + 2) - span + start,
                       at(o.stride, axis)};
        };
        const Tensor taken = slice(slice(part, 2, range(0, i)), 3, range(1, j));
        const Tensor tap = select(select(kernel, 3, j), 2, i);  // (filters, channels)
        // (batch, 1, channels, h, w) * (filters, channels, 1, 1)
        const Tensor term =
            sum(expand_dims(taken, 1) * reshape(tap, {filters, channels, 1, 1}), {.axes = {2}});
        total = total.defined() ? total + term : term;
      }
    }
    groups.push_back(total);
  }
  return concatenate(groups, 1);
}

TEST(Convolution, OfTheCoursesPatchIsACrossCorrelation) {
  const Tensor patch = reshape(Tensor{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}, {1, 1, 3, 3});
  const Tensor rows = reshape(Tensor{{1, 0, -1}, {1, 0, -1}, {1, 0, -1}}, {1, 1, 3, 3});
  EXPECT_EQ(convolution(patch, rows).item<float>(), -6);
  EXPECT_EQ(convolution(patch, flip(rows, {2, 3})).item<float>(), 6);  // true convolution
}

TEST(Convolution, HasAsManyWeightsAsTheCourseCounts) {
  const Tensor weight = ones({1, 3, 5, 5});
  EXPECT_EQ(weight.size(), 75);
  EXPECT_EQ(convolution(ones({1, 3, 32, 32}), weight).shape(), (Shape{1, 1, 28, 28}));
  EXPECT_EQ(convolution(ones({1, 1, 5, 5}), ones({1, 1, 5, 5})).item<float>(), 25);
}

TEST(Convolution, AgreesWithSlicesAtAnyConfiguration) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    const auto pick = [&](std::int64_t low, std::int64_t high) {
      return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
    };
    ConvolutionOptions options;
    options.groups = pick(0, 2) == 0 ? pick(2, 4) : 1;
    options.stride = {pick(1, 3), pick(1, 3)};
    options.padding = {pick(0, 2), pick(0, 2)};
    if (pick(0, 2) == 0) options.padding_after = {pick(0, 2), pick(0, 2)};
    options.dilation = {pick(1, 2), pick(1, 2)};
    const DType dtype = seed % 3 == 0 ? DType::f64 : DType::f32;
    const std::int64_t channels = seed % 4 == 0 ? 16 : pick(1, 5);
    const std::int64_t filters = seed % 4 == 0 ? 32 : pick(1, 9);
    const Tensor x =
        uniform({pick(1, 3), channels * options.groups, pick(5, 12), pick(5, 12)}, random, dtype);
    const Tensor weight =
        uniform({filters * options.groups, channels, pick(1, 3), pick(1, 3)}, random, dtype);
    const Tensor bias = uniform({weight.dim(0)}, random, dtype);
    const Tensor expected = by_slices(x, weight, options) + reshape(bias, {weight.dim(0), 1, 1});
    const std::string what = "seed " + std::to_string(seed);
    const double tolerance = dtype == DType::f32 ? 2e-5 : 1e-13;
    expect_near(convolution(x, weight, bias, options), expected, tolerance, what);
    expect_near(convolution(testing::strided_copy(x), testing::strided_copy(weight), bias, options),
                expected, tolerance, what + ", strided");
    if (seed % 5 != 0) continue;
    const Tensor g = uniform(expected.shape(), random, dtype);
    const auto gradients = [&](const std::function<Tensor(const Tensors&)>& f) {
      return grad(ScalarFunction([&](const Tensors& v) { return sum(f(v) * g); }))(
          {x, weight, bias});
    };
    const Tensors own =
        gradients([&](const Tensors& v) { return convolution(v[0], v[1], v[2], options); });
    const Tensors sliced = gradients([&](const Tensors& v) {
      return by_slices(v[0], v[1], options) + reshape(v[2], {weight.dim(0), 1, 1});
    });
    for (std::size_t i = 0; i < 3; ++i) {
      expect_near(own[i], sliced[i], 10 * tolerance, what + ", gradient " + std::to_string(i));
    }
  }
}

TEST(Convolution, OverOneAndThreeAxesAgreesWithTwoAxes) {
  std::mt19937_64 random(4);
  const Tensor x = uniform({2, 3, 20}, random), weight = uniform({4, 3, 5}, random);
  const Tensor one = convolution(x, weight, {}, {.stride = {2}, .padding = {1}, .dilation = {2}});
  const Tensor two = convolution(expand_dims(x, 2), expand_dims(weight, 2), {},
                                 {.stride = {1, 2}, .padding = {0, 1}, .dilation = {1, 2}});
  expect_near(one, squeeze(two, {2}), 1e-5, "one axis");
  // Three axes: slabs of two axes, summed over the depth of the kernel.
  const Tensor volume = uniform({2, 3, 6, 8, 7}, random), cube = uniform({4, 3, 2, 3, 3}, random);
  Tensors slabs;
  for (std::int64_t depth = 0; depth < 5; ++depth) {
    slabs.push_back(convolution(select(volume, 2, depth), select(cube, 2, 0)) +
                    convolution(select(volume, 2, depth + 1), select(cube, 2, 1)));
  }
  expect_near(convolution(volume, cube), stack(slabs, 2), 1e-5, "three axes");
}

// With filters that fill the panels of the kernels, over any number of axes.
TEST(Convolution, OfManyChannelsAgreesWithPlainLoops) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    std::mt19937_64 random(seed);
    const auto pick = [&](std::int64_t low, std::int64_t high) {
      return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
    };
    const auto axes = static_cast<std::size_t>(pick(1, 3));
    const std::int64_t groups = pick(0, 2) == 0 ? 2 : 1, channels = 32;
    const DType dtype = seed % 2 == 0 ? DType::f64 : DType::f32;
    const std::int64_t extents[] = {200, 15, 6};
    Dims x{pick(2, 3), channels * groups}, weight{32 * groups, channels};
    ConvolutionAttributes attributes;
    attributes.groups = groups;
    attributes.algorithm = ConvolutionAlgorithm::direct;
    for (std::size_t i = 0; i < axes; ++i) {
      attributes.stride.push_back(pick(0, 1) == 0 ? 1 : 2);
      attributes.before.push_back(pick(0, 2));
      attributes.after.push_back(pick(0, 2));
      attributes.dilation.push_back(pick(1, 2));
      x.push_back(extents[axes - 1] + pick(0, 2));
      weight.push_back(i + 1 == axes ? pick(2, 3) : pick(1, 3));
    }
    ConvolutionAttributes with_extents = attributes;
    with_extents.extents = Dims(x.begin() + 2, x.end());
    const Tensor kernel = uniform(Shape(weight), random, dtype);
    const Tensor data = uniform(Shape(x), random, dtype);
    const Tensor bias = uniform({weight[0]}, random, dtype);
    const Tensor y = apply(kConvolution, {data, kernel, bias}, attributes);
    const Tensor g = uniform(y.shape(), random, dtype);
    // Products of numbers in [-1, 1] add up to a walk with steps of 1/3. Rounding each of its n
    // partial sums (n <= 864, u = 2^-24) gives an error of u n / sqrt(54) = 7e-6 in the root mean
    // square. Two orders of adding differ by 1e-5, and the largest of 1e5 elements by 4.5 times
    // that.
    const double tolerance = dtype == DType::f32 ? 5e-5 : 1e-13;
    const auto expect_loops = [&](const OpDef& op, const Tensors& inputs,
                                  const ConvolutionAttributes& chosen) {
      const Tensor actual = apply(op, Inputs(inputs.begin(), inputs.end()), chosen);
      expect_near(actual, Tensor::from_array(run_kernel(op, op.reference(), inputs, chosen)[0]),
                  tolerance, std::string(op.name) + ", seed " + std::to_string(seed));
    };
    expect_loops(kConvolution, {data, kernel, bias}, attributes);
    expect_loops(kConvolutionDataGradient, {g, kernel}, with_extents);
  }
}

// Whose filters are cut into parts for threads.
TEST(Convolution, OfAFewLargeImagesAgreesWithPlainLoops) {
  std::mt19937_64 random(5);
  for (const std::int64_t images : {1, 3}) {
    const Tensor data = uniform({images, 256, 8, 8}, random);
    const Tensor kernel = uniform({256, 256, 3, 3}, random), bias = uniform({256}, random);
    ConvolutionAttributes attributes{
        .stride = {1, 1}, .before = {1, 1}, .after = {1, 1}, .dilation = {1, 1}};
    attributes.algorithm = ConvolutionAlgorithm::direct;
    for (const Tensors& inputs : {Tensors{data, kernel}, Tensors{data, kernel, bias}}) {
      const Tensor actual = apply(kConvolution, Inputs(inputs.begin(), inputs.end()), attributes);
      // 2304 partial sums below 64 are rounded by 2^-18 / sqrt(12) each in the root mean square, at
      // most: by 5.3e-5 together, 7.5e-5 between two orders of adding, of which this is 3.5 times.
      expect_near(actual,
                  Tensor::from_array(
                      run_kernel(kConvolution, kConvolution.reference(), inputs, attributes)[0]),
                  2.6e-4, std::to_string(images) + " images");
    }
  }
}

TEST(Convolution, OfAConstantWeightIsTheSameInACompiledFunction) {
  std::mt19937_64 random(6);
  const struct {
    Shape x, weight;
  } cases[] = {{{2, 32, 16, 16}, {32, 32, 3, 3}},   // Winograd's
               {{1, 256, 8, 8}, {256, 256, 3, 3}},  // by parts of the filters
               {{10, 64, 8, 8}, {64, 64, 1, 5}}};   // pieces of the batch, the last a shorter one
  for (const auto& c : cases) {
    // The weight lies in memory otherwise than it is read.
    const Shape across{c.weight[1], c.weight[0], c.weight[2], c.weight[3]};
    const Tensor weight = transpose(uniform(across, random), {1, 0, 2, 3}).eval();
    const auto f = [](const Tensor& x, const Tensor& w) {
      return convolution(x, w, Tensor(), {.padding = {1}});
    };
    const auto gradient = [&](const Tensor& x) {
      return grad(ScalarFunction([&](const Tensors& v) { return sum(square(f(v[0], weight))); }))(
          {x})[0];
    };
    auto of_constant = compile([&](const Tensor& x) { return f(x, weight); });
    auto of_input = compile(f);
    auto back = compile(gradient);
    for (int call = 0; call < 6; ++call) {
      // Two signatures take turns.
      const Shape shape{c.x[0] + call / 2 % 2, c.x[1], c.x[2], c.x[3]};
      const Tensor x = uniform(shape, random), other = uniform(c.weight, random);
      EXPECT_EQ(values(of_constant(x)), values(f(x, weight))) << shape.to_string();
      EXPECT_EQ(values(of_input(x, other)), values(f(x, other))) << shape.to_string();
      EXPECT_EQ(values(back(x)), values(gradient(x))) << shape.to_string();
    }
  }
}

TEST(Convolution, OfAStateIsThatOfItsValueNowInACompiledFunction) {
  std::mt19937_64 random(7);
  const Tensor x = uniform({2, 32, 16, 16}, random);
  Tensor weight = uniform({32, 32, 3, 3}, random);
  const auto f = [&](const Tensor& images) { return convolution(images, weight); };
  auto of_state = compile(f, FunctionState::of(weight));
  auto step = compile(
      [&](const Tensor& factor) {
        weight = weight * factor;
        return factor + factor;
      },
      FunctionState::of(weight));
  for (int round = 0; round < 4; ++round) {
    for (int call = 0; call < 2; ++call) EXPECT_EQ(values(of_state(x)), values(f(x)));
    for (int call = 0; call < round; ++call)
      step(Tensor::scalar(0.5, DType::f32));  // writes over it
    if (round == 2) weight = uniform({32, 32, 3, 3}, random);
  }
}

TEST(Convolution, OfAStateForgetsWhatACallThatFailedMadeOfIt) {
  std::mt19937_64 random(8);
  const Tensor x = uniform({2, 32, 16, 16}, random);
  const Tensor no_numbers = (x * std::numeric_limits<double>::quiet_NaN()).eval();
  Tensor weight = uniform({32, 32, 3, 3}, random);
  const auto f = [&](const Tensor& images) { return require_finite(convolution(images, weight)); };
  auto compiled = compile(f, FunctionState::of(weight));
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(values(compiled(x)), values(f(x)));
    weight = uniform({32, 32, 3, 3}, random);
    EXPECT_THROW(compiled(no_numbers).eval(), Error);
    weight = uniform({32, 32, 3, 3}, random);
  }
}

TEST(Convolution, MovesWithItsInput) {
  std::mt19937_64 random(9);
  const Tensor x = uniform({1, 2, 12, 12}, random), weight = uniform({3, 2, 3, 3}, random);
  const Tensor moved = pad(slice(x, 3, {0, 10}), {0, 0, 0, 2}, {0, 0, 0, 0});
  const Tensor of_moved = slice(convolution(moved, weight), 3, {2, 10});
  expect_near(of_moved, slice(convolution(x, weight), 3, {0, 8}), 1e-6, "shift by two");
}

TEST(TransposedConvolution, IsTheAdjointOfConvolution) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    const auto pick = [&](std::int64_t low, std::int64_t high) {
      return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
    };
    TransposedConvolutionOptions options;
    options.stride = {pick(1, 3), pick(1, 3)};
    options.padding = {pick(0, 1), pick(0, 1)};
    options.output_padding = {pick(0, options.stride[0] - 1), pick(0, options.stride[1] - 1)};
    options.dilation = {pick(1, 2), pick(1, 2)};
    options.groups = pick(1, 2);
    const Tensor x = uniform({2, 4, pick(2, 6), pick(2, 6)}, random, DType::f64);
    const Tensor weight = uniform({4, 3, pick(2, 3), pick(2, 3)}, random, DType::f64);
    const Tensor y = transposed_convolution(x, weight, {}, options);
    for (const int axis : {2, 3}) {
      const auto i = static_cast<std::size_t>(axis - 2);
      EXPECT_EQ(y.dim(axis), (x.dim(axis) - 1) * options.stride[i] - 2 * options.padding[i] +
                                 options.dilation[i] * (weight.dim(axis) - 1) +
                                 options.output_padding[i] + 1);
    }
    // <transposed(x), u> = <x, convolution(u)>
    const Tensor u = uniform(y.shape(), random, DType::f64);
    const Tensor back = convolution(u, weight, {},
                                    {.stride = options.stride,
                                     .padding = options.padding,
                                     .dilation = options.dilation,
                                     .groups = options.groups});
    EXPECT_NEAR(sum(y * u).item<double>(), sum(x * back).item<double>(), 1e-10) << "seed " << seed;
  }
}

TEST(TransposedConvolution, SpreadsOneElementAsTheKernel) {
  const Tensor kernel = reshape(Tensor{{1, 2}, {3, 4}}, {1, 1, 2, 2});
  const Tensor y = transposed_convolution(full({1, 1, 1, 1}, 10), kernel, Tensor{1});
  EXPECT_EQ(values(y), (std::vector<double>{11, 21, 31, 41}));
}

TEST(Convolution, GivesTheSameBitsAtAnyNumberOfThreads) {
  const int before = thread_count();
  std::mt19937_64 random(2);
  const struct {
    Shape x, weight;
    std::int64_t padding, groups;
  } cases[] = {{{61, 1, 28, 28}, {32, 1, 5, 5}, 2, 1},
               {{30, 32, 14, 14}, {64, 32, 5, 5}, 2, 1},
               {{9, 64, 16, 16}, {64, 1, 3, 3}, 1, 64},
               {{5, 32, 13, 13}, {32, 32, 4, 4}, 1, 1},
               {{1, 256, 8, 8}, {256, 256, 3, 3}, 1, 1}};
  for (const auto& c : cases) {
    const Tensor x = uniform(c.x, random), weight = uniform(c.weight, random);
    const Tensor bias = uniform({c.weight[0]}, random);
    const auto step = grad(ScalarFunction([&](const Tensors& v) {
      const Tensor y = convolution(v[0], v[1], v[2], {.padding = {c.padding}, .groups = c.groups});
      return sum(square(y));
    }));
    set_thread_count(1);
    const Tensors one = step({x, weight, bias});
    eval(one);
    for (const int threads : {2, 3, 5}) {
      set_thread_count(threads);
      const Tensors several = step({x, weight, bias});
      for (std::size_t i = 0; i < one.size(); ++i) {
        EXPECT_EQ(several[i].to_vector<float>(), one[i].to_vector<float>())
            << threads << " threads, gradient " << i << " of input " << c.x.to_string();
      }
    }
    set_thread_count(before);
  }
}

TEST(Convolution, WritesItsResultChannelsLast) {
  const Tensor y = convolution(ones({2, 3, 8, 8}), ones({16, 3, 3, 3}));
  EXPECT_EQ(y.array().strides, (Strides{6 * 6 * 16, 1, 6 * 16, 16}));
}

TEST(Convolution, HalfPrecisionIsComputedInSinglePrecision) {
  const Tensor y =
      convolution(cast(ones({1, 2, 4, 4}), DType::f16), cast(ones({3, 2, 2, 2}), DType::f16));
  EXPECT_EQ(y.dtype(), DType::f16);
  EXPECT_EQ(values(y), std::vector<double>(27, 8));
}

TEST(Convolution, NamesWhatDoesNotFit) {
  EXPECT_EQ(message_of([] {
              convolution(zeros({64, 3, 32, 32}), zeros({32, 1, 5, 5}));
            }),
            "convolution: input [64, 3, 32, 32] has 3 channels, but the weight [32, 1, 5, 5] with "
            "1 group takes 1");
  EXPECT_EQ(message_of([] {
              convolution(zeros({1, 4, 8, 8}), zeros({6, 4, 3, 3}), {}, {.groups = 2});
            }),
            "convolution: input [1, 4, 8, 8] has 4 channels, but the weight [6, 4, 3, 3] with 2 "
            "groups takes 8");
  EXPECT_EQ(message_of([] {
              convolution(zeros({1, 4, 8, 8}), zeros({5, 2, 3, 3}), {}, {.groups = 2});
            }),
            "convolution: 2 groups do not divide the 5 filters of the weight [5, 2, 3, 3]");
  EXPECT_EQ(message_of([] {
              convolution(zeros({1, 1, 5, 8}), zeros({1, 1, 3, 3}), {}, {.dilation = {3, 1}});
            }),
            "convolution: on spatial axis 0 of input [1, 1, 5, 8], a kernel of 3 with dilation 3 "
            "spans 7 positions, but the padded input has 5");
  EXPECT_EQ(message_of([] {
              convolution(zeros({1, 1, 5, 5}), zeros({1, 1, 3, 3}), {}, {.stride = {1, 1, 1}});
            }),
            "convolution: stride [1, 1, 1] has 3 entries, but there are 2 spatial axes");
  EXPECT_EQ(message_of([] {
              convolution(zeros({1, 1, 5, 5}), zeros({1, 1, 3, 3}), {}, {.stride = {0}});
            }),
            "convolution: stride [0] has an entry below 1");
  EXPECT_EQ(message_of([] {
              convolution(zeros({1, 1, 5, 5}), zeros({2, 1, 3, 3}), zeros({3}));
            }),
            "convolution: the bias of 2 output channels has shape [2], not [3]");
  EXPECT_EQ(message_of([] {
              convolution(zeros({5, 5}), zeros({3, 3}));
            }),
            "convolution: takes an input (batch, channels, spatial...) and a weight with the same "
            "1 to 3 spatial axes, not shapes [5, 5] and [3, 3]");
  EXPECT_EQ(message_of([] {
              transposed_convolution(zeros({1, 3, 4, 4}), zeros({2, 1, 3, 3}));
            }),
            "transposed_convolution: input [1, 3, 4, 4] has 3 channels, but the weight [2, 1, 3, "
            "3] takes 2");
  EXPECT_EQ(message_of([] {
              transposed_convolution(zeros({1, 2, 4, 4}), zeros({2, 1, 3, 3}), {},
                                     {.stride = {2}, .output_padding = {2}});
            }),
            "transposed_convolution: output_padding 2 must be below the stride 2");
}

}  // namespace
}  // namespace gradus
