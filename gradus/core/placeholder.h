// Internal: values that are not known while a compiled function is traced.
#pragma once

#include <span>

#include "gradus/base/source_location.h"
#include "gradus/core/node.h"

namespace gradus {

/// Stands for an input or a state of a function that compile() traces. It can be computed with, but
/// not evaluated.
extern const OpDef kPlaceholder;

/// A placeholder of the shape and type of `like`, watched by `scope`.
Tensor make_placeholder(const TraceScope& scope, const Array& like);

/// While it lives, this thread traces the function that was compiled at `where` and keeps `states`.
class Tracing {
 public:
  Tracing(const SourceLocation& where, std::span<Tensor* const> states) noexcept;
  ~Tracing();
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;

  /// True if this thread traces a function.
  static bool is_under_way() noexcept;
  /// Throws Error unless the function that is traced keeps all of `states`, which are those of a
  /// function compiled at `where` that it calls.
  static void require_states(std::span<Tensor* const> states, const SourceLocation& where);
  /// Throws the Error for reading values that depend on placeholders at `where`.
  [[noreturn]] static void throw_unknown_value(std::span<const Tensor> tensors,
                                               const SourceLocation& where);

 private:
  static thread_local const Tracing* current_;
  const SourceLocation& where_;
  std::span<Tensor* const> states_;
  const Tracing* outer_;
};

/// A node like `node` over other inputs, which must have the shapes and types of its own. Returns
/// its first output.
Tensor rebuilt(const Node& node, Inputs inputs);

}  // namespace gradus
