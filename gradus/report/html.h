// Internal: text that stands in HTML pages.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradus::report {

/// `text` as it may stand between tags and in quoted attributes.
std::string escape(std::string_view text);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

/// `page` with every {{name}} replaced, in one pass: what is put in is not looked at again.
/// Throws Error if the page names something that `values` lacks.
std::string fill(std::string_view page,
                 const std::vector<std::pair<std::string_view, std::string_view>>& values);

}  // namespace gradus::report
