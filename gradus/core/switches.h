// Internal: the environment variables that change how graphs are evaluated.
#pragma once

#include <string_view>

namespace gradus {

/// GRADUS_EAGER=1: every node is evaluated when it is made.
bool is_eager();

/// GRADUS_TRACE=`what`: an account of it goes to standard error.
bool is_traced(std::string_view what);

}  // namespace gradus
