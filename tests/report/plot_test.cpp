#include "gradus/report/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "gradus/report/contour_lines.h"
#include "gradus/report/plot_axis.h"
#include "tests/support/error_of.h"

namespace gradus::report {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> tick_texts(const AxisMap& axis) {
  std::vector<std::string> texts;
  for (const Tick& tick : axis.ticks()) texts.push_back(tick.text);
  return texts;
}

TEST(Plot, IsAnSvgFileWithItsTextEscaped) {
  const std::string svg =
      to_svg({{.title = "a < b & c", .series = {{.name = "x > y", .x = {0, 1}, .y = {2, 3}}}}});
  EXPECT_THAT(svg, HasSubstr("a &lt; b &amp; c"));
  EXPECT_THAT(svg, HasSubstr("x &gt; y"));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
}

TEST(Plot, LeavesGapsWhereValuesAreNotFinite) {
  const double nan = std::nan("");
  const std::string svg = to_svg({{.series = {{.x = {0, 1, 2, 3, 4}, .y = {1, 2, nan, 4, 5}}}}});
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  const auto path = svg.find("<path d=\"M");
  ASSERT_NE(path, std::string::npos);
  EXPECT_EQ(std::count(svg.begin() + static_cast<long>(path),
                       svg.begin() + static_cast<long>(svg.find("/>", path)), 'M'),
            2);
}

TEST(Plot, OfNothingFiniteIsStillAPlot) {
  EXPECT_THAT(to_svg({{.series = {{.x = {1}, .y = {INFINITY}}}}}), Not(HasSubstr("inf")));
  EXPECT_THAT(to_svg({{.title = "empty"}}), HasSubstr("empty"));
}

/// The attributes and the text of the <text> that ends in `text`.
std::string text_element(const std::string& svg, const std::string& text) {
  const auto end = svg.find(text + "</text>");
  if (end == svg.npos) return "";
  return svg.substr(svg.rfind("<text", end), end + text.size() - svg.rfind("<text", end));
}

double attribute(const std::string& element, const std::string& name) {
  return std::stod(element.substr(element.find(" " + name + "=\"") + name.size() + 3));
}

TEST(Plot, PutsALabelInTheMiddleOfItsPlace) {
  const std::string svg = to_svg({{.x = {.low = -0.5, .high = 0.5, .names = {"left"}},
                                   .y = {.low = -0.5, .high = 0.5, .names = {"row"}},
                                   .labels = {{0, 0, "label"}}}});
  const std::string label = text_element(svg, "label");
  EXPECT_EQ(attribute(label, "x"), attribute(text_element(svg, "left"), "x"));
  EXPECT_EQ(attribute(label, "y"), attribute(text_element(svg, "row"), "y"));
}

TEST(Plot, HasRoomForLongNamesOfRows) {
  const std::vector<std::string> names{"high-density lipoprotein", "low"};
  const std::string svg = to_svg({{.y = {.label = "kind", .names = names}}});
  const std::string name = text_element(svg, names[0]), label = text_element(svg, "kind");
  // A letter is at most 7.2 pixels wide, on average.
  EXPECT_GT(attribute(name, "x") - 7.2 * static_cast<double>(names[0].size()),
            attribute(label, "x"));
  EXPECT_GT(attribute(label, "x"), 9);
  EXPECT_THAT(to_svg({{.y = {.names = {std::string(100, 'x')}}}}),
              HasSubstr(">" + std::string(24, 'x') + "\u2026<"));
}

TEST(Plot, WritesNamesOfColumnsAslantWhereTheyWouldTouch) {
  const auto svg_of = [](std::size_t names) {
    return to_svg({{.x = {.low = -0.5,
                          .high = static_cast<double>(names) - 0.5,
                          .names = std::vector<std::string>(names, "ten column")}}});
  };
  EXPECT_THAT(svg_of(4), Not(HasSubstr("rotate(-35")));
  EXPECT_THAT(svg_of(8), HasSubstr("rotate(-35"));
}

TEST(Plot, RefusesLengthsThatDiffer) {
  EXPECT_EQ(error_of([] {
              to_svg({{.series = {{.x = {0, 1}, .y = {2}}}}});
            }).code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { to_svg({}); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] {
              to_svg({{.contours = {{.x = {0, 1}, .y = {0, 1}, .values = {1, 2, 3}}}}});
            }).code(),
            ErrorCode::invalid_argument);
}

TEST(PlotAxis, HasRoundTicks) {
  const PlotAxis linear, logarithmic{.scale = AxisScale::logarithmic};
  const std::vector<double> to_ten{0, 10}, decades{1e-6, 1e3};
  EXPECT_EQ(tick_texts(AxisMap(linear, to_ten, 0, 100)),
            (std::vector<std::string>{"0", "2", "4", "6", "8", "10"}));
  EXPECT_EQ(tick_texts(AxisMap(logarithmic, decades, 0, 100)),
            (std::vector<std::string>{"1e\u22126", "1e\u22124", "0.01", "1", "100"}));
  const AxisMap axis(linear, to_ten, 0, 100);
  EXPECT_DOUBLE_EQ(axis.pixel(5), 50);
  EXPECT_LT(axis.pixel(0), axis.pixel(10));
}

TEST(Contours, OfAConeAreCircles) {
  Contours cone;
  for (int i = -20; i <= 20; ++i) {
    cone.x.push_back(i / 10.0);
    cone.y.push_back(i / 10.0);
  }
  for (const double y : cone.y) {
    for (const double x : cone.x) cone.values.push_back(std::hypot(x, y));
  }
  const auto segments = contour_segments(cone, 1);
  ASSERT_GT(segments.size(), 40u);
  double length = 0;
  for (const ContourSegment& s : segments) {
    EXPECT_NEAR(std::hypot(s.x0, s.y0), 1, 0.01);
    length += std::hypot(s.x1 - s.x0, s.y1 - s.y0);
  }
  EXPECT_NEAR(length, 2 * M_PI, 0.02);
}

}  // namespace
}  // namespace gradus::report
