#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/base/shape.h"
#include "gradus/base/source_location.h"

namespace gradus {

enum class ErrorCode {
  invalid_argument,  ///< a value that no option or combination of options allows
  shape,             ///< shapes that do not fit the operation or each other
  dtype,             ///< an element type that the operation does not take
  index,             ///< an axis or index out of range
  not_found,         ///< a name, file or data set that does not exist
  format,            ///< a file that is not what it should be
  io,                ///< the operating system refused a read or write
  disk_full,         ///< no space left for a write
  out_of_memory,     ///< no memory for a tensor
  numeric,           ///< a computation that has no meaningful result (singular, diverged)
  unsupported,       ///< valid, but beyond what this build or machine offers
  interrupted,       ///< stopped on request
  internal,          ///< a defect of the library
};

std::string_view name_of(ErrorCode code);

/// The one exception of the library. what() is "operation: message".
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string operation, std::string message, std::vector<Shape> shapes = {},
        SourceLocation where = SourceLocation::current());

  ErrorCode code() const noexcept { return code_; }
  const std::string& operation() const noexcept { return operation_; }
  const std::string& message() const noexcept { return message_; }
  const std::vector<Shape>& shapes() const noexcept { return shapes_; }
  /// The line that noticed it: of a value that is read where there is none (inside a compiled
  /// function), the line that reads it; of anything else, a line of the library. Who called that
  /// with shapes that do not fit is found on the stack (`catch throw` in gdb): operations check
  /// when they are called, not when they are computed.
  const SourceLocation& where() const noexcept { return where_; }
  const char* what() const noexcept override { return what_.c_str(); }

  /// Puts `context` (a file, a place in it) before the message, as in "recipe.toml:3: linear: ...".
  void add_context(std::string_view context);
  /// Puts a part of a network before the message. Parts of parts are joined: "layers.2" and then
  /// "encoder" give "encoder.layers.2: linear: ...".
  void add_module(std::string_view name);

 private:
  ErrorCode code_;
  std::string operation_;
  std::string message_;
  std::vector<Shape> shapes_;
  SourceLocation where_;
  std::string what_;
  bool in_module_ = false;  // what_ begins with the path of a module
};

}  // namespace gradus
