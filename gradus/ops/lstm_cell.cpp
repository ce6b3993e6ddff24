#include "gradus/ops/lstm_cell.h"

#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/lstm_cell.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/hyperbolic-inl.h"
#include "gradus/ops/row_pieces-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

/// The gradient of x where y = sigmoid(x) has gradient g.
template <class V>
HWY_INLINE V through_sigmoid(V g, V y) {
  return hn::Mul(g, hn::NegMulAdd(y, y, y));
}

template <bool kPeepholes, class T>
HWY_INLINE void step_row(const LstmStep& s, std::int64_t row) {
  const hn::ScalableTag<T> d;
  const std::int64_t n = s.hidden;
  const T* projected = row_at<T>(s.projected, row, 4 * n);
  const T* recurrent = row_at<T>(s.recurrent, row, 4 * n);
  const T* peepholes = reinterpret_cast<const T*>(s.peepholes);
  const T* before = row_at<T>(s.cell_before, row, n);
  T* gates = row_at<T>(s.gates, row, 4 * n);
  T* after = row_at<T>(s.cell_after, row, n);
  T* state = row_at<T>(s.state_after, row, n);
  for_pieces<T>(n, [&](const Piece<T>& piece) {
    const auto reached = [&](std::int64_t gate) {
      return hn::Add(piece.load(projected + gate * n), piece.load(recurrent + gate * n));
    };
    const auto cell_before = piece.load(before);
    auto in = reached(0);
    auto forget = reached(1);
    if constexpr (kPeepholes) {
      in = hn::MulAdd(piece.load(peepholes), cell_before, in);
      forget = hn::MulAdd(piece.load(peepholes + n), cell_before, forget);
    }
    in = BusySigmoid{}(d, in);
    forget = BusySigmoid{}(d, forget);
    const auto candidate = Tanh{}(d, reached(2));
    const auto cell = hn::MulAdd(forget, cell_before, hn::Mul(in, candidate));
    auto out = reached(3);
    if constexpr (kPeepholes) out = hn::MulAdd(piece.load(peepholes + 2 * n), cell, out);
    out = BusySigmoid{}(d, out);
    piece.store(in, gates);
    piece.store(forget, gates + n);
    piece.store(candidate, gates + 2 * n);
    piece.store(out, gates + 3 * n);
    piece.store(cell, after);
    piece.store(hn::Mul(out, Tanh{}(d, cell)), state);
  });
}

template <bool kPeepholes, class T>
HWY_INLINE void step_gradient_row(const LstmGradientStep& s, std::int64_t row) {
  const hn::ScalableTag<T> d;
  const std::int64_t n = s.hidden;
  const T* gates = row_at<T>(s.gates, row, 4 * n);
  const T* peepholes = reinterpret_cast<const T*>(s.peepholes);
  const T* before = row_at<T>(s.cell_before, row, n);
  const T* after = row_at<T>(s.cell_after, row, n);
  const T* of_state = row_at<T>(s.of_state, row, n);
  const T* of_given_state = row_at<T>(s.of_given_state, row, n);
  const T* of_given_cell = row_at<T>(s.of_given_cell, row, n);
  const T* of_given_gates = row_at<T>(s.of_given_gates, row, 4 * n);
  T* of_cell = row_at<T>(s.of_cell, row, n);
  T* of_projected = row_at<T>(s.of_projected, row, 4 * n);
  for_pieces<T>(n, [&](const Piece<T>& piece) {
    const auto with_given = [&](auto gradient, std::int64_t gate) {
      if (!of_given_gates) return gradient;
      return hn::Add(gradient, piece.load(of_given_gates + gate * n));
    };
    const auto one = hn::Set(d, 1);
    const auto in = piece.load(gates), forget = piece.load(gates + n);
    const auto candidate = piece.load(gates + 2 * n), out = piece.load(gates + 3 * n);
    const auto cell_before = piece.load(before);
    const auto bounded = Tanh{}(d, piece.load(after));
    const auto g = hn::Add(piece.load(of_state), piece.load_if(of_given_state));
    const auto of_out = through_sigmoid(with_given(hn::Mul(g, bounded), 3), out);
    const auto slope = hn::NegMulAdd(bounded, bounded, one);
    auto c = hn::MulAdd(hn::Mul(g, out), slope, piece.load(of_cell));
    if constexpr (kPeepholes) c = hn::MulAdd(of_out, piece.load(peepholes + 2 * n), c);
    const auto of_in = through_sigmoid(with_given(hn::Mul(c, candidate), 0), in);
    const auto of_forget = through_sigmoid(with_given(hn::Mul(c, cell_before), 1), forget);
    const auto of_candidate =
        hn::Mul(with_given(hn::Mul(c, in), 2), hn::NegMulAdd(candidate, candidate, one));
    auto passed = hn::MulAdd(c, forget, piece.load_if(of_given_cell));
    if constexpr (kPeepholes) {
      passed = hn::MulAdd(of_in, piece.load(peepholes), passed);
      passed = hn::MulAdd(of_forget, piece.load(peepholes + n), passed);
    }
    piece.store(of_in, of_projected);
    piece.store(of_forget, of_projected + n);
    piece.store(of_candidate, of_projected + 2 * n);
    piece.store(of_out, of_projected + 3 * n);
    piece.store(passed, of_cell);
  });
}

template <class T>
void step_as(const LstmStep& s) {
  for (std::int64_t row = 0; row < s.rows; ++row) {
    s.peepholes ? step_row<true, T>(s, row) : step_row<false, T>(s, row);
  }
}
template <class T>
void step_gradient_as(const LstmGradientStep& s) {
  for (std::int64_t row = 0; row < s.rows; ++row) {
    s.peepholes ? step_gradient_row<true, T>(s, row) : step_gradient_row<false, T>(s, row);
  }
}

void step(const LstmStep& s) { s.dtype == DType::f32 ? step_as<float>(s) : step_as<double>(s); }
void step_gradient(const LstmGradientStep& s) {
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

void step_lstm(const LstmStep& s) { GRADUS_DISPATCH(step)(s); }
void step_lstm_gradient(const LstmGradientStep& s) { GRADUS_DISPATCH(step_gradient)(s); }

}  // namespace gradus
#endif
