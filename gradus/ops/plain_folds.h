// Internal: folds of any element type from functions of one element.
#pragma once

#include <algorithm>

#include "gradus/ops/fold.h"

namespace gradus {

/// A fold by Op, which has a type Total, a constant kStart, and functions take(total, element) and
/// join(total, total) of which neither the order nor the grouping matters. Results are of type R.
template <class Op, class T, class R>
struct PlainFold {
  using Total = typename Op::Total;

  static void clear(void* to, std::int64_t count) {
    std::fill_n(static_cast<Total*>(to), count, Op::kStart);
  }
  static void rows(const void* from, Plane plane, void* to) {
    const T* x = static_cast<const T*>(from);
    for (std::int64_t row = 0; row < plane.rows; ++row, x += plane.stride) {
      Total parts[4] = {Op::kStart, Op::kStart, Op::kStart, Op::kStart};  // independent chains
      std::int64_t i = 0;
      for (; i + 4 <= plane.columns; i += 4) {
        for (int k = 0; k < 4; ++k) parts[k] = Op::take(parts[k], x[i + k]);
      }
      for (; i < plane.columns; ++i) parts[0] = Op::take(parts[0], x[i]);
      Total& total = static_cast<Total*>(to)[row];
      total = Op::join(total, Op::join(Op::join(parts[0], parts[1]), Op::join(parts[2], parts[3])));
    }
  }
  static void columns(const void* from, Plane plane, void* to) {
    const T* x = static_cast<const T*>(from);
    auto* const totals = static_cast<Total*>(to);
    for (std::int64_t row = 0; row < plane.rows; ++row, x += plane.stride) {
      for (std::int64_t i = 0; i < plane.columns; ++i) totals[i] = Op::take(totals[i], x[i]);
    }
  }
  static void merge(void* to, const void* from, std::int64_t count) {
    auto* const totals = static_cast<Total*>(to);
    const auto* const more = static_cast<const Total*>(from);
    for (std::int64_t i = 0; i < count; ++i) totals[i] = Op::join(totals[i], more[i]);
  }
  static void finish(const void* from, std::int64_t first, std::int64_t count,
                     const FoldResults& results) {
    const auto* const totals = static_cast<const Total*>(from);
    R* const y = reinterpret_cast<R*>(results.outputs[0]) + first;
    for (std::int64_t i = 0; i < count; ++i) {
      if constexpr (requires { Op::result(totals[i], results.parameter); }) {
        y[i] = static_cast<R>(Op::result(totals[i], results.parameter));
      } else {
        y[i] = static_cast<R>(totals[i]);
      }
    }
  }
};

template <class Op, class T, class R>
inline constexpr Fold kPlainFold{.element = sizeof(T),
                                 .total = sizeof(typename Op::Total),
                                 .clear = PlainFold<Op, T, R>::clear,
                                 .rows = PlainFold<Op, T, R>::rows,
                                 .columns = PlainFold<Op, T, R>::columns,
                                 .merge = PlainFold<Op, T, R>::merge,
                                 .finish = PlainFold<Op, T, R>::finish};

}  // namespace gradus
