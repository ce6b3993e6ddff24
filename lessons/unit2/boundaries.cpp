// Where methods draw the line between three species of iris.
#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/learn/decision_tree.h"
#include "gradus/learn/k_neighbors.h"
#include "gradus/learn/logistic_regression.h"
#include "gradus/learn/naive_bayes.h"
#include "gradus/learn/support_vector_machine.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

constexpr int kColumns = 120, kRows = 90;
constexpr double kLeft = 0.5, kRight = 7.5, kBottom = -0.2, kTop = 2.8;

/// The class at each place of the plane, in pale colours.
report::PlotPicture regions(const learn::Estimator& model) {
  std::vector<double> places;
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      places.push_back(kLeft + (column + 0.5) * (kRight - kLeft) / kColumns);
      places.push_back(kTop - (row + 0.5) * (kTop - kBottom) / kRows);
    }
  }
  const auto classes =
      model.predict(Tensor::from(places, Shape{kRows * kColumns, 2})).to_vector<std::int64_t>();
  constexpr std::uint8_t kPale[3][3] = {{188, 216, 240}, {250, 213, 180}, {184, 228, 208}};
  std::vector<std::uint8_t> pixels;
  for (const std::int64_t c : classes) {
    for (const std::uint8_t part : kPale[c]) pixels.push_back(part);
  }
  return {Tensor::from(pixels, Shape{kRows, kColumns, 3}), kLeft, kRight, kBottom, kTop};
}

}  // namespace

void boundaries(Notebook& notebook) {
  const data::LoadedDataSet iris = data::load("iris");
  const Tensor x =
      cast(slice(iris.train.inputs(), 1, {.start = 2}), DType::f64).eval();  // of the petals
  const Tensor y = iris.train.targets();
  const auto length = select(x, 1, 0).to_vector<double>();
  const auto width = select(x, 1, 1).to_vector<double>();
  const auto species = y.to_vector<std::int64_t>();

  learn::LogisticRegression logistic;
  learn::GaussianNaiveBayes bayes;
  learn::KNeighborsClassifier neighbors{{.neighbors = 5}};
  learn::DecisionTreeClassifier tree;
  learn::SupportVectorClassifier linear{{.kernel = learn::KernelKind::linear}};
  learn::SupportVectorClassifier curved{{.gamma = 2}};
  struct Method {
    const char* name;
    learn::Estimator* model;
  };
  const Method methods[] = {
      {"logistic regression", &logistic},   {"naive Bayes", &bayes},
      {"5 nearest neighbours", &neighbors}, {"decision tree", &tree},
      {"linear support vectors", &linear},  {"support vectors, RBF kernel", &curved}};
  Table table({Align::left, Align::right});
  table.row({"method", "right of 150"});
  std::vector<report::Plot> plots;
  for (const Method& method : methods) {
    method.model->fit(x, y);
    table.row({method.name, fmt::format("{:.0f}", 150 * method.model->score(x, y))});
    report::Plot plot{.title = method.name,
                      .x = {.label = "petal length in cm", .low = kLeft, .high = kRight},
                      .y = {.label = "petal width in cm", .low = kBottom, .high = kTop},
                      .pictures = {regions(*method.model)}};
    for (std::int64_t c = 0; c < 3; ++c) {
      report::PlotSeries series{.name = iris.info.class_names[static_cast<std::size_t>(c)],
                                .mark = report::Mark::points};
      for (std::size_t i = 0; i < species.size(); ++i) {
        if (species[i] != c) continue;
        series.x.push_back(length[i]);
        series.y.push_back(width[i]);
      }
      plot.series.push_back(std::move(series));
    }
    plots.push_back(std::move(plot));
  }
  notebook.say("two measurements of 150 iris flowers, judged on those that were fitted");
  notebook.show(table);
  notebook.picture("boundaries", plots, 3);
}

}  // namespace gradus::lessons
