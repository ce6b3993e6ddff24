#include "gradus/train/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace gradus::train {
namespace {

const Metrics kTraining = {{"loss", 0.31234}, {"accuracy", 0.88704}};
const Metrics kValidation = {{"loss", 0.29871}, {"accuracy", 0.89119}};

// What training two epochs of 40 steps writes.
std::string output(ProgressOptions options) {
  std::string text;
  Progress progress([&](std::string_view piece) { text += piece; }, std::move(options));
  for (std::int64_t epoch = 1; epoch <= 2; ++epoch) {
    progress.start_epoch(epoch, 12, 40);
    for (std::int64_t step = 1; step <= 40; ++step) progress.step(step, kTraining);
    progress.end_epoch(kTraining, kValidation, 3.26);
  }
  return text;
}

// The screen of a terminal after `text`, and the longest line it ever showed.
struct Screen {
  std::vector<std::string> lines{1};
  std::size_t widest = 0;

  explicit Screen(const std::string& text) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') {
        lines.emplace_back();
        column = 0;
      } else if (text[i] == '\r') {
        column = 0;
      } else if (text.compare(i, 3, "\x1b[K") == 0) {
        lines.back().resize(std::min(lines.back().size(), column));
        i += 2;
      } else {
        lines.back().resize(std::max(lines.back().size(), column + 1), ' ');
        lines.back()[column++] = text[i];
        widest = std::max(widest, column);
      }
    }
  }
};

TEST(Progress, WritesOneLinePerEpochWithoutControlCharactersElsewhere) {
  EXPECT_EQ(output({.terminal = false, .width = {}}),
            "epoch  1/12  loss 0.3123  accuracy 0.8870 | validation loss 0.2987  accuracy 0.8912  "
            "3.3 s\n"
            "epoch  2/12  loss 0.3123  accuracy 0.8870 | validation loss 0.2987  accuracy 0.8912  "
            "3.3 s\n");
}

TEST(Progress, LeavesOnlyTheEpochLinesOnATerminal) {
  const Screen screen(output({.terminal = true, .width = [] { return 120; }}));
  ASSERT_EQ(screen.lines.size(), 3u);
  EXPECT_EQ(screen.lines[0],
            "epoch  1/12  loss 0.3123  accuracy 0.8870 | validation loss 0.2987  accuracy 0.8912  "
            "3.3 s");
  EXPECT_EQ(screen.lines[2], "");
}

TEST(Progress, DrawsABarOnATerminal) {
  std::string text;
  Progress progress([&](std::string_view piece) { text += piece; },
                    {.terminal = true, .width = [] { return 100; }});
  progress.start_epoch(3, 12, 40);
  progress.step(20, kTraining);
  const Screen screen(text);
  EXPECT_EQ(screen.lines.back().substr(0, 71),
            "epoch  3/12 [===============>              ] 20/40  loss 0.3123  accura");
}

TEST(Progress, NeverWrapsOnANarrowTerminal) {
  for (int width = 20; width <= 140; ++width) {
    const Screen screen(output({.terminal = true, .width = [=] { return width; }}));
    EXPECT_LT(screen.widest, static_cast<std::size_t>(width)) << width;
    EXPECT_EQ(screen.lines.size(), 3u) << width;
  }
}

TEST(Progress, At60ColumnsTellsAllItsNumbers) {
  const Screen screen(output({.terminal = true, .width = [] { return 60; }}));
  EXPECT_EQ(screen.lines[0], "epoch  1/12  loss 0.312/0.299  accuracy 0.887/0.891  3.3 s");
}

TEST(Progress, ANoteStandsOnItsOwnLineAboveTheBar) {
  std::string text;
  Progress progress([&](std::string_view piece) { text += piece; },
                    {.terminal = true, .width = [] { return 60; }});
  progress.start_epoch(1, 1, 4);
  progress.step(4, kTraining);
  progress.note("learning rate 0.001");
  const Screen screen(text);
  ASSERT_EQ(screen.lines.size(), 2u);
  EXPECT_EQ(screen.lines[0], "learning rate 0.001");
  EXPECT_EQ(screen.lines[1].substr(0, 9), "epoch 1/1");
}

TEST(Progress, AnEpochWithoutValidationSaysNothingOfIt) {
  std::string text;
  Progress progress([&](std::string_view piece) { text += piece; }, {});
  progress.start_epoch(1, 3, 5);
  progress.end_epoch({{"loss", 2}}, {}, 75);
  EXPECT_EQ(text, "epoch 1/3  loss 2.0000  1 min 15 s\n");
}

TEST(DurationText, NamesItsUnits) {
  EXPECT_EQ(duration_text(0.04), "0.0 s");
  EXPECT_EQ(duration_text(59.94), "59.9 s");
  EXPECT_EQ(duration_text(59.96), "1 min 00 s");
  EXPECT_EQ(duration_text(3599), "59 min 59 s");
  EXPECT_EQ(duration_text(3840), "1 h 04 min");
}

}  // namespace
}  // namespace gradus::train
