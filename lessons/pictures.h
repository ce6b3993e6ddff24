#pragma once

#include <string>
#include <vector>

#include "gradus/core/tensor.h"
#include "gradus/report/plot.h"

// What several lessons draw.

namespace gradus::lessons {

/// A matrix as coloured cells with their numbers in them, the first row on top: blue above
/// `white` and orange below. `digits` behind the point; negative: no numbers.
struct HeatMap {
  std::string title = {};
  Tensor values = {};                     ///< (rows, columns)
  std::vector<std::string> rows = {};     ///< their names
  std::vector<std::string> columns = {};  ///< theirs
  std::string x_label = {}, y_label = {};
  int digits = 2;
  double white = 0;
};
report::Plot heat_map(const HeatMap& map);

/// Grey pictures (count, height, width), each of its own range, `columns` in a line.
report::Plot tiles(const std::string& title, const Tensor& pictures, int columns);

/// Points of each class in a colour of their own.
std::vector<report::PlotSeries> points_by_class(const Tensor& x, const Tensor& y,
                                                const Tensor& classes,
                                                const std::vector<std::string>& names);

/// Bars whose areas add up to 1, as wide as it takes to have so many from low to high.
report::PlotSeries histogram(const std::string& name, const Tensor& values, double low, double high,
                             int bars);

}  // namespace gradus::lessons
