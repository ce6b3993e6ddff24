#include "gradus/nn/loss_kinds.h"

namespace gradus::nn {
namespace {

template <class Options>
using LossFunction = Tensor (*)(const Tensor&, const Tensor&, const Options&);

template <class Options, LossFunction<Options> function>
class MakerOf final : public Maker<Loss> {
 public:
  void fields(OptionVisitor& v) override { options_.fields(v); }
  Loss make() const override {
    return Loss([options = options_](const Tensor& prediction, const Tensor& target) {
      return function(prediction, target, options);
    });
  }

 private:
  Options options_;
};

template <class Options, LossFunction<Options> function>
constexpr LossKind kind(const char* name, const char* doc) {
  return {name, doc,
          []() -> Owned<Maker<Loss>> { return make_owned<MakerOf<Options, function>>(); }};
}

constexpr LossKind kLosses[] = {
    kind<CrossEntropyOptions, cross_entropy>(
        "cross_entropy", "-log softmax(logits) at integer labels or under probabilities"),
    kind<BinaryCrossEntropyOptions, binary_cross_entropy_with_logits>(
        "binary_cross_entropy_with_logits", "-log sigmoid(logits) for targets 1, else of -logits"),
    kind<ReductionOptions, mean_squared_error>("mean_squared_error", "(prediction - target)^2"),
    kind<ReductionOptions, mean_absolute_error>("mean_absolute_error", "|prediction - target|"),
    kind<HuberOptions, huber>("huber", "squared for small, absolute for large differences"),
    kind<HingeOptions, hinge>("hinge", "max(0, margin - target * prediction), targets -1 and 1"),
    kind<HingeOptions, multiclass_hinge>("multiclass_hinge",
                                         "max(0, margin + best other score - score of the label)"),
    kind<ReductionOptions, kl_divergence>(
        "kl_divergence", "of target probabilities from predicted log-probabilities"),
    kind<ReductionOptions, negative_log_likelihood>("negative_log_likelihood",
                                                    "-log-probability at integer labels"),
};

}  // namespace

std::span<const LossKind> loss_kinds() { return kLosses; }

}  // namespace gradus::nn
