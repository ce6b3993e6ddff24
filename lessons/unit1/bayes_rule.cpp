// A joint table of tumours: marginals, conditionals, Bayes' rule, and what hangs together.
#include <algorithm>

#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/stats/joint_table.h"
#include "lessons/lessons.h"
#include "lessons/pictures.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

constexpr std::int64_t kThirds = 3;

/// 0 for the smallest third of a column, 1 for the middle, 2 for the largest: one-hot.
Tensor thirds_of(const Tensor& column) {
  const Tensor ranks = cast(argsort(argsort(column)), DType::f64);
  const double third = static_cast<double>(column.size()) / kThirds;
  return one_hot(cast(ranks / third, DType::i64), kThirds, DType::f64);
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

}  // namespace

void bayes_rule(Notebook& notebook) {
  const data::LoadedDataSet tumours = data::load("breast-cancer");
  const auto& features = tumours.info.feature_names;
  const auto column = [&](const std::string& name) {
    const auto place = std::find(features.begin(), features.end(), name) - features.begin();
    return select(tumours.train.inputs(), 1, place);
  };
  // How many tumours have each combination.
  const Tensor counts = einsum(
      "nd,nr,nt->drt", {one_hot(tumours.train.targets(), 2, DType::f64),
                        thirds_of(column("mean radius")), thirds_of(column("mean texture"))});
  const stats::JointTable joint({"diagnosis", "radius", "texture"}, counts,
                                stats::TableSum::normalize);

  const Tensor prior = joint.marginal({"diagnosis"}).probabilities;        // (2)
  const Tensor likelihood = joint.conditional({"radius"}, {"diagnosis"});  // (2, 3)
  const Tensor direct = joint.conditional({"diagnosis"}, {"radius"});      // (3, 2)
  const auto of = [](const Tensor& table, std::int64_t i, std::int64_t j) {
    return select(select(table, 0, i), 0, j).item<double>();
  };
  Table table({Align::left, Align::right, Align::right, Align::right, Align::right});
  table.row({"radius", "P(radius | malignant)", "P(radius | benign)",
             "P(malignant | radius), Bayes", "counted"});
  const char* const thirds[] = {"smallest third", "middle third", "largest third"};
  for (std::int64_t r = 0; r < kThirds; ++r) {
    const Tensor posterior = stats::posterior_probabilities(prior, select(likelihood, 1, r));
    table.row({thirds[r], percent(of(likelihood, 0, r)), percent(of(likelihood, 1, r)),
               percent(select(posterior, 0, 0).item<double>()), percent(of(direct, r, 0))});
  }
  notebook.say(fmt::format("569 tumours, {} of them malignant: the prior probability",
                           percent(select(prior, 0, 0).item<double>())));
  notebook.show(table);

  // Independent means: the joint table is the product of the marginals.
  const auto how_far = [&](const stats::JointTable& t) {
    const Tensor both = t.marginal({"radius", "texture"}).probabilities;
    const Tensor product =
        outer(t.marginal({"radius"}).probabilities, t.marginal({"texture"}).probabilities);
    return max(absolute(both - product)).item<double>();
  };
  notebook.say(fmt::format(
      "\nradius and texture are {}independent (within 0.02): the joint table is off the product "
      "of\n"
      "its marginals by {:.3f}; among the malignant ones by {:.3f}, among the benign by {:.3f}",
      joint.are_independent({"radius"}, {"texture"}, {}, 0.02) ? "" : "not ", how_far(joint),
      how_far(joint.given({{"diagnosis", 0}})), how_far(joint.given({{"diagnosis", 1}}))));

  const std::vector<std::string> names{"small", "middle", "large"};
  const auto map = [&](const char* title, const Tensor& values) {
    return heat_map({.title = title,
                     .values = values * 100.0,
                     .rows = names,
                     .columns = names,
                     .x_label = "texture",
                     .y_label = "radius",
                     .digits = 1});
  };
  const auto both = [&](const stats::JointTable& t) {
    return t.marginal({"radius", "texture"}).probabilities;
  };
  notebook.picture("bayes-rule",
                   {map("P(radius, texture) in %", both(joint)),
                    map("... of malignant ones", both(joint.given({{"diagnosis", 0}}))),
                    map("... of benign ones", both(joint.given({{"diagnosis", 1}}))),
                    map("P(malignant | radius, texture) in %",
                        select(joint.conditional({"diagnosis"}, {"radius", "texture"}), 2, 0))},
                   2);
}

}  // namespace gradus::lessons
