// Training steps of the workloads, compiled and as they are, at one thread and at all: seconds a
// step, and for those that are products and convolutions their share of the machine's multiply-add peak, measured in the same
// run.

#include <benchmark/benchmark.h>

#include "gradus/base/parallel.h"
#include "machine_peak.h"
#include "problem.h"

namespace {

using gradus::bench::Problem;

using MakeStep = gradus::bench::Step (*)(const Problem&);

void train(benchmark::State& state, const Problem& problem, MakeStep make_step) {
  const int before = gradus::thread_count();
  const auto threads = static_cast<int>(state.range(0));
  gradus::set_thread_count(threads);
  static const double peak = 1e9 * gradus::bench::multiply_add_peak();
  const gradus::bench::Step step = make_step(problem);
  for (int i = 0; i < 3; ++i) step();
  for (auto _ : state) benchmark::DoNotOptimize(step());
  if (problem.operations > 0) {
    state.counters["share_of_peak"] = benchmark::Counter(
        problem.operations / (peak * threads), benchmark::Counter::kIsIterationInvariantRate);
  }
  gradus::set_thread_count(before);
}

void register_step(const Problem& problem, const std::string& name, MakeStep make_step) {
  auto* entry = benchmark::RegisterBenchmark(
      name.c_str(),
      [problem, make_step](benchmark::State& state) { train(state, problem, make_step); });
  entry->ArgName("threads")->Arg(1)->UseRealTime()->Unit(benchmark::kMicrosecond);
  if (gradus::thread_count() > 1) entry->Arg(gradus::thread_count());
}

void register_problem(const Problem& problem) {
  register_step(problem, problem.name, gradus::bench::gradus_step);
  register_step(problem, problem.name + "/compiled", gradus::bench::gradus_compiled_step);
}

[[maybe_unused]] const bool registered = [] {
  using namespace gradus::bench;
  register_problem(xor_problem());
  for (const std::int64_t batch : {1, 32, 128, 512}) register_problem(mlp_problem(batch));
  for (const std::int64_t batch : {1, 64}) register_problem(lenet_problem(batch));
  register_problem(vgg_problem(64));
  return true;
}();

}  // namespace

BENCHMARK_MAIN();
