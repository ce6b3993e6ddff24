#include "gradus/report/contour_lines.h"

#include <array>
#include <cmath>

namespace gradus::report {
namespace {

struct Corner {
  double x, y, height;
};

bool crosses(const Corner& a, const Corner& b, double level) {
  return (a.height < level) != (b.height < level);
}

}  // namespace

std::vector<ContourSegment> contour_segments(const Contours& contours, double level) {
  std::vector<ContourSegment> segments;
  const std::size_t columns = contours.x.size();
  const auto corner = [&](std::size_t i, std::size_t j) {
    return Corner{contours.x[j], contours.y[i], contours.values[i * columns + j]};
  };
  for (std::size_t i = 0; i + 1 < contours.y.size(); ++i) {
    for (std::size_t j = 0; j + 1 < columns; ++j) {
      const std::array<Corner, 4> corners{corner(i, j), corner(i, j + 1), corner(i + 1, j + 1),
                                          corner(i + 1, j)};
      std::vector<std::array<double, 2>> points;
      bool is_finite = true;
      for (std::size_t k = 0; k < 4; ++k) {
        const Corner& a = corners[k];
        const Corner& b = corners[(k + 1) % 4];
        is_finite = is_finite && std::isfinite(a.height);
        if (!crosses(a, b, level)) continue;
        const double t = (level - a.height) / (b.height - a.height);
        points.push_back({a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)});
      }
      if (!is_finite) continue;
      // Two crossings, or at a saddle four, which are joined in the order of the edges.
      for (std::size_t k = 0; k + 1 < points.size(); k += 2) {
        segments.push_back({points[k][0], points[k][1], points[k + 1][0], points[k + 1][1]});
      }
    }
  }
  return segments;
}

}  // namespace gradus::report
