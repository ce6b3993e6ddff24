#include "gradus/data/tensor_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/base/error.h"
#include "gradus/core/array.h"
#include "gradus/data/subset.h"
#include "tests/support/error_of.h"

namespace gradus::data {
namespace {

using gradus::testing::error_of;
using ::testing::ElementsAre;
using Indices = std::vector<std::int64_t>;

TensorDataset four_examples() {
  return TensorDataset(Tensor{{0, 1}, {10, 11}, {20, 21}, {30, 31}},
                       Tensor::from<std::int64_t>({5, 6, 7, 8}));
}

TEST(TensorDataset, GathersExamplesInAnyOrder) {
  const Batch batch = four_examples().get(Indices{3, 0, 3});
  EXPECT_EQ(batch.inputs.signature(), "f32[3, 2]");
  EXPECT_THAT(batch.inputs.to_vector<float>(), ElementsAre(30, 31, 0, 1, 30, 31));
  EXPECT_THAT(batch.targets.to_vector<int>(), ElementsAre(8, 5, 8));
  EXPECT_TRUE(batch.inputs.is_evaluated());
}

TEST(TensorDataset, ConsecutiveExamplesShareStorage) {
  const TensorDataset dataset = four_examples();
  const Batch batch = dataset.get(Indices{1, 2});
  EXPECT_THAT(batch.inputs.to_vector<float>(), ElementsAre(10, 11, 20, 21));
  EXPECT_EQ(batch.inputs.array().buffer.data(), dataset.inputs().array().buffer.data());
  EXPECT_EQ(batch.targets.array().buffer.data(), dataset.targets().array().buffer.data());
}

TEST(TensorDataset, MayHaveNoTargets) {
  const TensorDataset dataset(Tensor{1, 2, 3});
  EXPECT_EQ(dataset.size(), 3);
  EXPECT_FALSE(dataset.get(Indices{2, 0}).targets.defined());
}

TEST(TensorDataset, GivesAnEmptyBatchForNoIndices) {
  EXPECT_EQ(four_examples().get({}).inputs.signature(), "f32[0, 2]");
}

TEST(TensorDataset, RefusesWhatDoesNotFit) {
  EXPECT_EQ(error_of([] {
              TensorDataset(Tensor{1, 2, 3}, Tensor{1, 2});
            }).what(),
            std::string("tensor_dataset: inputs f32[3] and targets f32[2] differ in the number of "
                        "examples"));
  EXPECT_EQ(error_of([] { TensorDataset(Tensor(1.0f)); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] { return TensorDataset(Tensor{}).size(); }).code(), ErrorCode::shape);
  EXPECT_EQ(error_of([] {
              four_examples().get(Indices{1, 4});
            }).what(),
            std::string("tensor_dataset: there is no example 4 among 4"));
  EXPECT_EQ(error_of([] { four_examples().get(Indices{-1}); }).code(), ErrorCode::index);
}

TEST(Subset, HasNumbersOfItsOwn) {
  const Subset subset(share<TensorDataset>(four_examples()), {3, 1, 2});
  EXPECT_EQ(subset.size(), 3);
  EXPECT_THAT(subset.get(Indices{0, 2}).targets.to_vector<int>(), ElementsAre(8, 7));
  const Subset inner(share<Subset>(subset), {1});
  EXPECT_THAT(inner.get(Indices{0}).targets.to_vector<int>(), ElementsAre(6));
}

TEST(Subset, RefusesNumbersThatAreNotThere) {
  const auto dataset = share<TensorDataset>(four_examples());
  EXPECT_EQ(error_of([&] {
              Subset(dataset, {0, 4});
            }).what(),
            std::string("subset: there is no example 4 among 4"));
  EXPECT_EQ(error_of([&] {
              Subset(dataset, {0, 1}).get(Indices{2});
            }).what(),
            std::string("subset: there is no example 2 among 2"));
}

}  // namespace
}  // namespace gradus::data
