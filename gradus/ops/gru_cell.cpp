#include "gradus/ops/gru_cell.h"

#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/gru_cell.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/hyperbolic-inl.h"
#include "gradus/ops/row_pieces-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

template <class T>
void gates_as(const GruStep& s) {
  const hn::ScalableTag<T> d;
  const std::int64_t n = s.hidden;
  const T* bias = reinterpret_cast<const T*>(s.bias);
  for (std::int64_t row = 0; row < s.rows; ++row) {
    const T* projected = row_at<T>(s.projected, row, 3 * n);
    const T* recurrent = row_at<T>(s.recurrent_gates, row, 2 * n);
    const T* state = row_at<T>(s.state_before, row, n);
    T* gates = row_at<T>(s.gates, row, s.form.saved() * n);
    T* reset_state = row_at<T>(s.reset_state, row, n);
    for_pieces<T>(n, [&](const Piece<T>& piece) {
      const auto gate = [&](std::int64_t part) {
        const auto within = hn::Add(piece.load(recurrent + part * n), piece.load(bias + part * n));
        return Sigmoid{}(d, hn::Add(piece.load(projected + part * n), within));
      };
      const auto reset = gate(0);
      piece.store(reset, gates);
      piece.store(gate(1), gates + n);
      if (s.form.reset_before) piece.store(hn::Mul(reset, piece.load(state)), reset_state);
    });
  }
}

template <class T>
void candidate_as(const GruStep& s) {
  const hn::ScalableTag<T> d;
  const std::int64_t n = s.hidden;
  const T* bias = reinterpret_cast<const T*>(s.bias) + 2 * n;
  for (std::int64_t row = 0; row < s.rows; ++row) {
    const T* projected = row_at<T>(s.projected, row, 3 * n) + 2 * n;
    const T* recurrent = row_at<T>(s.recurrent_candidate, row, n);
    const T* before = row_at<T>(s.state_before, row, n);
    T* gates = row_at<T>(s.gates, row, s.form.saved() * n);
    T* after = row_at<T>(s.state_after, row, n);
    for_pieces<T>(n, [&](const Piece<T>& piece) {
      const auto product = hn::Add(piece.load(recurrent), piece.load(bias));
      auto reached = hn::Add(piece.load(projected), product);
      if (!s.form.reset_before) {
        reached = hn::MulAdd(piece.load(gates), product, piece.load(projected));
        piece.store(product, gates + 3 * n);
      }
      const auto candidate = Tanh{}(d, reached);
      piece.store(candidate, gates + 2 * n);
      const auto share = piece.load(gates + n);
      const auto state = piece.load(before);
      const auto kept = s.form.takes_candidate ? state : candidate;  // where the share is 0
      const auto other = s.form.takes_candidate ? candidate : state;
      piece.store(hn::MulAdd(share, hn::Sub(other, kept), kept), after);
    });
  }
}

template <class T>
void candidate_gradient_as(const GruGradientStep& s) {
  const hn::ScalableTag<T> d;
  const std::int64_t n = s.hidden;
  for (std::int64_t row = 0; row < s.rows; ++row) {
    const T* gates = row_at<T>(s.gates, row, s.form.saved() * n);
    const T* before = row_at<T>(s.state_before, row, n);
    const T* of_state = row_at<T>(s.of_state, row, n);
    const T* of_given_state = row_at<T>(s.of_given_state, row, n);
    const T* of_given_gates = row_at<T>(s.of_given_gates, row, s.form.saved() * n);
    T* beside = row_at<T>(s.beside, row, n);
    T* of_product = row_at<T>(s.of_product, row, n);
    T* of_projected = row_at<T>(s.of_projected, row, 3 * n);
    for_pieces<T>(n, [&](const Piece<T>& piece) {
      const auto with_given = [&](auto gradient, std::int64_t part) {
        if (!of_given_gates) return gradient;
        return hn::Add(gradient, piece.load(of_given_gates + part * n));
      };
      const auto one = hn::Set(d, 1);
      const auto share = piece.load(gates + n), candidate = piece.load(gates + 2 * n);
      const auto g =
          hn::Add(hn::Add(piece.load(of_state), piece.load(of_given_state)), piece.load(beside));
      const auto by_share = hn::Mul(g, share);
      const auto rest = hn::NegMulAdd(g, share, g);
      const auto difference = hn::Sub(piece.load(before), candidate);
      const auto of_share = hn::Mul(g, s.form.takes_candidate ? hn::Neg(difference) : difference);
      const auto of_candidate = hn::Mul(with_given(s.form.takes_candidate ? by_share : rest, 2),
                                        hn::NegMulAdd(candidate, candidate, one));
      piece.store(hn::Mul(with_given(of_share, 1), hn::NegMulAdd(share, share, share)),
                  of_projected + n);
      piece.store(of_candidate, of_projected + 2 * n);
      piece.store(s.form.takes_candidate ? rest : by_share, beside);
      const auto reached = s.form.reset_before
                               ? of_candidate
                               : with_given(hn::Mul(of_candidate, piece.load(gates)), 3);
      piece.store(reached, of_product);
    });
  }
}

template <class T>
void gates_gradient_as(const GruGradientStep& s) {
  const std::int64_t n = s.hidden;
  for (std::int64_t row = 0; row < s.rows; ++row) {
    const T* gates = row_at<T>(s.gates, row, s.form.saved() * n);
    const T* before = row_at<T>(s.state_before, row, n);
    const T* of_given_gates = row_at<T>(s.of_given_gates, row, s.form.saved() * n);
    const T* through_candidate = row_at<T>(s.through_candidate, row, n);
    T* beside = row_at<T>(s.beside, row, n);
    T* of_projected = row_at<T>(s.of_projected, row, 3 * n);
    for_pieces<T>(n, [&](const Piece<T>& piece) {
      const auto reset = piece.load(gates);
      const auto through = piece.load(through_candidate);
      const auto passed = s.form.reset_before ? hn::Mul(through, reset) : through;
      auto of_reset = s.form.reset_before
                          ? hn::Mul(through, piece.load(before))
                          : hn::Mul(piece.load(of_projected + 2 * n), piece.load(gates + 3 * n));
      of_reset = hn::Add(of_reset, piece.load_if(of_given_gates));
      piece.store(hn::Mul(of_reset, hn::NegMulAdd(reset, reset, reset)), of_projected);
      piece.store(hn::Add(piece.load(beside), passed), beside);
    });
  }
}

void gates(const GruStep& s) { s.dtype == DType::f32 ? gates_as<float>(s) : gates_as<double>(s); }
void candidate(const GruStep& s) {
  s.dtype == DType::f32 ? candidate_as<float>(s) : candidate_as<double>(s);
}
void candidate_gradient(const GruGradientStep& s) {
  s.dtype == DType::f32 ? candidate_gradient_as<float>(s) : candidate_gradient_as<double>(s);
}
void gates_gradient(const GruGradientStep& s) {
  s.dtype == DType::f32 ? gates_gradient_as<float>(s) : gates_gradient_as<double>(s);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(gates);
GRADUS_EXPORT(candidate);
GRADUS_EXPORT(candidate_gradient);
GRADUS_EXPORT(gates_gradient);

void step_gru_gates(const GruStep& s) { GRADUS_DISPATCH(gates)(s); }
void step_gru_candidate(const GruStep& s) { GRADUS_DISPATCH(candidate)(s); }
void step_gru_candidate_gradient(const GruGradientStep& s) {
  GRADUS_DISPATCH(candidate_gradient)(s);
}
void step_gru_gates_gradient(const GruGradientStep& s) { GRADUS_DISPATCH(gates_gradient)(s); }

}  // namespace gradus
#endif
