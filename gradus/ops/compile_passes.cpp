#include "gradus/core/passes.h"
#include "gradus/ops/fuse.h"

namespace gradus {
namespace {

constexpr Pass kPasses[] = {
    {"merge equal", merge_equal},
    {"fold constants", fold_constants},
    {"fuse", fuse},
};

}  // namespace

std::span<const Pass> compile_passes() { return kPasses; }

}  // namespace gradus
