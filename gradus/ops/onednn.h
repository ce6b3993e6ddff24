// Internal: the one wrapper of oneDNN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "gradus/ops/convolution_kernels.h"

// The one place that speaks to oneDNN, whose interface changed between 2.x and 3.x: nothing of
// dnnl.hpp is seen outside onednn.cpp. Everything here runs on the calling thread alone, because
// how oneDNN shares work out, and with it the bits of a result, depends on the number of threads.
// Callers split the work by size.

namespace gradus::onednn {

/// True if the processor has, and oneDNN may use, AVX-512.
bool has_avx512();

/// A matrix for multiply(): row-major with rows `leading` apart, or transposed.
struct Operand {
  const float* data;
  std::int64_t leading;
  bool transposed;
};
/// c (m, n) = a (m, k) b (k, n), added to what c holds if `add`.
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const Operand& a, const Operand& b,
              float* c, std::int64_t c_leading, bool add);

enum class Pass { forward, data_gradient, weight_gradient };

/// The operands of a convolution in any direction; those that are not results are only read.
/// x and y lie dense with channels last, the weight as weight_bytes() of packed storage.
struct ConvolutionOperands {
  float* x;
  std::byte* weight;
  float* bias;  ///< or nullptr
  float* y;
};

/// A convolution of f32 compiled for one pass and one set of sizes.
class Convolution {
 public:
  virtual ~Convolution() = default;
  virtual std::size_t weight_bytes() const = 0;
  /// True if both pack weights alike.
  virtual bool packs_like(const Convolution& other) const = 0;
  /// Brings a weight (out, in / groups, kernel...) into the packed form, or back to row-major.
  virtual void pack(const Array& weight, std::byte* packed) const = 0;
  virtual void unpack(const std::byte* packed, float* weight) const = 0;
  virtual void run(const ConvolutionOperands& operands) const = 0;
};

/// From the cache, or compiled now; nullptr if oneDNN has nothing fast for it.
std::shared_ptr<const Convolution> find_convolution(Pass pass, const ConvolutionSizes& sizes,
                                                    bool bias);

}  // namespace gradus::onednn
