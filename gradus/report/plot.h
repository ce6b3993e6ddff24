#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gradus/core/tensor.h"

// Diagrams as SVG, without scripts and without anything outside the file.

namespace gradus::report {

enum class Mark { line, dashed, points, line_and_points, bars, segments };

/// A curve, or points. Values that are not finite leave a gap; those at or below 0 do too on a
/// logarithmic axis.
struct PlotSeries {
  std::string name = {};  ///< in the legend; empty: not there
  std::vector<double> x = {};
  std::vector<double> y = {};
  Mark mark = Mark::line;  ///< segments: every two points are a line of their own
  int color = -1;          ///< of the palette of eight; negative: the next one; 8: grey
};

/// Lines of equal height over a rectangle.
struct Contours {
  std::vector<double> x = {};       ///< of the columns, ascending
  std::vector<double> y = {};       ///< of the rows, ascending
  std::vector<double> values = {};  ///< (rows, columns), row-major
  std::vector<double> levels = {};
  int color = 8;
};

/// A picture that fills a rectangle of the diagram, beneath all else.
struct PlotPicture {
  Tensor pixels = {};  ///< u8 (height, width, 1 or 3), the first row on top
  double left = 0, right = 1, bottom = 0, top = 1;
};

struct PlotLabel {
  double x = 0, y = 0;
  std::string text = {};
};

enum class AxisScale { linear, logarithmic };

struct PlotAxis {
  std::string label = {};
  AxisScale scale = AxisScale::linear;
  std::optional<double> low = {};  ///< else what the data need
  std::optional<double> high = {};
  std::vector<std::string> names = {};  ///< of 0, 1, 2, ... instead of numbers
};

struct Plot {
  std::string title = {};
  PlotAxis x = {};
  PlotAxis y = {};
  std::vector<PlotPicture> pictures = {};
  std::vector<Contours> contours = {};
  std::vector<PlotSeries> series = {};
  std::vector<PlotLabel> labels = {};
  bool has_equal_scales = false;  ///< a unit of x is as long as one of y: circles are round
  bool has_axes = true;           ///< false for pictures that only stand side by side
};

/// One of the colours of the palette, "#0072b2"; 8 and more: grey.
std::string plot_color(int number);

/// Plots side by side, `columns` in a row, as an SVG file. Throws Error if lengths do not fit each
/// other, or if there is nothing.
std::string to_svg(const std::vector<Plot>& plots, int columns = 1);

}  // namespace gradus::report
