// Internal: values of recipes as text, and what may stand in their place.
#pragma once

#include <string>
#include <string_view>

#include "gradus/train/recipe_visitor.h"

namespace gradus::train {

/// A number as TOML has it, with a point or an exponent: "1.0", "1e-08", "nan".
std::string number_text(double value);
/// The shortest decimal that gives back the same float.
std::string number_text(float value);
/// A text as TOML has it.
std::string quoted(std::string_view text);

bool is_within(double value, const Limits& limits);
/// "an integer, 1 or more"
std::string allowed_text(std::string_view kind, const Limits& limits);
/// "an integer or a list of integers", "an integer, 1 or more, or a list of them"
std::string allowed_integers_text(const Limits& limits);

}  // namespace gradus::train
