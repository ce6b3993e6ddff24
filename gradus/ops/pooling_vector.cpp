// Pooling over feature maps with channels last: a window is a list of places, and at each of them
// a vector of neighbouring channels is read.

#include <algorithm>

#include "gradus/base/parallel.h"
#include "gradus/ops/pooling_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/pooling_vector.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/targets.h"
#include "hwy/highway.h"

#ifndef GRADUS_OPS_POOLING_VECTOR_ONCE
#define GRADUS_OPS_POOLING_VECTOR_ONCE
namespace gradus {
namespace {

/// Operands of one call, dense with channels last. `wide` has the extents of x, `narrow` of y.
struct PoolOperands {
  const PoolSizes& sizes;
  DType dtype;
  const void* x = nullptr;       // compared; the wide input
  const void* u = nullptr;       // wide, gathered
  const void* narrow = nullptr;  // the narrow input, for the gradients
  void* result = nullptr;
  bool disjoint = false;  // each element of x is in exactly one window
};

}  // namespace
}  // namespace gradus
#endif

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
using Index = hn::RebindToSigned<D>;

/// The largest elements at `offsets` from x and the numbers of their places.
template <class D, class T = hn::TFromD<D>>
struct Largest {
  hn::Vec<D> value;
  hn::Vec<Index<D>> place;
};

template <int kCount, class D, class T>
HWY_INLINE Largest<D> find_largest(D d, const T* x, const std::int64_t* offsets,
                                   std::int64_t given) {
  const std::int64_t count = kCount ? kCount : given;
  const Index<D> di;
  Largest<D> largest{hn::LoadU(d, x + offsets[0]), hn::Zero(di)};
#pragma GCC unroll 4
  for (std::int64_t i = 1; i < count; ++i) {
    const auto value = hn::LoadU(d, x + offsets[i]);
    const auto wins = hn::Or(hn::Gt(value, largest.value), hn::IsNaN(value));
    largest.value = hn::IfThenElse(wins, value, largest.value);
    largest.place = hn::IfThenElse(
        hn::RebindMask(di, wins), hn::Set(di, static_cast<hn::TFromD<Index<D>>>(i)), largest.place);
  }
  return largest;
}

struct MaxPool {
  template <int kCount, class D, class T>
  static HWY_INLINE void apply(D d, const T* x, const T*, T* y, const std::int64_t* offsets,
                               std::int64_t given, bool) {
    const std::int64_t count = kCount ? kCount : given;
    auto largest = hn::LoadU(d, x + offsets[0]);
#pragma GCC unroll 4
    for (std::int64_t i = 1; i < count; ++i) {
      const auto value = hn::LoadU(d, x + offsets[i]);
      const auto wins = hn::Or(hn::Gt(value, largest), hn::IsNaN(value));
      largest = hn::IfThenElse(wins, value, largest);
    }
    hn::StoreU(largest, d, y);
  }
};

struct MaxPoolGather {
  template <int kCount, class D, class T>
  static HWY_INLINE void apply(D d, const T* x, const T* u, T* y, const std::int64_t* offsets,
                               std::int64_t given, bool) {
    const std::int64_t count = kCount ? kCount : given;
    const Index<D> di;
    const auto place = find_largest<kCount>(d, x, offsets, count).place;
    auto total = hn::Zero(d);
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < count; ++i) {
      const auto here =
          hn::RebindMask(d, hn::Eq(place, hn::Set(di, static_cast<hn::TFromD<Index<D>>>(i))));
      total = hn::IfThenElse(here, hn::LoadU(d, u + offsets[i]), total);
    }
    hn::StoreU(total, d, y);
  }
};

struct AveragePool {
  template <int kCount, class D, class T>
  static HWY_INLINE void apply(D d, const T* x, const T*, T* y, const std::int64_t* offsets,
                               std::int64_t given, bool) {
    const std::int64_t count = kCount ? kCount : given;
    auto total = hn::LoadU(d, x + offsets[0]);
#pragma GCC unroll 4
    for (std::int64_t i = 1; i < count; ++i) total = hn::Add(total, hn::LoadU(d, x + offsets[i]));
    hn::StoreU(hn::Div(total, hn::Set(d, static_cast<T>(count))), d, y);
  }
};

// The gradients: here y is the narrow input, and the result has the places of x.

struct MaxPoolGradient {
  template <int kCount, class D, class T>
  static HWY_INLINE void apply(D d, const T* x, const T* g, T* result, const std::int64_t* offsets,
                               std::int64_t given, bool disjoint) {
    const std::int64_t count = kCount ? kCount : given;
    const Index<D> di;
    const auto place = find_largest<kCount>(d, x, offsets, count).place;
    const auto gradient = hn::LoadU(d, g);
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < count; ++i) {
      const auto here =
          hn::RebindMask(d, hn::Eq(place, hn::Set(di, static_cast<hn::TFromD<Index<D>>>(i))));
      const auto share = hn::IfThenElseZero(here, gradient);
      T* to = result + offsets[i];
      hn::StoreU(disjoint ? share : hn::Add(hn::LoadU(d, to), share), d, to);
    }
  }
};

struct AveragePoolGradient {
  template <int kCount, class D, class T>
  static HWY_INLINE void apply(D d, const T*, const T* g, T* result, const std::int64_t* offsets,
                               std::int64_t given, bool disjoint) {
    const std::int64_t count = kCount ? kCount : given;
    const auto share = hn::Div(hn::LoadU(d, g), hn::Set(d, static_cast<T>(count)));
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < count; ++i) {
      T* to = result + offsets[i];
      hn::StoreU(disjoint ? share : hn::Add(hn::LoadU(d, to), share), d, to);
    }
  }
};

/// The windows of one image. kNarrowResult says whether the result has the extents of y or, as in
/// the gradients, those of x.
template <bool kNarrowResult, class T, class F>
class ImagePool {
 public:
  ImagePool(const PoolOperands& operands, std::int64_t n)
      : sizes_(operands.sizes), disjoint_(operands.disjoint) {
    const std::int64_t channels = sizes_.channels;
    step_ = {sizes_.x[1] * sizes_.x[2] * channels, sizes_.x[2] * channels, channels};
    const std::int64_t wide = n * sizes_.x[0] * step_[0];
    const std::int64_t narrow = n * sizes_.y[0] * sizes_.y[1] * sizes_.y[2] * channels;
    x_ = static_cast<const T*>(operands.x) + wide;
    other_ = kNarrowResult ? static_cast<const T*>(operands.u) + wide
                           : static_cast<const T*>(operands.narrow) + narrow;
    result_ = static_cast<T*>(operands.result) + (kNarrowResult ? narrow : wide);
    list_offsets({{0, 0, 0}, sizes_.window}, whole_);
  }

  void run() {
    std::int64_t narrow = 0;
    for (std::int64_t i = 0; i < sizes_.y[0]; ++i) {
      for (std::int64_t j = 0; j < sizes_.y[1]; ++j) {
        for (std::int64_t k = 0; k < sizes_.y[2]; ++k, narrow += sizes_.channels) {
          pool_window(sizes_.inside({i, j, k}), narrow);
        }
      }
    }
  }

 private:
  using Offsets = SmallVector<std::int64_t, 64>;

  /// The places of a window, as offsets from its first.
  void list_offsets(const PoolSizes::Inside& inside, Offsets& offsets) const {
    offsets.clear();
    for (std::int64_t i = 0; i < inside.end[0] - inside.begin[0]; ++i) {
      for (std::int64_t j = 0; j < inside.end[1] - inside.begin[1]; ++j) {
        for (std::int64_t k = 0; k < inside.end[2] - inside.begin[2]; ++k) {
          offsets.push_back(i * step_[0] + j * step_[1] + k * step_[2]);
        }
      }
    }
  }

  void pool_window(const PoolSizes::Inside& inside, std::int64_t narrow) {
    std::int64_t first = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) first += inside.begin[axis] * step_[axis];
    const T* x = x_ + first;
    const T* other = other_ + (kNarrowResult ? first : narrow);
    T* result = result_ + (kNarrowResult ? narrow : first);
    const auto taps = static_cast<std::int64_t>(whole_.size());
    if (inside.count() == taps && taps == 4) return pool_channels<4>(x, other, result, whole_);
    if (inside.count() == taps) return pool_channels<0>(x, other, result, whole_);
    list_offsets(inside, part_);
    pool_channels<0>(x, other, result, part_);
  }

  template <int kCount>
  void pool_channels(const T* x, const T* other, T* result, const Offsets& offsets) const {
    const hn::ScalableTag<T> d;
    const hn::CappedTag<T, 1> one;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    const auto count = static_cast<std::int64_t>(offsets.size());
    const std::int64_t* at = offsets.data();
    const std::int64_t channels = sizes_.channels;
    std::int64_t c = 0;
    for (; c + lanes <= channels; c += lanes) {
      F::template apply<kCount>(d, x + c, other + c, result + c, at, count, disjoint_);
    }
    for (; c < channels; ++c) {
      F::template apply<kCount>(one, x + c, other + c, result + c, at, count, disjoint_);
    }
  }

  const PoolSizes& sizes_;
  bool disjoint_;
  Spatial step_;
  const T* x_;
  const T* other_;
  T* result_;
  Offsets whole_, part_;
};

template <bool kNarrowResult, class F>
void pool(const PoolOperands& operands) {
  const PoolSizes& sizes = operands.sizes;
  const std::int64_t work = sizes.y[0] * sizes.y[1] * sizes.y[2] * sizes.taps() * sizes.channels;
  const std::int64_t images =
      std::max<std::int64_t>(1, (1 << 16) / std::max<std::int64_t>(1, work));
  parallel_for(sizes.batch, images, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      if (operands.dtype == DType::f32) {
        ImagePool<kNarrowResult, float, F>(operands, n).run();
      } else {
        ImagePool<kNarrowResult, double, F>(operands, n).run();
      }
    }
  });
}

void max_pool_images(const PoolOperands& operands) { pool<true, MaxPool>(operands); }
void gather_images(const PoolOperands& operands) { pool<true, MaxPoolGather>(operands); }
void max_gradient_images(const PoolOperands& operands) { pool<false, MaxPoolGradient>(operands); }
void average_images(const PoolOperands& operands) { pool<true, AveragePool>(operands); }
void average_gradient_images(const PoolOperands& operands) {
  pool<false, AveragePoolGradient>(operands);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
namespace {

GRADUS_EXPORT(max_pool_images);
GRADUS_EXPORT(gather_images);
GRADUS_EXPORT(max_gradient_images);
GRADUS_EXPORT(average_images);
GRADUS_EXPORT(average_gradient_images);

/// True if the windows cover x without gaps or overlaps.
bool tiles_exactly(const PoolSizes& sizes) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (sizes.stride[i] != sizes.window[i] || sizes.padding[i] != 0 ||
        sizes.y[i] * sizes.window[i] != sizes.x[i]) {
      return false;
    }
  }
  return true;
}

Array& allocate_channels_last(const KernelContext& context) {
  return context.allocate(0, channels_last(context.output().shape));
}

/// The result of a gradient: zeros, unless every element will be written once.
Array& allocate_gradient(const KernelContext& context, PoolOperands& operands) {
  Array& result = allocate_channels_last(context);
  operands.disjoint = tiles_exactly(operands.sizes);
  if (!operands.disjoint) {
    std::fill_n(result.mutable_bytes(),
                static_cast<std::size_t>(result.shape.size()) * size_of(result.dtype),
                std::byte{0});
  }
  operands.result = result.mutable_bytes();
  return result;
}

}  // namespace

const char* refuse_channels_last(const KernelContext& context) {
  const DType dtype = context.input().dtype;
  if (dtype != DType::f32 && dtype != DType::f64) return "neither f32 nor f64";
  return context.output().shape.size() == 0 ? "empty" : nullptr;
}

void run_max_pool(const KernelContext& context) {
  const Array x = channels_last_copy(context.input());
  Array& y = allocate_channels_last(context);
  const PoolSizes sizes(x.shape, y.shape, context.attributes<PoolAttributes>());
  PoolOperands operands{.sizes = sizes, .dtype = x.dtype};
  operands.x = operands.u = x.bytes();
  operands.result = y.mutable_bytes();
  GRADUS_DISPATCH(max_pool_images)(operands);
}

void run_max_pool_gather(const KernelContext& context) {
  const Array x = channels_last_copy(context.input(0));
  const Array u = channels_last_copy(context.input(1));
  Array& y = allocate_channels_last(context);
  const PoolSizes sizes(x.shape, y.shape, context.attributes<PoolAttributes>());
  PoolOperands operands{.sizes = sizes, .dtype = x.dtype};
  operands.x = x.bytes();
  operands.u = u.bytes();
  operands.result = y.mutable_bytes();
  GRADUS_DISPATCH(gather_images)(operands);
}

void run_max_pool_gradient(const KernelContext& context) {
  const Array x = channels_last_copy(context.input(0));
  const Array g = channels_last_copy(context.input(1));
  const PoolSizes sizes(x.shape, g.shape, context.attributes<PoolAttributes>());
  PoolOperands operands{.sizes = sizes, .dtype = x.dtype};
  operands.x = x.bytes();
  operands.narrow = g.bytes();
  allocate_gradient(context, operands);
  GRADUS_DISPATCH(max_gradient_images)(operands);
}

void run_average_pool(const KernelContext& context) {
  const Array x = channels_last_copy(context.input());
  Array& y = allocate_channels_last(context);
  const PoolSizes sizes(x.shape, y.shape, context.attributes<PoolAttributes>());
  PoolOperands operands{.sizes = sizes, .dtype = x.dtype};
  operands.x = operands.u = x.bytes();
  operands.result = y.mutable_bytes();
  GRADUS_DISPATCH(average_images)(operands);
}

void run_average_pool_gradient(const KernelContext& context) {
  const Array g = channels_last_copy(context.input());
  const PoolSizes sizes(context.output().shape, g.shape, context.attributes<PoolAttributes>());
  PoolOperands operands{.sizes = sizes, .dtype = g.dtype};
  operands.narrow = g.bytes();
  operands.x = allocate_gradient(context, operands).bytes();  // not read
  GRADUS_DISPATCH(average_gradient_images)(operands);
}

}  // namespace gradus
#endif
