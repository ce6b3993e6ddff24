#include "gradus/core/array.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

namespace gradus {
namespace {

/// The offset of every element in row-major order, one loop nest written out by counting.
std::vector<std::int64_t> offsets(const Shape& shape, const Strides& strides) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    std::int64_t rest = i;
    std::int64_t offset = 0;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      offset += rest % shape[axis] * strides[static_cast<std::size_t>(axis)];
      rest /= shape[axis];
    }
    result.push_back(offset);
  }
  return result;
}

struct Layout {
  Strides strides;
  std::int64_t first = 0;  // offset of the element at 0, 0, ...
  std::int64_t span = 0;   // elements from the lowest to the highest address, and one more
};

enum class Kind { dense, gaps, reversed, repeated };

/// Axes in a random order of memory; no two elements in one place unless repeated.
Layout random_layout(const Shape& shape, Kind kind, std::mt19937& random) {
  std::vector<int> order;
  for (int axis = 0; axis < shape.rank(); ++axis) order.push_back(axis);
  std::shuffle(order.begin(), order.end(), random);
  Layout layout{Strides(static_cast<std::size_t>(shape.rank()), 1), 0, 1};
  for (const int axis : order) {
    const std::int64_t extent = std::max<std::int64_t>(shape[axis], 1);
    std::int64_t& stride = layout.strides[static_cast<std::size_t>(axis)];
    stride = layout.span;
    if (kind == Kind::repeated && random() % 2 == 0) {
      stride = 0;
      continue;
    }
    layout.span *= extent;
    if (kind == Kind::gaps) layout.span += static_cast<std::int64_t>(random() % 3);
    if (kind == Kind::reversed && random() % 2 == 0) {
      layout.first += (extent - 1) * stride;
      stride = -stride;
    }
  }
  return layout;
}

class CopyStrided : public ::testing::TestWithParam<std::size_t> {
 protected:
  void expect_plain_loop(const Shape& shape, const Layout& from, const Layout& to,
                         std::mt19937& random) {
    const auto item = static_cast<std::int64_t>(GetParam());
    std::vector<std::byte> source(static_cast<std::size_t>(from.span * item));
    for (std::byte& b : source) b = static_cast<std::byte>(random());
    std::vector<std::byte> target(static_cast<std::size_t>(to.span * item), std::byte{0x5a});
    std::vector<std::byte> expected = target;
    const auto read = offsets(shape, from.strides);
    const auto write = offsets(shape, to.strides);
    for (std::size_t i = 0; i < read.size(); ++i) {
      std::memcpy(expected.data() + (to.first + write[i]) * item,
                  source.data() + (from.first + read[i]) * item, GetParam());
    }
    copy_strided(shape, GetParam(), source.data() + from.first * item, from.strides,
                 target.data() + to.first * item, to.strides);
    EXPECT_TRUE(target == expected) << shape.to_string() << " from strides "
                                    << ::testing::PrintToString(std::vector<std::int64_t>(
                                           from.strides.begin(), from.strides.end()));
  }
};

TEST_P(CopyStrided, AgreesWithAPlainLoopOnRandomLayouts) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    Dims dims;
    const int rank = static_cast<int>(random() % 5);
    for (int axis = 0; axis < rank; ++axis) {
      dims.push_back(static_cast<std::int64_t>(random() % (rank < 3 ? 70 : 12)));
    }
    const Shape shape(dims);
    const Layout from = random_layout(shape, static_cast<Kind>(random() % 4), random);
    const Layout to = random_layout(shape, static_cast<Kind>(random() % 3), random);
    expect_plain_loop(shape, from, to, random);
  }
}

TEST_P(CopyStrided, AgreesWithAPlainLoopWhenItIsSharedOut) {
  std::mt19937 random(2);
  for (const Shape& shape : {Shape{517, 389}, Shape{2, 300, 301}, Shape{90, 7, 11, 30}}) {
    for (int round = 0; round < 3; ++round) {
      expect_plain_loop(shape, random_layout(shape, Kind::gaps, random),
                        random_layout(shape, Kind::dense, random), random);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(ItemSizes, CopyStrided, ::testing::Values(1, 2, 4, 8));

}  // namespace
}  // namespace gradus
