#include "gradus/report/plot.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/io/png.h"
#include "gradus/report/contour_lines.h"
#include "gradus/report/html.h"
#include "gradus/report/plot_axis.h"

namespace gradus::report {
namespace {

// Okabe and Ito 2008: told apart by colour-blind eyes too.
constexpr const char* kPalette[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                    "#56b4e9", "#e69f00", "#882255", "#000000"};
constexpr int kPaletteSize = 8;
constexpr const char* kGrey = "#9a9a9a";

// Of one plot, in pixels.
constexpr double kWidth = 520, kHeight = 400;
constexpr double kLeft = 68, kRight = 16, kTop = 34, kBottom = 50;
constexpr double kLegendLine = 18;
constexpr double kLetter = 7.2;         // of the widest usual font, on average
constexpr double kMiddleOfLetters = 4;  // how far above its baseline a line of text has its middle
constexpr std::size_t kLongestName = 24;  // letters of a tick's name; the rest is left out

/// A rectangle in pixels; y grows downwards.
struct Box {
  double left, top, right, bottom;
};

std::string text_at(double x, double y, const char* anchor, const std::string& text,
                    const char* more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y,
                     anchor, more, escape(text));
}

std::string line_from(double x0, double y0, double x1, double y1, const char* style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x0, y0,
                     x1, y1, style);
}

bool starts_a_letter(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

/// In pixels, about.
double length_of(std::string_view text) {
  return kLetter * static_cast<double>(std::count_if(text.begin(), text.end(), starts_a_letter));
}

/// At most kLongestName letters.
std::string shortened(const std::string& text) {
  std::size_t letters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (starts_a_letter(text[i]) && ++letters > kLongestName) return text.substr(0, i) + "\u2026";
  }
  return text;
}

PlotAxis with_short_names(PlotAxis axis) {
  for (std::string& name : axis.names) name = shortened(name);
  return axis;
}

double longest(const std::vector<Tick>& ticks) {
  double length = 0;
  for (const Tick& tick : ticks) length = std::max(length, length_of(tick.text));
  return length;
}

/// Every value that an axis must show.
struct Extent {
  std::vector<double> x, y;

  explicit Extent(const Plot& plot) {
    const auto add = [](std::vector<double>& to, const std::vector<double>& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    for (const PlotSeries& series : plot.series) {
      add(x, series.x);
      add(y, series.y);
      if (series.mark == Mark::bars) {
        add_half_a_bar(series);
        y.push_back(0);
      }
    }
    for (const Contours& contours : plot.contours) {
      add(x, contours.x);
      add(y, contours.y);
    }
    for (const PlotPicture& picture : plot.pictures) {
      add(x, {picture.left, picture.right});
      add(y, {picture.bottom, picture.top});
    }
  }

 private:
  void add_half_a_bar(const PlotSeries& series) {
    if (series.x.empty()) return;
    const auto [low, high] = std::minmax_element(series.x.begin(), series.x.end());
    const double half = 0.5 * (series.x.size() > 1 ? std::abs(series.x[1] - series.x[0]) : 1);
    x.push_back(*low - half);
    x.push_back(*high + half);
  }
};

void check(const Plot& plot) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorCode::invalid_argument, "to_svg", plot.title + ": " + what);
  };
  for (const PlotSeries& series : plot.series) {
    if (series.x.size() != series.y.size()) {
      refuse(fmt::format("series \"{}\" has {} x and {} y", series.name, series.x.size(),
                         series.y.size()));
    }
  }
  for (const Contours& contours : plot.contours) {
    if (contours.values.size() != contours.x.size() * contours.y.size()) {
      refuse(fmt::format("contours have {} values on a grid of {} by {}", contours.values.size(),
                         contours.y.size(), contours.x.size()));
    }
  }
}

class Drawing {
 public:
  Drawing(const Plot& plot, double left, double top, int number)
      : plot_(plot),
        x_axis_(with_short_names(plot.x)),
        y_axis_(with_short_names(plot.y)),
        extent_(plot),
        frame_{left + kRight, top + kTop, left + kWidth - kRight, top + kHeight - kRight},
        number_(number) {
    if (plot.has_axes) make_room_for_ticks(left, top);
    frame_.top += kLegendLine * static_cast<double>(legend_rows());
    if (!plot.has_axes) keep_aspect();
  }

  std::string draw() {
    AxisMap x(x_axis_, extent_.x, frame_.left, frame_.right);
    AxisMap y(y_axis_, extent_.y, frame_.bottom, frame_.top);
    if (plot_.has_equal_scales) {
      const double units = std::max(x.units_per_pixel(), y.units_per_pixel());
      x.zoom_out(units);
      y.zoom_out(units);
    }
    draw_title();
    if (plot_.has_axes) draw_grid(x, y);
    svg_ += fmt::format(
        "<clipPath id=\"frame{}\"><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
        "height=\"{:.1f}\"/></clipPath>\n<g clip-path=\"url(#frame{})\">\n",
        number_, frame_.left, frame_.top, frame_.right - frame_.left, frame_.bottom - frame_.top,
        number_);
    for (const PlotPicture& picture : plot_.pictures) draw_picture(picture, x, y);
    for (const Contours& contours : plot_.contours) draw_contours(contours, x, y);
    int next_color = 0;
    for (const PlotSeries& series : plot_.series) {
      draw_series(series, color_of(series, next_color), x, y);
    }
    svg_ += "</g>\n";
    for (const PlotLabel& label : plot_.labels) draw_label(label, x, y);
    if (plot_.has_axes) draw_frame();
    draw_legend();
    return std::move(svg_);
  }

 private:
  static std::string color_of(const PlotSeries& series, int& next_color) {
    return plot_color(series.color >= 0 ? series.color : next_color++ % kPaletteSize);
  }

  /// Ticks may be names: as much as the longest needs, and aslant if they would touch.
  void make_room_for_ticks(double left, double top) {
    const AxisMap y(y_axis_, extent_.y, frame_.bottom, frame_.top);
    tick_length_ = std::max(kUsualTick, longest(y.ticks()));
    const double label = plot_.y.label.empty() ? 4 : 25;
    frame_.left = left + std::max(kLeft, kTickGap + tick_length_ + label);
    frame_.bottom = top + kHeight - kBottom;
    const double names = longest(AxisMap(x_axis_, extent_.x, frame_.left, frame_.right).ticks());
    const double place = (frame_.right - frame_.left) /
                         static_cast<double>(std::max<std::size_t>(1, x_axis_.names.size()));
    if (x_axis_.names.empty() || names + kLetter <= place) return;
    slope_room_ = names * kSlopeSine;
    frame_.bottom -= slope_room_;
  }

  /// Without axes there is one picture, whose pixels stay square.
  void keep_aspect() {
    if (plot_.pictures.empty()) return;
    const Shape& shape = plot_.pictures[0].pixels.shape();
    const double aspect = static_cast<double>(shape[1]) / static_cast<double>(shape[0]);
    const double width = frame_.right - frame_.left, height = frame_.bottom - frame_.top;
    const double spare_width = std::max(0.0, width - height * aspect);
    const double spare_height = std::max(0.0, height - width / aspect);
    frame_ = {frame_.left + spare_width / 2, frame_.top, frame_.right - spare_width / 2,
              frame_.bottom - spare_height};
  }

  // --- Around the data

  void draw_title() {
    const double top = frame_.top - kLegendLine * static_cast<double>(legend_rows());
    svg_ += text_at((frame_.left + frame_.right) / 2, top - 12, "middle", plot_.title,
                    " font-size=\"15\" font-weight=\"600\"");
  }

  void draw_grid(const AxisMap& x, const AxisMap& y) {
    const char* style = "stroke=\"#e6e6e6\"";
    for (const Tick& tick : x.ticks()) {
      const double at = x.pixel(tick.value);
      if (at < frame_.left - 0.5 || at > frame_.right + 0.5) continue;
      svg_ += line_from(at, frame_.top, at, frame_.bottom, style);
      draw_x_tick(at, tick.text);
    }
    for (const Tick& tick : y.ticks()) {
      const double at = y.pixel(tick.value);
      if (at < frame_.top - 0.5 || at > frame_.bottom + 0.5) continue;
      svg_ += line_from(frame_.left, at, frame_.right, at, style);
      svg_ += text_at(frame_.left - kTickGap, at + kMiddleOfLetters, "end", tick.text);
    }
    svg_ += text_at((frame_.left + frame_.right) / 2, frame_.bottom + slope_room_ + 38, "middle",
                    plot_.x.label);
    const double middle = (frame_.top + frame_.bottom) / 2;
    const double at = frame_.left - kTickGap - tick_length_ - 12;
    svg_ += text_at(at, middle, "middle", plot_.y.label,
                    fmt::format(" transform=\"rotate(-90 {:.1f} {:.1f})\"", at, middle).c_str());
  }

  void draw_x_tick(double at, const std::string& text) {
    const double y = frame_.bottom + 17;
    if (slope_room_ == 0) {
      svg_ += text_at(at, y, "middle", text);
      return;
    }
    svg_ += text_at(at + kMiddleOfLetters, y - kMiddleOfLetters, "end", text,
                    fmt::format(" transform=\"rotate(-35 {:.1f} {:.1f})\"", at + kMiddleOfLetters,
                                y - kMiddleOfLetters)
                        .c_str());
  }

  /// In the middle of its place. What lies behind it stays pale, unless that is a picture.
  void draw_label(const PlotLabel& label, const AxisMap& x, const AxisMap& y) {
    const char* halo = plot_.pictures.empty()
                           ? " paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"4\""
                             " stroke-opacity=\"0.85\""
                           : "";
    svg_ +=
        text_at(x.pixel(label.x), y.pixel(label.y) + kMiddleOfLetters, "middle", label.text, halo);
  }

  void draw_frame() {
    svg_ += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"none\" "
        "stroke=\"#555\"/>\n",
        frame_.left, frame_.top, frame_.right - frame_.left, frame_.bottom - frame_.top);
  }

  /// Entries of the legend with their places: a row is as long as the frame is wide.
  struct Entry {
    const PlotSeries* series;
    std::string color;
    double offset;
    std::size_t row;
  };
  std::vector<Entry> legend() const {
    std::vector<Entry> entries;
    int next_color = 0;
    double offset = 0;
    std::size_t row = 0;
    for (const PlotSeries& series : plot_.series) {
      std::string color = color_of(series, next_color);
      if (series.name.empty()) continue;
      const double length = 48 + length_of(series.name);
      if (offset > 0 && offset + length > frame_.right - frame_.left) {
        offset = 0;
        ++row;
      }
      entries.push_back({&series, std::move(color), offset, row});
      offset += length;
    }
    return entries;
  }
  std::size_t legend_rows() const {
    const auto entries = legend();
    return entries.empty() ? 0 : entries.back().row + 1;
  }

  void draw_legend() {
    const auto entries = legend();
    const double first =
        frame_.top - kLegendLine * static_cast<double>(legend_rows()) + kLegendLine / 2 - 4;
    for (const Entry& entry : entries) {
      const double x = frame_.left + entry.offset;
      const double y = first + kLegendLine * static_cast<double>(entry.row);
      draw_sample(*entry.series, entry.color, x, y);
      svg_ += text_at(x + 26, y + kMiddleOfLetters, "start", entry.series->name);
    }
  }

  void draw_sample(const PlotSeries& series, const std::string& color, double x, double y) {
    if (series.mark == Mark::bars) {
      svg_ +=
          fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"10\" height=\"10\" fill=\"{}\"/>\n",
                      x + 6, y - 5, color);
      return;
    }
    if (series.mark == Mark::points) {
      svg_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"{}\"/>\n", x + 11, y,
                          color);
      return;
    }
    svg_ += line_from(x, y, x + 22, y, line_style(series.mark, color).c_str());
    if (series.mark != Mark::line_and_points) return;
    svg_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", x + 11, y,
                        color);
  }

  // --- The data

  static std::string line_style(Mark mark, const std::string& color) {
    return fmt::format(
        "fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\" stroke-linejoin=\"round\"{}", color,
        mark == Mark::dashed ? " stroke-dasharray=\"6 4\"" : "");
  }

  void draw_picture(const PlotPicture& picture, const AxisMap& x, const AxisMap& y) {
    // Without axes, the frame has the picture's shape.
    const double left = plot_.has_axes ? x.pixel(picture.left) : frame_.left;
    const double right = plot_.has_axes ? x.pixel(picture.right) : frame_.right;
    const double top = plot_.has_axes ? y.pixel(picture.top) : frame_.top;
    const double bottom = plot_.has_axes ? y.pixel(picture.bottom) : frame_.bottom;
    svg_ += fmt::format(
        "<image x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" "
        "preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" "
        "href=\"data:image/png;base64,{}\"/>\n",
        left, top, right - left, bottom - top, base64(io::encode_png(picture.pixels)));
  }

  void draw_contours(const Contours& contours, const AxisMap& x, const AxisMap& y) {
    std::string path;
    for (const double level : contours.levels) {
      for (const ContourSegment& s : contour_segments(contours, level)) {
        path += fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}", x.pixel(s.x0), y.pixel(s.y0),
                            x.pixel(s.x1), y.pixel(s.y1));
      }
    }
    if (path.empty()) return;
    const double width = contours.color >= kPaletteSize ? 0.8 : 2;
    svg_ += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>\n", path,
                        plot_color(contours.color), width);
  }

  void draw_series(const PlotSeries& series, const std::string& color, const AxisMap& x,
                   const AxisMap& y) {
    if (series.mark == Mark::bars) return draw_bars(series, color, x, y);
    if (series.mark != Mark::points) {
      svg_ += fmt::format("<path d=\"{}\" {}/>\n", path_of(series, x, y),
                          line_style(series.mark, color));
    }
    if (series.mark == Mark::points || series.mark == Mark::line_and_points) {
      for (std::size_t i = 0; i < series.x.size(); ++i) {
        if (!x.shows(series.x[i]) || !y.shows(series.y[i])) continue;
        svg_ += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\" stroke=\"#fff\" "
            "stroke-width=\"0.6\"/>\n",
            x.pixel(series.x[i]), y.pixel(series.y[i]), color);
      }
    }
  }

  static std::string path_of(const PlotSeries& series, const AxisMap& x, const AxisMap& y) {
    std::string path;
    bool is_drawing = false;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!x.shows(series.x[i]) || !y.shows(series.y[i])) {
        is_drawing = false;
        continue;
      }
      if (series.mark == Mark::segments && i % 2 == 0) is_drawing = false;
      // Far outside, viewers lose their precision.
      const double px = std::clamp(x.pixel(series.x[i]), -1e5, 1e5);
      const double py = std::clamp(y.pixel(series.y[i]), -1e5, 1e5);
      path += fmt::format("{}{:.1f} {:.1f}", is_drawing ? 'L' : 'M', px, py);
      is_drawing = true;
    }
    return path;
  }

  void draw_bars(const PlotSeries& series, const std::string& color, const AxisMap& x,
                 const AxisMap& y) {
    const double distance = series.x.size() > 1 ? std::abs(series.x[1] - series.x[0]) : 1;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!std::isfinite(series.y[i])) continue;
      const double left = x.pixel(series.x[i] - 0.4 * distance);
      const double right = x.pixel(series.x[i] + 0.4 * distance);
      const double end = y.pixel(series.y[i]);
      const double base = y.pixel(0);
      svg_ += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
          left, std::min(end, base), right - left, std::abs(end - base), color);
    }
  }

  static constexpr double kTickGap = 7;        // between the frame and what stands left of it
  static constexpr double kUsualTick = 36;     // of a number
  static constexpr double kSlopeSine = 0.574;  // of 35 degrees

  const Plot& plot_;
  PlotAxis x_axis_, y_axis_;
  Extent extent_;
  Box frame_;
  int number_;
  double tick_length_ = 0;  // of the longest left of the frame
  double slope_room_ = 0;   // what ticks aslant need below it
  std::string svg_;
};

}  // namespace

std::string plot_color(int number) {
  return number >= 0 && number < kPaletteSize ? kPalette[number] : kGrey;
}

std::string to_svg(const std::vector<Plot>& plots, int columns) {
  if (plots.empty() || columns < 1) {
    throw Error(ErrorCode::invalid_argument, "to_svg", "there is nothing to draw");
  }
  for (const Plot& plot : plots) check(plot);
  const int count = static_cast<int>(plots.size());
  const int rows = (count + columns - 1) / columns;
  const double width = kWidth * std::min(columns, count), height = kHeight * rows;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"system-ui, sans-serif\" font-size=\"12\" "
      "fill=\"#222\">\n<rect width=\"{0:.0f}\" height=\"{1:.0f}\" fill=\"#fff\"/>\n",
      width, height);
  for (int i = 0; i < count; ++i) {
    svg += Drawing(plots[static_cast<std::size_t>(i)], kWidth * (i % columns),
                   kHeight * (i / columns), i)
               .draw();
  }
  return svg + "</svg>\n";
}

}  // namespace gradus::report
