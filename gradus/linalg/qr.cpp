#include "gradus/linalg/qr.h"

#include "gradus/ops/factorization.h"

namespace gradus::linalg {

Qr qr(const Tensor& a, QrMode mode) {
  const auto parts = apply_all(kQr, {a}, QrAttributes{.complete = mode == QrMode::complete});
  return {parts[0], parts[1]};
}

PivotedQr pivoted_qr(const Tensor& a, QrMode mode) {
  const auto parts =
      apply_all(kQr, {a}, QrAttributes{.complete = mode == QrMode::complete, .pivoting = true});
  return {parts[0], parts[1], parts[2]};
}

}  // namespace gradus::linalg
