#include "gradus/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gradus/base/error.h"
#include "gradus/report/html.h"

namespace gradus::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
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
  data.mistakes = {{.picture = Tensor::from(std::vector<std::uint8_t>{9}, {1, 1}),
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
