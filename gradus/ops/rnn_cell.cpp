#include "gradus/ops/rnn_cell.h"

#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/rnn_cell.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/hyperbolic-inl.h"
#include "gradus/ops/row_pieces-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

// Rows that lie one after the other are one long row.

template <class T>
void step_as(const RnnStep& s) {
  const hn::ScalableTag<T> d;
  const T* projected = reinterpret_cast<const T*>(s.projected);
  const T* recurrent = reinterpret_cast<const T*>(s.recurrent);
  T* state = reinterpret_cast<T*>(s.state_after);
  for_pieces<T>(s.rows * s.hidden, [&](const Piece<T>& piece) {
    const auto reached = hn::Add(piece.load(projected), piece.load(recurrent));
    const auto above_zero = hn::IfThenZeroElse(hn::Lt(reached, hn::Zero(d)), reached);
    piece.store(s.relu ? above_zero : Tanh{}(d, reached), state);
  });
}

template <class T>
void step_gradient_as(const RnnGradientStep& s) {
  const hn::ScalableTag<T> d;
  const T* state = reinterpret_cast<const T*>(s.state_after);
  const T* of_state = reinterpret_cast<const T*>(s.of_state);
  const T* of_given_state = reinterpret_cast<const T*>(s.of_given_state);
  T* of_projected = reinterpret_cast<T*>(s.of_projected);
  for_pieces<T>(s.rows * s.hidden, [&](const Piece<T>& piece) {
    const auto y = piece.load(state);
    const auto g = hn::Add(piece.load(of_state), piece.load_if(of_given_state));
    const auto through_relu = hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), g);
    piece.store(s.relu ? through_relu : TanhGradient{}(d, g, y), of_projected);
  });
}

void step(const RnnStep& s) { s.dtype == DType::f32 ? step_as<float>(s) : step_as<double>(s); }
void step_gradient(const RnnGradientStep& s) {
  s.dtype == DType::f32 ? step_gradient_as<float>(s) : step_gradient_as<double>(s);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(step);
GRADUS_EXPORT(step_gradient);

void step_rnn(const RnnStep& s) { GRADUS_DISPATCH(step)(s); }
void step_rnn_gradient(const RnnGradientStep& s) { GRADUS_DISPATCH(step_gradient)(s); }

}  // namespace gradus
#endif
