// Internal: how numbers become places along an axis.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gradus/report/plot.h"

namespace gradus::report {

struct Tick {
  double value;
  std::string text;
};

/// From values to pixels, and the ticks on the way.
class AxisMap {
 public:
  /// `values` are those that must be seen; those that cannot be are left out.
  AxisMap(const PlotAxis& axis, std::span<const double> values, double first_pixel,
          double last_pixel);

  bool shows(double value) const;
  double pixel(double value) const;
  std::vector<Tick> ticks() const;

  double units_per_pixel() const;
  /// Shows more on both sides, until a pixel is that many units.
  void zoom_out(double units);

 private:
  double transformed(double value) const;
  void widen();
  std::vector<Tick> decades() const;
  std::vector<Tick> round_numbers() const;

  const PlotAxis& axis_;
  double low_, high_;  // transformed
  double first_pixel_, last_pixel_;
};

}  // namespace gradus::report
