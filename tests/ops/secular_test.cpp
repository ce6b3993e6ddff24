#include "gradus/ops/secular.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "gradus/ops/targets.h"

namespace gradus {
namespace {

template <class T>
struct Equation {
  std::vector<T> poles, squares;
  T rho;

  std::int64_t size() const { return static_cast<std::int64_t>(squares.size()); }
  SecularEquation<T> equation() const { return {size(), poles.data(), squares.data(), rho}; }
};

/// Poles between 0 and 1 and weights of length 1; `close` leaves some poles and weights as near to
/// each other, or to 0, as deflation does.
template <class T>
Equation<T> make_equation(std::int64_t n, bool close, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0.1, 1);
  const double unit = std::numeric_limits<T>::epsilon();
  std::vector<double> gaps, weights;
  double sum = 0, norm = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    gaps.push_back(close && i % 3 == 0 ? 8 * unit * static_cast<double>(n) : uniform(random));
    weights.push_back(close && i % 5 == 0 ? 8 * unit : uniform(random));
    sum += gaps.back();
    norm += weights.back() * weights.back();
  }
  Equation<T> equation{{}, {}, T(0.7)};
  double pole = 0;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    equation.poles.push_back(static_cast<T>(pole));
    pole += gaps[i] / sum;
    equation.squares.push_back(static_cast<T>(weights[i] * weights[i] / norm));
  }
  equation.poles.resize(equation.poles.size() + kBeyondPoles);
  return equation;
}

template <class T>
struct Roots {
  std::vector<T> origins, offsets;
  SecularRoots<T> places() { return {origins.data(), offsets.data()}; }
};

template <class T>
Roots<T> solve(const Equation<T>& equation, std::int64_t piece) {
  Roots<T> roots{std::vector<T>(equation.squares.size()), std::vector<T>(equation.squares.size())};
  for (std::int64_t first = 0; first < equation.size(); first += piece) {
    EXPECT_TRUE(secular_roots(equation.equation(), first, std::min(piece, equation.size() - first),
                              roots.places()));
  }
  return roots;
}

template <class T>
class Secular : public ::testing::Test {
 public:
  /// Calls f(equation) for sizes, kinds and instruction sets.
  template <class F>
  static void for_each(F f) {
    for (const std::int64_t target : usable_targets()) {
      const TargetScope scope(target);
      for (const std::int64_t n : {1, 2, 3, 5, 16, 17, 40, 333}) {
        for (const bool close : {false, true}) {
          SCOPED_TRACE(std::to_string(n) + (close ? ", close" : ", apart"));
          f(make_equation<T>(n, close, static_cast<std::uint64_t>(n)));
        }
      }
    }
  }
};
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Secular, Types);

TYPED_TEST(Secular, RootsLieBetweenPolesAndAddUpToTheTrace) {
  using T = TypeParam;
  this->for_each([](const Equation<T>& equation) {
    const Roots<T> roots = solve(equation, 64);
    const auto n = equation.squares.size();
    double trace = 0, sum = 0, all = 0;
    for (std::size_t j = 0; j < n; ++j) all += static_cast<double>(equation.squares[j]);
    for (std::size_t j = 0; j < n; ++j) {
      const T low = equation.poles[j];
      const T high =
          j + 1 < n ? equation.poles[j + 1] : low + 2 * equation.rho * static_cast<T>(all);
      // Beside a pole the sum may be rounded to it; the distance is not.
      const T origin = roots.origins[j], offset = roots.offsets[j];
      EXPECT_TRUE(origin == low || origin == high);
      EXPECT_GT(offset, origin == low ? T(0) : low - high);
      EXPECT_LT(offset, origin == low ? high - low : T(0));
      sum += static_cast<double>(origin) + static_cast<double>(offset);
      trace += static_cast<double>(low) +
               static_cast<double>(equation.rho) * static_cast<double>(equation.squares[j]);
    }
    // Each root, 2 at most, is off by some units of rounding.
    EXPECT_NEAR(sum, trace, 8 * static_cast<double>(n) * std::numeric_limits<T>::epsilon());
  });
}

// Roots are known to a few units of their distance from the pole, so the z that they are exact for
// is the one that they came from.
TYPED_TEST(Secular, ExactSquaresAreThoseOfTheEquation) {
  using T = TypeParam;
  this->for_each([](const Equation<T>& equation) {
    Roots<T> roots = solve(equation, 64);
    std::vector<T> squares(equation.squares.size());
    exact_squares(equation.size(), equation.poles.data(), roots.places(), 0, equation.size(),
                  squares.data());
    for (std::size_t i = 0; i < squares.size(); ++i) {
      const double expected =
          static_cast<double>(equation.rho) * static_cast<double>(equation.squares[i]);
      // A root is accepted where the function is within n + 8 units of rounding of what its terms
      // add up to; a square is made of distances to n roots, of which those beside it count.
      EXPECT_NEAR(static_cast<double>(squares[i]), expected,
                  16 * static_cast<double>(squares.size() + 8) * std::numeric_limits<T>::epsilon() *
                      expected);
    }
  });
}

TYPED_TEST(Secular, ARootHasTheSameBitsInAnyLane) {
  using T = TypeParam;
  this->for_each([](const Equation<T>& equation) {
    const Roots<T> together = solve(equation, 64), alone = solve(equation, 1);
    EXPECT_EQ(together.origins, alone.origins);
    EXPECT_EQ(together.offsets, alone.offsets);
  });
}

TYPED_TEST(Secular, VectorsHaveLengthOneAndAreOrthogonal) {
  using T = TypeParam;
  this->for_each([](const Equation<T>& equation) {
    Roots<T> roots = solve(equation, 64);
    const std::size_t n = equation.squares.size();
    std::vector<T> squares(n), z(n + kBeyondPoles), vectors(n * n);
    exact_squares(equation.size(), equation.poles.data(), roots.places(), 0, equation.size(),
                  squares.data());
    for (std::size_t i = 0; i < n; ++i) z[i] = std::sqrt(squares[i]);
    for (std::size_t j = 0; j < n; ++j) {
      secular_vector(equation.size(), equation.poles.data(), z.data(), roots.origins[j],
                     roots.offsets[j], vectors.data() + j * n);
    }
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k <= j; ++k) {
        double product = 0;
        for (std::size_t i = 0; i < n; ++i) {
          product +=
              static_cast<double>(vectors[j * n + i]) * static_cast<double>(vectors[k * n + i]);
        }
        EXPECT_NEAR(product, j == k,
                    4 * std::sqrt(static_cast<double>(n + 8)) * std::numeric_limits<T>::epsilon());
      }
    }
  });
}

TYPED_TEST(Secular, WhatIsNoNumberIsNoRoot) {
  using T = TypeParam;
  for (const T bad : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
    Equation<T> equation = make_equation<T>(20, false, 1);
    equation.squares[7] = bad;
    Roots<T> roots{std::vector<T>(20), std::vector<T>(20)};
    EXPECT_FALSE(secular_roots(equation.equation(), 0, 20, roots.places()));
  }
}

}  // namespace
}  // namespace gradus
