#pragma once

#include <string>

#include "gradus/base/pointer.h"
#include "gradus/learn/estimator.h"

namespace gradus::learn {

/// Writes a fitted estimator as safetensors: its kind and options as text, what it learned as
/// tensors. Written beside the file and renamed. Throws Error if it is not fitted.
void save(const Estimator& estimator, const std::string& path);

/// Reads what save() wrote. Nothing in the file is trusted: kinds, options, names, types, shapes
/// and every index are checked. Throws Error (format) that names the file and what is wrong.
Owned<Estimator> load(const std::string& path);

}  // namespace gradus::learn
