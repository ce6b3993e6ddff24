// Opens a report in headless Chromium. Skipped where there is none.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include <unistd.h>

#include "gradus/report/report.h"

namespace gradus::report {
namespace {

namespace fs = std::filesystem;

ReportData example() {
  ReportData data;
  data.title = "a <run> & \"its\" name";
  data.subtitle = "drawn by a test";
  data.headline = {{"test accuracy", "91.2 %"}};
  data.curves = {{.title = "Loss",
                  .series = {{.name = "training", .values = {0.9, 0.5, 0.3}},
                             {.name = "validation", .values = {0.8, 0.6, 0.5}}}},
                 {.title = "Accuracy", .series = {{.name = "</script>", .values = {0.1, 0.2}}}}};
  data.best_epoch = 2;
  data.scatter = {.truth = {1, 2, 3}, .prediction = {1.5, 1.8, 3.1}};
  data.confusion = {.classes = {"a", "b"}, .counts = {5, 1, 2, 6}};
  data.mistakes = {{.picture = Tensor::from(std::vector<std::uint8_t>{0, 90, 180, 255}, {2, 2}),
                    .truth = "a",
                    .prediction = "b",
                    .detail = "80 %"}};
  data.recipe = "name = \"x\"";
  return data;
}

// Looks at the open page as a visitor would, and leaves what it saw in the title.
constexpr const char* kProbe = R"(<script>
addEventListener('load', () => {
  const painted = (canvas) => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 == 3 && value > 0).length;
  };
  const canvases = [...document.querySelectorAll('canvas')];
  const images = [...document.images];
  document.body.innerHTML = '<p>' + ['PROBE', canvases.length,
    canvases.filter((canvas) => canvas.dataset.drawn == 'yes').length,
    canvases.filter((canvas) => painted(canvas) > 500).length,
    images.length, images.filter((image) => image.naturalWidth == 2).length, errors.length,
    errors.join(' ')].join(' ') + '</p>';
});
</script>)";

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v chromium >/dev/null 2>&1") != 0) {
      GTEST_SKIP() << "chromium is not installed (Debian package chromium)";
    }
    folder_ = fs::temp_directory_path() / ("gradus-browser-" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }

  /// The document after its scripts ran.
  std::string open(const std::string& page) {
    std::ofstream(folder_ / "report.html") << page;
    const std::string command =
        "timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage "
        "--disable-background-networking --disable-component-update --no-first-run "
        "--user-data-dir='" +
        (folder_ / "profile").string() + "' --log-net-log='" + (folder_ / "net.json").string() +
        "' --window-size=1200,900 --dump-dom 'file://" + (folder_ / "report.html").string() +
        "' 2>/dev/null";
    std::string dom;
    FILE* pipe = popen(command.c_str(), "r");
    char chunk[4096];
    while (const std::size_t count = fread(chunk, 1, sizeof chunk, pipe)) dom.append(chunk, count);
    pclose(pipe);
    return dom;
  }

  /// Addresses that the page asked for, from Chromium's own log.
  std::set<std::string> requests() {
    std::set<std::string> urls;
    const auto log = nlohmann::json::parse(std::ifstream(folder_ / "net.json"), nullptr, false);
    if (log.is_discarded()) return {"unreadable log"};
    for (const auto& event : log.at("events")) {
      if (!event.contains("params") || !event["params"].contains("url")) continue;
      // The browser's own requests (for updates) have no initiator; those of the page do.
      if (!event["params"].contains("initiator")) continue;
      if (event["params"]["initiator"] == "not an origin") continue;
      urls.insert(event["params"]["url"].get<std::string>());
    }
    return urls;
  }

  fs::path folder_;
};

/// A page with a script that leaves "PROBE ..." in the document once it is loaded.
std::string with_script(std::string page, const std::string& expression) {
  page.insert(page.rfind("</body>"),
              "<script>addEventListener('load', () => { document.body.innerHTML = '<p>PROBE ' + (" +
                  expression + ") + '</p>'; });</script>");
  return page;
}

std::string probed(const std::string& dom) {
  const auto found = dom.find("PROBE ");
  return found == dom.npos ? "no probe in " + dom.substr(0, 2000)
                           : dom.substr(found + 6, dom.find("</p>", found) - found - 6);
}

std::string with_probe(std::string page) {
  page.insert(page.find("<head>") + 6,
              "<script>const errors = []; addEventListener('error', (e) => errors.push(e.message));"
              "addEventListener('securitypolicyviolation', (e) => errors.push(e.blockedURI));"
              "</script>");
  page.insert(page.rfind("</body>"), kProbe);
  return page;
}

TEST_F(Browser, DrawsEveryChartAndPictureWithoutAnError) {
  const std::string dom = open(with_probe(render(example())));
  const auto found = dom.find("PROBE");
  ASSERT_NE(found, dom.npos) << dom.substr(0, 2000);
  // 3 canvases, 3 drawn, 3 with something on them; 1 picture of 1 shown; no errors.
  EXPECT_EQ(dom.substr(found, dom.find("</p>", found) - found), "PROBE 3 3 3 1 1 0 ");
}

TEST_F(Browser, DrawsAConstantCurveInTheMiddle) {
  ReportData data;
  data.title = "constant";
  data.curves = {{.title = "Learning rate",
                  .series = {{.name = "learning rate", .values = {0.02, 0.02, 0.02}}}}};
  // Where the line runs, as a share of the height, and the ends of the axis.
  const std::string probe = probed(open(with_script(render(data),
                                                    R"((() => {
    const {scales, chartArea} = Chart.getChart('curves-0');
    const share = (scales.y.getPixelForValue(0.02) - chartArea.top) /
                  (chartArea.bottom - chartArea.top);
    return [share.toFixed(2), scales.y.min, scales.y.max].join(' ');
  })())")));
  EXPECT_EQ(probe, "0.50 0 0.04");
}

TEST_F(Browser, BreaksNoWordOfANarrowTable) {
  ReportData data = example();
  data.facts = {{"Program", "Gradus 0.1.0 (0123456789abcdef)"},
                {"Data", "fashion-mnist: 54,000 training, 6,000 validation, 10,000 test examples"}};
  data.layers = {{.path = "layers.0",
                  .type = "batch_norm (channels=16, momentum=0.1, epsilon=1e-05)",
                  .output = "[16, 28, 28]",
                  .parameters = 123456,
                  .multiply_adds = 12345678}};
  // How many words of the tables stand on more than one line in a column of 240 pixels.
  const std::string probe = probed(open(with_script(render(data),
                                                    R"((() => {
    document.body.style.width = '240px';
    let broken = [];
    for (const cell of document.querySelectorAll('table.plain th, table.plain td')) {
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (const word of node.data.matchAll(/[\w.,:=]+/g)) {
          const range = document.createRange();
          range.setStart(node, word.index);
          range.setEnd(node, word.index + word[0].length);
          if (range.getClientRects().length > 1) broken.push(word[0]);
        }
      }
    }
    return broken.length + ' ' + broken.join(' ');
  })())")));
  EXPECT_EQ(probe, "0 ");
}

TEST_F(Browser, AsksForNothingFromTheNetwork) {
  open(render(example()));
  EXPECT_EQ(requests(), std::set<std::string>{});
}

TEST_F(Browser, ARequestWouldBeNoticed) {
  std::string page = render(example());
  // Without the policy that forbids it, and with an image from elsewhere.
  page.erase(page.find("<meta http-equiv"),
             page.find(">", page.find("<meta http-equiv")) - page.find("<meta http-equiv") + 1);
  page.insert(page.rfind("</body>"), "<img src=\"http://gradus.invalid/x.png\">");
  open(page);
  EXPECT_TRUE(requests().contains("http://gradus.invalid/x.png"));
}

}  // namespace
}  // namespace gradus::report
