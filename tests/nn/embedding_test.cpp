#include "gradus/nn/embedding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "gradus/nn/gradients.h"
#include "gradus/ops/reduce.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::nn {
namespace {

using testing::error_of;
using testing::near;

TEST(Embedding, LooksUpARowForEachIndex) {
  Embedding layer{{.entries = 3, .dimension = 2}};
  layer.weight = Tensor{{1, 2}, {3, 4}, {5, 6}};
  const Tensor indices = Tensor::from(std::vector<std::int64_t>{2, 0, 2, 1}, Shape{2, 2});
  const Tensor y = layer(indices);
  EXPECT_EQ(y.shape(), (Shape{2, 2, 2}));
  EXPECT_THAT(y, near({5, 6, 1, 2, 5, 6, 3, 4}));
}

TEST(Embedding, AddsTheGradientsOfARowThatIsUsedTwice) {
  Embedding layer{{.entries = 3, .dimension = 2}};
  const Tensor indices = Tensor::from(std::vector<std::int64_t>{2, 0, 2});
  const auto [loss, gradients] = value_and_grad(layer, [&] { return sum(layer(indices)); });
  EXPECT_THAT(gradients[0], near({1, 1, 0, 0, 2, 2}));
}

TEST(Embedding, RefusesWhatIsNoIndex) {
  const Embedding layer{{.entries = 3, .dimension = 2}};
  EXPECT_STREQ(error_of([&] {
                 layer(Tensor{1, 2});
               }).what(),
               "embedding: takes integers, not f32[2]");
  const Tensor outside = Tensor::from(std::vector<std::int64_t>{3});
  EXPECT_THROW(layer(outside).eval(), Error);
}

}  // namespace
}  // namespace gradus::nn
