#include "gradus/nn/recurrent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "gradus/autodiff/grad.h"
#include "gradus/nn/describe.h"
#include "gradus/nn/gradients.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::error_of;
using testing::near;

std::vector<double> values(const Tensor& x) { return x.to_vector<double>(); }

Tensor wave(const Shape& shape, double start) {
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    numbers.push_back(std::cos(start + 0.9 * static_cast<double>(i)));
  }
  return Tensor::from(numbers, shape);
}

/// Element i of parameter k becomes sin(1 + k + 0.7 i) / 2, f64.
void fill(Module& module) {
  double k = 0;
  for (const Member& parameter : parameters(module)) {
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < parameter.tensor->size(); ++i) {
      numbers.push_back(0.5 * std::sin(1 + k + 0.7 * static_cast<double>(i)));
    }
    *parameter.tensor = Tensor::from(numbers, parameter.tensor->shape());
    ++k;
  }
}

std::vector<std::string> paths(Module& module) {
  std::vector<std::string> names;
  for (const Member& parameter : parameters(module)) names.push_back(parameter.path);
  return names;
}

Context training() { return {.training = true, .key = Key(3)}; }

TEST(Lstm, NamesItsParametersAsPyTorchDoes) {
  LSTM layer{{.in = 2, .hidden_size = 3, .layers = 2, .bidirectional = true}};
  EXPECT_THAT(
      paths(layer),
      ::testing::ElementsAre("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0",
                             "weight_ih_l0_reverse", "weight_hh_l0_reverse", "bias_ih_l0_reverse",
                             "bias_hh_l0_reverse", "weight_ih_l1", "weight_hh_l1", "bias_ih_l1",
                             "bias_hh_l1", "weight_ih_l1_reverse", "weight_hh_l1_reverse",
                             "bias_ih_l1_reverse", "bias_hh_l1_reverse"));
  EXPECT_EQ(layer.weights[2].weight_ih.shape(), (Shape{12, 6}));
  EXPECT_EQ(layer.weights[3].weight_hh.shape(), (Shape{12, 3}));
}

// PyTorch 1.13.1, torch.nn.LSTM(2, 2, num_layers=2, bidirectional=True, batch_first=True) in
// float64 and GRU and RNN alike, with the parameters of fill(), x = wave((2, 3, 2), 0.2), h0 =
// wave((4, 2, 2), 0.5), c0 = wave((4, 2, 2), 0.8): the output, the last states, and of the sum of
// squares of the output the gradient of x and the sums of the absolute gradients of the parameters.
struct Figures {
  std::vector<double> sequence, state, of_x, of_parameters;
};
const Figures kLstmFigures{
    {0.139998805,   -0.0906783701, -0.215534268, 0.210682896,  0.212155532,  -0.00782538901,
     -0.121354719,  0.193221987,   0.226571832,  0.054675578,  0.0763798986, 0.264325596,
     -0.0568961445, 0.0843770773,  -0.198125514, 0.0845135393, 0.079338543,  0.151488709,
     -0.126940549,  0.0973890779,  0.137334947,  0.169101975,  0.089282508,  0.0786349809},
    {0.0288705166, 0.0863872042, -0.139180625, 0.0711419219, -0.231330003, -0.401690835,
     -0.303103589, -0.391418562, 0.226571832, 0.054675578, 0.137334947, 0.169101975, -0.215534268,
     0.210682896, -0.198125514, 0.0845135393},
    {0.0259012219, 0.0201873278, 0.0239967774, 0.0188723044, 0.0220320441, 0.0222025279,
     0.0094839939, 0.0134922056, 0.010087375, 0.0122783795, 0.00574424985, 0.00181143047},
    {0.159687758, 0.139253354, 0.24762067, 0.24762067, 0.17305827, 0.0723548886, 0.231341427,
     0.231341427, 0.357338641, 0.234914983, 0.769959507, 0.769959507, 0.711458185, 0.592163132,
     1.33765253, 1.33765253}};
const Figures kGruFigures{
    {0.395396844,  -0.271303362, -0.686484613, 0.357320462, 0.485537052,   -0.0455231498,
     -0.372817268, 0.163104155,  0.464407536,  0.109560055, -0.0630128501, 0.31005852,
     -0.234216431, 0.107556046,  -0.52625166,  0.111556223, 0.100251792,   0.220476883,
     -0.244992955, 0.0338731524, 0.222595396,  0.282801016, 0.32479271,    -0.139539993},
    {-0.19860722, -0.0299274068, -0.395263767, -0.0538692147, -0.212542321, -0.568310402,
     -0.174073365, -0.541512336, 0.464407536, 0.109560055, 0.222595396, 0.282801016, -0.686484613,
     0.357320462, -0.52625166, 0.111556223},
    {0.196136613, 0.248295788, 0.209732207, 0.275330871, 0.258440313, 0.271354365, 0.05413929,
     0.10951897, 0.0208036942, 0.0387052292, -0.0141928319, -0.0156196758},
    {0.985423291, 1.08398423, 2.29297817, 1.2081958, 0.767221994, 0.507737518, 1.71139632,
     1.35697776, 1.63271083, 0.976673177, 1.89813869, 1.10548741, 3.9121322, 1.19736039, 3.6148724,
     2.06819578}};
const Figures kRnnFigures{
    {-0.696789669, 0.101978119,  0.400718353,  -0.536463538, -0.891656672, 0.705714921,
     0.399140682,  -0.57620891,  -0.92070759,  0.646769961,  0.703833555,  -0.74825977,
     -0.676237919, 0.675672291,  0.513916014,  -0.642888922, -0.924899771, 0.545632095,
     0.454736902,  -0.578673671, -0.932261388, 0.764931184,  0.695749385,  -0.682594961},
    {-0.795296694, -0.591391067, -0.87945599, -0.686069111, 0.265381276, 0.949305892, 0.268640189,
     0.961167191, -0.92070759, 0.646769961, -0.932261388, 0.764931184, 0.400718353, -0.536463538,
     0.513916014, -0.642888922},
    {-0.399096524, -0.287305484, -0.0559173797, 0.0416219244, 0.0244831135, 0.205914291,
     -0.538993562, -0.457256288, -0.182073723, -0.122761208, 0.0387719141, 0.0540577033},
    {0.849548975, 1.76598094, 2.92847254, 2.92847254, 4.19066816, 6.72207588, 5.39604607,
     5.39604607, 14.9009902, 5.99948519, 6.73749281, 6.73749281, 19.3100983, 6.97198386, 8.41032553,
     8.41032553}};

template <class Layer, class Options>
Layer with_two_directions(Options options) {
  options.in = options.hidden_size = options.layers = 2;
  options.bidirectional = true;
  options.dtype = DType::f64;
  Layer layer(options);
  fill(layer);
  return layer;
}

/// `run` is the layer from x and the first states on, as (sequence, last state).
template <class Layer, class Run>
void expect_figures(Layer& layer, const Figures& expected, Run run) {
  const Tensor x = wave({2, 3, 2}, 0.2);
  const auto [sequence, state] = run(x);
  EXPECT_THAT(sequence, near(expected.sequence, 2e-9));
  EXPECT_THAT(state, near(expected.state, 2e-9));
  const auto loss = [&](const Tensor& at) { return sum(square(run(at).first)); };
  EXPECT_THAT(grad([&](const Tensors& at) { return loss(at[0]); })({x})[0],
              near(expected.of_x, 2e-9));
  const Tensors gradients = value_and_grad(layer, [&] { return loss(x); }).gradients;
  ASSERT_EQ(gradients.size(), expected.of_parameters.size());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    EXPECT_NEAR(sum(absolute(gradients[i])).item<double>(), expected.of_parameters[i], 1e-7);
  }
}

TEST(Lstm, GivesPyTorchsFigures) {
  LSTM layer = with_two_directions<LSTM>(LstmOptions{});
  expect_figures(layer, kLstmFigures, [&](const Tensor& x) {
    Context context;
    const LstmState start{wave({4, 2, 2}, 0.5), wave({4, 2, 2}, 0.8)};
    const LstmOutput found = layer.run(x, context, {.state = start});
    return std::pair(found.sequence, found.state.hidden);
  });
}

TEST(Gru, GivesPyTorchsFigures) {
  GRU layer = with_two_directions<GRU>(GruOptions{});
  expect_figures(layer, kGruFigures, [&](const Tensor& x) {
    Context context;
    const RecurrentResult found = layer.run(x, context, {.state = wave({4, 2, 2}, 0.5)});
    return std::pair(found.sequence, found.state);
  });
}

TEST(Rnn, GivesPyTorchsFigures) {
  RNN layer = with_two_directions<RNN>(RnnOptions{});
  expect_figures(layer, kRnnFigures, [&](const Tensor& x) {
    Context context;
    const RecurrentResult found = layer.run(x, context, {.state = wave({4, 2, 2}, 0.5)});
    return std::pair(found.sequence, found.state);
  });
}

TEST(Gru, HandsItsConventionsOn) {
  Context context;
  const Tensor x = random_normal(Key(1), {2, 4, 2});
  GRU layer{{.in = 2, .hidden_size = 3}};
  const std::vector<double> plain = values(layer(x, context));
  layer.options.update = UpdateGate::takes_candidate;
  EXPECT_THAT(layer(x, context), ::testing::Not(near(plain, 1e-3)));
  layer.options.update = UpdateGate::keeps_state;
  layer.options.reset = ResetGate::before_product;
  EXPECT_THAT(layer(x, context), ::testing::Not(near(plain, 1e-3)));
}

TEST(Rnn, HandsItsActivationOn) {
  Context context;
  const RNN layer{{.in = 2, .hidden_size = 3, .activation = RnnActivation::relu}};
  const Tensor least = min(layer(random_normal(Key(1), {2, 4, 2}), context));
  EXPECT_EQ(least.item<float>(), 0);
}

TEST(Lstm, MasksStepsBehindALengthAsIfTheyWereNotThere) {
  const LSTM layer{{.in = 3, .hidden_size = 4, .layers = 2, .bidirectional = true}};
  const Tensor x = random_normal(Key(1), {2, 5, 3});
  Context context;
  const LstmOutput found =
      layer.run(x, context, {.lengths = Tensor::from(std::vector<std::int64_t>{3, 5})});
  const Tensor cut = slice(x, {{.stop = 1}, {.stop = 3}});
  const LstmOutput expected = layer.run(cut, context);
  const Tensor first = select(found.sequence, 0, 0);
  EXPECT_THAT(slice(first, 0, {.stop = 3}), near(values(expected.sequence)));
  EXPECT_THAT(slice(first, 0, {.start = 3}), near(std::vector<double>(2 * 8, 0.0), 0));
  EXPECT_THAT(select(found.last, 0, 0), near(values(expected.last)));
  EXPECT_THAT(select(found.state.cell, 1, 0), near(values(expected.state.cell)));
  const LstmOutput whole = layer.run(x, context);
  EXPECT_THAT(select(found.sequence, 0, 1), near(values(select(whole.sequence, 0, 1))));
}

/// What a layer gives for x (2, 4, 3), of which 2 and 3 steps count: the sequence, the last states,
/// and gradients of x and of the parameters.
template <class Layer>
Tensors results_of(Layer& layer, const Tensor& x) {
  const Tensor lengths = Tensor::from(std::vector<std::int64_t>{2, 3});
  const auto loss = [&](const Tensor& at) {
    Context context;
    const auto found = layer.run(at, context, {.lengths = lengths});
    return sum(square(found.sequence)) + sum(found.last);
  };
  Context context;
  const auto found = layer.run(x, context, {.lengths = lengths});
  Tensors results{found.sequence, found.last};
  results.push_back(grad([&](const Tensors& at) { return loss(at[0]); })({x})[0]);
  for (const Tensor& gradient : value_and_grad(layer, [&] { return loss(x); }).gradients) {
    results.push_back(gradient);
  }
  return results;
}

template <class Layer>
void expect_padding_not_to_matter() {
  Layer layer{{.in = 3, .hidden_size = 5, .layers = 2, .bidirectional = true}};
  std::vector<float> numbers = random_normal(Key(1), {2, 4, 3}).to_vector<float>();
  const auto with_padding = [&](float value) {
    std::fill(numbers.begin() + 2 * 3, numbers.begin() + 4 * 3, value);
    std::fill(numbers.begin() + 7 * 3, numbers.end(), value);
    return results_of(layer, Tensor::from(numbers, {2, 4, 3}));
  };
  const Tensors expected = with_padding(0);
  for (const float value : {1.0f, INFINITY, NAN}) {
    const Tensors found = with_padding(value);
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_THAT(found[i], near(values(expected[i]), 0)) << "result " << i << ", " << value;
    }
  }
}

TEST(Lstm, WhatPaddingHoldsDoesNotMatter) { expect_padding_not_to_matter<LSTM>(); }
TEST(Gru, WhatPaddingHoldsDoesNotMatter) { expect_padding_not_to_matter<GRU>(); }
TEST(Rnn, WhatPaddingHoldsDoesNotMatter) { expect_padding_not_to_matter<RNN>(); }

TEST(Lstm, BidirectionalIsTwoPasses) {
  const LSTM both{{.in = 2, .hidden_size = 3, .bidirectional = true}};
  LSTM forwards{{.in = 2, .hidden_size = 3}}, backwards = forwards;
  forwards.weights = {both.weights[0]};
  backwards.weights = {both.weights[1]};
  const Tensor x = random_normal(Key(1), {2, 4, 2});
  Context context;
  const LstmOutput found = both.run(x, context);
  const LstmOutput there = forwards.run(x, context);
  const LstmOutput back = backwards.run(flip(x, {1}), context);
  const Tensor returned = flip(back.sequence, {1});
  EXPECT_THAT(found.sequence, near(values(concatenate({there.sequence, returned}, 2)), 0));
  EXPECT_THAT(found.last, near(values(concatenate({there.last, back.last}, 1)), 0));
  LSTM summed{{.in = 2, .hidden_size = 3, .bidirectional = true, .merge = Merge::sum}};
  summed.weights = both.weights;
  EXPECT_THAT(summed.run(x, context).sequence, near(values(there.sequence + returned), 0));
}

TEST(Lstm, LayersReadTheStatesOfTheLayerBelow) {
  const LSTM two{{.in = 2, .hidden_size = 3, .layers = 2}};
  LSTM lower{{.in = 2, .hidden_size = 3}}, upper{{.in = 3, .hidden_size = 3}};
  lower.weights = {two.weights[0]};
  upper.weights = {two.weights[1]};
  const Tensor x = random_normal(Key(1), {2, 4, 2});
  Context context;
  const LstmOutput found = two.run(x, context);
  const LstmOutput below = lower.run(x, context);
  const LstmOutput above = upper.run(below.sequence, context);
  EXPECT_THAT(found.sequence, near(values(above.sequence), 0));
  EXPECT_THAT(found.state.hidden,
              near(values(concatenate({below.state.hidden, above.state.hidden})), 0));
}

TEST(Lstm, StatesCarriedFromCallToCallMakeOneLongCall) {
  const LSTM layer{{.in = 2, .hidden_size = 3, .layers = 2}};
  const Tensor x = random_normal(Key(1), {2, 6, 2});
  Context context;
  const LstmOutput whole = layer.run(x, context);
  const LstmOutput first = layer.run(slice(x, 1, {.stop = 4}), context);
  const LstmOutput second = layer.run(slice(x, 1, {.start = 4}), context, {.state = first.state});
  EXPECT_THAT(concatenate({first.sequence, second.sequence}, 1), near(values(whole.sequence)));
  EXPECT_THAT(second.state.cell, near(values(whole.state.cell)));
}

TEST(Lstm, GivesTheSequenceOrTheLastState) {
  LSTM layer{{.in = 2, .hidden_size = 3}};
  const Tensor x = random_normal(Key(1), {2, 4, 2});
  Context context;
  const Tensor sequence = layer(x, context);
  EXPECT_EQ(sequence.shape(), (Shape{2, 4, 3}));
  layer.options.output = RecurrentOutput::last;
  EXPECT_THAT(layer(x, context), near(values(select(sequence, 1, 3)), 0));
}

TEST(Lstm, DropsBetweenLayersInTraining) {
  const LSTM layer{{.in = 2, .hidden_size = 8, .layers = 2, .dropout = 0.5f}};
  LSTM certain = layer;
  certain.options.dropout = 0;
  const Tensor x = random_normal(Key(1), {2, 4, 2});
  Context evaluation, context = training();
  EXPECT_THAT(layer(x, evaluation), near(values(certain(x, evaluation)), 0));
  EXPECT_THAT(layer(x, context), ::testing::Not(near(values(certain(x, evaluation)), 1e-3)));
  const LSTM one{{.in = 2, .hidden_size = 8, .dropout = 0.5f}};
  context = training();
  EXPECT_THAT(one(x, context), near(values(one(x, evaluation)), 0));
}

TEST(Lstm, StartsWithTheForgetBiasAsked) {
  const LSTM plain{{.in = 2, .hidden_size = 3}};
  const LSTM layer{{.in = 2, .hidden_size = 3, .forget_bias = 1.5f}};
  const Tensor added = *layer.weights[0].bias_ih - *plain.weights[0].bias_ih;
  EXPECT_THAT(added, near({0, 0, 0, 1.5, 1.5, 1.5, 0, 0, 0, 0, 0, 0}));
}

TEST(Lstm, StartsWithAnOrthogonalMatrixForEachGate) {
  const LSTM layer{
      {.in = 2, .hidden_size = 5, .recurrent_initializer = {.kind = Initialization::orthogonal}}};
  for (const Tensor& gate : split(layer.weights[0].weight_hh, 4)) {
    EXPECT_THAT(matmul(gate, transpose(gate)), near(values(eye(5, 5)), 1e-5));
  }
}

TEST(Lstm, IsDescribedWithItsMultiplyAdds) {
  LSTM layer{{.in = 28, .hidden_size = 128}};
  const auto rows = describe(layer, {28, 28});
  EXPECT_EQ(rows[0].multiply_adds, 28 * 512 * (28 + 128));
  EXPECT_EQ(rows[0].parameters, 512 * (28 + 128 + 2));
  EXPECT_EQ(rows[0].output, (Shape{28, 128}));
}

TEST(Lstm, SaysWhatDoesNotFit) {
  EXPECT_STREQ(error_of([] { LSTM{{.in = 2, .hidden_size = 0}}; }).what(),
               "lstm: in, hidden_size and layers must be 1 or more, not 2, 0 and 1");
  EXPECT_STREQ(error_of([] { LSTM{{.in = 2, .hidden_size = 3, .dropout = 2}}; }).what(),
               "lstm: dropout must be in [0, 1], not 2");
  const LSTM layer{{.in = 2, .hidden_size = 3}};
  Context context;
  EXPECT_STREQ(error_of([&] {
                 layer(ones({4, 2}), context);
               }).what(),
               "lstm: takes (batch, time, 2), not shape [4, 2]");
  EXPECT_STREQ(error_of([&] {
                 layer.run(ones({4, 5, 2}), context, {.state = {.hidden = ones({1, 3, 3})}});
               }).what(),
               "lstm: a state [1, 3, 3] does not fit x [4, 5, 2]: it must be [1, 4, 3]");
  EXPECT_STREQ(error_of([&] {
                 layer.run(ones({4, 5, 2}), context, {.lengths = ones({3}, DType::i64)});
               }).what(),
               "lstm: lengths [3] do not fit x [4, 5, 2]: they must be one per row");
}

}  // namespace
}  // namespace gradus::nn
