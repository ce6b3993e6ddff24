#include "gradus/ops/product.h"

#include <algorithm>
#include <type_traits>

#include "gradus/base/parallel.h"

namespace gradus {
namespace {

template <class T>
void multiply_as(const Product& p) {
  const T* a = reinterpret_cast<const T*>(p.a);
  const T* b = reinterpret_cast<const T*>(p.b);
  const T* bias = reinterpret_cast<const T*>(p.bias);
  T* c = reinterpret_cast<T*>(p.c);
  for (std::int64_t i = 0; i < p.m; ++i) {
    for (std::int64_t j = 0; j < p.n; ++j) {
      T total = bias ? bias[j * p.bias_step] : T(0);
      for (std::int64_t l = 0; l < p.k; ++l) {
        const T left = a[i * p.a_row + l * p.a_column];
        const T right = b[l * p.b_row + j * p.b_column];
        if constexpr (std::is_same_v<T, bool>) {
          total = total || (left && right);
        } else {
          total = static_cast<T>(total + left * right);
        }
      }
      c[i * p.c_row + j] = total;
    }
  }
}

// Products below this many multiply-adds are not worth another thread.
constexpr std::int64_t kGrain = 1 << 20;

}  // namespace

void multiply_reference(const Product& product) {
  if (!refuse_bf16(product)) return multiply_rounded_reference(product);
  with_dtype(product.dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, f16> && !std::is_same_v<T, bf16>) multiply_as<T>(product);
  });
}

void multiply_packed(const Product& product) {
  if (!product.b_source && !refuse_small(product)) return multiply_small(product);
  if (!product.b_source && !refuse_thin(product)) return multiply_thin(product);
  multiply_blocked(product);
}

void multiply_batch(const ProductBatch& products, MultiplyFunction multiply) {
  const Shape& batch = products.batch;
  if (batch.rank() == 0) return multiply(products.first);
  const auto item = static_cast<std::int64_t>(size_of(products.first.dtype));
  const std::int64_t work = std::max<std::int64_t>(1, products.first.multiply_adds());
  const std::int64_t grain = work < kGrain ? kGrain / work : 1;
  parallel_for(batch.size(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      Product product = products.first;
      std::int64_t rest = index;
      for (int axis = batch.rank() - 1; axis >= 0; --axis) {
        const std::int64_t position = rest % batch[axis] * item;
        rest /= batch[axis];
        const auto at = static_cast<std::size_t>(axis);
        product.a += position * products.a[at];
        product.b += position * products.b[at];
        product.c += position * products.c[at];
      }
      multiply(product);
    }
  });
}

}  // namespace gradus
