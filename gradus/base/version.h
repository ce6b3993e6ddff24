#pragma once

#include <string_view>

namespace gradus {

// The release this library belongs to, as in "0.1.0".
std::string_view version();

// The git commit it was built from, ending in "-dirty" where files had changed; "unknown" outside a
// repository.
std::string_view commit();

}  // namespace gradus
