#include "gradus/ops/targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "gradus/base/parallel.h"
#include "gradus/ops/activation.h"
#include "gradus/ops/all_ops.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/random.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduce_axes.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/select.h"

namespace gradus {
namespace {

// Highway's own choice is the reference; the program must not need it.
TEST(Targets, TheBestOneIsTheOneThatHighwayChooses) {
  const std::int64_t usable = hwy::SupportedTargets() & HWY_TARGETS;
  EXPECT_EQ(best_target(), usable & -usable)
      << hwy::TargetName(best_target()) << " and " << hwy::TargetName(usable & -usable);
}

TEST(Targets, ThePlaceInATableIsTheOneThatHighwayComputes) {
  hwy::ChosenTarget chosen;
  chosen.Update(hwy::SupportedTargets());
  EXPECT_EQ(target_place() + 1,
            chosen.GetIndex());  // the first place of its tables is for choosing
}

TEST(Targets, AChoiceHoldsForTheThreadsOfALoopAndForNoOther) {
  const std::size_t best = target_place();
  const int threads = thread_count();
  set_thread_count(3);
  std::vector<std::size_t> places(300, 99);
  const auto look = [&] {
    parallel_for(300, 1, [&](std::int64_t i, std::int64_t) {
      places[static_cast<std::size_t>(i)] = target_place();
    });
  };
  {
    const TargetScope scope(usable_targets().back());
    const std::size_t chosen = target_place();
    look();
    EXPECT_THAT(places, ::testing::Each(chosen));
    std::size_t elsewhere = 99;
    std::thread([&] { elsewhere = target_place(); }).join();
    EXPECT_EQ(elsewhere, best);
  }
  look();  // by the same threads as before
  EXPECT_THAT(places, ::testing::Each(best));
  set_thread_count(threads);
}

TEST(Targets, NoKernelIsDispatchedByLibhwy) {
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(GRADUS_SOURCE_DIR "/gradus")) {
    if (entry.path().extension() != ".cpp") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    EXPECT_EQ(text.str().find("HWY_EXPORT("), std::string::npos)
        << entry.path() << ": use GRADUS_EXPORT, so that libhwy need not be loaded";
  }
}

// Operations without products that are added at once: nothing that an instruction set could fuse.
const OpDef* const kSameOnAll[] = {
    &kAdd,
    &kSubtract,
    &kMultiply,
    &kDivide,
    &kFloorDivide,
    &kRemainder,
    &kMaximum,
    &kMinimum,
    &kSqrt,
    &kReciprocal,
    &kSquare,
    &kEqual,
    &kLess,
    &kFloor,
    &kCeil,
    &kRound,
    &kTruncate,
    &kCast,
    &kWhere,
    &kRelu,
    &kSum,
    &kMean,
    &kMax,
    &kMin,
    &kProd,
    &kCumSum,
    &kCumProd,
    &kArgmax,
    &kSort,
    &kTopK,
    &kFoldIn,
    &kRandomUniform,
    &kRandomNormal,
    &kRandomBernoulli,
    &kRandomInteger,
    &kRandomPermutation,
    &kRandomCategorical,
};

/// The bits of the outputs on one target.
std::vector<std::string> bits_on(std::int64_t target, const OpDef& op, const Tensors& inputs,
                                 const Attributes& attributes) {
  const TargetScope scope(target);
  std::vector<std::string> bits;
  for (const Tensor& output : apply_all(op, Inputs(inputs.begin(), inputs.end()), attributes)) {
    const auto bytes = output.bytes();
    bits.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return bits;
}

/// The inputs of a sample with floating values drawn at random; f32 stays f32.
Tensors drawn_inputs(const Sample& sample, std::uint64_t seed) {
  Tensors inputs = sample.inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].dtype() != DType::f32 && inputs[i].dtype() != DType::f64) continue;
    inputs[i] = random_uniform(Key(seed).fold_in(i), inputs[i].shape(), 0.1, 3, inputs[i].dtype());
    inputs[i].eval();
  }
  return inputs;
}

TEST(Targets, RandomNumbersAndIeeeArithmeticAreTheSameBitsOnAll) {
  const std::int64_t best = best_target();
  for (const OpDef* op : kSameOnAll) {
    for (const Sample& sample : op->samples()) {
      for (const std::uint64_t seed : {1, 2, 3}) {
        const Tensors inputs = drawn_inputs(sample, seed);
        const auto expected = bits_on(best, *op, inputs, sample.attributes);
        for (const std::int64_t target : usable_targets()) {
          EXPECT_EQ(bits_on(target, *op, inputs, sample.attributes), expected)
              << op->name << ", sample '" << sample.name << "', " << hwy::TargetName(target);
        }
      }
    }
  }
}

// A sum over many elements depends on their order, which must not follow the width of a vector.
TEST(Targets, LongSumsAreTheSameBitsOnAll) {
  const Tensor x = random_normal(Key(1), {37, 20000}).eval();
  for (const OpDef* op : {&kSum, &kMean, &kProd}) {
    for (const Dims& axes : {Dims{0}, Dims{1}, Dims{0, 1}}) {
      const ReduceAttributes attributes{axes, false};
      const auto expected = bits_on(best_target(), *op, {x}, attributes);
      for (const std::int64_t target : usable_targets()) {
        EXPECT_EQ(bits_on(target, *op, {x}, attributes), expected)
            << op->name << ", " << hwy::TargetName(target);
      }
    }
  }
}

}  // namespace
}  // namespace gradus
