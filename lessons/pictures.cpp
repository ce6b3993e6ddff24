#include "lessons/pictures.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rounding.h"
#include "gradus/ops/select.h"

namespace gradus::lessons {

report::Plot heat_map(const HeatMap& map) {
  constexpr double kBlue[] = {86, 160, 211}, kOrange[] = {236, 150, 90};
  const std::int64_t rows = map.values.dim(0), columns = map.values.dim(1);
  const auto values = map.values.to_vector<double>();
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value - map.white));
  std::vector<std::uint8_t> pixels;
  std::vector<report::PlotLabel> labels;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double share = largest > 0 ? std::abs(values[i] - map.white) / largest : 0;
    for (int c = 0; c < 3; ++c) {
      const double color = values[i] < map.white ? kOrange[c] : kBlue[c];
      pixels.push_back(static_cast<std::uint8_t>(255 + share * (color - 255)));
    }
    if (map.digits < 0) continue;
    const auto width = static_cast<std::size_t>(columns);
    labels.push_back({static_cast<double>(i % width),
                      static_cast<double>(rows - 1) - static_cast<double>(i / width),
                      fmt::format("{:.{}f}", values[i], map.digits)});
  }
  const double right = static_cast<double>(columns) - 0.5, top = static_cast<double>(rows) - 0.5;
  return {.title = map.title,
          .x = {.label = map.x_label, .low = -0.5, .high = right, .names = map.columns},
          .y = {.label = map.y_label,
                .low = -0.5,
                .high = top,
                .names = {map.rows.rbegin(), map.rows.rend()}},
          .pictures = {{Tensor::from(pixels, Shape{rows, columns, 3}), -0.5, right, -0.5, top}},
          .labels = labels};
}

report::Plot tiles(const std::string& title, const Tensor& pictures, int columns) {
  Tensors lines, line;
  for (std::int64_t i = 0; i < pictures.dim(0); ++i) {
    const Tensor picture = select(pictures, 0, i);
    const Tensor low = min(picture), high = max(picture);
    line.push_back(pad((picture - low) / (high - low) * 255.0, {0, 0}, {1, 1}, 255));
    if (static_cast<int>(line.size()) < columns && i + 1 < pictures.dim(0)) continue;
    const Tensor joined = concatenate(line, 1);
    // A last line that is not full is filled with white.
    const std::int64_t width = lines.empty() ? joined.dim(1) : lines[0].dim(1);
    lines.push_back(pad(joined, {1, 0}, {0, width - joined.dim(1)}, 255));
    line.clear();
  }
  const Tensor all = cast(round(concatenate(lines, 0)), DType::u8);
  return {.title = title, .pictures = {{.pixels = expand_dims(all, 2)}}, .has_axes = false};
}

std::vector<report::PlotSeries> points_by_class(const Tensor& x, const Tensor& y,
                                                const Tensor& classes,
                                                const std::vector<std::string>& names) {
  const auto xs = x.to_vector<double>();
  const auto ys = y.to_vector<double>();
  const auto labels = classes.to_vector<std::int64_t>();
  std::vector<report::PlotSeries> all;
  for (const std::string& name : names) all.push_back({.name = name, .mark = report::Mark::points});
  for (std::size_t i = 0; i < labels.size(); ++i) {
    report::PlotSeries& series = all[static_cast<std::size_t>(labels[i])];
    series.x.push_back(xs[i]);
    series.y.push_back(ys[i]);
  }
  return all;
}

report::PlotSeries histogram(const std::string& name, const Tensor& values, double low, double high,
                             int bars) {
  const double width = (high - low) / bars;
  report::PlotSeries series{.name = name, .mark = report::Mark::bars, .color = 8};
  for (int i = 0; i < bars; ++i) series.x.push_back(low + (i + 0.5) * width);
  series.y.resize(static_cast<std::size_t>(bars));
  for (const double value : values.to_vector<double>()) {
    const double place = std::floor((value - low) / width);
    if (place < 0 || place >= bars) continue;
    series.y[static_cast<std::size_t>(place)] += 1 / (static_cast<double>(values.size()) * width);
  }
  return series;
}

}  // namespace gradus::lessons
