// Internal: what is known of each function.
#pragma once

#include <complex>
#include <span>
#include <string_view>

#include "gradus/core/tensor.h"

namespace gradus::symbolic {

enum class Parity { none, odd, even };

struct FunctionRule {
  const char* name;
  const char* latex;
  const char* derivative;  ///< in u, as it is parsed
  Parity parity;
  const char* at_zero;  ///< as it is parsed; nullptr: not simplified
  double (*real)(double);
  std::complex<double> (*complex)(std::complex<double>);  ///< nullptr: not offered
  Tensor (*tensor)(const Tensor&);
};

std::span<const FunctionRule> functions();
/// nullptr for an unknown name.
const FunctionRule* find_function(std::string_view name);

}  // namespace gradus::symbolic
