// Internal: where a surface has a height.
#pragma once

#include <vector>

#include "gradus/report/plot.h"

namespace gradus::report {

struct ContourSegment {
  double x0, y0, x1, y1;
};

/// The pieces of the line of one level, a cell of the grid at a time (marching squares, with
/// linear interpolation along the edges).
std::vector<ContourSegment> contour_segments(const Contours& contours, double level);

}  // namespace gradus::report
