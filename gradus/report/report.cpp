#include "gradus/report/report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/base/error.h"
#include "gradus/base/version.h"
#include "gradus/io/png.h"
#include "gradus/report/html.h"

namespace gradus::embedded {
extern const std::string_view report_html;
extern const std::string_view report_css;
extern const std::string_view report_js;
extern const std::string_view chart_js;
}  // namespace gradus::embedded

namespace gradus::report {
namespace {

constexpr std::size_t kLargestTable = 40;  // classes; a larger matrix cannot be read
constexpr std::size_t kListedConfusions = 6;

std::string section(std::string_view heading, std::string_view note, const std::string& body) {
  return fmt::format("<section>\n<h2>{}</h2>\n{}{}</section>\n", heading,
                     note.empty() ? "" : fmt::format("<p class=\"note\">{}</p>\n", note), body);
}

std::string headline(const std::vector<Fact>& facts) {
  if (facts.empty()) return "";
  std::string html = "<section class=\"headline\" aria-label=\"Results\">\n";
  for (const Fact& fact : facts) {
    html +=
        fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(fact.name), escape(fact.value));
  }
  return html + "</section>\n";
}

std::string number(double value) {
  return std::isnan(value) ? std::string("&ndash;") : fmt::format("{:.5g}", value);
}

/// The numbers behind the curves, for those who cannot or would not look at a drawing.
std::string epoch_table(const std::vector<Curves>& curves) {
  std::string head, body;
  std::int64_t first = INT64_MAX, last = 0;
  for (const Curves& diagram : curves) {
    first = std::min(first, diagram.first_epoch);
    for (const Series& series : diagram.series) {
      const bool named_apart = diagram.series.size() > 1;
      head += fmt::format("<th class=\"number\">{}</th>",
                          escape(named_apart ? diagram.title + ", " + series.name : diagram.title));
      last = std::max(last, diagram.first_epoch + static_cast<std::int64_t>(series.values.size()));
    }
  }
  for (std::int64_t epoch = first; epoch < last; ++epoch) {
    body += fmt::format("<tr><th>{}</th>", epoch);
    for (const Curves& diagram : curves) {
      for (const Series& series : diagram.series) {
        const std::int64_t i = epoch - diagram.first_epoch;
        const bool there = i >= 0 && i < static_cast<std::int64_t>(series.values.size());
        body += fmt::format("<td class=\"number\">{}</td>",
                            number(there ? series.values[static_cast<std::size_t>(i)] : NAN));
      }
    }
    body += "</tr>\n";
  }
  return fmt::format(
      "<details><summary>As a table</summary><div class=\"scroll\"><table class=\"plain\">\n"
      "<thead><tr><th>Epoch</th>{}</tr></thead>\n<tbody>\n{}</tbody></table></div></details>\n",
      head, body);
}

std::string learning_curves(const std::vector<Curves>& curves) {
  if (curves.empty()) return "";
  std::string html = "<div class=\"curves\">\n";
  for (std::size_t i = 0; i < curves.size(); ++i) {
    html += fmt::format(
        "<figure><figcaption>{0}</figcaption><div class=\"canvas\">"
        "<canvas id=\"curves-{1}\" role=\"img\" aria-label=\"{0} over the epochs\"></canvas>"
        "</div></figure>\n",
        escape(curves[i].title), i);
  }
  return section("Learning curves", "", html + "</div>\n" + epoch_table(curves));
}

/// Reads counts of a matrix, and its sums by row and column.
struct Counts {
  const ConfusionMatrix& matrix;
  std::size_t classes = matrix.classes.size();

  std::int64_t at(std::size_t truth, std::size_t prediction) const {
    return matrix.counts[truth * classes + prediction];
  }
  std::int64_t row(std::size_t truth) const {
    std::int64_t sum = 0;
    for (std::size_t j = 0; j < classes; ++j) sum += at(truth, j);
    return sum;
  }
  std::int64_t column(std::size_t prediction) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < classes; ++i) sum += at(i, prediction);
    return sum;
  }
};

std::string rate_cell(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "<td class=\"rate\">&ndash;</td>";
  return fmt::format("<td class=\"rate\">{:.1f} %</td>",
                     100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string count_cell(const Counts& counts, std::size_t truth, std::size_t prediction) {
  const std::int64_t count = counts.at(truth, prediction);
  const std::int64_t row = counts.row(truth);
  const double share = row ? static_cast<double>(count) / static_cast<double>(row) : 0;
  const bool right = truth == prediction;
  const char* emphasis = count == 0 ? " zero" : share > (right ? 0.45 : 0.25) ? " strong" : "";
  return fmt::format(
      "<td class=\"{}{}\" style=\"--share:{:.4f}\" title=\"{}: {} of {} taken for {}\">{}</td>",
      right ? "right" : "wrong", emphasis, std::min(share, right ? 1.0 : 0.4),
      escape(counts.matrix.classes[truth]), count, row, escape(counts.matrix.classes[prediction]),
      count);
}

std::string confusion_table(const Counts& counts) {
  const auto& classes = counts.matrix.classes;
  std::string html =
      "<div class=\"scroll\"><table class=\"confusion\">\n<thead><tr><th>truth \\ prediction</th>";
  for (const auto& name : classes) {
    html += fmt::format("<th class=\"class\" scope=\"col\"><span>{}</span></th>", escape(name));
  }
  html += "<th>recall</th></tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < counts.classes; ++i) {
    html += fmt::format("<tr><th scope=\"row\">{}</th>", escape(classes[i]));
    for (std::size_t j = 0; j < counts.classes; ++j) html += count_cell(counts, i, j);
    html += rate_cell(counts.at(i, i), counts.row(i)) + "</tr>\n";
  }
  html += "</tbody>\n<tfoot><tr><th scope=\"row\">precision</th>";
  for (std::size_t j = 0; j < counts.classes; ++j) {
    html += rate_cell(counts.at(j, j), counts.column(j));
  }
  return html + "<td></td></tr></tfoot></table></div>\n";
}

std::string frequent_confusions(const Counts& counts) {
  struct Entry {
    std::int64_t count;
    std::size_t truth, prediction;
  };
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < counts.classes; ++i) {
    for (std::size_t j = 0; j < counts.classes; ++j) {
      if (i != j && counts.at(i, j) > 0) entries.push_back({counts.at(i, j), i, j});
    }
  }
  if (entries.empty()) return "";
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.count > b.count; });
  entries.resize(std::min(entries.size(), kListedConfusions));
  std::string html = "<ul class=\"confusions\" aria-label=\"Most frequent confusions\">\n";
  for (const Entry& entry : entries) {
    html += fmt::format("<li><b>{}</b> {} taken for {}</li>\n", entry.count,
                        escape(counts.matrix.classes[entry.truth]),
                        escape(counts.matrix.classes[entry.prediction]));
  }
  return html + "</ul>\n";
}

std::string confusion(const ConfusionMatrix& matrix) {
  const Counts counts{matrix};
  if (matrix.counts.size() != counts.classes * counts.classes) {
    throw Error(ErrorCode::invalid_argument, "report",
                fmt::format("a confusion matrix of {} classes has {} counts, not {}",
                            counts.classes, counts.classes * counts.classes, matrix.counts.size()));
  }
  if (counts.classes == 0) return "";
  const bool readable = counts.classes <= kLargestTable;
  return section("Confusion matrix",
                 readable ? "Rows are what the examples are, columns what the model took them for; "
                            "colour is the share of the row."
                          : "Too many classes for a table; these are taken for each other most.",
                 (readable ? confusion_table(counts) : "") + frequent_confusions(counts));
}

std::string scatter(const Scatter& points) {
  if (points.truth.size() != points.prediction.size()) {
    throw Error(ErrorCode::invalid_argument, "report",
                fmt::format("{} true values and {} predictions", points.truth.size(),
                            points.prediction.size()));
  }
  if (points.truth.empty()) return "";
  std::string body =
      "<div class=\"scatter\"><figure><div class=\"canvas\"><canvas id=\"scatter\" role=\"img\" "
      "aria-label=\"predictions against true values\"></canvas></div></figure></div>\n";
  return section("Predictions against true values", "A perfect model has all points on the line.",
                 body);
}

/// <img src="data:..." ...>
std::string image(const Tensor& picture, const std::string& description) {
  return fmt::format("<img src=\"data:image/png;base64,{}\" width=\"{}\" height=\"{}\" alt=\"{}\">",
                     base64(io::encode_png(picture)), picture.dim(1), picture.dim(0),
                     escape(description));
}

std::string mistake_pictures(const std::vector<Mistake>& mistakes) {
  std::string html = "<div class=\"pictures\">\n";
  for (const Mistake& mistake : mistakes) {
    html += fmt::format(
        "<figure>{}<figcaption><b>{}</b>taken for <span class=\"taken\">{}</span>"
        "<span class=\"detail\">{}</span></figcaption></figure>\n",
        image(mistake.picture, mistake.truth + " taken for " + mistake.prediction),
        escape(mistake.truth), escape(mistake.prediction), escape(mistake.detail));
  }
  return html + "</div>\n";
}

std::string mistake_table(const std::vector<Mistake>& mistakes) {
  std::string html =
      "<div class=\"scroll\"><table class=\"plain\"><thead><tr><th>Truth</th><th>Prediction</th>"
      "<th></th></tr></thead><tbody>\n";
  for (const Mistake& mistake : mistakes) {
    html += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"number\">{}</td></tr>\n",
                        escape(mistake.truth), escape(mistake.prediction), escape(mistake.detail));
  }
  return html + "</tbody></table></div>\n";
}

std::string worst_mistakes(const std::vector<Mistake>& mistakes) {
  if (mistakes.empty()) return "";
  const bool pictures = std::none_of(mistakes.begin(), mistakes.end(), [](const Mistake& mistake) {
    return !mistake.picture.defined();
  });
  return section("Worst mistakes", "What the model was most wrong about.",
                 pictures ? mistake_pictures(mistakes) : mistake_table(mistakes));
}

std::string filters(const std::vector<Tensor>& pictures) {
  if (pictures.empty()) return "";
  std::string html = "<div class=\"filters\">\n";
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    html += image(pictures[i], fmt::format("filter {}", i + 1)) + "\n";
  }
  return section("First-layer filters",
                 "What each unit of the first layer looks for; grey is zero, all on one scale.",
                 html + "</div>\n");
}

std::string layers(const std::vector<LayerRow>& rows) {
  if (rows.empty()) return "";
  std::string body;
  std::int64_t parameters = 0, multiply_adds = 0;
  for (const LayerRow& row : rows) {
    parameters += row.parameters;
    multiply_adds += row.multiply_adds;
    body += fmt::format(
        "<tr><td><code>{}</code></td><td>{}</td><td class=\"extents\">{}</td>"
        "<td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        escape(row.path), escape(row.type), escape(row.output), grouped(row.parameters),
        grouped(row.multiply_adds));
  }
  return section(
      "Model", "Multiply-adds are those of one example.",
      fmt::format("<div class=\"scroll\"><table class=\"plain\"><thead><tr><th>Path</th>"
                  "<th>Layer</th><th>Output</th><th class=\"number\">Parameters</th>"
                  "<th class=\"number\">Multiply-adds</th></tr></thead>\n<tbody>\n{}</tbody>"
                  "<tfoot><tr><td colspan=\"3\">Total</td><td class=\"number\">{}</td>"
                  "<td class=\"number\">{}</td></tr></tfoot></table></div>\n",
                  body, grouped(parameters), grouped(multiply_adds)));
}

std::string run_facts(const std::vector<Fact>& facts) {
  if (facts.empty()) return "";
  std::string body;
  for (const Fact& fact : facts) {
    body += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escape(fact.name),
                        escape(fact.value));
  }
  return section(
      "Run", "",
      "<div class=\"scroll\"><table class=\"plain\"><tbody>\n" + body + "</tbody></table></div>\n");
}

std::string recipe(const std::string& toml) {
  if (toml.empty()) return "";
  return fmt::format(
      "<section><details><summary>Recipe</summary><pre>{}</pre></details></section>\n",
      escape(toml));
}

/// What report.js draws. Values that are not finite become null.
std::string chart_data(const ReportData& data) {
  nlohmann::json json;
  json["best_epoch"] = data.best_epoch;
  json["curves"] = nlohmann::json::array();
  for (const Curves& curves : data.curves) {
    nlohmann::json entry = {{"first_epoch", curves.first_epoch},
                            {"series", nlohmann::json::array()}};
    for (const Series& series : curves.series) {
      entry["series"].push_back({{"name", series.name}, {"values", series.values}});
    }
    json["curves"].push_back(std::move(entry));
  }
  json["scatter"] = {{"truth", data.scatter.truth}, {"prediction", data.scatter.prediction}};
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string safe;  // "</script>" in a name must not end the script
  for (const char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string grouped(std::int64_t count) {
  std::string digits = fmt::format("{}", count);
  const std::size_t first = digits.front() == '-' ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string render(const ReportData& data) {
  const std::string sections = headline(data.headline) + learning_curves(data.curves) +
                               confusion(data.confusion) + scatter(data.scatter) +
                               worst_mistakes(data.mistakes) + filters(data.filters) +
                               layers(data.layers) + run_facts(data.facts) + recipe(data.recipe);
  const std::string title = escape(data.title);
  const std::string subtitle = escape(data.subtitle);
  const std::string json = chart_data(data);
  return fill(embedded::report_html, {{"title", title},
                                      {"subtitle", subtitle},
                                      {"style", embedded::report_css},
                                      {"sections", sections},
                                      {"version", version()},
                                      {"data", json},
                                      {"chart_js", embedded::chart_js},
                                      {"script", embedded::report_js}});
}

}  // namespace gradus::report
