// Internal: the one wrapper of oneDNN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "gradus/base/half.h"
#include "gradus/ops/convolution_kernels.h"

// The one place that speaks to oneDNN, whose interface changed between 2.x and 3.x: nothing of
// dnnl.hpp is seen outside onednn.cpp. Everything here runs on the calling thread alone, because
// how oneDNN shares work out, and with it the bits of a result, depends on the number of threads.
// Callers split the work by size.

namespace gradus::onednn {

/// True if the processor has, and oneDNN may use, AVX-512.
bool has_avx512();
/// True if it also multiplies tiles of bfloat16: AMX.
bool has_amx();
/// True if it multiplies bfloat16 faster than f32: AMX, or AVX-512 BF16 of AMD (measured on a Zen 4:
/// twice as fast; on an Intel with that alone, slower than f32).
bool has_fast_bf16();

/// A matrix for multiply(): row-major with rows `leading` apart, or transposed.
struct Operand {
  const float* data;
  std::int64_t leading;
  bool transposed;
};
/// c (m, n) = a (m, k) b (k, n), added to what c holds if `add`.
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const Operand& a, const Operand& b,
              float* c, std::int64_t c_leading, bool add);

/// c (m, n) = a (m, k) b (k, n) + bias (n) or 0, of dense bf16 matrices that are row-major or
/// transposed; c is f32, its rows `c_leading` apart.
struct Bf16Product {
  std::int64_t m, n, k;
  std::int64_t a_leading;
  bool a_transposed;
  std::int64_t b_leading;
  bool b_transposed;
  std::int64_t c_leading;
  bool bias;
};
void multiply_bf16(const Bf16Product& product, const bf16* a, const bf16* b, const float* bias,
                   float* c);

enum class Pass { forward, data_gradient, weight_gradient };

/// The operands of a convolution in any direction; those that are not results are only read.
/// x and y lie dense with channels last, the weight as weight_bytes() of packed storage. In bf16
/// precision x and y are bf16 where they are read, and f32 as results.
struct ConvolutionOperands {
  void* x;
  std::byte* weight;
  float* bias;  ///< or nullptr
  void* y;
};

/// A convolution compiled for one pass, one precision and one set of sizes.
class Convolution {
 public:
  virtual ~Convolution() = default;
  virtual std::size_t weight_bytes() const = 0;
  /// True if both pack weights alike.
  virtual bool packs_like(const Convolution& other) const = 0;
  /// Brings an f32 weight (out, in / groups, kernel...) into the packed form, or back to row-major.
  virtual void pack(const Array& weight, std::byte* packed) const = 0;
  virtual void unpack(const std::byte* packed, float* weight) const = 0;
  virtual void run(const ConvolutionOperands& operands) const = 0;
};

/// From the cache, or compiled now; nullptr if oneDNN has nothing fast for it.
std::shared_ptr<const Convolution> find_convolution(Pass pass, const ConvolutionSizes& sizes,
                                                    bool bias, ProductPrecision precision);

}  // namespace gradus::onednn
