#include "gradus/base/dtype.h"

#include <gtest/gtest.h>

#include "gradus/base/error.h"

namespace gradus {
namespace {

TEST(DType, NamesRoundTrip) {
  for (const DType dtype : kAllDTypes) EXPECT_EQ(dtype_from_name(name_of(dtype)), dtype);
  EXPECT_THROW(dtype_from_name("f8"), Error);
}

TEST(Promote, IsTheArrayApisTableWithinAKindAndFloatingAcrossKinds) {
  EXPECT_EQ(promote(DType::u8, DType::i32), DType::i32);
  EXPECT_EQ(promote(DType::i32, DType::i64), DType::i64);
  EXPECT_EQ(promote(DType::f32, DType::f64), DType::f64);
  EXPECT_EQ(promote(DType::boolean, DType::u8), DType::u8);
  EXPECT_EQ(promote(DType::i64, DType::f32), DType::f32);
  EXPECT_EQ(promote(DType::i64, DType::bf16), DType::bf16);
  EXPECT_EQ(promote(DType::f16, DType::bf16), DType::f32);
}

TEST(Promote, IsSymmetric) {
  for (const DType a : kAllDTypes) {
    for (const DType b : kAllDTypes) EXPECT_EQ(promote(a, b), promote(b, a));
  }
}

}  // namespace
}  // namespace gradus
