#include "gradus/report/profile_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/error_of.h"

namespace gradus::report {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

Profile profile_example() {
  return {.seconds = 2,
          .threads = 2,
          .operations = {{.name = "linear",
                          .kernel = "onednn",
                          .phase = Phase::backward,
                          .calls = 10,
                          .seconds = 1,
                          .bytes = 5'000'000'000,
                          .multiply_adds = 25'000'000'000},
                         {.name = "fused(multiply*12 subtract*3 exp add \"x\"\n; sum)",
                          .kernel = "tiles",
                          .phase = Phase::forward,
                          .calls = 123456789,
                          .seconds = 0.5,
                          .bytes = 9'000'000'000'000'000}},
          .calls = {{.operation = 1, .start = 0.25, .seconds = 0.5, .bytes = 7},
                    {.operation = 0, .start = 1, .seconds = 1, .multiply_adds = 3}},
          .calls_left_out = 4};
}

TEST(ProfileTable, SaysSharesOfTimeAndOfWhatTheMachineCanDo) {
  const std::string table = profile_table(profile_example(), {.multiply_add = 100, .copy = 20});
  // 25e9 multiply-adds in a second are 50 GFLOP/s of 100; 5 GB in a second are a quarter of 20.
  EXPECT_THAT(table, HasSubstr("linear                   backward      10    1000.0  50%  25.00"
                               "   5.00  50%  25%\n"));
  EXPECT_THAT(table, HasSubstr("(outside operations)"));
  EXPECT_THAT(table, HasSubstr("500.0  25%"));
  EXPECT_THAT(table, HasSubstr("in all 2000.0 ms on 2 threads; peak 100 GFLOP/s"));
}

TEST(ProfileTable, FitsEightyColumns) {
  std::istringstream lines(profile_table(profile_example(), {.multiply_add = 1e5, .copy = 1e9}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(ProfileTable, OfNothingHasTheTimeThatPassed) {
  EXPECT_THAT(profile_table({.seconds = 1}, {.multiply_add = 1, .copy = 1}),
              HasSubstr("(outside operations)                       1000.0 100%"));
}

TEST(ProfileTrace, IsJsonWithAnEventForEachCall) {
  const auto json = nlohmann::json::parse(profile_trace(profile_example()));
  EXPECT_EQ(json["otherData"]["calls_left_out"], 4);
  std::vector<nlohmann::json> calls;
  for (const auto& event : json["traceEvents"]) {
    if (event["ph"] == "X") calls.push_back(event);
  }
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[1]["name"], "linear");
  EXPECT_EQ(calls[1]["cat"], "backward");
  EXPECT_EQ(calls[1]["ts"], 1e6);  // microseconds
  EXPECT_EQ(calls[1]["dur"], 1e6);
  EXPECT_EQ(calls[1]["args"]["kernel"], "onednn");
  EXPECT_EQ(calls[1]["args"]["multiply_adds"], 3);
  EXPECT_EQ(calls[0]["args"]["bytes"], 7);
  for (const auto& event : json["traceEvents"]) {
    EXPECT_TRUE(event.contains("pid") && event.contains("tid"));
  }
}

TEST(ProfileTrace, OfNothingIsJsonToo) {
  EXPECT_EQ(nlohmann::json::parse(profile_trace({}))["traceEvents"].size(), 2u);  // the names
}

TEST(ProfileTrace, TellsWhereItCannotBeWritten) {
  EXPECT_THAT(message_of([] { write_profile_trace("/nowhere/trace.json", profile_example()); }),
              HasSubstr("/nowhere"));
}

}  // namespace
}  // namespace gradus::report
