// tanh(a * b + a) * 0.5 + b on vectors, fused and one operation after the other, at one thread:
// bytes that must be read and written once, as a share of the copy bandwidth of the same run.

#include <benchmark/benchmark.h>

#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/fuse.h"
#include "gradus/ops/machine_peak.h"
#include "gradus/ops/transcendental.h"

namespace {

using gradus::Tensor;

Tensor ramp(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1000) * 4e-3f;
  return Tensor::from(values, gradus::Shape{count});
}

void run_chain(benchmark::State& state, bool fuses) {
  const int before = gradus::thread_count();
  gradus::set_thread_count(1);
  static const double copy = 1e9 * gradus::copy_peak();
  const std::int64_t count = state.range(0) << 20;
  const Tensor a = ramp(count), b = ramp(count);
  for (auto _ : state) {
    Tensor y = gradus::tanh(a * b + a) * 0.5 + b;
    if (fuses) y = gradus::fuse({&y, 1})[0];
    y.eval();
  }
  const double bytes = 3 * 4 * static_cast<double>(count);
  state.counters["share_of_copy"] =
      benchmark::Counter(bytes / copy, benchmark::Counter::kIsIterationInvariantRate);
  gradus::set_thread_count(before);
}

void fused_chain(benchmark::State& state) { run_chain(state, true); }
void plain_chain(benchmark::State& state) { run_chain(state, false); }

BENCHMARK(fused_chain)
    ->ArgName("Mi")
    ->Arg(1)
    ->Arg(16)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(plain_chain)
    ->ArgName("Mi")
    ->Arg(1)
    ->Arg(16)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
