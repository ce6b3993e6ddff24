#include "gradus/ops/precision.h"

#include <utility>

#include "gradus/ops/onednn.h"

namespace gradus {
namespace {

constinit thread_local ProductPrecision current = ProductPrecision::full;

}  // namespace

ProductPrecision product_precision() noexcept { return current; }

ProductPrecisionScope::ProductPrecisionScope(ProductPrecision precision) noexcept
    : before_(std::exchange(current, precision)) {}
ProductPrecisionScope::~ProductPrecisionScope() { current = before_; }

bool has_bf16_products() {
  static const bool has = onednn::has_fast_bf16();
  return has;
}

}  // namespace gradus
