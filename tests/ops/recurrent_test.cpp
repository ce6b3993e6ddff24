#include "gradus/ops/recurrent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus {
namespace {

using testing::error_of;
using testing::near;

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

/// The values of a recurrence at random, each of f64 and around 1.
struct Example {
  std::int64_t time, batch, hidden;
  Tensor projected, weight, state, cell, peepholes;

  Example(std::int64_t t, std::int64_t b, std::int64_t h, std::int64_t gates)
      : time(t),
        batch(b),
        hidden(h),
        projected(random_normal(Key(1), {t, b, gates * h}, 0, 1, DType::f64)),
        weight(random_normal(Key(2), {gates * h, h}, 0, 0.5, DType::f64)),
        state(random_normal(Key(3), {b, h}, 0, 1, DType::f64)),
        cell(random_normal(Key(4), {b, h}, 0, 1, DType::f64)),
        peepholes(random_normal(Key(5), {3, h}, 0, 1, DType::f64)) {}
};

/// The states of one row of an LSTM after each of its first `steps` steps, and its last cell, in
/// plain loops.
struct PlainLstm {
  std::vector<double> states, cell;

  PlainLstm(const Example& e, std::int64_t row, std::int64_t steps, bool peepholes) {
    const auto x = e.projected.data<double>(), w = e.weight.data<double>();
    const auto p = e.peepholes.data<double>();
    const auto n = static_cast<std::size_t>(e.hidden);
    const auto first = static_cast<std::size_t>(row) * n;
    std::vector<double> h(e.state.data<double>().begin() + static_cast<std::ptrdiff_t>(first),
                          e.state.data<double>().begin() + static_cast<std::ptrdiff_t>(first + n));
    cell.assign(e.cell.data<double>().begin() + static_cast<std::ptrdiff_t>(first),
                e.cell.data<double>().begin() + static_cast<std::ptrdiff_t>(first + n));
    for (std::int64_t t = 0; t < steps; ++t) {
      std::vector<double> a(4 * n), next(n);
      for (std::size_t k = 0; k < 4 * n; ++k) {
        a[k] = x[static_cast<std::size_t>(t * e.batch + row) * 4 * n + k];
        for (std::size_t j = 0; j < n; ++j) a[k] += w[k * n + j] * h[j];
      }
      for (std::size_t j = 0; j < n; ++j) {
        const double in = logistic(a[j] + (peepholes ? p[j] * cell[j] : 0));
        const double forget = logistic(a[n + j] + (peepholes ? p[n + j] * cell[j] : 0));
        cell[j] = forget * cell[j] + in * std::tanh(a[2 * n + j]);
        const double out = logistic(a[3 * n + j] + (peepholes ? p[2 * n + j] * cell[j] : 0));
        next[j] = out * std::tanh(cell[j]);
      }
      h = next;
      states.insert(states.end(), h.begin(), h.end());
    }
    if (steps == 0) states = h;
  }
};

TEST(Lstm, FollowsPlainLoops) {
  const Example e(5, 7, 6, 4);
  for (const bool peepholes : {false, true}) {
    const LstmResult found =
        lstm(e.projected, e.weight, e.state, e.cell, peepholes ? e.peepholes : Tensor());
    for (std::int64_t row = 0; row < e.batch; ++row) {
      const PlainLstm expected(e, row, e.time, peepholes);
      EXPECT_THAT(select(found.states, 1, row), near(expected.states, 1e-13));
      EXPECT_THAT(select(found.last_cell, 0, row), near(expected.cell, 1e-13));
    }
    EXPECT_THAT(found.last_state, near(select(found.states, 0, e.time - 1).to_vector<double>(), 0));
  }
}

TEST(Lstm, LeavesTheStateOfARowAsItIsBehindItsLength) {
  const Example e(4, 5, 3, 4);
  const std::vector<std::int64_t> lengths{4, 0, 2, 1, 3};
  const LstmResult found =
      lstm(e.projected, e.weight, e.state, e.cell, {}, {.lengths = Tensor::from(lengths)});
  for (std::int64_t row = 0; row < e.batch; ++row) {
    const std::int64_t length = lengths[static_cast<std::size_t>(row)];
    const PlainLstm expected(e, row, length, false);
    const std::vector<double> last(expected.states.end() - e.hidden, expected.states.end());
    EXPECT_THAT(select(found.last_state, 0, row), near(last, 1e-13));
    EXPECT_THAT(select(found.last_cell, 0, row), near(expected.cell, 1e-13));
    for (std::int64_t t = length; t < e.time; ++t) {
      EXPECT_THAT(select(select(found.states, 1, row), 0, t), near(last, 1e-13));
    }
  }
}

/// The states of a recurrence of two rows, of which 1 and 3 of 4 steps count, and the gradients of
/// the sum of their squares; `call` has projected and weight.
template <class Call>
Tensors with_lengths(const Example& e, const Tensor& projected, Call call) {
  const RecurrenceOptions options{.lengths = Tensor::from(std::vector<std::int64_t>{1, 3})};
  const auto loss = [&](const Tensors& x) { return sum(square(call(x[0], x[1], options))); };
  Tensors results = grad(ScalarFunction(loss))({projected, e.weight});
  results.push_back(call(projected, e.weight, options));
  return results;
}

template <class Call>
void expect_padding_not_to_matter(const Example& e, Call call) {
  const std::vector<double> counts{1, 1, 0, 1, 0, 1, 0, 0};  // (time, batch)
  const Tensor mask = reshape(Tensor::from(counts), {4, 2, 1});
  const Tensors expected = with_lengths(e, where(mask, e.projected, number_like(0, mask)), call);
  for (const double value : {INFINITY, NAN}) {
    const Tensor padded = where(mask, e.projected, number_like(value, mask));
    const Tensors found = with_lengths(e, padded, call);
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_THAT(found[i], near(expected[i].to_vector<double>(), 0)) << "result " << i;
    }
  }
}

TEST(Recurrence, WhatPaddingHoldsDoesNotMatter) {
  const Example a(4, 2, 3, 4), b(4, 2, 3, 3), c(4, 2, 3, 1);
  expect_padding_not_to_matter(a, [&](auto& x, auto& weight, auto& options) {
    return lstm(x, weight, a.state, a.cell, a.peepholes, options).states;
  });
  expect_padding_not_to_matter(b, [&](auto& x, auto& weight, auto& options) {
    return gru(x, weight, {}, b.state, {}, options).states;
  });
  expect_padding_not_to_matter(c, [&](auto& x, auto& weight, auto& options) {
    return rnn(x, weight, c.state, RnnActivation::tanh, options).states;
  });
}

TEST(Lstm, BackwardsIsTheReversedSequence) {
  const Example e(4, 2, 3, 4);
  const LstmResult found = lstm(e.projected, e.weight, e.state, e.cell, {}, {.reverse = true});
  const LstmResult forwards = lstm(flip(e.projected, {0}), e.weight, e.state, e.cell);
  EXPECT_THAT(found.states, near(flip(forwards.states, {0}).to_vector<double>(), 0));
  EXPECT_THAT(found.last_cell, near(forwards.last_cell.to_vector<double>(), 0));
}

TEST(Lstm, BackwardsBeginsAtTheLastStepThatCounts) {
  const Example e(4, 1, 3, 4);
  const LstmResult found =
      lstm(e.projected, e.weight, e.state, e.cell, {},
           {.lengths = Tensor::from(std::vector<std::int64_t>{3}), .reverse = true});
  const LstmResult cut =
      lstm(slice(e.projected, 0, {.stop = 3}), e.weight, e.state, e.cell, {}, {.reverse = true});
  EXPECT_THAT(slice(found.states, 0, {.stop = 3}), near(cut.states.to_vector<double>(), 0));
  EXPECT_THAT(select(found.states, 0, 3), near(e.state.to_vector<double>(), 0));
}

TEST(Lstm, StatesCarriedFromCallToCallMakeOneLongCall) {
  const Example e(6, 3, 4, 4);
  const LstmResult whole = lstm(e.projected, e.weight, e.state, e.cell);
  const LstmResult first = lstm(slice(e.projected, 0, {.stop = 2}), e.weight, e.state, e.cell);
  const LstmResult second =
      lstm(slice(e.projected, 0, {.start = 2}), e.weight, first.last_state, first.last_cell);
  EXPECT_THAT(concatenate({first.states, second.states}),
              near(whole.states.to_vector<double>(), 0));
  EXPECT_THAT(second.last_cell, near(whole.last_cell.to_vector<double>(), 0));
}

TEST(Lstm, OneRowIsComputedAsAmongMany) {
  const Example e(3, 20, 17, 4);  // many rows read a packed weight, one reads it where it lies
  const LstmResult many = lstm(e.projected, e.weight, e.state, e.cell);
  const auto row = [](const Tensor& x, int axis) {
    return slice(x, axis, {.start = 4, .stop = 5});
  };
  const LstmResult one = lstm(row(e.projected, 1), e.weight, row(e.state, 0), row(e.cell, 0));
  EXPECT_THAT(one.states, near(row(many.states, 1).to_vector<double>(), 1e-13));
}

TEST(Lstm, WithoutStepsKeepsItsStates) {
  const Example e(0, 2, 3, 4);
  const LstmResult found = lstm(e.projected, e.weight, e.state, e.cell);
  EXPECT_EQ(found.states.shape(), (Shape{0, 2, 3}));
  EXPECT_THAT(found.last_state, near(e.state.to_vector<double>(), 0));
  EXPECT_THAT(found.last_cell, near(e.cell.to_vector<double>(), 0));
}

TEST(Lstm, SaysWhatDoesNotFit) {
  const Example e(2, 3, 4, 4);
  EXPECT_STREQ(error_of([&] {
                 lstm(e.projected, zeros({8, 4}), e.state, e.cell);
               }).what(),
               "lstm: takes a recurrent weight (4 * hidden, hidden), not shape [8, 4]");
  EXPECT_STREQ(error_of([&] { lstm(e.state, e.weight, e.state, e.cell); }).what(),
               "lstm: takes (time, batch, 16), not shape [3, 4]");
  EXPECT_STREQ(error_of([&] {
                 lstm(e.projected, e.weight, zeros({2, 4}, DType::f64), e.cell);
               }).what(),
               "lstm: state [2, 4] does not fit [2, 3, 16]: it must be [3, 4]");
  const Tensor lengths = Tensor::from(std::vector<std::int64_t>{2, 3, 1});
  EXPECT_STREQ(
      error_of([&] {
        lstm(e.projected, e.weight, e.state, e.cell, {}, {.lengths = lengths}).states.eval();
      }).what(),
      "lstm: length 3 at position 1 is not in [0, 2]");
}

/// The states of one row of a GRU after each of its steps, in plain loops; `bias` (3 * hidden).
std::vector<double> plain_gru(const Example& e, const Tensor& bias, std::int64_t row,
                              const GruConvention& convention) {
  const auto x = e.projected.data<double>(), w = e.weight.data<double>();
  const auto b = bias.data<double>(), given = e.state.data<double>();
  const auto n = static_cast<std::size_t>(e.hidden);
  std::vector<double> h, states;
  for (std::size_t j = 0; j < n; ++j) h.push_back(given[static_cast<std::size_t>(row) * n + j]);
  for (std::int64_t t = 0; t < e.time; ++t) {
    const auto p = x.subspan(static_cast<std::size_t>(t * e.batch + row) * 3 * n, 3 * n);
    const auto product = [&](std::size_t k, const std::vector<double>& v) {
      double total = b[k];
      for (std::size_t j = 0; j < n; ++j) total += w[k * n + j] * v[j];
      return total;
    };
    std::vector<double> r(n), reset(n), next(n);
    for (std::size_t j = 0; j < n; ++j) r[j] = logistic(p[j] + product(j, h));
    for (std::size_t j = 0; j < n; ++j) reset[j] = r[j] * h[j];
    for (std::size_t j = 0; j < n; ++j) {
      const double z = logistic(p[n + j] + product(n + j, h));
      const double reached = convention.reset == ResetGate::before_product
                                 ? product(2 * n + j, reset)
                                 : r[j] * product(2 * n + j, h);
      const double candidate = std::tanh(p[2 * n + j] + reached);
      next[j] = convention.update == UpdateGate::keeps_state ? z * h[j] + (1 - z) * candidate
                                                             : (1 - z) * h[j] + z * candidate;
    }
    h = next;
    states.insert(states.end(), h.begin(), h.end());
  }
  return states;
}

TEST(Gru, FollowsPlainLoopsInEachConvention) {
  const Example e(5, 7, 6, 3);
  const Tensor bias = random_normal(Key(6), {18}, 0, 1, DType::f64);
  for (const UpdateGate update : {UpdateGate::keeps_state, UpdateGate::takes_candidate}) {
    for (const ResetGate reset : {ResetGate::after_product, ResetGate::before_product}) {
      const GruConvention convention{update, reset};
      const GruResult found = gru(e.projected, e.weight, bias, e.state, convention);
      for (std::int64_t row = 0; row < e.batch; ++row) {
        EXPECT_THAT(select(found.states, 1, row), near(plain_gru(e, bias, row, convention), 1e-13));
      }
    }
  }
}

TEST(Gru, ConventionsOfTheUpdateGateAreEachOthersMirror) {
  const Example e(4, 3, 4, 3);  // sigmoid(-x) = 1 - sigmoid(x)
  const auto mirrored = [&](const Tensor& x, int axis) {
    const Tensors parts = split(x, 3, axis);
    return concatenate({parts[0], -parts[1], parts[2]}, axis);
  };
  const GruResult keeps = gru(e.projected, e.weight, {}, e.state);
  const GruResult takes = gru(mirrored(e.projected, 2), mirrored(e.weight, 0), {}, e.state,
                              {.update = UpdateGate::takes_candidate});
  EXPECT_THAT(takes.states, near(keeps.states.to_vector<double>(), 1e-13));
}

TEST(Gru, LeavesTheStateOfARowAsItIsBehindItsLength) {
  const Example e(4, 2, 3, 3);
  for (const bool reverse : {false, true}) {
    const GruResult found =
        gru(e.projected, e.weight, {}, e.state, {},
            {.lengths = Tensor::from(std::vector<std::int64_t>{2, 4}), .reverse = reverse});
    const GruResult cut =
        gru(slice(e.projected, 0, {.stop = 2}), e.weight, {}, e.state, {}, {.reverse = reverse});
    EXPECT_THAT(select(found.last_state, 0, 0),
                near(select(cut.last_state, 0, 0).to_vector<double>(), 1e-13));
  }
}

TEST(Rnn, FollowsPlainLoops) {
  const Example e(5, 7, 6, 1);
  for (const RnnActivation activation : {RnnActivation::tanh, RnnActivation::relu}) {
    const RnnResult found = rnn(e.projected, e.weight, e.state, activation);
    const auto x = e.projected.data<double>(), w = e.weight.data<double>();
    const auto n = static_cast<std::size_t>(e.hidden), batch = static_cast<std::size_t>(e.batch);
    for (std::size_t row = 0; row < batch; ++row) {
      std::vector<double> h(
          e.state.data<double>().begin() + static_cast<std::ptrdiff_t>(row * n),
          e.state.data<double>().begin() + static_cast<std::ptrdiff_t>((row + 1) * n));
      std::vector<double> expected;
      for (std::size_t t = 0; t < static_cast<std::size_t>(e.time); ++t) {
        std::vector<double> next(n);
        for (std::size_t k = 0; k < n; ++k) {
          double total = x[(t * batch + row) * n + k];
          for (std::size_t j = 0; j < n; ++j) total += w[k * n + j] * h[j];
          next[k] = activation == RnnActivation::tanh ? std::tanh(total) : std::max(total, 0.0);
        }
        h = next;
        expected.insert(expected.end(), h.begin(), h.end());
      }
      EXPECT_THAT(select(found.states, 1, static_cast<std::int64_t>(row)), near(expected, 1e-13));
    }
  }
}

TEST(Rnn, LeavesTheStateOfARowAsItIsBehindItsLength) {
  const Example e(3, 2, 4, 1);
  const RnnResult whole = rnn(e.projected, e.weight, e.state);
  const RnnResult found = rnn(e.projected, e.weight, e.state, RnnActivation::tanh,
                              {.lengths = Tensor::from(std::vector<std::int64_t>{0, 2})});
  EXPECT_THAT(select(found.last_state, 0, 0), near(select(e.state, 0, 0).to_vector<double>(), 0));
  EXPECT_THAT(select(found.last_state, 0, 1),
              near(select(select(whole.states, 0, 1), 0, 1).to_vector<double>(), 1e-13));
}

}  // namespace
}  // namespace gradus
