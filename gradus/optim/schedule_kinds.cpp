#include "gradus/optim/schedule_kinds.h"

namespace gradus::optim {
namespace {

template <class Options, Schedule (*function)(const Options&)>
class MakerOf final : public ScheduleMaker {
 public:
  void fields(nn::OptionVisitor& v) override { options_.fields(v); }
  void infer(double duration) override {
    if constexpr (requires(Options & o) { o.duration; }) {
      if (options_.duration == 0) options_.duration = static_cast<float>(duration);
    }
  }
  Schedule make() const override { return function(options_); }

 private:
  Options options_;
};

template <class Options, Schedule (*function)(const Options&)>
constexpr ScheduleKind kind(const char* name, const char* doc) {
  return {name, doc,
          []() -> Owned<ScheduleMaker> { return make_owned<MakerOf<Options, function>>(); }};
}

struct ConstantOptions {
  void fields(nn::OptionVisitor& /*v*/) {}
};
Schedule constant_of(const ConstantOptions& /*options*/) { return constant(); }
Schedule warm_up_of(const WarmUpOptions& options) { return warm_up(options); }

constexpr ScheduleKind kSchedules[] = {
    kind<ConstantOptions, constant_of>("constant", "1 at all times"),
    kind<StepDecayOptions, step_decay>("step", "factor^floor(time / every)"),
    kind<ExponentialOptions, exponential>("exponential", "factor^time"),
    kind<CosineOptions, cosine>("cosine", "half a cosine from 1 to minimum"),
    kind<WarmUpOptions, warm_up_of>("warm_up", "a line from start to 1"),
    kind<OneCycleOptions, one_cycle>("one_cycle", "half cosines from start to 1 to end"),
};

}  // namespace

std::span<const ScheduleKind> schedule_kinds() { return kSchedules; }

}  // namespace gradus::optim
