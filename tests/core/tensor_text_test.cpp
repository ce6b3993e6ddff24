// Tensors are printed as NumPy prints arrays. Every text here is what NumPy 2.4.6 gives for
// numpy.array2string(array, separator=', ').
#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <sstream>
#include <vector>

#include "gradus/core/array.h"
#include "gradus/core/tensor.h"

namespace gradus {
namespace {

std::string printed(const Tensor& tensor) {
  std::ostringstream stream;
  stream << tensor;
  return stream.str();
}

/// first, first + step, ...
Tensor counted(const Shape& shape, std::int64_t first = 0, std::int64_t step = 1) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < shape.size(); ++i) values.push_back(first + i * step);
  return Tensor::from(values, shape);
}

TEST(TensorText, PutsRowsBelowEachOtherInColumns) {
  EXPECT_EQ(printed(counted({3, 4})),
            "[[ 0,  1,  2,  3],\n"
            " [ 4,  5,  6,  7],\n"
            " [ 8,  9, 10, 11]]");
}

TEST(TensorText, PartsPlanesByABlankLine) {
  EXPECT_EQ(printed(counted({2, 2, 2}, -5)),
            "[[[-5, -4],\n"
            "  [-3, -2]],\n"
            "\n"
            " [[-1,  0],\n"
            "  [ 1,  2]]]");
}

TEST(TensorText, WrapsLongRows) {
  EXPECT_EQ(printed(counted({30}, 0, 100)),
            "[   0,  100,  200,  300,  400,  500,  600,  700,  800,  900, 1000, 1100,\n"
            " 1200, 1300, 1400, 1500, 1600, 1700, 1800, 1900, 2000, 2100, 2200, 2300,\n"
            " 2400, 2500, 2600, 2700, 2800, 2900]");
}

TEST(TensorText, ShowsTheEndsOfLargeTensors) {
  EXPECT_EQ(printed(counted({2000})), "[   0,    1,    2, ..., 1997, 1998, 1999]");
  EXPECT_EQ(printed(counted({100, 2, 20})),
            "[[[   0,    1,    2, ...,   17,   18,   19],\n"
            "  [  20,   21,   22, ...,   37,   38,   39]],\n"
            "\n"
            " [[  40,   41,   42, ...,   57,   58,   59],\n"
            "  [  60,   61,   62, ...,   77,   78,   79]],\n"
            "\n"
            " [[  80,   81,   82, ...,   97,   98,   99],\n"
            "  [ 100,  101,  102, ...,  117,  118,  119]],\n"
            "\n"
            " ...,\n"
            "\n"
            " [[3880, 3881, 3882, ..., 3897, 3898, 3899],\n"
            "  [3900, 3901, 3902, ..., 3917, 3918, 3919]],\n"
            "\n"
            " [[3920, 3921, 3922, ..., 3937, 3938, 3939],\n"
            "  [3940, 3941, 3942, ..., 3957, 3958, 3959]],\n"
            "\n"
            " [[3960, 3961, 3962, ..., 3977, 3978, 3979],\n"
            "  [3980, 3981, 3982, ..., 3997, 3998, 3999]]]");
}

TEST(TensorText, ShowsNothingAndSingleNumbers) {
  EXPECT_EQ(printed(counted({2, 0})), "[]");
  EXPECT_EQ(printed(Tensor(std::int64_t{7})), "7");
}

// Not NumPy's: the shortest decimal that gives back the same float, and C++'s words.
TEST(TensorText, ShowsFloatsAndBooleansAsCppDoes) {
  EXPECT_EQ(printed(Tensor{0.1f, -2, 1e-8f}), "[  0.1,    -2, 1e-08]");
  EXPECT_EQ(printed(Tensor{-std::numeric_limits<float>::quiet_NaN(), 1}), "[nan,   1]");
  EXPECT_EQ(printed(Tensor(true)), "true");
  EXPECT_EQ(printed(Tensor()), "undefined");
}

TEST(TensorText, WithItsSignatureIsAText) {
  EXPECT_EQ(counted({2, 2}).to_string(), "i64[2, 2]\n[[0, 1],\n [2, 3]]");
  EXPECT_EQ(counted({2}).to_string(), "i64[2] [0, 1]");
}

}  // namespace
}  // namespace gradus
