// Iris flowers joined into clusters, nearest first, by four notions of near.
#include <fmt/format.h>

#include "gradus/data/catalog.h"
#include "gradus/learn/clustering_metrics.h"
#include "gradus/learn/hierarchical.h"
#include "gradus/ops/select.h"
#include "lessons/lessons.h"
#include "lessons/tables.h"

namespace gradus::lessons {
namespace {

using Linkage = learn::HierarchicalOptions::Linkage;

/// Every merge as a bracket: up from both parts, and across.
report::Plot brackets(const std::string& title, const learn::Hierarchical& tree,
                      const std::vector<std::int64_t>& species,
                      const std::vector<std::string>& names) {
  const learn::Dendrogram drawing = learn::dendrogram(tree);
  const auto order = drawing.order.to_vector<std::int64_t>();
  const auto position = drawing.position.to_vector<double>();
  const auto merges = tree.merges.to_vector<std::int64_t>();
  const auto heights = tree.distances.to_vector<double>();
  const std::size_t count = order.size();
  std::vector<double> place(count);
  for (std::size_t i = 0; i < count; ++i) {
    place[static_cast<std::size_t>(order[i])] = static_cast<double>(i);
  }
  const auto x_of = [&](std::size_t node) {
    return node < count ? place[node] : position[node - count];
  };
  const auto y_of = [&](std::size_t node) { return node < count ? 0 : heights[node - count]; };

  report::PlotSeries lines{.name = "", .mark = report::Mark::segments, .color = 8};
  const auto line = [&](double x0, double y0, double x1, double y1) {
    lines.x.insert(lines.x.end(), {x0, x1});
    lines.y.insert(lines.y.end(), {y0, y1});
  };
  for (std::size_t j = 0; j + 1 < count; ++j) {
    const auto left = static_cast<std::size_t>(merges[2 * j]);
    const auto right = static_cast<std::size_t>(merges[2 * j + 1]);
    line(x_of(left), y_of(left), x_of(left), heights[j]);
    line(x_of(right), y_of(right), x_of(right), heights[j]);
    line(x_of(left), heights[j], x_of(right), heights[j]);
  }
  report::Plot plot{.title = title,
                    .x = {.label = "flowers, as the tree orders them"},
                    .y = {.label = "distance at which two clusters join"},
                    .series = {lines}};
  for (std::size_t c = 0; c < names.size(); ++c) {
    report::PlotSeries leaves{.name = names[c], .mark = report::Mark::points};
    for (std::size_t i = 0; i < count; ++i) {
      if (species[static_cast<std::size_t>(order[i])] != static_cast<std::int64_t>(c)) continue;
      leaves.x.push_back(static_cast<double>(i));
      leaves.y.push_back(0);
    }
    plot.series.push_back(std::move(leaves));
  }
  return plot;
}

}  // namespace

void dendrograms(Notebook& notebook) {
  const data::LoadedDataSet iris = data::load("iris");
  const Tensor x = cast(iris.train.inputs(), DType::f64);
  const auto species = iris.train.targets().to_vector<std::int64_t>();
  struct Choice {
    const char* name;
    Linkage linkage;
  };
  Table table({Align::left, Align::right});
  table.row({"linkage", "agreement of 3 clusters with the species (adjusted Rand)"});
  std::vector<report::Plot> plots;
  for (const Choice& choice :
       {Choice{"Ward", Linkage::ward}, Choice{"complete", Linkage::complete},
        Choice{"average", Linkage::average}, Choice{"single", Linkage::single}}) {
    learn::Hierarchical tree{{.clusters = 3, .linkage = choice.linkage}};
    tree.fit(x);
    table.row({choice.name,
               fmt::format("{:.4f}", learn::adjusted_rand(tree.labels, iris.train.targets()))});
    plots.push_back(brackets(choice.name, tree, species, iris.info.class_names));
  }
  notebook.say("150 iris flowers, four measurements each");
  notebook.show(table);
  notebook.picture("dendrograms", plots, 2);
}

}  // namespace gradus::lessons
