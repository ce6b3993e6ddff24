#include "gradus/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/report/html.h"

namespace gradus::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

Picture decode_png(const std::string& bytes, std::int64_t channels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_TRUE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()));
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  Picture picture{.width = image.width, .height = image.height, .channels = channels, .pixels = {}};
  picture.pixels.resize(PNG_IMAGE_SIZE(image));
  EXPECT_TRUE(png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr));
  return picture;
}

TEST(EncodePng, KeepsEveryPixel) {
  const Picture grey{.width = 3, .height = 2, .channels = 1, .pixels = {0, 1, 127, 128, 254, 255}};
  EXPECT_EQ(decode_png(encode_png(grey), 1).pixels, grey.pixels);
  const Picture color{
      .width = 1, .height = 3, .channels = 3, .pixels = {255, 0, 0, 0, 255, 0, 10, 20, 30}};
  const Picture back = decode_png(encode_png(color), 3);
  EXPECT_EQ(back.pixels, color.pixels);
  EXPECT_EQ(back.height, 3);
}

TEST(EncodePng, RefusesPixelsThatDoNotFitTheExtents) {
  const Picture picture{.width = 3, .height = 2, .channels = 1, .pixels = {1, 2}};
  try {
    encode_png(picture);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "encode_png: 3 x 2 pixels of 1 channels take 6 bytes, not 2");
  }
}

TEST(Escape, LeavesNothingThatHtmlReads) {
  EXPECT_EQ(escape("<b a=\"1\" c='2'>&amp;"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
}

TEST(Fill, DoesNotLookAgainAtWhatItPutIn) {
  EXPECT_EQ(fill("{{a}}-{{b}}", {{"a", "{{b}}"}, {"b", "2"}}), "{{b}}-2");
  EXPECT_THROW(fill("{{c}}", {{"a", "1"}}), Error);
}

TEST(Report, EscapesEveryText) {
  const std::string evil = "<script>alert('x')</script>";
  ReportData data;
  data.title = data.subtitle = data.recipe = evil;
  data.headline = data.facts = {{evil, evil}};
  data.curves = {{.title = evil, .series = {{.name = evil, .values = {1, 2}}}}};
  data.confusion = {.classes = {evil, evil}, .counts = {1, 2, 3, 4}};
  data.mistakes = {{.picture = {.width = 1, .height = 1, .channels = 1, .pixels = {9}},
                    .truth = evil,
                    .prediction = evil,
                    .detail = evil}};
  data.layers = {{.path = evil, .type = evil, .output = evil, .parameters = 1}};
  const std::string page = render(data);
  EXPECT_THAT(page, Not(HasSubstr(evil)));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert"));
}

TEST(Report, ConfusionMatrixHasRecallByRowAndPrecisionByColumn) {
  ReportData data;
  data.confusion = {.classes = {"cat", "dog"}, .counts = {8, 2, 1, 3}};
  const std::string page = render(data);
  EXPECT_THAT(page, HasSubstr("title=\"cat: 2 of 10 taken for dog\">2</td>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"rate\">80.0 %</td></tr>"));  // recall of cat: 8 / 10
  EXPECT_THAT(page, HasSubstr("<td class=\"rate\">75.0 %</td></tr>"));  // recall of dog: 3 / 4
  EXPECT_THAT(page, HasSubstr("<td class=\"rate\">88.9 %</td>"));       // precision of cat: 8 / 9
  EXPECT_THAT(page, HasSubstr("<td class=\"rate\">60.0 %</td>"));       // precision of dog: 3 / 5
  EXPECT_THAT(page, HasSubstr("<li><b>2</b> cat taken for dog</li>\n<li><b>1</b> dog taken"));
}

TEST(Report, LeavesOutWhatItWasNotGiven) {
  const std::string page = render({.title = "empty"});
  EXPECT_THAT(page, Not(HasSubstr("<section")));
  EXPECT_THAT(page, HasSubstr("<title>empty</title>"));
}

TEST(Report, RefusesCountsThatDoNotFitTheClasses) {
  ReportData data;
  data.confusion = {.classes = {"a", "b"}, .counts = {1, 2, 3}};
  EXPECT_THROW(render(data), Error);
  data = {};
  data.scatter = {.truth = {1}, .prediction = {}};
  EXPECT_THROW(render(data), Error);
}

TEST(Report, ValuesThatAreMissingOrNotFiniteAreNullInTheData) {
  ReportData data;
  data.curves = {{.title = "loss", .series = {{.name = "train", .values = {NAN, 0.5, INFINITY}}}}};
  EXPECT_THAT(render(data), HasSubstr("\"values\":[null,0.5,null]"));
}

TEST(Report, LargeNumbersOfParametersAreGrouped) {
  ReportData data;
  data.layers = {{.path = "a", .type = "linear", .output = "[10]", .parameters = 1234567}};
  EXPECT_THAT(render(data), HasSubstr("1,234,567"));
}

}  // namespace
}  // namespace gradus::report
