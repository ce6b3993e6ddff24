#include "gradus/learn/support_vector_machine.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/learn/examples.h"
#include "gradus/learn/sequential_minimal.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"

namespace gradus::learn {
namespace {

constexpr const char* kKernelNames[] = {"linear", "rbf", "polynomial", "sigmoid"};
constexpr std::int64_t kDecisionPiece = 256;

void check_options(const char* kind, const SupportVectorOptions& options) {
  const auto require = [&](bool fine, const char* what, double value) {
    if (fine) return;
    throw Error(ErrorCode::invalid_argument, kind, fmt::format("{}, not {}", what, value));
  };
  require(options.penalty > 0 && std::isfinite(options.penalty), "penalty must be above 0",
          options.penalty);
  require(options.gamma >= 0 && std::isfinite(options.gamma), "gamma must be 0 or more",
          options.gamma);
  require(std::isfinite(options.offset), "offset must be finite", options.offset);
  require(options.degree >= 0, "degree must be 0 or more", static_cast<double>(options.degree));
  require(options.epsilon >= 0 && std::isfinite(options.epsilon), "epsilon must be 0 or more",
          options.epsilon);
  require(options.tolerance > 0, "tolerance must be above 0", options.tolerance);
  require(options.max_iterations >= 0, "max_iterations must be 0 (any) or more",
          static_cast<double>(options.max_iterations));
  require(options.cache_megabytes >= 1 && options.cache_megabytes < 1 << 30,
          "cache_megabytes must be 1 or more", static_cast<double>(options.cache_megabytes));
}

Kernel kernel_of(const SupportVectorOptions& options, double gamma) {
  return {
      .kind = options.kernel, .gamma = gamma, .offset = options.offset, .degree = options.degree};
}

/// Distances do not see where 0 is, and products around it round least.
Tensor middle_of(const SupportVectorOptions& options, const Tensor& x) {
  const Tensor middle = mean(cast(x, DType::f64), {.axes = {0}}).eval();
  return options.kernel == KernelKind::rbf ? middle : Tensor((middle * 0.0).eval());
}

MinimalOptions minimal_options(const SupportVectorOptions& options) {
  return {.tolerance = options.tolerance,
          .max_iterations = options.max_iterations,
          .shrinking = options.shrinking};
}

/// sum_v coefficient_v K(x, v) + intercept, of each machine. -> (examples, machines) of f64
Tensor machine_outputs(const Tensor& x, const Tensor& vectors, const Tensor& coefficients,
                       const Tensor& intercepts, const SupportVectorOptions& options,
                       double gamma) {
  const Kernel kernel = kernel_of(options, gamma);
  const Tensor alike = cast(x, vectors.dtype()).eval();
  const Tensor middle = cast(middle_of(options, vectors), vectors.dtype());
  const Tensor centred = (vectors - middle).eval();
  const std::int64_t machines = coefficients.dim(0);
  std::vector<double> outputs(static_cast<std::size_t>(x.dim(0) * machines));
  parallel_for(x.dim(0), kDecisionPiece, [&](std::int64_t begin, std::int64_t end) {
    const Tensor rows = (slice(alike, 0, {.start = begin, .stop = end}) - middle).eval();
    const Tensor sums =
        linear(cast(kernel(rows, centred), DType::f64), coefficients, intercepts).eval();
    const auto values = sums.data<double>();
    std::copy(values.begin(), values.end(), outputs.begin() + begin * machines);
  });
  return Tensor::from(outputs, {x.dim(0), machines});
}

/// The examples that some coefficient is not 0 of, and the columns of those.
struct SupportSet {
  std::vector<std::int64_t> examples;
  std::vector<double> coefficients;  // (machines, examples)

  SupportSet(const std::vector<std::vector<double>>& machines) {
    for (std::size_t i = 0; i < machines.front().size(); ++i) {
      const bool used = std::any_of(machines.begin(), machines.end(),
                                    [&](const auto& machine) { return machine[i] != 0; });
      if (used) examples.push_back(static_cast<std::int64_t>(i));
    }
    // Where all is flat no example supports it; one with coefficient 0 keeps shapes sound.
    if (examples.empty()) examples.push_back(0);
    for (const auto& machine : machines) {
      for (const std::int64_t i : examples) {
        coefficients.push_back(machine[static_cast<std::size_t>(i)]);
      }
    }
  }
};

struct Pair {
  std::int64_t first, second;
};

std::vector<Pair> pairs_of(std::int64_t classes) {
  std::vector<Pair> pairs;
  for (std::int64_t a = 0; a < classes; ++a) {
    for (std::int64_t b = a + 1; b < classes; ++b) pairs.push_back({a, b});
  }
  return pairs;
}

}  // namespace

void SupportVectorOptions::fields(OptionVisitor& v) {
  v("penalty", penalty);
  v("kernel", kernel, kKernelNames);
  v("gamma", gamma);
  v("offset", offset);
  v("degree", degree);
  v("epsilon", epsilon);
  v("tolerance", tolerance);
  v("shrinking", shrinking);
  v("max_iterations", max_iterations);
  v("cache_megabytes", cache_megabytes);
}

void SupportVectorClassifier::fitted(FittedVisitor& v) {
  visit_classes(v);
  v("support", support, Content::i64, {kAnyExtent});
  const std::int64_t vectors = support.defined() ? support.size() : 0;
  const std::int64_t pairs = class_count() * (class_count() - 1) / 2;
  v("support_vectors", support_vectors, Content::real, {vectors, feature_count()});
  v("coefficients", coefficients, Content::f64, {pairs, vectors});
  v("intercepts", intercepts, Content::f64, {pairs});
  v("gamma", gamma, Content::f64, {});
}

void SupportVectorClassifier::finish_loading() {
  Classifier::finish_loading();
  if (support.size() == 0) throw Error(ErrorCode::format, kKind, "it has no support vectors");
  check_options(kKind, options);
}

void SupportVectorClassifier::learn_classes(const Tensor& x, const Tensor& codes,
                                            const Tensor& weights) {
  check_options(kKind, options);
  const double chosen = options.gamma > 0 ? options.gamma : scaled_gamma(x);
  const Tensor centred = (x - cast(middle_of(options, x), x.dtype())).eval();
  const auto labels = codes.data<std::int64_t>();
  const std::vector<Pair> pairs = pairs_of(class_count());
  std::vector<std::vector<double>> machines(pairs.size(), std::vector<double>(labels.size()));
  std::vector<double> offsets(pairs.size());
  const std::int64_t bytes = (options.cache_megabytes << 20);
  parallel_for(static_cast<std::int64_t>(pairs.size()), 1, [&](std::int64_t place, std::int64_t) {
    const Pair& pair = pairs[static_cast<std::size_t>(place)];
    std::vector<std::int64_t> own;
    BoxProgramme programme;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] != pair.first && labels[i] != pair.second) continue;
      const bool first = labels[i] == pair.first;
      const double bound = options.penalty * (weights.defined() ? weights.data<double>()[i] : 1);
      programme.linear.push_back(first ? 1 : -1);
      programme.lower.push_back(first ? 0 : -bound);
      programme.upper.push_back(first ? bound : 0);
      programme.example.push_back(static_cast<std::int64_t>(own.size()));
      own.push_back(static_cast<std::int64_t>(i));
    }
    KernelCache cache(rows_of(centred, own), kernel_of(options, chosen), bytes);
    const BoxSolution solution = solve_box(kKind, programme, cache, minimal_options(options));
    auto& machine = machines[static_cast<std::size_t>(place)];
    for (std::size_t k = 0; k < own.size(); ++k) {
      machine[static_cast<std::size_t>(own[k])] = solution.coefficients[k];
    }
    offsets[static_cast<std::size_t>(place)] = solution.intercept;
  });
  const SupportSet set(machines);
  const auto count = static_cast<std::int64_t>(set.examples.size());
  support = Tensor::from(set.examples);
  support_vectors = rows_of(x, set.examples);
  coefficients = Tensor::from(set.coefficients, {static_cast<std::int64_t>(pairs.size()), count});
  intercepts = Tensor::from(offsets);
  gamma = Tensor::scalar(chosen, DType::f64);
}

Tensor SupportVectorClassifier::decisions(const Tensor& x) const {
  return machine_outputs(x, support_vectors, coefficients, intercepts, options,
                         gamma.item<double>());
}

Tensor SupportVectorClassifier::pair_decisions(const Tensor& x) const {
  require_fitted();
  const Tensor examples = checked_examples(kKind, x, Missing::refused);
  return cast(decisions(examples), examples.dtype()).eval();
}

Tensor SupportVectorClassifier::do_decision(const Tensor& x) const {
  const Tensor outputs = decisions(x);
  if (class_count() == 2) return cast(reshape(-outputs, {-1}), x.dtype()).eval();
  const std::vector<Pair> pairs = pairs_of(class_count());
  const auto values = outputs.data<double>();
  const auto width = static_cast<std::size_t>(class_count());
  std::vector<double> scores(static_cast<std::size_t>(x.dim(0)) * width);
  for (std::size_t i = 0; i < static_cast<std::size_t>(x.dim(0)); ++i) {
    double* score = scores.data() + i * width;
    std::vector<double> confidence(width);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const double value = values[i * pairs.size() + p];
      const auto a = static_cast<std::size_t>(pairs[p].first);
      const auto b = static_cast<std::size_t>(pairs[p].second);
      score[value > 0 ? a : b] += 1;
      confidence[a] += value;
      confidence[b] -= value;
    }
    // Votes first: confidence is worth less than half a vote (as scikit-learn has it).
    for (std::size_t c = 0; c < width; ++c) {
      score[c] += confidence[c] / (3 * (std::abs(confidence[c]) + 1));
    }
  }
  return real_tensor(scores, {x.dim(0), class_count()}, x.dtype());
}

Tensor SupportVectorClassifier::do_predict(const Tensor& x) const {
  const std::vector<Pair> pairs = pairs_of(class_count());
  const Tensor outputs = decisions(x);
  const auto values = outputs.data<double>();
  std::vector<std::int64_t> winners;
  for (std::size_t i = 0; i < static_cast<std::size_t>(x.dim(0)); ++i) {
    std::vector<std::int64_t> votes(static_cast<std::size_t>(class_count()));
    for (std::size_t p = 0; p < pairs.size(); ++p) {
      const bool first = values[i * pairs.size() + p] > 0;
      ++votes[static_cast<std::size_t>(first ? pairs[p].first : pairs[p].second)];
    }
    winners.push_back(std::max_element(votes.begin(), votes.end()) - votes.begin());
  }
  return take(classes, Tensor::from(winners)).eval();
}

void SupportVectorRegressor::fitted(FittedVisitor& v) {
  v("support", support, Content::i64, {kAnyExtent});
  const std::int64_t vectors = support.defined() ? support.size() : 0;
  v("support_vectors", support_vectors, Content::real, {vectors, feature_count()});
  v("coefficients", coefficients, Content::f64, {1, vectors});
  v("intercepts", intercepts, Content::f64, {1});
  v("gamma", gamma, Content::f64, {});
}

void SupportVectorRegressor::finish_loading() {
  if (support.size() == 0) throw Error(ErrorCode::format, kKind, "it has no support vectors");
  check_options(kKind, options);
}

void SupportVectorRegressor::learn(const Tensor& x, const Tensor& y, const Tensor& weights) {
  check_options(kKind, options);
  const double chosen = options.gamma > 0 ? options.gamma : scaled_gamma(x);
  const Tensor centred = (x - cast(middle_of(options, x), x.dtype())).eval();
  // Two variables for each example: what pulls the function up to it, and what pushes it down.
  BoxProgramme programme;
  const auto targets = y.data<double>();
  for (const double sign : {1.0, -1.0}) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const double bound = options.penalty * (weights.defined() ? weights.data<double>()[i] : 1);
      programme.linear.push_back(targets[i] - sign * options.epsilon);
      programme.lower.push_back(sign > 0 ? 0 : -bound);
      programme.upper.push_back(sign > 0 ? bound : 0);
      programme.example.push_back(static_cast<std::int64_t>(i));
    }
  }
  KernelCache cache(centred, kernel_of(options, chosen), options.cache_megabytes << 20);
  const BoxSolution solution = solve_box(kKind, programme, cache, minimal_options(options));
  std::vector<double> machine(targets.size());
  for (std::size_t k = 0; k < solution.coefficients.size(); ++k) {
    machine[k % targets.size()] += solution.coefficients[k];
  }
  const SupportSet set({machine});
  support = Tensor::from(set.examples);
  support_vectors = rows_of(x, set.examples);
  coefficients =
      Tensor::from(set.coefficients, {1, static_cast<std::int64_t>(set.examples.size())});
  intercepts = Tensor::from(std::vector<double>{solution.intercept});
  gamma = Tensor::scalar(chosen, DType::f64);
}

Tensor SupportVectorRegressor::do_predict(const Tensor& x) const {
  const Tensor outputs =
      machine_outputs(x, support_vectors, coefficients, intercepts, options, gamma.item<double>());
  return cast(reshape(outputs, {-1}), x.dtype()).eval();
}

}  // namespace gradus::learn
