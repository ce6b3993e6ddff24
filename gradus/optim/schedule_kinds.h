#pragma once

#include <span>

#include "gradus/nn/maker.h"
#include "gradus/optim/schedule.h"

namespace gradus::optim {

class ScheduleMaker : public nn::Maker<Schedule> {
 public:
  /// Fills a duration that is left open (0) with that of the run.
  virtual void infer(double duration) = 0;
};
using ScheduleKind = nn::Kind<ScheduleMaker>;

/// Every schedule that can be made by name, but for the one that watches a metric
/// (gradus/optim/plateau.h). "warm_up" stays at 1 afterwards.
std::span<const ScheduleKind> schedule_kinds();

}  // namespace gradus::optim
