#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include "evaluation.h"
#include "gradus/learn/classification_metrics.h"
#include "gradus/learn/clustering_metrics.h"
#include "gradus/learn/cross_validation.h"
#include "gradus/learn/estimator_kinds.h"
#include "gradus/learn/hierarchical.h"
#include "gradus/learn/pipeline.h"
#include "gradus/learn/regression_metrics.h"
#include "gradus/learn/saving.h"
#include "gradus/learn/search.h"
#include "module.h"

namespace gradus::python {
namespace {

using namespace nb::literals;
using learn::Estimator;

/// An estimator as Python holds it.
class EstimatorHolder {
 public:
  explicit EstimatorHolder(Owned<Estimator> estimator) : estimator_(std::move(estimator)) {}
  Estimator& operator*() const { return *estimator_; }
  Estimator* operator->() const { return estimator_.get(); }

 private:
  Owned<Estimator> estimator_;
};

nb::dict options_as_dict(const Estimator& estimator) {
  nb::dict options;
  for (const auto& [name, value] : learn::options_of(estimator)) {
    options[name.c_str()] = nb::cast(value);
  }
  return options;
}

/// What fitting gave, by name; the parts of a pipeline under "part.name".
class Collector final : public learn::FittedVisitor {
 public:
  void operator()(std::string_view name, Tensor& tensor, learn::Content,
                  std::initializer_list<std::int64_t>) override {
    if (tensor.defined()) found[(path_ + std::string(name)).c_str()] = nb::cast(tensor);
  }
  void part(std::string_view name, Estimator& part) override {
    const std::string before = path_;
    path_ += std::string(name) + ".";
    part.fitted(*this);
    path_ = before;
  }
  nb::dict found;

 private:
  std::string path_;
};

Tensor or_undefined(const std::optional<Tensor>& tensor) { return tensor ? *tensor : Tensor(); }

nb::list describe_estimators() {
  nb::list rows;
  for (const learn::EstimatorKind& kind : learn::estimator_kinds()) {
    const auto estimator = kind.make();
    nb::dict row;
    row["name"] = kind.name;
    row["doc"] = kind.doc;
    row["options"] = options_as_dict(*estimator);
    row["is_classifier"] = estimator->is_classifier();
    row["is_regressor"] = dynamic_cast<const learn::Regressor*>(estimator.get()) != nullptr;
    row["takes_weights"] = estimator->takes_weights();
    row["has_transform"] = estimator->has_transform();
    rows.append(row);
  }
  return rows;
}

void bind_estimator(nb::module_& module) {
  const auto asking = [](Tensor (Estimator::*question)(const Tensor&) const) {
    return [question](const EstimatorHolder& holder, const Tensor& x) {
      return compute([&] { return ((*holder).*question)(x); });
    };
  };
  nb::class_<EstimatorHolder>(module, "Estimator", "What learns from a table of examples.")
      .def(
          "__init__",
          [](EstimatorHolder* self, const std::string& kind) {
            new (self) EstimatorHolder(learn::make_estimator(kind));
          },
          "kind"_a)
      .def_prop_ro("kind", [](const EstimatorHolder& holder) { return holder->kind(); })
      .def_prop_ro("feature_count",
                   [](const EstimatorHolder& holder) { return holder->feature_count(); })
      .def("clone", [](const EstimatorHolder& holder) { return EstimatorHolder(holder->clone()); })
      .def("options", [](const EstimatorHolder& holder) { return options_as_dict(*holder); })
      .def("parts",
           [](const EstimatorHolder& holder) {
             nb::list parts;
             const auto* pipeline = dynamic_cast<const learn::Pipeline*>(&*holder);
             if (!pipeline) return parts;
             for (const auto& step : pipeline->steps()) {
               parts.append(nb::make_tuple(step.name, EstimatorHolder(step.estimator->clone())));
             }
             return parts;
           })
      .def(
          "set_options",
          [](const EstimatorHolder& holder, const learn::NamedOptions& options) {
            learn::set_options(*holder, options);
          },
          "options"_a)
      .def(
          "fit",
          [](const EstimatorHolder& holder, const Tensor& x, const std::optional<Tensor>& y,
             const std::optional<Tensor>& weights) {
            compute([&] { holder->fit(x, or_undefined(y), or_undefined(weights)); });
          },
          "x"_a, "y"_a = nb::none(), "weights"_a = nb::none())
      .def("fitted",
           [](const EstimatorHolder& holder) {
             Collector collector;
             holder->fitted(collector);
             return collector.found;
           })
      .def("predict", asking(&Estimator::predict), "x"_a)
      .def("predict_probabilities", asking(&Estimator::predict_probabilities), "x"_a)
      .def("decision", asking(&Estimator::decision), "x"_a)
      .def("transform", asking(&Estimator::transform), "x"_a)
      .def("inverse_transform", asking(&Estimator::inverse_transform), "x"_a)
      .def(
          "score",
          [](const EstimatorHolder& holder, const Tensor& x, const std::optional<Tensor>& y) {
            return compute([&] { return holder->score(x, or_undefined(y)); });
          },
          "x"_a, "y"_a = nb::none())
      .def(
          "save",
          [](const EstimatorHolder& holder, const std::string& path) {
            learn::save(*holder, path);
          },
          "path"_a);
  module.def("estimator_kinds", &describe_estimators);
  module.def(
      "load", [](const std::string& path) { return EstimatorHolder(learn::load(path)); }, "path"_a);
  module.def(
      "dendrogram",
      [](const EstimatorHolder& holder) {
        const auto* tree = dynamic_cast<const learn::Hierarchical*>(&*holder);
        if (!tree) throw nb::type_error("a hierarchical clustering is wanted here");
        const learn::Dendrogram drawing = learn::dendrogram(*tree);
        return nb::make_tuple(drawing.order, drawing.position);
      },
      "clustering"_a);
  module.def(
      "make_pipeline",
      [](const std::vector<std::pair<std::string, EstimatorHolder*>>& parts) {
        learn::Pipeline pipeline;
        for (const auto& [name, part] : parts) pipeline.add(name, **part);
        return EstimatorHolder(pipeline.clone());
      },
      "parts"_a);
}

void bind_metrics(nb::module_& module) {
  module.def("accuracy", &learn::accuracy, "predicted"_a, "actual"_a,
             "The share of labels that are equal.");
  module.def(
      "confusion_matrix",
      [](const Tensor& predicted, const Tensor& actual) {
        const auto confusion = learn::confusion_matrix(predicted, actual);
        return nb::make_tuple(confusion.classes, confusion.counts);
      },
      "predicted"_a, "actual"_a,
      "The labels, and how often each (rows) was taken for each (columns).");
  module.def(
      "roc_curve",
      [](const Tensor& scores, const Tensor& actual) {
        const auto curve = learn::roc_curve(scores, actual);
        return nb::make_tuple(curve.false_positive_rate, curve.true_positive_rate,
                              curve.thresholds);
      },
      "scores"_a, "actual"_a,
      "False and true positive rates as the threshold falls, and the thresholds.");
  module.def(
      "class_scores",
      [](const Tensor& predicted, const Tensor& actual) {
        const auto scores = learn::class_scores(predicted, actual);
        nb::dict result;
        result["classes"] = scores.classes;
        result["precision"] = scores.precision;
        result["recall"] = scores.recall;
        result["f1"] = scores.f1;
        result["support"] = scores.support;
        return result;
      },
      "predicted"_a, "actual"_a, "Precision, recall, F1 and support of each class.");
  module.def(
      "averaged_scores",
      [](const Tensor& predicted, const Tensor& actual, const std::string& averaging) {
        const char* const names[] = {"macro", "weighted", "micro"};
        const auto place = std::find(std::begin(names), std::end(names), averaging);
        if (place == std::end(names)) {
          throw nb::value_error("averaging is one of macro, weighted, micro");
        }
        const auto scores = learn::averaged_scores(
            predicted, actual, static_cast<learn::Averaging>(place - std::begin(names)));
        return nb::make_tuple(scores.precision, scores.recall, scores.f1);
      },
      "predicted"_a, "actual"_a, "averaging"_a = "macro",
      "Precision, recall and F1, averaged over classes.");
  module.def("roc_auc", &learn::roc_auc, "scores"_a, "actual"_a, "The area below the ROC curve.");
  module.def("log_loss", &learn::log_loss, "probabilities"_a, "actual"_a,
             "Minus the mean log-probability of the actual classes.");
  module.def("r2", &learn::r2, "predicted"_a, "actual"_a, "The coefficient of determination.");
  module.def("mean_squared_error", &learn::mean_squared_error, "predicted"_a, "actual"_a);
  module.def("mean_absolute_error", &learn::mean_absolute_error, "predicted"_a, "actual"_a);
  module.def("adjusted_rand", &learn::adjusted_rand, "a"_a, "b"_a,
             "How well two clusterings agree, 0 being chance.");
  module.def("silhouette", &learn::silhouette, "x"_a, "labels"_a,
             "How well examples lie in their clusters, from -1 to 1.");
}

using Pairs = std::vector<std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>>;

std::vector<learn::Fold> folds_from(const Pairs& pairs) {
  std::vector<learn::Fold> folds;
  for (const auto& [train, test] : pairs) folds.push_back({train, test});
  return folds;
}

nb::list pairs_of(const std::vector<learn::Fold>& folds) {
  nb::list pairs;
  for (const auto& fold : folds) {
    pairs.append(nb::make_tuple(Tensor::from(fold.train), Tensor::from(fold.test)));
  }
  return pairs;
}

/// Options and scores of each candidate, and which is the best.
nb::tuple result_of(const learn::SearchResult& result) {
  nb::list rows;
  for (const auto& candidate : result.candidates) {
    rows.append(nb::make_tuple(candidate.options, candidate.scores));
  }
  return nb::make_tuple(rows, result.best);
}

void bind_selection(nb::module_& module) {
  module.def(
      "k_fold",
      [](std::int64_t count, std::int64_t folds, std::optional<std::uint64_t> seed) {
        return pairs_of(learn::k_fold(count, {.folds = folds, .shuffle_seed = seed}));
      },
      "count"_a, "folds"_a = 5, "shuffle_seed"_a = nb::none(),
      "Pairs of the numbers of training and test examples.");
  module.def(
      "stratified_k_fold",
      [](const Tensor& labels, std::int64_t folds, std::optional<std::uint64_t> seed) {
        return pairs_of(learn::stratified_k_fold(labels, {.folds = folds, .shuffle_seed = seed}));
      },
      "labels"_a, "folds"_a = 5, "shuffle_seed"_a = nb::none(),
      "As k_fold, and each class is spread evenly over the folds.");
  module.def(
      "cross_validate",
      [](const EstimatorHolder& holder, const Tensor& x, const std::optional<Tensor>& y,
         const Pairs& folds) {
        const auto scores = compute(
            [&] { return learn::cross_validate(*holder, x, or_undefined(y), folds_from(folds)); });
        return nb::make_tuple(scores.train, scores.test);
      },
      "estimator"_a, "x"_a, "y"_a, "folds"_a);
  module.def(
      "validation_curve",
      [](const EstimatorHolder& holder, const std::string& option,
         const std::vector<learn::OptionValue>& values, const Tensor& x,
         const std::optional<Tensor>& y, const Pairs& folds) {
        const auto curve = compute([&] {
          return learn::validation_curve(*holder, option, values, x, or_undefined(y),
                                         folds_from(folds));
        });
        return nb::make_tuple(curve.train, curve.test);
      },
      "estimator"_a, "option"_a, "values"_a, "x"_a, "y"_a, "folds"_a);
  module.def(
      "learning_curve",
      [](const EstimatorHolder& holder, const std::vector<double>& shares, const Tensor& x,
         const std::optional<Tensor>& y, const Pairs& folds, std::uint64_t seed) {
        const auto curve = compute([&] {
          return learn::learning_curve(*holder, shares, x, or_undefined(y), folds_from(folds),
                                       seed);
        });
        return nb::make_tuple(curve.train, curve.test);
      },
      "estimator"_a, "shares"_a, "x"_a, "y"_a, "folds"_a, "seed"_a);
  module.def(
      "grid_search",
      [](const EstimatorHolder& holder, const learn::OptionGrid& grid, const Tensor& x,
         const std::optional<Tensor>& y, const Pairs& folds) {
        return result_of(compute([&] {
          return learn::grid_search(*holder, grid, x, or_undefined(y), folds_from(folds));
        }));
      },
      "estimator"_a, "grid"_a, "x"_a, "y"_a, "folds"_a);
  nb::class_<learn::OptionRange>(module, "OptionRange",
                                 "Where random_search draws the values of an option from: uniform "
                                 "from `low` to `high`, or in their logarithm; whole numbers, or "
                                 "not.")
      .def(
          "__init__",
          [](learn::OptionRange* self, double low, double high, bool logarithmic, bool whole) {
            using Scale = learn::OptionRange::Scale;
            new (self) learn::OptionRange{.low = low,
                                          .high = high,
                                          .scale = logarithmic ? Scale::logarithmic : Scale::linear,
                                          .whole = whole};
          },
          "low"_a, "high"_a, nb::kw_only(), "logarithmic"_a = false, "whole"_a = false)
      .def_rw("name", &learn::OptionRange::name)
      .def_rw("choices", &learn::OptionRange::choices);
  module.def(
      "random_search",
      [](const EstimatorHolder& holder, const std::vector<learn::OptionRange>& ranges,
         const Tensor& x, const std::optional<Tensor>& y, const Pairs& folds,
         std::int64_t candidates, std::uint64_t seed) {
        return result_of(compute([&] {
          return learn::random_search(*holder, ranges, x, or_undefined(y), folds_from(folds),
                                      {.candidates = candidates, .seed = seed});
        }));
      },
      "estimator"_a, "ranges"_a, "x"_a, "y"_a, "folds"_a, "candidates"_a, "seed"_a);
}

}  // namespace

void bind_learning(nb::module_& module) {
  bind_estimator(module);
  bind_metrics(module);
  bind_selection(module);
}

}  // namespace gradus::python
