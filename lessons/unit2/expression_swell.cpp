// Derivatives as formulas: how they grow, and what sharing saves.
#include <fmt/format.h>

#include "gradus/symbolic/common_subexpressions.h"
#include "gradus/symbolic/differentiate.h"
#include "gradus/symbolic/parse.h"
#include "gradus/symbolic/simplify.h"
#include "lessons/lessons.h"

namespace gradus::lessons {

using symbolic::count_operations;
using symbolic::Expression;

void expression_swell(Notebook& notebook) {
  // The logistic map l -> 4 l (1 - l), applied again and again (the example of Baydin et al. 2018,
  // table 1): each iterate uses the last one twice.
  Expression iterate = Expression::variable("x");
  report::PlotSeries written{.name = "as the rules give it", .mark = report::Mark::line_and_points};
  report::PlotSeries simplified{.name = "simplified", .mark = report::Mark::line_and_points};
  report::PlotSeries shared{.name = "with shared parts", .mark = report::Mark::line_and_points};
  Table table({Align::right, Align::right, Align::right, Align::right, Align::right});
  table.row({"iterations", "operations of f", "f' as the rules give it", "simplified",
             "with shared parts"});
  for (int n = 1; n <= 9; ++n) {
    iterate = Expression(4) * iterate * (Expression(1) - iterate);
    const Expression derivative = symbolic::differentiate(iterate, "x");
    const auto count = count_operations(derivative);
    const double after = count_operations(symbolic::simplify(derivative)).written_out;
    written.x.push_back(n);
    written.y.push_back(count.written_out);
    simplified.x.push_back(n);
    simplified.y.push_back(after);
    shared.x.push_back(n);
    shared.y.push_back(static_cast<double>(count.distinct));
    table.row({std::to_string(n), fmt::format("{:.0f}", count_operations(iterate).written_out),
               fmt::format("{:.0f}", count.written_out), fmt::format("{:.0f}", after),
               std::to_string(count.distinct)});
  }
  notebook.say("f is the logistic map 4 x (1 - x), iterated");
  notebook.show(table);
  notebook.say("From 7 on the formula is too large to be multiplied out on trial.");

  const Expression f = symbolic::parse("exp(x*y)*sin(x*y)");
  notebook.say("\nthe gradient of " + f.to_string() + " with its common parts named:");
  const auto named = symbolic::share_subexpressions(symbolic::gradient(f, {"x", "y"}));
  notebook.say(named.to_string({"d/dx", "d/dy"}));
  notebook.say("Reverse mode never writes the formula: it keeps the shared parts as values.");

  notebook.picture("expression-swell",
                   {{.title = "The derivative of an iterated map",
                     .x = {.label = "iterations"},
                     .y = {.label = "operations", .scale = report::AxisScale::logarithmic},
                     .series = {written, simplified, shared}}});
}

}  // namespace gradus::lessons
