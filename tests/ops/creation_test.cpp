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

TEST(Arange, StopsShortOfTheEnd) {
  EXPECT_THAT(arange(0, 5).to_vector<float>(), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(arange(1, 2, 0.25).to_vector<float>(), ElementsAre(1, 1.25f, 1.5f, 1.75f));
  EXPECT_THAT(arange(3, 0, -2).to_vector<float>(), ElementsAre(3, 1));
  EXPECT_THAT(arange(5, 0, -2, DType::i64).to_vector<std::int64_t>(), ElementsAre(5, 3, 1));
  EXPECT_EQ(arange(0, 1, 0.1).shape(), (Shape{10}));
  EXPECT_EQ(arange(2, 2).shape(), (Shape{0}));
  EXPECT_EQ(arange(2, 1).shape(), (Shape{0}));
}

TEST(Arange, DoesNotLetRoundingErrorsPileUp) {
  const Tensor x = arange(0, 100000, 0.1, DType::f64);
  ASSERT_EQ(x.size(), 1000000);
  EXPECT_EQ(x.data<double>()[999999], 0.1 * 999999);
}

TEST(Arange, NamesARangeThatHasNoEnd) {
  EXPECT_STREQ(testing::error_of([] { arange(0, 1, 0); }).what(),
               "arange: start 0, stop 1 and step 0 give no finite range");
  EXPECT_STREQ(testing::error_of([] { arange(0, INFINITY); }).what(),
               "arange: start 0, stop inf and step 1 give no finite range");
  EXPECT_STREQ(testing::error_of([] { arange(0, std::nan("")); }).what(),
               "arange: start 0, stop nan and step 1 give no finite range");
  EXPECT_STREQ(testing::error_of([] { arange(0, 300, 1, DType::u8); }).what(),
               "arange: 299 is out of the range of u8");
}

TEST(Linspace, EndsExactlyWhereItIsTold) {
  EXPECT_THAT(linspace(0, 1, 5).to_vector<float>(), ElementsAre(0, 0.25f, 0.5f, 0.75f, 1));
  EXPECT_THAT(linspace(2, 5, 1).to_vector<float>(), ElementsAre(2));
  EXPECT_EQ(linspace(2, 5, 0).shape(), (Shape{0}));
  for (const double stop : {0.1, 1.0 / 3, 1e-300, -7.7, 1.7e308}) {
    for (const std::int64_t count : {2, 3, 7, 100, 1001}) {
      const Tensor x = linspace(-1.7e308, stop, count, DType::f64);
      EXPECT_EQ(x.data<double>().front(), -1.7e308);
      EXPECT_EQ(x.data<double>().back(), stop) << count;
    }
  }
}

TEST(Linspace, GivesTheNearestDoubleToEveryTenth) {
  const Tensor x = linspace(0, 1, 11, DType::f64);
  EXPECT_THAT(x.to_vector<double>(), ElementsAre(0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1));
}

TEST(Linspace, NamesWhatIsNotARange) {
  EXPECT_STREQ(testing::error_of([] { linspace(0, 1, -1); }).what(),
               "linspace: -1 values from 0 to 1 are no finite range");
  EXPECT_STREQ(testing::error_of([] { linspace(0, INFINITY, 3); }).what(),
               "linspace: 3 values from 0 to inf are no finite range");
}

TEST(Eye, PutsOnesOnADiagonal) {
  EXPECT_THAT(eye(2, 3).to_vector<float>(), ElementsAre(1, 0, 0, 0, 1, 0));
  EXPECT_THAT(eye(2, 3, 1).to_vector<float>(), ElementsAre(0, 1, 0, 0, 0, 1));
  EXPECT_THAT(eye(3, 2, -2).to_vector<float>(), ElementsAre(0, 0, 0, 0, 1, 0));
  EXPECT_THAT(eye(2, 2, 2).to_vector<float>(), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(eye(2, 2, INT64_MIN).to_vector<float>(), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(eye(0, 3).shape(), (Shape{0, 3}));
}

}  // namespace
}  // namespace gradus
