#include "gradus/ops/creation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../support/error_of.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;

TEST(Full, FillsAShapeWithAValue) {
  const Tensor x = full({2, 3}, 1.5);
  EXPECT_EQ(x.signature(), "f32[2, 3]");
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(1.5f, 1.5f, 1.5f, 1.5f, 1.5f, 1.5f));
  EXPECT_THAT(ones({2}, DType::i64).to_vector<std::int64_t>(), ElementsAre(1, 1));
  EXPECT_THAT(zeros({1}, DType::boolean).to_vector<bool>(), ElementsAre(false));
  EXPECT_EQ(full({}, -2, DType::f64).item<double>(), -2);
  EXPECT_TRUE(zeros({0, 4}).to_vector<float>().empty());
}

TEST(Full, TakesTheMemoryOfOneElement) {
  EXPECT_EQ(zeros({1000, 1000, 1000}).array().buffer.bytes(), sizeof(float));
}

TEST(Full, HasNoDenseStorageThatAKernelCouldOverwrite) {
  const Tensor x = zeros({2, 3});
  EXPECT_FALSE(is_dense(x.shape(), x.array().strides));
}

TEST(Full, LikeTakesShapeAndTypeOfATensor) {
  const Tensor x = full({2, 1}, 3, DType::i32);
  EXPECT_EQ(zeros_like(x).signature(), "i32[2, 1]");
  EXPECT_EQ(ones_like(x).signature(), "i32[2, 1]");
  EXPECT_THAT(full_like(x, 5).to_vector<std::int32_t>(), ElementsAre(5, 5));
}

TEST(Full, RefusesANumberThatAnIntegerTypeCannotHold) {
  const auto message = [](double value, DType dtype) -> std::string {
    return testing::error_of([&] { full({2}, value, dtype); }).what();
  };
  EXPECT_EQ(message(300, DType::u8), "full: 300 is out of the range of u8");
  EXPECT_EQ(message(-1, DType::u8), "full: -1 is out of the range of u8");
  EXPECT_EQ(message(2147483648.0, DType::i32), "full: 2147483648 is out of the range of i32");
  EXPECT_EQ(message(0x1p63, DType::i64), "full: 9.223372036854776e+18 is out of the range of i64");
  EXPECT_EQ(message(std::nan(""), DType::i64), "full: nan is out of the range of i64");
}

TEST(Full, CutsOffFractionsAtTheEndsOfTheRange) {
  EXPECT_EQ(full({}, 255.5, DType::u8).item<int>(), 255);
  EXPECT_EQ(full({}, -0.5, DType::u8).item<int>(), 0);
  EXPECT_EQ(full({}, -2147483648.0, DType::i32).item<int>(), INT32_MIN);
  EXPECT_EQ(full({}, -0x1p63, DType::i64).item<std::int64_t>(), INT64_MIN);
}

}  // namespace
}  // namespace gradus
