#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::report {

/// A name and its value, as text.
struct Fact {
  std::string name = {};
  std::string value = {};
};

/// One curve: a value per epoch, NaN where there is none.
struct Series {
  std::string name = {};
  std::vector<double> values = {};
};

/// Curves over the epochs, in one diagram.
struct Curves {
  std::string title = {};
  std::vector<Series> series = {};
  std::int64_t first_epoch = 1;
};

/// How often class i (row) was taken for class j (column).
struct ConfusionMatrix {
  std::vector<std::string> classes = {};
  std::vector<std::int64_t> counts = {};  ///< classes * classes, row-major
};

/// An example that the model got wrong.
struct Mistake {
  Tensor picture = {};          ///< u8 (height, width, 1 or 3); undefined where it is not one
  std::string truth = {};       ///< what it is
  std::string prediction = {};  ///< what the model took it for
  std::string detail = {};      ///< "99.3 %", "off by 12.1"
};

/// Values that a regression should have given, and gave.
struct Scatter {
  std::vector<double> truth = {};
  std::vector<double> prediction = {};
};

/// A row of the table of layers.
struct LayerRow {
  std::string path = {};
  std::string type = {};
  std::string output = {};
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0;  ///< for one example
};

/// 12345678 as "12,345,678".
std::string grouped(std::int64_t count);

/// What a report tells. Empty parts are left out of the page.
struct ReportData {
  std::string title = {};
  std::string subtitle = {};
  std::vector<Fact> headline = {};  ///< a handful, shown large
  std::vector<Curves> curves = {};
  std::int64_t best_epoch = 0;  ///< marked in the curves; 0: none
  ConfusionMatrix confusion = {};
  Scatter scatter = {};
  std::vector<Mistake> mistakes = {};  ///< the worst first
  std::vector<Tensor> filters = {};    ///< of the first layer, u8 (height, width, 1 or 3)
  std::vector<LayerRow> layers = {};
  std::vector<Fact> facts = {};
  std::string recipe = {};  ///< TOML
};

/// One HTML page with all it needs inside it: style, Chart.js, pictures, data. It opens without a
/// network and asks for none. Throws Error if the counts do not fit the classes.
std::string render(const ReportData& data);

}  // namespace gradus::report
