#include "gradus/nn/pooling.h"

#include "gradus/ops/pooling.h"

namespace gradus::nn {
namespace {

PoolOptions pool_options(const PoolingOptions& options) {
  return {.window = options.kernel_size, .stride = options.stride, .padding = options.padding};
}

}  // namespace

void PoolingOptions::fields(OptionVisitor& v) {
  v("kernel_size", kernel_size);
  v("stride", stride);
  v("padding", padding);
}

Tensor MaxPool::operator()(const Tensor& x) const { return max_pool(x, pool_options(options)); }
Tensor AveragePool::operator()(const Tensor& x) const {
  return average_pool(x, pool_options(options));
}
Tensor GlobalAveragePool::operator()(const Tensor& x) const { return global_average_pool(x); }
Tensor GlobalMaxPool::operator()(const Tensor& x) const { return global_max_pool(x); }

}  // namespace gradus::nn
