#include "gradus/base/error.h"

#include <utility>

namespace gradus {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::shape:
      return "shape";
    case ErrorCode::dtype:
      return "dtype";
    case ErrorCode::index:
      return "index";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::format:
      return "format";
    case ErrorCode::io:
      return "io";
    case ErrorCode::disk_full:
      return "disk_full";
    case ErrorCode::out_of_memory:
      return "out_of_memory";
    case ErrorCode::numeric:
      return "numeric";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::interrupted:
      return "interrupted";
    case ErrorCode::internal:
      break;
  }
  return "internal";
}

Error::Error(ErrorCode code, std::string operation, std::string message, std::vector<Shape> shapes,
             SourceLocation where)
    : code_(code),
      operation_(std::move(operation)),
      message_(std::move(message)),
      shapes_(std::move(shapes)),
      where_(where),
      what_(operation_ + ": " + message_) {}

void Error::add_context(std::string_view context) {
  what_ = std::string(context) + ": " + what_;
  in_module_ = false;
}

void Error::add_module(std::string_view name) {
  what_ = std::string(name) + (in_module_ ? "." : ": ") + what_;
  in_module_ = true;
}

}  // namespace gradus
