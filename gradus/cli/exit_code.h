#pragma once

#include <exception>

#include "gradus/base/error.h"

namespace gradus::cli {

/// What the program tells its caller. Scripts rely on these numbers.
enum class ExitCode {
  done = 0,
  internal = 1,      ///< a defect of the program
  usage = 2,         ///< a command line that means nothing
  bad_input = 3,     ///< a file, a recipe or a name that does not do
  no_room = 4,       ///< out of memory or disk
  interrupted = 130  ///< stopped by a signal; what was done is saved
};

/// The one table from errors of the library to exit codes.
ExitCode exit_code_of(ErrorCode code);

/// The exit code for an exception of any type.
ExitCode exit_code_of(const std::exception& error);

}  // namespace gradus::cli
