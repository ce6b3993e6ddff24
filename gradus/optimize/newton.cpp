#include "gradus/optimize/directions.h"
#include "gradus/optimize/shifted_cholesky.h"

namespace gradus::optimize {
namespace {

class Newton final : public Directions {
 public:
  Vector next(Objective& f, const Point& now) override {
    const Vector hessian = f.hessian(now.x);
    if (!std::isfinite(largest(hessian))) return scaled(now.gradient, -1);
    return solve_shifted(hessian, scaled(now.gradient, -1));
  }
  double first_step(const Point&, const Vector&) override { return 1; }
  void moved(const Point&, const Point&, double) override {}
  bool forget() override { return false; }
};

/// Conjugate gradients on H d = -g, ended early: the less the gradient, the more exactly, and at a
/// direction of negative curvature at once. Source: Nocedal and Wright 2006, algorithm 7.1.
class NewtonCg final : public Directions {
 public:
  Vector next(Objective& f, const Point& now) override {
    const double norm = std::sqrt(dot(now.gradient, now.gradient));
    const double enough = std::min(0.5, std::sqrt(norm)) * norm;
    Vector z(now.gradient.size(), 0);
    Vector residual = now.gradient;
    Vector d = scaled(now.gradient, -1);
    double square = dot(residual, residual);
    for (std::size_t i = 0; i < 2 * z.size(); ++i) {
      const Vector product = f.hessian_product(now.x, d);
      const double curvature = dot(d, product);
      if (!(curvature > 0)) return i == 0 ? d : z;
      const double step = square / curvature;
      z = plus(std::move(z), step, d);
      residual = plus(std::move(residual), step, product);
      const double next_square = dot(residual, residual);
      if (std::sqrt(next_square) <= enough) break;
      d = plus(scaled(residual, -1), next_square / square, d);
      square = next_square;
    }
    return z;
  }
  double first_step(const Point&, const Vector&) override { return 1; }
  void moved(const Point&, const Point&, double) override {}
  bool forget() override { return false; }
};

}  // namespace

Owned<Directions> make_newton() { return make_owned<Newton>(); }
Owned<Directions> make_newton_cg() { return make_owned<NewtonCg>(); }

}  // namespace gradus::optimize
