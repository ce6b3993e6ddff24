// What holds for every estimator that can be made by name.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>

#include "gradus/base/parallel.h"
#include "gradus/base/philox.h"
#include "gradus/io/safetensors.h"
#include "gradus/learn/estimator_kinds.h"
#include "gradus/learn/options.h"
#include "gradus/ops/random.h"
#include "tests/learn/data.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::learn {
namespace {

using testing::error_of;
using testing::values;

/// Counts, so that every estimator takes them: three classes that lie apart.
Table small_table() {
  const Tensor y = cast(random_integer(Key(5), {90}, 0, 3), DType::i64).eval();
  const Tensor noise = random_integer(Key(6), {90, 4}, 0, 5);
  const Tensor x = cast(noise + expand_dims(y, 1) * 3.0, DType::f64).eval();
  return {x, y};
}

Owned<Estimator> fitted_estimator(const EstimatorKind& kind) {
  auto estimator = kind.make();
  const Table data = small_table();
  estimator->fit(data.x, data.y);
  return estimator;
}

/// Everything that an estimator says about examples.
std::vector<std::vector<double>> answers(const Estimator& estimator, const Tensor& x) {
  std::vector<std::vector<double>> result;
  const auto ask = [&](auto&& question) {
    try {
      result.push_back(values(question()));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unsupported) throw;
    }
  };
  ask([&] { return estimator.predict(x); });
  ask([&] { return estimator.predict_probabilities(x); });
  ask([&] { return estimator.decision(x); });
  ask([&] { return estimator.transform(x); });
  return result;
}

TEST(EveryEstimator, IsTheSameAfterSavingAndLoading) {
  const Table data = small_table();
  for (const EstimatorKind& kind : estimator_kinds()) {
    const auto estimator = fitted_estimator(kind);
    const auto loaded = saved_and_loaded(*estimator);
    EXPECT_STREQ(loaded->kind(), kind.name);
    EXPECT_EQ(options_of(*loaded), options_of(*estimator)) << kind.name;
    EXPECT_EQ(loaded->feature_count(), 4) << kind.name;
    EXPECT_EQ(answers(*loaded, data.x), answers(*estimator, data.x)) << kind.name;
  }
}

TEST(EveryEstimator, GivesTheSameBitsAtAnyThreadCountAndInACopy) {
  const Table data = small_table();
  const int threads = thread_count();
  for (const EstimatorKind& kind : estimator_kinds()) {
    set_thread_count(1);
    const auto one = fitted_estimator(kind);
    const auto expected = answers(*one, data.x);
    set_thread_count(2);
    EXPECT_EQ(answers(*fitted_estimator(kind), data.x), expected) << kind.name;
    set_thread_count(threads);
    const auto copy = one->clone();
    one->fit(data.x * 2.0, data.y);
    EXPECT_EQ(answers(*copy, data.x), expected) << kind.name;
  }
}

TEST(EveryEstimator, TakesExamplesOfOtherTypes) {
  const Table data = small_table();
  for (const EstimatorKind& kind : estimator_kinds()) {
    for (const DType dtype : {DType::u8, DType::i32, DType::f32}) {
      const auto estimator = kind.make();
      estimator->fit(cast(data.x, dtype), data.y);
      EXPECT_EQ(estimator->feature_count(), 4);
      answers(*estimator, cast(data.x, dtype));
    }
  }
}

TEST(EveryEstimator, RefusesBadExamplesAndStaysAsItWas) {
  const Table data = small_table();
  for (const EstimatorKind& kind : estimator_kinds()) {
    const auto fresh = kind.make();
    EXPECT_THROW(fresh->predict(data.x), Error) << kind.name;
    EXPECT_THROW(fresh->transform(data.x), Error) << kind.name;
    const auto estimator = fitted_estimator(kind);
    const auto before = answers(*estimator, data.x);
    const Tensor infinite = where(equal(data.x, Tensor(0.f)), Tensor(testing::kInfinity), data.x);
    EXPECT_THROW(estimator->fit(infinite, data.y), Error) << kind.name;
    EXPECT_THROW(estimator->fit(Tensor{1, 2}, data.y), Error) << kind.name;
    EXPECT_THROW(estimator->fit(zeros({0, 4}), zeros({0}, DType::i64)), Error) << kind.name;
    EXPECT_THROW(estimator->fit(zeros({4, 0}), zeros({4}, DType::i64)), Error) << kind.name;
    EXPECT_EQ(answers(*estimator, data.x), before) << kind.name;
    EXPECT_THROW(answers(*estimator, zeros({3, 5})), Error) << kind.name;
  }
}

TEST(EveryEstimator, RefusesWhatOverflowsAndStaysAsItWas) {
  const Table data = small_table();
  for (const EstimatorKind& kind : estimator_kinds()) {
    for (const double scale : {1e200, 1e30}) {
      const auto estimator = fitted_estimator(kind);
      const auto before = answers(*estimator, data.x);
      const Tensor x = cast((data.x - 5.0) * scale, scale > 1e100 ? DType::f64 : DType::f32).eval();
      try {
        estimator->fit(x, data.y);
      } catch (const Error& error) {
        EXPECT_EQ(answers(*estimator, data.x), before) << error.what();
        continue;
      }
      try {
        for (const auto& answer : answers(*estimator, x)) {
          for (const double value : answer) ASSERT_TRUE(std::isfinite(value)) << kind.name;
        }
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::numeric) << error.what();
      }
    }
  }
}

TEST(EveryEstimator, NeverTrustsANumberOfAFile) {
  const Table data = small_table();
  const testing::TemporaryFolder folder;
  const std::string path = folder / "estimator.safetensors";
  for (const EstimatorKind& kind : estimator_kinds()) {
    save(*fitted_estimator(kind), path);
    const io::Safetensors sound = io::read_safetensors(path);
    for (std::size_t i = 0; i < sound.tensors.size(); ++i) {
      const Tensor& tensor = sound.tensors[i].second;
      if (tensor.dtype() != DType::i64 || tensor.size() == 0) continue;
      for (const std::int64_t evil : {std::int64_t{-1}, std::int64_t{1} << 40, INT64_MIN}) {
        for (const std::int64_t place : {std::int64_t{0}, tensor.size() / 2, tensor.size() - 1}) {
          io::Safetensors bad = sound;
          auto numbers = tensor.to_vector<std::int64_t>();
          numbers[static_cast<std::size_t>(place)] = evil;
          bad.tensors[i].second = Tensor::from(numbers, tensor.shape());
          const std::string other = folder / "bad.safetensors";
          io::write_safetensors(other, bad);
          // Either it is refused, or it does no harm (a class may have any name, and
          // examples another number of features).
          try {
            answers(*load(other), data.x);
          } catch (const Error& error) {
            const bool other_width = error.code() == ErrorCode::shape;
            EXPECT_TRUE(other_width || error.code() == ErrorCode::format) << error.what();
          }
        }
      }
    }
  }
}

/// A file with some bytes changed: anywhere, and most of all in the header.
std::vector<char> damaged(const std::vector<char>& file, std::uint64_t variant) {
  std::vector<char> result = file;
  const auto words = random_words({11, 0}, variant);
  const std::size_t range = variant % 2 ? file.size() : std::min<std::size_t>(file.size(), 900);
  for (std::size_t change = 0; change <= words[0] % 3; ++change) {
    const auto more = random_words({12 + change, 0}, variant);
    result[more[0] % range] = static_cast<char>(more[1] % 2 ? more[2] : '0' + more[2] % 10);
  }
  return result;
}

TEST(EveryEstimator, DoesNoHarmWithADamagedFile) {
  const Table data = small_table();
  const testing::TemporaryFolder folder;
  const std::string path = folder / "estimator.safetensors";
  int read = 0, refused = 0;
  for (const EstimatorKind& kind : estimator_kinds()) {
    save(*fitted_estimator(kind), path);
    std::ifstream stream(path, std::ios::binary);
    const std::vector<char> file{std::istreambuf_iterator<char>(stream), {}};
    for (std::uint64_t variant = 0; variant < 60; ++variant) {
      const std::vector<char> bad = damaged(file, variant);
      const std::string other =
          folder.write("damaged.safetensors", std::string_view(bad.data(), bad.size()));
      try {
        answers(*load(other), data.x);
        ++read;
      } catch (const Error&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace gradus::learn
