#include "gradus/cli/exit_code.h"

#include <new>

namespace gradus::cli {

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::shape:
    case ErrorCode::dtype:
    case ErrorCode::index:
    case ErrorCode::not_found:
    case ErrorCode::format:
    case ErrorCode::io:
    case ErrorCode::numeric:
    case ErrorCode::unsupported:
      return ExitCode::bad_input;
    case ErrorCode::disk_full:
    case ErrorCode::out_of_memory:
      return ExitCode::no_room;
    case ErrorCode::interrupted:
      return ExitCode::interrupted;
    case ErrorCode::internal:
      break;
  }
  return ExitCode::internal;
}

ExitCode exit_code_of(const std::exception& error) {
  if (const auto* known = dynamic_cast<const Error*>(&error)) return exit_code_of(known->code());
  if (dynamic_cast<const std::bad_alloc*>(&error)) return ExitCode::no_room;
  return ExitCode::internal;
}

}  // namespace gradus::cli
