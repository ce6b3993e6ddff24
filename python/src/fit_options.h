#pragma once

#include <memory>
#include <vector>

#include <nanobind/nanobind.h>

#include "gradus/train/fit.h"
#include "training_callbacks.h"

namespace gradus::python {

/// What is measured, as a MetricSet or its name. Throws TypeError and Error for anything else.
train::MetricSet metric_set_of(nb::handle value);

/// The options of a call of fit(), and what they point at.
struct FitArguments {
  train::FitOptions options;
  std::vector<std::unique_ptr<train::Callback>> callbacks;
};

/// Options by the names that train.fit() has in Python; what is missing has its default. Throws
/// TypeError for a name that is no option and for a value of a wrong type.
FitArguments fit_arguments(const nb::dict& values);

}  // namespace gradus::python
