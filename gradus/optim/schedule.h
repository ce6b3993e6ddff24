#pragma once

#include "gradus/base/function.h"
#include "gradus/nn/options.h"

namespace gradus::optim {

/// The learning rate at a time, as a multiple of the optimiser's own: a pure function, so that a
/// resumed run finds the same rates. Time is in whatever the caller counts, epochs (also parts of
/// them) or steps, and starts at 0: optimizer.set_rate_factor(schedule(epoch)).
using Schedule = Function<double(double time)>;

/// Always 1.
Schedule constant();

struct StepDecayOptions {
  float every = 10;
  float factor = 0.1f;
  void fields(nn::OptionVisitor& v);
};
/// factor^floor(time / every)
Schedule step_decay(const StepDecayOptions& options);

struct ExponentialOptions {
  float factor = 0.95f;
  void fields(nn::OptionVisitor& v);
};
/// factor^time
Schedule exponential(const ExponentialOptions& options);

struct CosineOptions {
  float duration = 0;
  float minimum = 0;  ///< at the end and after it
  void fields(nn::OptionVisitor& v);
};
/// minimum + (1 - minimum) * (1 + cos(pi * time / duration)) / 2.
/// Source: Loshchilov and Hutter 2017, eq. 5.
Schedule cosine(const CosineOptions& options);

struct WarmUpOptions {
  float duration = 0;
  float start = 0;
  void fields(nn::OptionVisitor& v);
};
/// From `start` to 1 along a line, then `after`, whose time starts there.
Schedule warm_up(const WarmUpOptions& options, Schedule after = constant());

struct OneCycleOptions {
  float duration = 0;
  float rise = 0.3f;  ///< share of the duration up to the peak, which is the optimiser's own rate
  float start = 0.04f;
  float end = 4e-6f;
  void fields(nn::OptionVisitor& v);
};
/// From `start` up to 1 and down to `end` along half cosines.
/// Source: Smith and Topin 2018; the numbers are PyTorch's.
Schedule one_cycle(const OneCycleOptions& options);

}  // namespace gradus::optim
