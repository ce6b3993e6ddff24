// From a table to a prediction: split, prepare, learn, choose, and judge once, at the end.
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/data/split.h"
#include "gradus/learn/classification_metrics.h"
#include "gradus/learn/decision_tree.h"
#include "gradus/learn/imputer.h"
#include "gradus/learn/k_neighbors.h"
#include "gradus/learn/logistic_regression.h"
#include "gradus/learn/pipeline.h"
#include "gradus/learn/principal_components.h"
#include "gradus/learn/scaler.h"
#include "gradus/learn/support_vector_machine.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/random.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/select.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

struct Examples {
  Tensor x, y;
};

Examples examples_of(const Tensor& x, const Tensor& y, const std::vector<std::int64_t>& which) {
  const Tensor places = Tensor::from(which);
  return {take(x, places).eval(), take(y, places).eval()};
}

/// A model behind what prepares its features.
learn::Pipeline prepared(const learn::Estimator& model) {
  learn::Pipeline pipeline;
  pipeline.add("fill", learn::Imputer{{.strategy = learn::ImputerOptions::Strategy::median}})
      .add("scale", learn::StandardScaler{})
      .add("model", model);
  return pipeline;
}

}  // namespace

void whole_process(Notebook& notebook) {
  // Data: 178 wines, of which one number in ten is lost, to have something to prepare.
  const data::LoadedDataSet wine = data::load("wine");
  const Tensor measured = cast(wine.train.inputs(), DType::f64);
  const Tensor y = wine.train.targets();
  const Tensor is_lost = less(random_uniform(Key(1), measured.shape(), 0, 1, DType::f64),
                              Tensor::scalar(0.1, DType::f64));
  const Tensor x = where(
      is_lost, Tensor::scalar(std::numeric_limits<double>::quiet_NaN(), DType::f64), measured);
  const data::Split split = data::split_by_class(y, {.key = Key(3)});
  const Examples train = examples_of(x, y, split.train),
                 validation = examples_of(x, y, split.validation),
                 test = examples_of(x, y, split.test);
  notebook.say(
      fmt::format("178 wines of three growers, 13 measurements of which a tenth was removed:\n"
                  "{} to learn from, {} to choose by, {} to judge by, once",
                  split.train.size(), split.validation.size(), split.test.size()));

  // Models, each behind the same preparation, which learns from the training examples alone.
  const learn::LogisticRegression logistic;
  const learn::KNeighborsClassifier neighbors{{.neighbors = 5}};
  const learn::SupportVectorClassifier machine;
  const learn::DecisionTreeClassifier tree;
  struct Candidate {
    const char* name;
    learn::Pipeline model;
  };
  Candidate candidates[] = {{"logistic regression", prepared(logistic)},
                            {"5 nearest neighbours", prepared(neighbors)},
                            {"support vectors, RBF kernel", prepared(machine)},
                            {"decision tree", prepared(tree)}};
  learn::Pipeline unscaled;
  unscaled.add("fill", learn::Imputer{}).add("model", neighbors);
  Table table({Align::left, Align::right, Align::right});
  table.row({"model", "right in training", "in validation"});
  const Candidate* best = nullptr;
  double highest = -1;
  const auto add = [&](const char* name, learn::Pipeline& model) {
    model.fit(train.x, train.y);
    const double score = model.score(validation.x, validation.y);
    table.row({name, fmt::format("{:.1f} %", 100 * model.score(train.x, train.y)),
               fmt::format("{:.1f} %", 100 * score)});
    return score;
  };
  for (Candidate& candidate : candidates) {
    const double score = add(candidate.name, candidate.model);
    if (score <= highest) continue;
    highest = score;
    best = &candidate;
  }
  add("5 nearest neighbours without scaling", unscaled);
  notebook.show(table);

  const Tensor predicted = best->model.predict(test.x);
  notebook.say(fmt::format("chosen: {}; of the {} wines never looked at, {:.1f} % are right",
                           best->name, split.test.size(),
                           100 * learn::accuracy(predicted, test.y)));
  const std::vector<std::string> growers{"grower 1", "grower 2", "grower 3"};
  const learn::Confusion confusion = learn::confusion_matrix(predicted, test.y);

  learn::Pipeline flat;
  flat.add("fill", learn::Imputer{{.strategy = learn::ImputerOptions::Strategy::median}})
      .add("scale", learn::StandardScaler{})
      .add("components", learn::PrincipalComponents{{.components = 2}});
  flat.fit(train.x);
  const Tensor seen = flat.transform(train.x), unseen = flat.transform(test.x);
  const auto cloud = [&](const char* title, const Tensor& places, const Tensor& classes) {
    return report::Plot{
        .title = title,
        .x = {.label = "first principal component", .low = -5, .high = 5},
        .y = {.label = "second", .low = -5, .high = 5},
        .series = points_by_class(select(places, 1, 0), select(places, 1, 1), classes, growers)};
  };
  notebook.picture("whole-process",
                   {cloud("Wines to learn from, prepared", seen, train.y),
                    cloud("Wines to judge by, as predicted", unseen, predicted),
                    heat_map({.title = std::string("Test: ") + best->name,
                              .values = confusion.counts,
                              .rows = {"1", "2", "3"},
                              .columns = {"1", "2", "3"},
                              .x_label = "predicted grower",
                              .y_label = "actual grower",
                              .digits = 0})},
                   3);
}

}  // namespace gradus::lessons
