// Internal: what somebody may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gradus {

/// The one of `names` that `name` may have been meant to be; empty if none is near.
std::string nearest_name(std::string_view name, std::span<const std::string> names);

/// "; allowed: a, b, c; did you mean b?", as far as there is something to say.
std::string suggestion(std::string_view name, std::span<const std::string> allowed);

}  // namespace gradus
