#include "gradus/ops/trigonometric_tiles.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/trigonometric_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"
#include "gradus/ops/trigonometric-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

constexpr TileTable<TrigonometricRow> make_table() {
  using Row = TrigonometricRow;
  TileTable<TrigonometricRow> table{};
  table[Row::sin] = vector_row<Widened<Sin>, 1, float>(vector_row<Sin, 1, double>());
  table[Row::cos] = vector_row<Widened<Cos>, 1, float>(vector_row<Cos, 1, double>());
  table[Row::tan] = vector_row<Widened<Tan>, 1, float>(vector_row<Tan, 1, double>());
  table[Row::asin] = vector_row<Widened<Asin>, 1, float>(vector_row<Asin, 1, double>());
  table[Row::acos] = vector_row<Widened<Acos>, 1, float>(vector_row<Acos, 1, double>());
  table[Row::atan] = vector_row<Widened<Atan>, 1, float>(vector_row<Atan, 1, double>());
  table[Row::atan2] = vector_row<Widened<Atan2>, 2, float>(vector_row<Atan2, 2, double>());
  table[Row::hypot] = vector_row<Widened<Hypot>, 2, float>(vector_row<Hypot, 2, double>());
  return table;
}

constexpr TileTable<TrigonometricRow> kTable = make_table();

}  // namespace

const Tiles* find_trigonometric_tiles() { return kTable.rows; }

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_trigonometric_tiles);
const Tiles* trigonometric_tiles() { return GRADUS_DISPATCH(find_trigonometric_tiles)(); }

}  // namespace gradus
#endif
