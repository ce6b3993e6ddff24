#include "gradus/nn/penalty.h"

#include <unordered_set>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/nn/path_visitor.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"

namespace gradus::nn {
namespace {

class Penalizing final : public PathVisitor {
 public:
  explicit Penalizing(const PenaltyOptions& options) : options_(options) {}
  Tensor total = Tensor(0.0f);

 private:
  void on_parameter(std::string_view name, Tensor& w) override {
    if (!met_.insert(&w).second) return;
    if (options_.where && !options_.where(path_of(name), w)) return;
    if (options_.l1 != 0) total = total + sum(absolute(w)) * options_.l1;
    if (options_.l2 != 0) total = total + sum(square(w)) * (options_.l2 / 2);
  }
  void on_buffer(std::string_view, Tensor&) override {}

  const PenaltyOptions& options_;
  std::unordered_set<const Tensor*> met_;
};

}  // namespace

Tensor penalty(Module& module, const PenaltyOptions& options) {
  if (!(options.l1 >= 0) || !(options.l2 >= 0)) {
    throw Error(ErrorCode::invalid_argument, "penalty",
                fmt::format("l1 and l2 must be 0 or more, not {} and {}", options.l1, options.l2));
  }
  Penalizing visitor(options);
  module.visit(visitor);
  return visitor.total;
}

}  // namespace gradus::nn
