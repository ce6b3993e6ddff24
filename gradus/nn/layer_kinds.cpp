#include "gradus/nn/layer_kinds.h"

#include "gradus/nn/activation.h"
#include "gradus/nn/bayesian.h"
#include "gradus/nn/convolution.h"
#include "gradus/nn/dropout.h"
#include "gradus/nn/embedding.h"
#include "gradus/nn/learned_activation.h"
#include "gradus/nn/linear.h"
#include "gradus/nn/normalization.h"
#include "gradus/nn/pooling.h"
#include "gradus/nn/recurrent.h"
#include "gradus/nn/shape_layer.h"

namespace gradus::nn {
namespace {

struct NoOptions {};

template <class L, class Options>
class MakerOf final : public LayerMaker {
 public:
  void fields(OptionVisitor& v) override {
    if constexpr (requires(Options & o) { o.fields(v); }) options_.fields(v);
  }
  void infer(const Shape& input) override {
    if constexpr (requires(Options & o) { o.infer(input); }) options_.infer(input);
  }
  Owned<Layer> make() const override {
    if constexpr (std::is_same_v<Options, NoOptions>) {
      return make_owned<L>();
    } else {
      return make_owned<L>(options_);
    }
  }

 private:
  Options options_;
};

template <class L, class Options = NoOptions>
constexpr LayerKind kind(const char* doc) {
  return {L::kKind, doc, []() -> Owned<LayerMaker> { return make_owned<MakerOf<L, Options>>(); }};
}

constexpr LayerKind kLayers[] = {
    kind<Linear, LinearOptions>("x weight^T + bias. (..., in) -> (..., out)"),
    kind<BayesianLinear, BayesianLinearOptions>(
        "x weight^T + bias of Gaussian weights, drawn anew in training; the loss wants their "
        "divergence added. (..., in) -> (..., out)"),
    kind<Conv1d, ConvOptions>("Convolution of series. (batch, in, length) -> (batch, out, length)"),
    kind<Conv2d, ConvOptions>("Convolution of images. (batch, in, h, w) -> (batch, out, h, w)"),
    kind<Conv3d, ConvOptions>(
        "Convolution of volumes. (batch, in, d, h, w) -> (batch, out, d, h, w)"),
    kind<ConvTranspose2d, ConvTransposeOptions>(
        "Transposed convolution, which enlarges. (batch, in, h, w) -> (batch, out, h, w)"),
    kind<MaxPool, PoolingOptions>("The largest element of each window."),
    kind<AveragePool, PoolingOptions>("The mean of each window."),
    kind<GlobalAveragePool>(
        "The mean over all spatial axes. (batch, channels, ...) -> (batch, channels)"),
    kind<GlobalMaxPool>(
        "The largest over all spatial axes. (batch, channels, ...) -> (batch, channels)"),
    kind<BatchNorm, BatchNormOptions>("Normalises each channel over the batch."),
    kind<LayerNorm, LayerNormOptions>("Normalises each example over its last axes."),
    kind<Dropout, DropoutOptions>("Sets random elements to 0 in training."),
    kind<SpatialDropout, DropoutOptions>("Sets random channels to 0 in training."),
    kind<Embedding, EmbeddingOptions>(
        "A learned vector for each integer. (...) -> (..., dimension)"),
    kind<RNN, RnnOptions>(
        "A plain recurrent network. (batch, time, in) -> (batch, time, hidden_size), or the last "
        "state (batch, hidden_size)"),
    kind<LSTM, LstmOptions>(
        "Long short-term memory. (batch, time, in) -> (batch, time, hidden_size), or the last "
        "state (batch, hidden_size)"),
    kind<GRU, GruOptions>(
        "A gated recurrent unit. (batch, time, in) -> (batch, time, hidden_size), or the last "
        "state (batch, hidden_size)"),
    kind<Flatten, FlattenOptions>("Several axes become one. (batch, ...) -> (batch, features)"),
    kind<Reshape, ReshapeOptions>("Each example in another shape."),
    kind<Sigmoid>("1 / (1 + exp(-x))"),
    kind<Tanh>("The hyperbolic tangent."),
    kind<ReLU>("max(x, 0)"),
    kind<LeakyReLU, LeakyReLUOptions>("x where x > 0, else slope * x"),
    kind<PReLU, PReLUOptions>("x where x > 0, else slope * x with learned slopes"),
    kind<ELU, ELUOptions>("x where x > 0, else alpha * (exp(x) - 1)"),
    kind<SELU>("ELU with the constants that keep mean 0 and variance 1"),
    kind<GELU>("x * Phi(x)"),
    kind<SiLU>("x * sigmoid(x)"),
    kind<Softplus>("log(1 + exp(x))"),
    kind<HardTanh>("min(max(x, -1), 1)"),
    kind<AbsoluteValue>("|x|"),
    kind<Maxout, MaxoutOptions>("The largest of several linear maps. (..., in) -> (..., out)"),
    kind<RadialBasis, RadialBasisOptions>(
        "exp(-|x - center|^2 / width^2) for learned centers. (..., in) -> (..., out)"),
    kind<Softmax, SoftmaxOptions>("Probabilities along an axis."),
    kind<LogSoftmax, SoftmaxOptions>("Log-probabilities along an axis."),
};

}  // namespace

std::span<const LayerKind> layer_kinds() { return kLayers; }

}  // namespace gradus::nn
