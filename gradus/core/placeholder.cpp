#include "gradus/core/placeholder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus {
namespace {

bool depends_on_unknown(const Tensor& tensor) {
  return tensor.defined() && !tensor.is_evaluated() && tensor.node()->trace() != 0;
}

std::string description(const Tensor& tensor) {
  const OpDef* op = tensor.node()->op();
  if (op == &kPlaceholder) return tensor.signature() + ", an input or a state of it,";
  return fmt::format("{} from {}", tensor.signature(), op->name);
}

}  // namespace

const OpDef kPlaceholder{
    .name = "placeholder",
    .doc = "An input or a state of a function that is traced.",
    .minimum_inputs = 0,
    .maximum_inputs = 0,
    .infer = nullptr,
    .no_derivative = "it depends on nothing",
    .kernels = {},
};

thread_local const Tracing* Tracing::current_ = nullptr;

Tracing::Tracing(const SourceLocation& where, std::span<Tensor* const> states) noexcept
    : where_(where), states_(states), outer_(std::exchange(current_, this)) {}

Tracing::~Tracing() { current_ = outer_; }

bool Tracing::is_under_way() noexcept { return current_ != nullptr; }

void Tracing::require_states(std::span<Tensor* const> states, const SourceLocation& where) {
  for (Tensor* state : states) {
    const auto& known = current_->states_;
    if (std::find(known.begin(), known.end(), state) != known.end()) continue;
    throw Error(ErrorCode::invalid_argument, "compile",
                fmt::format("the function compiled in {}:{} calls the one compiled in {}:{}, but "
                            "does not keep its states: name them for both",
                            current_->where_.file_name(), current_->where_.line(),
                            where.file_name(), where.line()));
  }
}

void Tracing::throw_unknown_value(std::span<const Tensor> tensors, const SourceLocation& where) {
  const Tensor* read = tensors.data();
  while (read + 1 < tensors.data() + tensors.size() && !depends_on_unknown(*read)) ++read;
  const std::string place = fmt::format("{}:{}", where.file_name(), where.line());
  const std::string what = description(*read);
  if (!current_) {
    throw Error(ErrorCode::invalid_argument, "compile",
                fmt::format("{}: {} was kept from inside a compiled function, where it has no "
                            "value: return it, or make it a state",
                            place, what),
                {read->shape()}, where);
  }
  throw Error(ErrorCode::invalid_argument, "compile",
              fmt::format("{}: a value was read inside a compiled function: {} has none while the "
                          "function (compiled in {}:{}) is traced; return it and read it outside",
                          place, what, current_->where_.file_name(), current_->where_.line()),
              {read->shape()}, where);
}

}  // namespace gradus
