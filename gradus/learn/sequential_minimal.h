// Internal: the quadratic programmes of support vector machines.
#pragma once

#include <cstdint>
#include <vector>

#include "gradus/learn/kernel_cache.h"

namespace gradus::learn {

/// max sum_k z_k b_k - 1/2 sum_kl b_k b_l K(e_k, e_l) over b with sum_k b_k = 0 and
/// lower_k <= b_k <= upper_k, where e_k is the example of variable k.
struct BoxProgramme {
  std::vector<double> linear;         // z
  std::vector<double> lower, upper;   // lower <= 0 <= upper
  std::vector<std::int64_t> example;  // e
};

struct MinimalOptions {
  double tolerance;             ///< of the largest violation of the conditions of optimality
  std::int64_t max_iterations;  ///< 0: ten millions, or 100 for each variable
  bool shrinking;
};

struct BoxSolution {
  std::vector<double> coefficients;  // b
  double intercept;
  std::int64_t iterations;
};

/// Changes two variables at a time: the one that violates the conditions most, and the one that
/// then gains most by second order (Fan, Chen and Lin 2005). Variables that seem to stay at their
/// bounds are left out for a while (Joachims 1999). Throws Error naming `kind` if max_iterations do
/// not suffice. In this form signs of classes are in the bounds (Bottou and Lin 2007).
BoxSolution solve_box(const char* kind, const BoxProgramme& programme, KernelCache& kernel,
                      const MinimalOptions& options);

}  // namespace gradus::learn
