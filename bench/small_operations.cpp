// What an operation costs when there is next to nothing to compute: Google Benchmark over calls on
// a few numbers, with and without derivatives, on one thread.

#include <benchmark/benchmark.h>

#include <vector>

#include "gradus/gradus.h"

namespace {

using gradus::Tensor;

Tensor four_numbers() { return Tensor{1, 2, 3, 4}; }

void add(benchmark::State& state) {
  const Tensor a = four_numbers(), b = four_numbers();
  for (auto _ : state) (a + b).eval();
}
BENCHMARK(add);

void add_with_gradient(benchmark::State& state) {
  const auto gradient = gradus::grad([](const Tensor& x) { return gradus::sum(x + x); });
  const Tensor x = four_numbers();
  for (auto _ : state) gradient(x).eval();
}
BENCHMARK(add_with_gradient);

void product_with_gradient(benchmark::State& state) {
  const auto gradient = gradus::grad([](const Tensor& x) { return gradus::sum(x * x); });
  const Tensor x = four_numbers();
  for (auto _ : state) gradient(x).eval();
}
BENCHMARK(product_with_gradient);

/// A chain of state.range(0) operations on four numbers; the time of one is in the counter.
void chain(benchmark::State& state) {
  const Tensor one = four_numbers();
  for (auto _ : state) {
    Tensor x = one;
    for (std::int64_t i = 0; i < state.range(0); ++i) x = x + one;
    x.eval();
  }
  state.counters["per_operation"] = benchmark::Counter(
      static_cast<double>(state.range(0)),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(chain)->Arg(100)->Arg(10'000);

/// Square matrix products of a size at which calling costs as much as computing.
void small_product(benchmark::State& state) {
  const gradus::Shape shape{state.range(0), state.range(0)};
  const Tensor a = gradus::full(shape, 0.5), b = gradus::full(shape, 0.25);
  gradus::eval({a, b});
  for (auto _ : state) gradus::matmul(a, b).eval();
}
BENCHMARK(small_product)->RangeMultiplier(2)->Range(4, 64);

}  // namespace

BENCHMARK_MAIN();
