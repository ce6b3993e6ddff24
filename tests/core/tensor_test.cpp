#include "gradus/core/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "gradus/base/error.h"
#include "gradus/core/array.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "tests/support/error_of.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;

TEST(Tensor, HoldsLiteralsInRowMajorOrder) {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  EXPECT_EQ(x.shape(), (Shape{2, 3}));
  EXPECT_EQ(x.dtype(), DType::f32);
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(1, 2, 3, 4, 5, 6));
  const Tensor planes{{{1, 2}}, {{3, 4}}};
  EXPECT_EQ(planes.shape(), (Shape{2, 1, 2}));
}

TEST(Tensor, EachPairOfBracesOfALiteralIsAnAxis) {
  const double measured = 2.5;
  EXPECT_EQ((Tensor{1}).shape(), (Shape{1}));
  EXPECT_EQ((Tensor{1, 2.5, measured}).shape(), (Shape{3}));
  EXPECT_EQ((Tensor{{1}}).shape(), (Shape{1, 1}));
  EXPECT_EQ((Tensor{{1.5f}, {2.5f}}).shape(), (Shape{2, 1}));
  EXPECT_EQ((Tensor{{1, 2, 3}}).shape(), (Shape{1, 3}));
  EXPECT_EQ((Tensor{{{1}}}).shape(), (Shape{1, 1, 1}));
  EXPECT_EQ((Tensor{{{1}, {2}}}).shape(), (Shape{1, 2, 1}));
  EXPECT_EQ((Tensor{{{1.5f}}, {{2.5f}}}).shape(), (Shape{2, 1, 1}));
  const Tensor column{{1}, {2}};
  EXPECT_EQ(column.to_vector<float>(), (std::vector<float>{1, 2}));
  EXPECT_TRUE(Tensor{column}.is(column));
}

TEST(Tensor, UndefinedIsAnErrorWhateverIsAskedOfIt) {
  const Tensor nothing;
  for (const auto& use : std::vector<std::function<void()>>{
           [&] { nothing.shape(); }, [&] { nothing.dtype(); }, [&] { nothing.size(); },
           [&] { nothing.dim(0); }, [&] { nothing.data<float>(); }, [&] { nothing.item<float>(); },
           [&] { nothing + nothing; },
           [&] {
             Tensor{1, 2} * nothing;
           },
           [&] { sum(nothing); }, [&] { reshape(nothing, {1}); }}) {
    EXPECT_THAT(error_of(use).what(), HasSubstr("undefined"));
  }
  EXPECT_EQ(
      error_of([&] { nothing.shape(); }).what(),
      std::string("tensor: it is undefined: nothing was assigned to it, so it has no shape and "
                  "no type"));
  EXPECT_EQ(nothing.signature(), "undefined");
}

TEST(Tensor, RefusesRaggedLiterals) {
  try {
    const Tensor x{{1, 2}, {3, 4, 5}};
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("rows of a literal have 2 and 3 elements"));
  }
}

TEST(Tensor, RefusesValuesThatDoNotFillTheShape) {
  EXPECT_THROW(Tensor::from(std::vector<float>{1, 2, 3}, Shape{2, 2}), Error);
}

TEST(Tensor, ConvertsOnlyOnRequest) {
  const Tensor x = Tensor::from(std::vector<std::int64_t>{1, -2});
  EXPECT_THAT(x.to_vector<double>(), ElementsAre(1.0, -2.0));
  EXPECT_THROW(x.data<float>(), Error);
  EXPECT_THROW(x.item<int>(), Error);
  EXPECT_EQ(Tensor(3).item<double>(), 3.0);
}

TEST(Tensor, ShowsStridedStorageInLogicalOrder) {
  Array array = Tensor{{1, 2, 3}, {4, 5, 6}}.array();
  array.shape = Shape{3, 2};
  array.strides = {1, 3};
  const Tensor transposed = Tensor::from_array(array);
  EXPECT_THAT(transposed.to_vector<float>(), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(transposed.data<float>(), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_EQ(transposed.to_string(), "f32[3, 2]\n[[1, 4],\n [2, 5],\n [3, 6]]");
}

TEST(Tensor, ReadingElementsLeavesTheStorageAsItIs) {
  const Tensor x = transpose(Tensor{{1, 2, 3}, {4, 5, 6}}).eval();
  const Strides strides = x.array().strides;
  const float* elements = x.data<float>().data();
  EXPECT_EQ(x.array().strides, strides);
  EXPECT_EQ(x.data<float>().data(), elements);  // the copy that the first reader has made
}

// 2^62 elements of 4 bytes and 2^61 of 8: 2^64 bytes, which in 64 bits would count as none.
TEST(Tensor, OfMoreBytesThanCanBeCountedHasNoMemory) {
  for (const auto& [elements, dtype] : {std::pair{std::int64_t{1} << 62, DType::f32},
                                        std::pair{std::int64_t{1} << 61, DType::f64}}) {
    Array array{.shape = {elements}, .dtype = dtype, .strides = {}, .buffer = {}};
    const Error error = testing::error_of([&] { allocate_row_major(array); });
    EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
  }
}

TEST(Tensor, UndefinedTensorsSaySo) {
  const Tensor nothing;
  EXPECT_FALSE(nothing.defined());
  EXPECT_EQ(nothing.to_string(), "undefined");
  EXPECT_THROW(nothing.eval(), Error);
}

}  // namespace
}  // namespace gradus
