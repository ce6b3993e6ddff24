#include "gradus/data/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>

#include "gradus/base/error.h"
#include "gradus/core/array.h"
#include "gradus/data/tensor_dataset.h"
#include "tests/support/error_of.h"

namespace gradus::data {
namespace {

using gradus::testing::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Numbers = std::vector<std::int64_t>;

/// Example i is i, its target 100 + i.
TensorDataset dataset_below(std::int64_t count) {
  Numbers values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), std::int64_t{0});
  Numbers targets = values;
  for (std::int64_t& target : targets) target += 100;
  return TensorDataset(Tensor::from(values), Tensor::from(targets));
}

std::vector<Numbers> number_batches(const Epoch& epoch) {
  std::vector<Numbers> batches;
  for (const auto& [inputs, targets] : epoch) {
    batches.push_back(inputs.to_vector<std::int64_t>());
    Numbers expected = batches.back();
    for (std::int64_t& number : expected) number += 100;
    EXPECT_EQ(targets.to_vector<std::int64_t>(), expected);
  }
  return batches;
}

Numbers joined(const std::vector<Numbers>& batches) {
  Numbers all;
  for (const Numbers& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

TEST(DataLoader, HandsOutBatchesInOrder) {
  const DataLoader loader(dataset_below(5), {.batch_size = 2});
  EXPECT_EQ(loader.size(), 3);
  EXPECT_THAT(number_batches(loader.epoch(0)),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4)));
}

TEST(DataLoader, DropsTheLastBatchIfAsked) {
  const DataLoader loader(dataset_below(5), {.batch_size = 2, .drop_last = true});
  EXPECT_EQ(loader.size(), 2);
  EXPECT_THAT(number_batches(loader.epoch(0)), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
  const DataLoader none(dataset_below(1), {.batch_size = 2, .drop_last = true});
  EXPECT_THAT(number_batches(none.epoch(0)), ElementsAre());
}

TEST(DataLoader, AnEmptyDataSetHasNoBatches) {
  for (const int threads : {0, 2}) {
    const DataLoader loader(dataset_below(0),
                            {.batch_size = 2, .shuffle = true, .threads = threads});
    EXPECT_EQ(loader.size(), 0);
    EXPECT_THAT(number_batches(loader.epoch(0)), ElementsAre());
  }
}

TEST(DataLoader, IsARange) {
  DataLoader loader(dataset_below(4), {.batch_size = 2, .shuffle = true, .key = Key(3)});
  std::vector<Numbers> walks[2];
  for (auto& walk : walks) {
    for (auto [inputs, targets] : loader) walk.push_back(inputs.to_vector<std::int64_t>());
  }
  EXPECT_EQ(walks[0], number_batches(loader.epoch(0)));
  EXPECT_EQ(walks[1], number_batches(loader.epoch(1)));
}

TEST(DataLoader, ShufflesEachEpochAnew) {
  const DataLoader loader(dataset_below(100), {.batch_size = 7, .shuffle = true, .key = Key(1)});
  std::set<Numbers> orders;
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    Numbers order = joined(number_batches(loader.epoch(epoch)));
    orders.insert(order);
    std::sort(order.begin(), order.end());
    for (std::int64_t i = 0; i < 100; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
  }
  EXPECT_EQ(orders.size(), 3u);
}

TEST(DataLoader, OrderDependsOnKeyAndEpochAlone) {
  LoaderOptions options{.batch_size = 7, .shuffle = true, .key = Key(1), .threads = 0};
  const auto expected = number_batches(DataLoader(dataset_below(100), options).epoch(5));
  for (const int threads : {1, 2, 4}) {
    for (const int prefetch : {1, 3}) {
      options.threads = threads;
      options.prefetch = prefetch;
      const DataLoader loader(dataset_below(100), options);
      number_batches(loader.epoch(2));
      EXPECT_EQ(number_batches(loader.epoch(5)), expected) << threads << " threads";
    }
  }
  options.key = Key(2);
  EXPECT_NE(number_batches(DataLoader(dataset_below(100), options).epoch(5)), expected);
}

TEST(DataLoader, GoesOnAtAnyBatch) {
  const DataLoader loader(dataset_below(50), {.batch_size = 8, .shuffle = true, .key = Key(9)});
  const auto whole = number_batches(loader.epoch(3));
  for (std::int64_t first = 0; first <= loader.size(); ++first) {
    const auto rest = number_batches(loader.epoch(3, first));
    EXPECT_EQ(rest, std::vector<Numbers>(whole.begin() + first, whole.end()));
  }
}

TEST(DataLoader, DoesNotCopyWhatIsNotShuffled) {
  const TensorDataset dataset = dataset_below(10);
  for (const int threads : {0, 1}) {
    const DataLoader loader(dataset, {.batch_size = 4, .threads = threads});
    for (const auto& batch : loader.epoch(0)) {
      EXPECT_EQ(batch.inputs.array().buffer.data(), dataset.inputs().array().buffer.data());
    }
  }
}

TEST(DataLoader, TransformsSeeIndicesAndTheKeyOfTheEpoch) {
  std::vector<std::uint64_t> paths;
  const auto transform = [&](const Batch& batch, const TransformContext& context) {
    EXPECT_EQ(batch.inputs.to_vector<std::int64_t>(),
              Numbers(context.indices.begin(), context.indices.end()));
    paths.push_back(context.key.path);
    return Batch{batch.targets, batch.inputs};
  };
  const DataLoader loader(
      dataset_below(4),
      {.batch_size = 2, .shuffle = true, .key = Key(1), .threads = 1, .transform = transform});
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    for (const auto& batch : loader.epoch(epoch)) {
      EXPECT_GE(batch.inputs.to_vector<std::int64_t>().front(), 100);  // they were swapped
    }
  }
  ASSERT_EQ(paths.size(), 4u);
  EXPECT_EQ(paths[0], paths[1]);
  EXPECT_EQ(paths[2], paths[3]);
  EXPECT_NE(paths[0], paths[2]);
}

/// Fails at one example, and counts what it is asked for.
class FaultyDataset final : public Dataset {
 public:
  FaultyDataset(std::int64_t count, std::int64_t fault)
      : numbers_(dataset_below(count)), fault_(fault) {}
  std::int64_t size() const override { return numbers_.size(); }
  Batch get(std::span<const std::int64_t> indices) const override {
    ++fetched;
    for (const std::int64_t index : indices) {
      if (index == fault_) throw std::runtime_error("example " + std::to_string(index));
    }
    return numbers_.get(indices);
  }

  mutable std::atomic<int> fetched = 0;

 private:
  TensorDataset numbers_;
  std::int64_t fault_;
};

TEST(DataLoader, ExceptionsReachTheCallerInOrder) {
  for (const int threads : {0, 1, 3}) {
    const DataLoader loader(share<FaultyDataset>(20, 9), {.batch_size = 2, .threads = threads});
    std::vector<std::int64_t> seen;
    std::string message;
    try {
      for (const auto& batch : loader.epoch(0)) {
        seen.push_back(batch.inputs.to_vector<std::int64_t>().front());
      }
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "example 9") << threads << " threads";
    EXPECT_THAT(seen, ElementsAre(0, 2, 4, 6)) << threads << " threads";
  }
}

TEST(DataLoader, StopsWhenAWalkIsLeft) {
  const auto dataset = share<FaultyDataset>(1'000'000, -1);
  const DataLoader loader(dataset, {.batch_size = 1, .threads = 2, .prefetch = 3});
  for (const auto& batch : loader.epoch(0)) {
    EXPECT_EQ(batch.inputs.item<std::int64_t>(), 0);
    break;
  }
  // At most: the one taken, those under way, those that lie ready, for each place in the ring.
  const int fetched = dataset->fetched;
  EXPECT_LE(fetched, 1 + 2 + 3);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(dataset->fetched, fetched);
}

TEST(DataLoader, BatchesOutliveLoaderAndDataSet) {
  std::vector<Batch> kept;
  {
    const DataLoader loader(dataset_below(6), {.batch_size = 3, .shuffle = true, .threads = 2});
    for (const auto& batch : loader.epoch(0)) kept.push_back(batch);
  }
  Numbers all =
      joined({kept[0].inputs.to_vector<std::int64_t>(), kept[1].inputs.to_vector<std::int64_t>()});
  std::sort(all.begin(), all.end());
  EXPECT_THAT(all, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(DataLoader, RefusesOptionsThatMakeNoSense) {
  const auto message = [](LoaderOptions options) {
    return std::string(error_of([&] { DataLoader(dataset_below(3), options); }).what());
  };
  EXPECT_EQ(message({.batch_size = 0}), "data_loader: the batch size must be 1 or more, not 0");
  EXPECT_EQ(message({.threads = -1}), "data_loader: there cannot be -1 threads");
  EXPECT_EQ(message({.prefetch = 0}), "data_loader: prefetch must be 1 or more, not 0");
  EXPECT_EQ(error_of([] { DataLoader(Shared<const Dataset>()); }).what(),
            std::string("data_loader: there is no data set"));
  const DataLoader loader(dataset_below(3), {.batch_size = 2});
  EXPECT_EQ(error_of([&] { loader.epoch(0, 3); }).what(),
            std::string("data_loader: there is no batch 3 in epoch 0: epochs have 2 batches"));
  EXPECT_THAT(error_of([&] { loader.epoch(-1); }).what(), HasSubstr("epoch -1"));
}

}  // namespace
}  // namespace gradus::data
