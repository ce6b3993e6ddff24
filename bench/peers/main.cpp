// The workloads in Gradus and in libtorch, in turn, from the same data and initial parameters;
// first the losses of ten steps are compared.
//   gradus_bench_peers [THREADS] [WORKLOAD]...

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "../machine_peak.h"
#include "../problem.h"
#include "gradus/base/parallel.h"
#include "libtorch_step.h"

namespace {

using gradus::bench::Problem;
using gradus::bench::Step;

double seconds_of(const Step& step, int repetitions) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < repetitions; ++i) step();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count() / repetitions;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The largest relative difference of the losses of ten steps.
double loss_difference(const Step& a, const Step& b) {
  double worst = 0;
  for (int i = 0; i < 10; ++i) {
    const double left = a();
    const double right = b();
    worst = std::max(worst, std::abs(left - right) / std::max(1e-6, std::abs(right)));
  }
  return worst;
}

void compare(const Problem& problem, double peak) {
  const Step ours = gradus::bench::gradus_step(problem);
  const Step theirs = gradus::bench::libtorch_step(problem);
  const double difference = loss_difference(ours, theirs);
  const int repetitions = std::max(1, static_cast<int>(0.2 / seconds_of(theirs, 3)));
  std::vector<double> mine, peers;
  for (int run = 0; run < 7; ++run) {
    mine.push_back(seconds_of(ours, repetitions));
    peers.push_back(seconds_of(theirs, repetitions));
  }
  const double seconds = median(mine);
  std::printf(
      "%-12s gradus %10.3f ms  share of peak %5.2f   libtorch %10.3f ms %5.2f   ratio %5.2f"
      "   loss difference %.1e\n",
      problem.name.c_str(), seconds * 1e3, problem.operations / seconds / peak, median(peers) * 1e3,
      problem.operations / median(peers) / peak, median(peers) / seconds, difference);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
  gradus::set_thread_count(threads);
  gradus::bench::set_libtorch_threads(threads);
  const double peak = 1e9 * gradus::bench::multiply_add_peak() * threads;
  std::printf("threads %d, multiply-add peak %.1f GFLOP/s, libtorch %s\n", threads, peak / 1e9,
              gradus::bench::libtorch_version().c_str());
  for (const Problem& problem :
       {gradus::bench::xor_problem(), gradus::bench::mlp_problem(128),
        gradus::bench::lenet_problem(64), gradus::bench::vgg_problem(64),
        gradus::bench::lstm_problem("lstm-b1", 1, 28, 28),
        gradus::bench::lstm_problem("lstm-b64", 64, 28, 28),
        gradus::bench::lstm_problem("lstm-784", 32, 784, 1), gradus::bench::gru_problem(64)}) {
    const bool wanted = argc <= 2 || std::any_of(argv + 2, argv + argc, [&](const char* name) {
                          return problem.name.starts_with(name);
                        });
    if (wanted) compare(problem, peak);
  }
}
