#pragma once

#include <cstdint>

namespace gradus {

/// In what precision products and convolutions of f32 operands are computed. Their results are f32
/// either way.
enum class ProductPrecision : std::uint8_t {
  full,
  /// Operands are rounded to bfloat16 (to nearest, ties to even), products are summed in f32. Where
  /// that gains nothing, because there is little to multiply, f32 operands stay as they are: the
  /// sizes of the call alone decide.
  bf16,
};

/// That of the operations which this thread builds: full, but within a ProductPrecisionScope.
/// Derivatives of a product are computed as the product is.
ProductPrecision product_precision() noexcept;

/// While it lives, products and convolutions that this thread builds are computed in `precision`.
/// It is the one place that decides: layers, losses and optimisers know nothing of it, and what is
/// no product or convolution stays f32.
class ProductPrecisionScope {
 public:
  explicit ProductPrecisionScope(ProductPrecision precision) noexcept;
  ~ProductPrecisionScope();
  ProductPrecisionScope(const ProductPrecisionScope&) = delete;
  ProductPrecisionScope& operator=(const ProductPrecisionScope&) = delete;

 private:
  ProductPrecision before_;
};

/// True if this processor multiplies bfloat16 faster than f32: it has AMX, or is AMD's and has
/// AVX-512 BF16. Otherwise operands are rounded and multiplied in f32: the same results but for the
/// order of sums, more slowly than in full precision. (AVX-512 BF16 of an Intel without AMX was
/// measured at 0.4 to 0.8 of the speed of f32.)
bool has_bf16_products();

}  // namespace gradus
