#include "libtorch_networks.h"

#include <torch/torch.h>

#include <stdexcept>
#include <string>

namespace gradus::bench {
namespace {

namespace nn = torch::nn;

nn::Sequential xor_network() {
  return nn::Sequential(nn::Linear(2, 8), nn::Tanh(), nn::Linear(8, 1));
}

nn::Sequential mlp() {
  return nn::Sequential(nn::Linear(784, 512), nn::ReLU(), nn::Linear(512, 512), nn::ReLU(),
                        nn::Linear(512, 10));
}

nn::Sequential autoencoder() {
  return nn::Sequential(nn::Linear(784, 256), nn::ReLU(), nn::Linear(256, 64), nn::ReLU(),
                        nn::Linear(64, 256), nn::ReLU(), nn::Linear(256, 784));
}

nn::Conv2d convolution(int in, int out, int kernel) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).padding(kernel / 2));
}

nn::Sequential lenet() {
  return nn::Sequential(convolution(1, 32, 5), nn::ReLU(), nn::MaxPool2d(2), convolution(32, 64, 5),
                        nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Linear(64 * 7 * 7, 512),
                        nn::ReLU(), nn::Linear(512, 10));
}

nn::Sequential vgg() {
  return nn::Sequential(convolution(3, 64, 3), nn::ReLU(), convolution(64, 64, 3), nn::ReLU(),
                        nn::MaxPool2d(2), convolution(64, 128, 3), nn::ReLU(),
                        convolution(128, 128, 3), nn::ReLU(), nn::MaxPool2d(2),
                        convolution(128, 256, 3), nn::ReLU(), nn::AdaptiveAvgPool2d(1),
                        nn::Flatten(), nn::Linear(256, 10));
}

struct ConvolutionSizes {
  int in, out;
  int kernel = 3, stride = 1, groups = 1;
};

/// A Sequential that may stand in another one.
struct NormalisedConvolutionImpl : nn::SequentialImpl {
  explicit NormalisedConvolutionImpl(const ConvolutionSizes& sizes)
      : SequentialImpl(nn::Conv2d(nn::Conv2dOptions(sizes.in, sizes.out, sizes.kernel)
                                      .stride(sizes.stride)
                                      .padding(sizes.kernel / 2)
                                      .groups(sizes.groups)
                                      .bias(false)),
                       nn::BatchNorm2d(sizes.out)) {}
  torch::Tensor forward(const torch::Tensor& x) { return SequentialImpl::forward(x); }
};
TORCH_MODULE(NormalisedConvolution);

NormalisedConvolution normalised_convolution(const ConvolutionSizes& sizes) {
  return NormalisedConvolution(sizes);
}

struct ResidualBlockImpl : nn::Module {
  NormalisedConvolution first, second, shortcut{nullptr};

  ResidualBlockImpl(int in, int out)
      : first(normalised_convolution({.in = in, .out = out, .stride = in == out ? 1 : 2})),
        second(normalised_convolution({.in = out, .out = out})) {
    register_module("first", first);
    register_module("second", second);
    if (in != out) {
      shortcut = register_module(
          "shortcut", normalised_convolution({.in = in, .out = out, .kernel = 1, .stride = 2}));
    }
  }
  // (batch, in, h, w) -> (batch, out, h / stride, w / stride)
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor beside = shortcut.is_empty() ? x : shortcut->forward(x);
    return torch::relu(second->forward(torch::relu(first->forward(x))) + beside);
  }
};
TORCH_MODULE(ResidualBlock);

nn::Sequential resnet18() {
  nn::Sequential model(normalised_convolution({.in = 3, .out = 64}), nn::ReLU());
  int in = 64;
  for (const int out : {64, 64, 128, 128, 256, 256, 512, 512}) {
    model->push_back(ResidualBlock(in, out));
    in = out;
  }
  model->push_back(nn::AdaptiveAvgPool2d(1));
  model->push_back(nn::Flatten());
  model->push_back(nn::Linear(512, 10));
  return model;
}

nn::Sequential mobilenet() {
  nn::Sequential model(normalised_convolution({.in = 3, .out = 32}), nn::ReLU());
  int in = 32;
  for (const int out : {64, 128, 128, 256, 256}) {
    const int stride = in != out && in > 32 ? 2 : 1;
    model->push_back(normalised_convolution({.in = in, .out = in, .stride = stride, .groups = in}));
    model->push_back(nn::ReLU());
    model->push_back(normalised_convolution({.in = in, .out = out, .kernel = 1}));
    model->push_back(nn::ReLU());
    in = out;
  }
  model->push_back(nn::AdaptiveAvgPool2d(1));
  model->push_back(nn::Flatten());
  model->push_back(nn::Linear(256, 10));
  return model;
}

nn::Sequential series() {
  const auto filters = [](int in, int out) {
    return nn::Conv1d(nn::Conv1dOptions(in, out, 9).padding(4));
  };
  return nn::Sequential(filters(8, 64), nn::ReLU(), nn::MaxPool1d(2), filters(64, 64), nn::ReLU(),
                        nn::MaxPool1d(2), filters(64, 128), nn::ReLU(), nn::AdaptiveAvgPool1d(1),
                        nn::Flatten(), nn::Linear(128, 10));
}

nn::Sequential volumes() {
  const auto filters = [](int in, int out) {
    return nn::Conv3d(nn::Conv3dOptions(in, out, 3).padding(1));
  };
  return nn::Sequential(filters(1, 32), nn::ReLU(), nn::MaxPool3d(2), filters(32, 64), nn::ReLU(),
                        nn::MaxPool3d(2), filters(64, 64), nn::ReLU(), nn::AdaptiveAvgPool3d(1),
                        nn::Flatten(), nn::Linear(64, 10));
}

/// A recurrent module (batch, time, features) -> its states after the last step, (batch, width).
template <class Recurrent>
struct LastState : nn::Module {
  Recurrent recurrent;

  explicit LastState(const Recurrent& chosen) : recurrent(register_module("recurrent", chosen)) {}
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor states = last(std::get<1>(recurrent->forward(x)));
    if (!recurrent->options.bidirectional()) return states[-1];
    return torch::cat({states[-2], states[-1]}, 1);
  }

 private:
  // (layers * directions, batch, hidden), of an LSTM two of them
  static torch::Tensor last(const torch::Tensor& state) { return state; }
  static torch::Tensor last(const std::tuple<torch::Tensor, torch::Tensor>& states) {
    return std::get<0>(states);
  }
};

nn::Sequential lstm(std::int64_t features) {
  const auto options = nn::LSTMOptions(features, 128).batch_first(true);
  return nn::Sequential(LastState<nn::LSTM>(nn::LSTM(options)), nn::Linear(128, 10));
}

nn::Sequential gru() {
  const auto options = nn::GRUOptions(28, 128).num_layers(2).bidirectional(true).batch_first(true);
  return nn::Sequential(LastState<nn::GRU>(nn::GRU(options)), nn::Linear(256, 10));
}

struct MeanOfWordsImpl : nn::Module {
  // (batch, words, dimension) -> (batch, dimension)
  torch::Tensor forward(const torch::Tensor& x) { return x.mean(1); }
};
TORCH_MODULE(MeanOfWords);

nn::Sequential text() {
  return nn::Sequential(nn::Embedding(50'000, 128), MeanOfWords(), nn::Linear(128, 10));
}

}  // namespace

nn::Sequential libtorch_network(std::string_view workload) {
  if (workload.starts_with("xor")) return xor_network();
  if (workload.starts_with("mlp")) return mlp();
  if (workload.starts_with("autoencoder")) return autoencoder();
  if (workload.starts_with("lenet")) return lenet();
  if (workload.starts_with("vgg")) return vgg();
  if (workload.starts_with("resnet18")) return resnet18();
  if (workload.starts_with("mobilenet")) return mobilenet();
  if (workload.starts_with("conv1d")) return series();
  if (workload.starts_with("conv3d")) return volumes();
  if (workload.starts_with("lstm")) return lstm(workload == "lstm-784" ? 1 : 28);
  if (workload.starts_with("gru")) return gru();
  if (workload.starts_with("embedding")) return text();
  throw std::invalid_argument("libtorch: there is no network for " + std::string(workload));
}

}  // namespace gradus::bench
