// Internal: patches of images as rows of a matrix.
#pragma once

#include <vector>

#include "gradus/ops/convolution_kernels.h"
#include "gradus/ops/product.h"

namespace gradus {

/// The patches of a feature map that the kernel of a convolution meets, as a matrix: a row for each
/// position of y in each image, a column for each tap of the kernel and channel of a group (the
/// channel changes fastest). Zero where a tap is in the padding. "im2col", but never all of it.
/// T is float or double; the map is dense with channels last.
template <class T>
class Patches final : public PanelSource {
 public:
  Patches(const ConvolutionSizes& sizes, const T* map, std::int64_t group);

  std::int64_t rows() const { return sizes_.batch * sizes_.positions(); }
  std::int64_t columns() const { return sizes_.taps() * channels_; }

  void write(std::int64_t row, std::int64_t rows, std::int64_t column, std::int64_t columns,
             std::int64_t panel, std::byte* to) const override;

  /// Adds a row-major block of whole rows to the places of `map` that its elements stand for.
  void add(std::int64_t row, std::int64_t rows, const T* from, T* map) const;

 private:
  /// Neighbouring columns of one tap.
  struct Run {
    Spatial tap;        // its place under the kernel, in elements of the map
    std::int64_t from;  // from the first element under the kernel
    std::int64_t to, count;
  };
  using Runs = std::vector<Run>;
  /// Neighbouring positions of y along the last axis.
  struct Line {
    std::int64_t row, count;  // the first position, and how many
    Spatial at;               // the first element under the kernel there, perhaps in the padding
    std::int64_t offset;      // of that element in the map
  };
  /// Of the positions of a line, those at which a tap lies inside the map: [begin, end).
  struct Part {
    std::int64_t begin, end;
  };

  Runs list_runs(std::int64_t column, std::int64_t columns, std::int64_t rows,
                 std::int64_t panel) const;
  Line line_at(std::int64_t row, std::int64_t end) const;
  Part inside(const Line& line, const Run& run) const;

  const ConvolutionSizes sizes_;
  const T* map_;
  std::int64_t channels_;       // of a group
  std::int64_t first_channel_;  // of this group
  Spatial step_;                // in the map, from element to element along an axis
};

extern template class Patches<float>;
extern template class Patches<double>;

}  // namespace gradus
