#include "gradus/optim/optimizer_kinds.h"

#include <utility>

#include "gradus/optim/adagrad.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/sgd.h"

namespace gradus::optim {
namespace {

template <class O, class Options>
class MakerOf final : public OptimizerMaker {
 public:
  void fields(nn::OptionVisitor& v) override { options_.fields(v); }
  void set_groups(std::vector<ParameterGroup> groups) override {
    options_.groups = std::move(groups);
  }
  Owned<Optimizer> make() const override { return make_owned<O>(options_); }

 private:
  Options options_;
};

template <class O, class Options>
constexpr OptimizerKind kind(const char* doc) {
  return {O::kKind, doc,
          []() -> Owned<OptimizerMaker> { return make_owned<MakerOf<O, Options>>(); }};
}

constexpr OptimizerKind kOptimizers[] = {
    kind<Sgd, SgdOptions>("Gradient descent, with momentum or Nesterov's variant if asked for."),
    kind<AdaGrad, AdaGradOptions>("Steps over the root of the sum of squared gradients."),
    kind<RmsProp, RmsPropOptions>("Steps over the root mean square of recent gradients."),
    kind<Adam, AdamOptions>("Mean gradient over root mean square, corrected for the start."),
    kind<AdamW, AdamWOptions>("Adam with decoupled weight decay."),
};

}  // namespace

std::span<const OptimizerKind> optimizer_kinds() { return kOptimizers; }

}  // namespace gradus::optim
