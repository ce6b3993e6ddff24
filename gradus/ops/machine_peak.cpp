#include "gradus/ops/machine_peak.h"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/machine_peak.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "gradus/ops/targets.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Enough independent sums to hide the latency of one (4 cycles, 2 a cycle), few enough for the
// registers.
constexpr int kSums = 12;

/// Runs `rounds` times kSums multiply-adds on vectors; returns the operations done.
double multiply_add(std::int64_t rounds, float* sink) {
  const hn::ScalableTag<float> d;
  hn::Vec<decltype(d)> sums[kSums];
  const auto factor = hn::Set(d, sink[0]), addend = hn::Set(d, sink[1]);
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = hn::MulAdd(sums[i], factor, addend);
  }
  auto total = hn::Zero(d);
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) total = hn::Add(total, sums[i]);
  sink[2] = hn::GetLane(hn::SumOfLanes(d, total));
  return 2.0 * kSums * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
namespace {

GRADUS_EXPORT(multiply_add);

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The most work per second in `tries` tries; `work` runs on every thread and returns what it did.
template <class F>
double best_rate(int threads, int tries, F&& work) {
  double best = 0;
  for (int i = 0; i < tries; ++i) {
    double done = 0;
    const double start = seconds();
#pragma omp parallel num_threads(threads) reduction(+ : done)
    done += work(omp_get_thread_num());
    best = std::max(best, done / (seconds() - start));
  }
  return best;
}

}  // namespace

double multiply_add_peak(int threads) {
  constexpr std::int64_t kRounds = 2'000'000;  // some 4 ms
  return 1e-9 * best_rate(threads, 12, [](int) {
           float sink[3] = {0.999f, 0.001f, 0};  // converges to 1: no denormals
           const double done = GRADUS_DISPATCH(multiply_add)(kRounds, sink);
           return sink[2] > 0 ? done : 0;
         });
}

double copy_peak(int threads) {
  constexpr std::size_t kBytes = std::size_t{64} << 20;
  const std::vector<std::byte> from(kBytes, std::byte{1});
  std::vector<std::byte> to(kBytes);
  return 1e-9 * best_rate(threads, 6, [&](int thread) {
           const std::size_t part = kBytes / static_cast<std::size_t>(threads);
           const std::size_t begin = part * static_cast<std::size_t>(thread);
           std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(begin), part,
                       to.begin() + static_cast<std::ptrdiff_t>(begin));
           return 2.0 * static_cast<double>(part);
         });
}

MachinePeak measure_machine_peak(int threads) {
  return {multiply_add_peak(threads), copy_peak(threads), threads};
}

}  // namespace gradus
#endif
