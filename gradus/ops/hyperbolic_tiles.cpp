#include "gradus/ops/hyperbolic_tiles.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/hyperbolic_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"
#include "gradus/ops/hyperbolic-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

constexpr TileTable<HyperbolicRow> make_table() {
  using Row = HyperbolicRow;
  TileTable<HyperbolicRow> table{};
  table[Row::sinh] = vector_row<Sinh, 1, float, double>();
  table[Row::cosh] = vector_row<Cosh, 1, float, double>();
  table[Row::tanh] = vector_row<Tanh, 1, float, double>();
  table[Row::asinh] = vector_row<Asinh, 1, float, double>();
  table[Row::acosh] = vector_row<Acosh, 1, float, double>();
  table[Row::atanh] = vector_row<Atanh, 1, float, double>();
  table[Row::tanh_gradient] = vector_row<TanhGradient, 2, float, double>();
  return table;
}

constexpr TileTable<HyperbolicRow> kTable = make_table();

}  // namespace

const Tiles* find_hyperbolic_tiles() { return kTable.rows; }

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_hyperbolic_tiles);
const Tiles* hyperbolic_tiles() { return GRADUS_DISPATCH(find_hyperbolic_tiles)(); }

}  // namespace gradus
#endif
