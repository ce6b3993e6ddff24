#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gradus/learn/estimator.h"

namespace gradus::learn {

/// The value of an option; of a choice, its name.
using OptionValue = std::variant<bool, std::int64_t, double, std::string>;
/// Options by name, in order: {{"clusters", 3}, {"tolerance", 1e-4}}. Options of a pipeline's parts
/// are named "part.option".
using NamedOptions = std::vector<std::pair<std::string, OptionValue>>;

/// All options of an estimator and their values.
NamedOptions options_of(const Estimator& estimator);

/// Gives options new values; whole numbers are taken for real ones. Throws Error that lists what is
/// unknown or of the wrong type, and the estimator stays as it was.
void set_options(Estimator& estimator, const NamedOptions& options);

/// "3", "0.5", "true", "average"
std::string text_of(const OptionValue& value);

/// Options from their texts, as text_of() writes them. Throws Error naming the option.
NamedOptions parse_options(const Estimator& estimator,
                           const std::vector<std::pair<std::string, std::string>>& texts);

}  // namespace gradus::learn
