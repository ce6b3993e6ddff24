#include "gradus/report/plot_axis.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace gradus::report {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kMostTicks = 7;
constexpr double kMargin = 0.04;  // of the range, where the data ends and the frame begins

/// 1, 2 or 5 times a power of ten, so that at most kMostTicks fit.
double round_step(double range) {
  const double rough = range / kMostTicks;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

std::string number_text(double value, double step) {
  if (std::abs(value) < step * 1e-6) return "0";
  std::string text = fmt::format("{:.6g}", value);
  if (text.starts_with('-')) text.replace(0, 1, "\u2212");
  return text;
}

std::string decade_text(int exponent) {
  if (exponent >= -2 && exponent <= 3) return fmt::format("{:g}", std::pow(10, exponent));
  return fmt::format("1e{}{}", exponent < 0 ? "\u2212" : "", std::abs(exponent));
}

}  // namespace

AxisMap::AxisMap(const PlotAxis& axis, std::span<const double> values, double first_pixel,
                 double last_pixel)
    : axis_(axis),
      low_(kInfinity),
      high_(-kInfinity),
      first_pixel_(first_pixel),
      last_pixel_(last_pixel) {
  const double least = axis.low ? transformed(*axis.low) : -kInfinity;
  const double most = axis.high ? transformed(*axis.high) : kInfinity;
  for (const double value : values) {
    const double t = transformed(value);
    if (!std::isfinite(t)) continue;
    low_ = std::min(low_, std::clamp(t, least, most));
    high_ = std::max(high_, std::clamp(t, least, most));
  }
  if (!(low_ <= high_)) {
    low_ = 0;
    high_ = 1;
  }
  widen();
  if (axis.low) low_ = least;
  if (axis.high) high_ = most;
}

double AxisMap::transformed(double value) const {
  if (axis_.scale == AxisScale::linear) return value;
  return value > 0 ? std::log10(value) : -std::numeric_limits<double>::infinity();
}

void AxisMap::widen() {
  const double range = high_ - low_;
  const double margin = range > 0 ? kMargin * range : std::max(0.5, 0.05 * std::abs(low_));
  low_ -= margin;
  high_ += margin;
}

double AxisMap::units_per_pixel() const {
  return (high_ - low_) / std::abs(last_pixel_ - first_pixel_);
}

void AxisMap::zoom_out(double units) {
  const double more = 0.5 * (units / units_per_pixel() - 1) * (high_ - low_);
  low_ -= more;
  high_ += more;
}

bool AxisMap::shows(double value) const { return std::isfinite(transformed(value)); }

double AxisMap::pixel(double value) const {
  const double share = (transformed(value) - low_) / (high_ - low_);
  return first_pixel_ + share * (last_pixel_ - first_pixel_);
}

std::vector<Tick> AxisMap::ticks() const {
  if (!axis_.names.empty()) {
    std::vector<Tick> ticks;
    for (std::size_t i = 0; i < axis_.names.size(); ++i) {
      ticks.push_back({static_cast<double>(i), axis_.names[i]});
    }
    return ticks;
  }
  return axis_.scale == AxisScale::logarithmic ? decades() : round_numbers();
}

std::vector<Tick> AxisMap::decades() const {
  const int first = static_cast<int>(std::ceil(low_ - 1e-9));
  const int last = static_cast<int>(std::floor(high_ + 1e-9));
  const int step = std::max(1, (last - first + kMostTicks - 1) / kMostTicks);
  std::vector<Tick> ticks;
  for (int exponent = first; exponent <= last; exponent += step) {
    ticks.push_back({std::pow(10, exponent), decade_text(exponent)});
  }
  if (ticks.size() >= 2) return ticks;
  // Less than two decades.
  ticks.clear();
  for (int exponent = first - 1; exponent <= last + 1; ++exponent) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double value = digit * std::pow(10, exponent);
      const double t = std::log10(value);
      if (t >= low_ && t <= high_) ticks.push_back({value, number_text(value, value)});
    }
  }
  return ticks;
}

std::vector<Tick> AxisMap::round_numbers() const {
  const double step = round_step(high_ - low_);
  std::vector<Tick> ticks;
  const double first = std::ceil(low_ / step - 1e-9);
  for (int i = 0; i <= 2 * kMostTicks; ++i) {
    const double value = (first + i) * step;
    if (value > high_ + step * 1e-9) break;
    ticks.push_back({value, number_text(value, step)});
  }
  return ticks;
}

}  // namespace gradus::report
