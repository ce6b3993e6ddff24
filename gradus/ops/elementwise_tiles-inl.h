// Internal: tiles of elementwise operations.
// Tile functions from functions on vectors, compiled once per instruction set: include after
// hwy/foreach_target.h.

#if defined(GRADUS_OPS_ELEMENTWISE_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GRADUS_OPS_ELEMENTWISE_TILES_INL_H_
#undef GRADUS_OPS_ELEMENTWISE_TILES_INL_H_
#else
#define GRADUS_OPS_ELEMENTWISE_TILES_INL_H_
#endif

#include <cstdint>
#include <type_traits>
#include <utility>

#include "gradus/core/op_def.h"
#include "gradus/ops/targets.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// F with the attributes, if it has a constructor that takes them.
template <class F>
F make_function(const Attributes& attributes) {
  if constexpr (std::is_constructible_v<F, const Attributes&>) {
    return F(attributes);
  } else {
    return F{};
  }
}

/// The type of a vector's lanes for elements of type T.
template <class T>
using Lane = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

template <class A, class... B>
struct WidestOf {
  using type = A;
};
template <class A, class B, class... C>
struct WidestOf<A, B, C...> : WidestOf<std::conditional_t<(sizeof(B) > sizeof(A)), B, A>, C...> {};

/// `count` elements, fewer than lanes, with copies of the first behind them.
template <class T>
void fill_lanes(T* target, const void* source, std::int64_t count, std::int64_t lanes) {
  const T* const from = static_cast<const T*>(source);
  for (std::int64_t i = 0; i < lanes; ++i) target[i] = from[i < count ? i : 0];
}

/// f(d, vector...) over a multiple of lanes; d is the tag of the widest type, and the vectors of
/// narrower types have as many lanes. Not inline, so that the code of f stands once in a tile.
template <class Out, class... In, class F, class D, std::size_t... I>
HWY_NOINLINE void run_vectors(D d, const F& f, const void* const* inputs, Out* output,
                              std::int64_t count, std::index_sequence<I...>) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < count; i += lanes) {
    hn::StoreU(f(d, hn::LoadU(hn::Rebind<In, D>(), static_cast<const In*>(inputs[I]) + i)...),
               hn::Rebind<Out, D>(), output + i);
  }
}

/// f over contiguous elements. Every element goes through the vector code, whatever its place, so
/// its bits depend on its value alone. The output may be one of the inputs.
template <class F, class Out, class... In, std::size_t... I>
void run_vector_tile(const void* const* inputs, void* output, std::int64_t count,
                     const Attributes& attributes, std::index_sequence<I...> sequence) {
  const F f = make_function<F>(attributes);
  const hn::ScalableTag<typename WidestOf<Out, In...>::type> d;
  using D = std::remove_const_t<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto* const out = static_cast<Out*>(output);
  const std::int64_t full = count & -lanes;
  if (full == count) {
    run_vectors<Out, In...>(d, f, inputs, out, count, sequence);
    return;
  }
  HWY_ALIGN std::uint64_t padded[sizeof...(I)][hn::MaxLanes(d)];
  const void* const rest[] = {padded[I]...};
  if (count < lanes) {
    (fill_lanes(reinterpret_cast<In*>(padded[I]), inputs[I], count, lanes), ...);
    HWY_ALIGN Out results[hn::MaxLanes(d)];
    run_vectors<Out, In...>(d, f, rest, results, lanes, sequence);
    for (std::int64_t i = 0; i < count; ++i) out[i] = results[i];
    return;
  }
  // The last vector overlaps the one before it. Its operands are saved, as an output in place of an
  // input overwrites them.
  (hn::StoreU(hn::LoadU(hn::Rebind<In, D>(), static_cast<const In*>(inputs[I]) + count - lanes),
              hn::Rebind<In, D>(), reinterpret_cast<In*>(padded[I])),
   ...);
  run_vectors<Out, In...>(d, f, inputs, out, full, sequence);
  run_vectors<Out, In...>(d, f, rest, out + count - lanes, lanes, sequence);
}

template <class F, class Out, class... In>
void vector_tile(const void* const* inputs, void* output, std::int64_t count,
                 const Attributes& attributes) {
  run_vector_tile<F, Lane<Out>, Lane<In>...>(inputs, output, count, attributes,
                                             std::index_sequence_for<In...>());
}

/// f(value...) one element at a time, with a result of any type.
template <class F, class T, std::size_t... I>
void scalar_tile(const void* const* inputs, void* output, std::int64_t count,
                 const Attributes& attributes, std::index_sequence<I...>) {
  const F f = make_function<F>(attributes);
  using R = decltype(f(static_cast<const T*>(inputs[I])[0]...));
  auto* const out = static_cast<R*>(output);
  for (std::int64_t i = 0; i < count; ++i) out[i] = f(static_cast<const T*>(inputs[I])[i]...);
}

template <class F, class T, int arity>
void scalar_tile(const void* const* inputs, void* output, std::int64_t count,
                 const Attributes& attributes) {
  scalar_tile<F, T>(inputs, output, count, attributes, std::make_index_sequence<arity>());
}

/// vector_tile of `arity` inputs of type T.
template <class F, class Out, class T, int arity>
constexpr TileFunction vector_tile_of() {
  if constexpr (arity == 1) {
    return vector_tile<F, Out, T>;
  } else if constexpr (arity == 2) {
    return vector_tile<F, Out, T, T>;
  } else {
    return vector_tile<F, Out, T, T, T>;
  }
}

/// A row of vector tiles for the element types T..., besides those of `tiles`.
template <class F, int arity, class... T>
constexpr Tiles vector_row(Tiles tiles = {}) {
  ((tiles.by_dtype[static_cast<std::size_t>(dtype_of<T>)] = vector_tile_of<F, T, T, arity>()), ...);
  return tiles;
}

/// As vector_row, with bool results.
template <class F, int arity, class... T>
constexpr Tiles predicate_row(Tiles tiles = {}) {
  ((tiles.by_dtype[static_cast<std::size_t>(dtype_of<T>)] = vector_tile_of<F, bool, T, arity>()),
   ...);
  return tiles;
}

/// A table of rows, indexed by an enumeration that ends in `count`.
template <class Row>
struct TileTable {
  Tiles rows[static_cast<int>(Row::count)];
  constexpr Tiles& operator[](Row row) { return rows[static_cast<int>(row)]; }
};

/// A row of scalar tiles for the element types T..., besides those of `tiles`.
template <class F, int arity, class... T>
constexpr Tiles scalar_row(Tiles tiles = {}) {
  ((tiles.by_dtype[static_cast<std::size_t>(dtype_of<T>)] = scalar_tile<F, T, arity>), ...);
  return tiles;
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#endif
