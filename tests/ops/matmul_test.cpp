#include "gradus/ops/matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "../support/error_of.h"
#include "../support/sample_variants.h"
#include "../support/tensors.h"
#include "gradus/autodiff/grad.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/product.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
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

/// (m, k) x (k, n) by the definition, in double.
std::vector<double> naive_product(const Tensor& a, const Tensor& b) {
  const std::int64_t m = a.dim(0), k = a.dim(1), n = b.dim(1);
  const auto left = values(a), right = values(b);
  std::vector<double> result(static_cast<std::size_t>(m * n), 0);
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t l = 0; l < k; ++l) {
        result[static_cast<std::size_t>(i * n + j)] +=
            left[static_cast<std::size_t>(i * k + l)] * right[static_cast<std::size_t>(l * n + j)];
      }
    }
  }
  return result;
}

/// A bound on the rounding of a sum of `terms` products of numbers below 1: of each addition, half
/// a unit in the last place of a partial sum, which hardly passes the root of their number.
double rounding(std::int64_t terms, DType dtype) {
  const double unit = dtype == DType::f32 ? 6e-8 : 1.2e-16;
  return unit * static_cast<double>(terms + 4);
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected,
                 double tolerance, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], tolerance) << what << ", element " << i;
  }
}

// The worked examples of the course.

TEST(Matmul, MultipliesTheMatricesOfTheCourse) {
  const Tensor a{{1, 2}, {3, 4}}, b{{5, 6}, {7, 8}};
  EXPECT_EQ(values(matmul(a, b)), (std::vector<double>{19, 22, 43, 50}));
  EXPECT_EQ(values(matmul(b, a)), (std::vector<double>{23, 34, 31, 46}));
}

TEST(Matmul, DotAndOuterProductsOfVectors) {
  EXPECT_EQ(dot(Tensor{1, 2}, Tensor{3, 4}).item<float>(), 11);
  EXPECT_EQ(dot(Tensor{1, 2, 3}, Tensor{4, 5, 6}).item<float>(), 32);
  const Tensor product = outer(Tensor{1, 2}, Tensor{3, 4, 5});
  EXPECT_EQ(product.shape(), (Shape{2, 3}));
  EXPECT_EQ(values(product), (std::vector<double>{3, 4, 5, 6, 8, 10}));
}

TEST(Matmul, VectorsAreARowOnTheLeftAndAColumnOnTheRight) {
  const Tensor a{{1, 2}, {3, 4}};
  EXPECT_EQ(values(matmul(a, Tensor{1, 10})), (std::vector<double>{21, 43}));
  EXPECT_EQ(values(matmul(Tensor{1, 10}, a)), (std::vector<double>{31, 42}));
  EXPECT_EQ(matmul(Tensor{1, 10}, Tensor{1, 10}).shape(), Shape{});
}

// Laws over many shapes: every kernel, every way an operand may lie in memory.

TEST(Matmul, AgreesWithTheDefinitionAtAnyShapeAndLayout) {
  const std::int64_t extents[] = {1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 48, 65, 100};
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    std::mt19937_64 random(seed);
    const auto pick = [&] { return extents[random() % std::size(extents)]; };
    const std::int64_t m = pick(), n = pick(), k = seed % 10 == 9 ? 700 : pick();
    const DType dtype = seed % 3 == 0 ? DType::f64 : DType::f32;
    Tensor a =
        random() % 2 ? uniform({m, k}, random, dtype) : transpose(uniform({k, m}, random, dtype));
    Tensor b =
        random() % 2 ? uniform({k, n}, random, dtype) : transpose(uniform({n, k}, random, dtype));
    if (random() % 4 == 0) a = flip(a, {0});
    if (random() % 4 == 0) b = testing::strided_copy(b);
    expect_near(values(matmul(a, b)), naive_product(a, b), rounding(k, dtype),
                "seed " + std::to_string(seed) + ": " + a.signature() + " x " + b.signature());
  }
}

TEST(Matmul, EveryKernelAgreesWithTheDefinition) {
  struct Way {
    const char* name;
    MultiplyFunction multiply;
    const char* (*refuse)(const Product&);
  };
  const Way ways[] = {{"small", multiply_small, refuse_small},
                      {"thin", multiply_thin, refuse_thin},
                      {"blocked", multiply_blocked, refuse_blocked},
                      {"onednn", multiply_onednn, refuse_onednn}};
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    const std::int64_t m = 1 + static_cast<std::int64_t>(random() % 40);
    const std::int64_t n = 1 + static_cast<std::int64_t>(random() % 40);
    const std::int64_t k = 1 + static_cast<std::int64_t>(random() % 400);
    const Tensor a = uniform({m, k}, random), b = uniform({k, n}, random);
    const Tensor right = seed % 2 ? transpose(b) : b;  // b itself, stored by columns
    const Tensor stored = Tensor::from_array(row_major_copy(right.array()));
    const Tensor bias = uniform({n}, random);
    std::vector<double> expected = naive_product(a, b);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expected[i] += values(bias)[i % static_cast<std::size_t>(n)];
    }
    for (const Way& way : ways) {
      std::vector<float> c(static_cast<std::size_t>(m * n), std::nanf(""));
      Product p;
      p.m = m;
      p.n = n;
      p.k = k;
      p.a = a.array().bytes();
      p.a_row = k;
      p.a_column = 1;
      p.b = stored.array().bytes();
      p.b_row = seed % 2 ? 1 : n;
      p.b_column = seed % 2 ? k : 1;
      p.bias = bias.array().bytes();
      p.bias_step = 1;
      p.c = reinterpret_cast<std::byte*>(c.data());
      p.c_row = n;
      if (way.refuse(p)) continue;
      way.multiply(p);
      expect_near({c.begin(), c.end()}, expected, rounding(k, DType::f32),
                  std::string(way.name) + ", seed " + std::to_string(seed));
    }
  }
}

TEST(Matmul, BroadcastsBatchAxes) {
  std::mt19937_64 random(3);
  const struct {
    Shape a, b, result;
  } cases[] = {{{2, 3, 4}, {4, 5}, {2, 3, 5}},
               {{3, 4}, {6, 4, 5}, {6, 3, 5}},
               {{2, 1, 3, 4}, {5, 4, 2}, {2, 5, 3, 2}},
               {{4}, {3, 4, 2}, {3, 2}},
               {{3, 2, 4}, {4}, {3, 2}}};
  for (const auto& c : cases) {
    const Tensor a = uniform(c.a, random), b = uniform(c.b, random);
    const Tensor product = matmul(a, b);
    ASSERT_EQ(product.shape(), c.result);
    // Element by element as a sum of products over broadcast operands.
    const Tensor left = a.rank() == 1 ? expand_dims(a, 0) : a;
    const Tensor right = b.rank() == 1 ? expand_dims(b, 1) : b;
    const Tensor terms = expand_dims(left, -1) * expand_dims(right, -3);
    expect_near(values(product), values(sum(terms, {.axes = {-2}})), 1e-5, a.signature());
  }
}

TEST(Matmul, EmptyOperandsGiveEmptyOrZeroResults) {
  EXPECT_EQ(matmul(zeros({0, 3}), zeros({3, 2})).shape(), (Shape{0, 2}));
  EXPECT_EQ(values(matmul(zeros({2, 0}), zeros({0, 2}))), std::vector<double>(4, 0));
  EXPECT_EQ(matmul(zeros({0, 2, 3}), zeros({3, 4})).shape(), (Shape{0, 2, 4}));
}

TEST(Matmul, PropagatesNaNAndInfinity) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const std::int64_t n : {2, 40}) {  // tiny and blocked
    std::vector<float> elements(static_cast<std::size_t>(n * n), 1);
    elements[0] = infinity;
    const Tensor a = Tensor::from(elements, {n, n});
    const Tensor zero_column = concatenate({zeros({n, 1}), ones({n, n - 1})}, 1);
    const auto result = values(matmul(a, zero_column));
    EXPECT_TRUE(std::isnan(result[0]));  // infinity * 0
    EXPECT_EQ(result[1], infinity);
    EXPECT_EQ(result[static_cast<std::size_t>(n)], 0);
  }
}

TEST(Matmul, GivesTheSameBitsAtAnyNumberOfThreads) {
  const int before = thread_count();
  std::mt19937_64 random(11);
  const struct {
    Shape a, b;
  } cases[] = {{{128, 784}, {784, 512}},
               {{1, 3000}, {3000, 2000}},
               {{2000, 1000}, {1000, 2}},
               {{300, 77}, {77, 1001}},
               {{9, 100, 64}, {9, 64, 100}}};
  for (const auto& c : cases) {
    const Tensor a = uniform(c.a, random), b = uniform(c.b, random);
    set_thread_count(1);
    const auto one = matmul(a, b).to_vector<float>();
    for (const int threads : {2, 3, 7}) {
      set_thread_count(threads);
      EXPECT_EQ(matmul(a, b).to_vector<float>(), one) << threads << " threads, " << a.signature();
    }
    set_thread_count(before);
  }
}

TEST(Matmul, HalfPrecisionIsMultipliedInSinglePrecision) {
  const Tensor a = cast(Tensor{{1, 2}, {3, 4}}, DType::bf16);
  const Tensor product = matmul(a, cast(Tensor{{5, 6}, {7, 8}}, DType::bf16));
  EXPECT_EQ(product.dtype(), DType::bf16);
  EXPECT_EQ(values(product), (std::vector<double>{19, 22, 43, 50}));
  EXPECT_EQ(matmul(a, ones({2, 1})).dtype(), DType::f32);
}

TEST(Matmul, NamesWhatDoesNotFit) {
  EXPECT_EQ(message_of([] {
              matmul(zeros({2, 3}), zeros({4, 5}));
            }),
            "matmul: shapes [2, 3] and [4, 5] do not fit: 3 columns on the left, 4 rows on the "
            "right");
  EXPECT_EQ(message_of([] {
              matmul(zeros({2, 3, 4}), zeros({5, 4, 2}));
            }),
            "matmul: shapes [2, 3, 4] and [5, 4, 2] do not fit: their batch axes have extents 2 "
            "and 5, which do not broadcast");
  EXPECT_EQ(message_of([] { matmul(zeros({}), zeros({2})); }),
            "matmul: takes operands of one axis or more, not shapes [] and [2]");
  EXPECT_EQ(message_of([] { dot(zeros({2}), zeros({3})); }),
            "dot: takes two vectors of one length, not shapes [2] and [3]");
  EXPECT_EQ(message_of([] {
              outer(zeros({2, 2}), zeros({3}));
            }),
            "outer: takes two vectors, not shapes [2, 2] and [3]");
}

TEST(Linear, IsAProductWithTheTransposedWeightAndABias) {
  const Tensor x{{1, 2}, {3, 4}}, weight{{1, 0}, {0, 1}, {1, 1}}, bias{10, 20, 30};
  EXPECT_EQ(values(linear(x, weight, bias)), (std::vector<double>{11, 22, 33, 13, 24, 37}));
  EXPECT_EQ(values(linear(x, weight)), (std::vector<double>{1, 2, 3, 3, 4, 7}));
  EXPECT_EQ(linear(zeros({4, 5, 2}), weight, bias).shape(), (Shape{4, 5, 3}));
  EXPECT_EQ(values(linear(zeros({1, 2}), weight, bias)), (std::vector<double>{10, 20, 30}));
}

TEST(Linear, TakesRowsThatDoNotLieBehindOneAnother) {
  std::mt19937_64 random(5);
  const Tensor x = uniform({3, 4, 6}, random), weight = uniform({5, 6}, random);
  const auto expected = values(linear(x, weight));
  EXPECT_EQ(values(linear(testing::strided_copy(x), weight)), expected);
  const Tensor row = uniform({6}, random);
  const auto repeated = values(linear(broadcast_to(row, {3, 4, 6}), weight));
  const auto once = values(linear(row, weight));
  for (std::size_t i = 0; i < repeated.size(); ++i) EXPECT_NEAR(repeated[i], once[i % 5], 1e-6);
}

TEST(Linear, HasTheGradientsOfTheDefinition) {
  std::mt19937_64 random(6);
  const Tensor x = uniform({7, 30}, random), weight = uniform({20, 30}, random);
  const Tensor bias = uniform({20}, random), g = uniform({7, 20}, random);
  const auto gradients = grad(ScalarFunction(
      [&](const Tensors& v) { return sum(linear(v[0], v[1], v[2]) * g); }))({x, weight, bias});
  expect_near(values(gradients[0]), naive_product(g, weight), 1e-5, "input");
  expect_near(values(gradients[1]), naive_product(transpose(g), x), 1e-5, "weight");
  expect_near(values(gradients[2]), naive_product(transpose(g), ones({7, 1})), 1e-5, "bias");
}

TEST(Linear, NamesWhatDoesNotFit) {
  EXPECT_EQ(message_of([] {
              linear(zeros({4, 3}), zeros({5, 2}));
            }),
            "linear: input [4, 3] has 3 features, but the weight [5, 2] takes 2");
  EXPECT_EQ(message_of([] {
              linear(zeros({4, 3}), zeros({5, 3}), zeros({4}));
            }),
            "linear: the bias of a weight [5, 3] has shape [5], not [4]");
  EXPECT_EQ(message_of([] {
              linear(zeros({4, 3}), zeros({3}));
            }),
            "linear: takes an input (..., in) and a weight (out, in), not shapes [4, 3] and [3]");
}

// Einstein summation against what each equation means.

TEST(Einsum, SaysWhatTheOperationsSay) {
  std::mt19937_64 random(8);
  const Tensor a = uniform({3, 4}, random), b = uniform({4, 5}, random);
  const Tensor s = uniform({4, 4}, random), u = uniform({2, 3, 4}, random);
  const Tensor v = uniform({2, 4, 5}, random), x = uniform({4}, random);
  const Tensor unit{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
  const struct {
    const char* equation;
    Tensors operands;
    Tensor expected;
  } cases[] = {
      {"ij,jk->ik", {a, b}, matmul(a, b)},
      {"ij,jk", {a, b}, matmul(a, b)},
      {"ij,jk->ki", {a, b}, transpose(matmul(a, b))},
      {"bij,bjk->bik", {u, v}, matmul(u, v)},
      {"bij,jk->bik", {u, b}, matmul(u, b)},
      {"i,i->", {x, x}, dot(x, x)},
      {"i,j->ij", {x, x}, outer(x, x)},
      {"ij->ji", {a}, transpose(a)},
      {"ij->", {a}, sum(a)},
      {"ij->j", {a}, sum(a, {.axes = {0}})},
      {"ii->", {s}, sum(s * unit)},
      {"ii->i", {s}, sum(s * unit, {.axes = {0}})},
      {"ij,ij->ij", {a, a}, a * a},
      {"ij,kj->i", {a, transpose(b)}, sum(matmul(a, b), {.axes = {1}})},
      {"ij,jk,kl->il", {a, b, transpose(b)}, matmul(matmul(a, b), transpose(b))},
  };
  for (const auto& c : cases) {
    const Tensor result = einsum(c.equation, c.operands);
    EXPECT_EQ(result.shape(), c.expected.shape()) << c.equation;
    expect_near(values(result), values(c.expected), 1e-5, c.equation);
  }
}

TEST(Einsum, SaysWhatIsWrong) {
  const Tensor a = zeros({2, 3});
  EXPECT_EQ(message_of([&] { einsum("ij,jk->ik", {a}); }),
            "einsum: 'ij,jk->ik': names 2 operands, but 1 was given");
  EXPECT_EQ(message_of([&] { einsum("ijk->i", {a}); }),
            "einsum: 'ijk->i': operand 0 has shape [2, 3], but 'ijk' names 3 axes");
  EXPECT_EQ(message_of([&] {
              einsum("ij,jk->ik", {a, a});
            }),
            "einsum: 'ij,jk->ik': axis 'j' has extents 3 and 2");
  EXPECT_EQ(message_of([&] { einsum("ij->k", {a}); }),
            "einsum: 'ij->k': axis 'k' of the result is in no operand");
  EXPECT_EQ(message_of([&] { einsum("ij->ii", {a}); }),
            "einsum: 'ij->ii': axis 'i' appears twice in the result");
  EXPECT_EQ(message_of([&] { einsum("...j->j", {a}); }),
            "einsum: '...j->j': an ellipsis is not supported; give every axis a letter");
  EXPECT_EQ(message_of([&] { einsum("ii->i", {a}); }),
            "einsum: 'ii->i': axis 'i' has extents 2 and 3 in operand of shape [2, 3]");
}

}  // namespace
}  // namespace gradus
