#include "gradus/symbolic/functions.h"

#include <cmath>

#include "gradus/ops/activation.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/select.h"
#include "gradus/ops/transcendental.h"

namespace gradus::symbolic {
namespace {

using Complex = std::complex<double>;

double sign_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
double step_of(double x) { return x > 0 ? 1 : 0; }
double logistic(double x) {
  if (x >= 0) return 1 / (1 + std::exp(-x));
  const double small = std::exp(x);
  return small / (1 + small);
}
double soft_plus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

// Functions with kinks continue along the branch that the real part is on.
Complex complex_sigmoid(Complex z) {
  if (z.real() >= 0) return 1.0 / (1.0 + std::exp(-z));
  const Complex small = std::exp(z);
  return small / (1.0 + small);
}
Complex complex_softplus(Complex z) {
  return z.real() > 0 ? z + std::log(1.0 + std::exp(-z)) : std::log(1.0 + std::exp(z));
}

Tensor tensor_step(const Tensor& x) { return cast(greater(x, number_like(0, x)), x.dtype()); }

// std::tan and others are overloaded; a captureless lambda picks one.
#define GRADUS_REAL(f) [](double x) -> double { return f(x); }
#define GRADUS_COMPLEX(f) [](Complex z) -> Complex { return f(z); }
#define GRADUS_TENSOR(f) [](const Tensor& x) -> Tensor { return f(x); }
#define GRADUS_FUNCTION(name, latex, derivative, parity, at_zero)              \
  {                                                                            \
#name, latex, derivative, Parity::parity, at_zero, GRADUS_REAL(std::name), \
        GRADUS_COMPLEX(std::name), GRADUS_TENSOR(gradus::name)                 \
  }

const FunctionRule kFunctions[] = {
    GRADUS_FUNCTION(exp, "\\exp", "exp(u)", none, "1"),
    GRADUS_FUNCTION(log, "\\log", "1/u", none, nullptr),
    GRADUS_FUNCTION(sin, "\\sin", "cos(u)", odd, "0"),
    GRADUS_FUNCTION(cos, "\\cos", "-sin(u)", even, "1"),
    GRADUS_FUNCTION(tan, "\\tan", "1 + tan(u)^2", odd, "0"),
    GRADUS_FUNCTION(asin, "\\arcsin", "1/sqrt(1 - u^2)", odd, "0"),
    GRADUS_FUNCTION(acos, "\\arccos", "-1/sqrt(1 - u^2)", none, "pi/2"),
    GRADUS_FUNCTION(atan, "\\arctan", "1/(1 + u^2)", odd, "0"),
    GRADUS_FUNCTION(sinh, "\\sinh", "cosh(u)", odd, "0"),
    GRADUS_FUNCTION(cosh, "\\cosh", "sinh(u)", even, "1"),
    GRADUS_FUNCTION(tanh, "\\tanh", "1 - tanh(u)^2", odd, "0"),
    GRADUS_FUNCTION(asinh, "\\operatorname{arsinh}", "1/sqrt(1 + u^2)", odd, "0"),
    GRADUS_FUNCTION(acosh, "\\operatorname{arcosh}", "1/(sqrt(u - 1)*sqrt(u + 1))", none, nullptr),
    GRADUS_FUNCTION(atanh, "\\operatorname{artanh}", "1/(1 - u^2)", odd, "0"),
    {"erf", "\\operatorname{erf}", "2/sqrt(pi)*exp(-u^2)", Parity::odd, "0", GRADUS_REAL(std::erf),
     nullptr, GRADUS_TENSOR(gradus::erf)},
    {"sigmoid", "\\sigma", "sigmoid(u)*(1 - sigmoid(u))", Parity::none, "1/2",
     GRADUS_REAL(logistic), complex_sigmoid, GRADUS_TENSOR(gradus::sigmoid)},
    {"softplus", "\\operatorname{softplus}", "sigmoid(u)", Parity::none, "log(2)",
     GRADUS_REAL(soft_plus), complex_softplus, GRADUS_TENSOR(gradus::softplus)},
    {"relu", "\\operatorname{ReLU}", "step(u)", Parity::none, "0",
     [](double x) { return x > 0   ? x
                           : x < 0 ? 0.0
                                   : x; },
     [](Complex z) { return z.real() > 0 ? z : Complex(0); }, GRADUS_TENSOR(gradus::relu)},
    {"abs", "\\operatorname{abs}", "sign(u)", Parity::even, "0",
     [](double x) { return std::abs(x); }, [](Complex z) { return z.real() < 0 ? -z : z; },
     GRADUS_TENSOR(gradus::absolute)},
    {"sign", "\\operatorname{sign}", "0", Parity::odd, "0", GRADUS_REAL(sign_of),
     [](Complex z) { return Complex(sign_of(z.real())); }, GRADUS_TENSOR(gradus::sign)},
    {"step", "\\operatorname{step}", "0", Parity::none, nullptr, GRADUS_REAL(step_of),
     [](Complex z) { return Complex(step_of(z.real())); }, tensor_step},
};

#undef GRADUS_REAL
#undef GRADUS_COMPLEX
#undef GRADUS_TENSOR
#undef GRADUS_FUNCTION

}  // namespace

std::span<const FunctionRule> functions() { return kFunctions; }

const FunctionRule* find_function(std::string_view name) {
  for (const FunctionRule& rule : kFunctions) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

}  // namespace gradus::symbolic
