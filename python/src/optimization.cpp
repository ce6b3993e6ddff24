#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.h"
#include "choices.h"
#include "evaluation.h"
#include "gradus/optimize.h"
#include "module.h"
#include "tensor_like.h"

// Minimisation of functions, gradus.optimize. Everything runs as a computation: functions take the
// interpreter lock when they are called.

namespace gradus::python {
namespace {

using namespace nb::literals;
using namespace optimize;

using OneToOne = Callback<Tensor, Tensor>;

constexpr Choice<Method> kMethods[] = {{"gradient_descent", Method::gradient_descent},
                                       {"conjugate_gradient", Method::conjugate_gradient},
                                       {"bfgs", Method::bfgs},
                                       {"lbfgs", Method::lbfgs},
                                       {"newton", Method::newton},
                                       {"newton_cg", Method::newton_cg}};

constexpr Choice<Record> kRecords[] = {{"nothing", Record::nothing}, {"path", Record::path}};

constexpr Choice<StopReason> kReasons[] = {{"gradient", StopReason::gradient},
                                           {"value", StopReason::value},
                                           {"step", StopReason::step},
                                           {"iterations", StopReason::iterations},
                                           {"evaluations", StopReason::evaluations},
                                           {"line_search", StopReason::line_search},
                                           {"unbounded", StopReason::unbounded},
                                           {"diverged", StopReason::diverged}};

constexpr Choice<LeastSquaresMethod> kLeastSquaresMethods[] = {
    {"levenberg_marquardt", LeastSquaresMethod::levenberg_marquardt},
    {"gauss_newton", LeastSquaresMethod::gauss_newton}};

constexpr Choice<ConstrainedMethod> kConstrainedMethods[] = {
    {"augmented_lagrangian", ConstrainedMethod::augmented_lagrangian},
    {"lagrange_newton", ConstrainedMethod::lagrange_newton}};

constexpr Choice<ConstrainedStop> kConstrainedReasons[] = {
    {"converged", ConstrainedStop::converged},   {"iterations", ConstrainedStop::iterations},
    {"infeasible", ConstrainedStop::infeasible}, {"unbounded", ConstrainedStop::unbounded},
    {"singular", ConstrainedStop::singular},     {"stalled", ConstrainedStop::stalled}};

UnaryFunction function_or_none(const nb::object& function) {
  return function.is_none() ? UnaryFunction() : UnaryFunction(OneToOne(function));
}

Function<void(const PathPoint&)> observer(const nb::object& function) {
  if (function.is_none()) return {};
  return Callback<void, PathPoint>(function);
}

/// A function that returns its value and its gradients: one for one tensor, a list for a list.
class OwnGradients {
 public:
  OwnGradients(nb::object function, bool takes_list)
      : function_(std::move(function), takes_list), takes_list_(takes_list) {}

  ValueAndGrad operator()(const Tensors& arguments) const {
    if (takes_list_) {
      auto [value, gradients] = function_.call<std::pair<Tensor, Tensors>>(arguments);
      return {value, std::move(gradients)};
    }
    const auto [value, gradient] = function_.call<std::pair<Tensor, Tensor>>(arguments);
    return {value, {gradient}};
  }

 private:
  ListFunction function_;
  bool takes_list_;
};

/// What all results have in common.
template <class Result>
nb::class_<Result> bind_result(nb::module_& module, const char* name) {
  return nb::class_<Result>(module, name)
      .def_prop_ro("x", [](const Result& found) { return found.x; })
      .def_ro("iterations", &Result::iterations)
      .def_ro("evaluations", &Result::evaluations)
      .def_ro("path", &Result::path, "With record=\"path\": the start and every iteration.")
      .def_ro("report", &Result::report, "Why it stopped, in one sentence.")
      .def_prop_ro("converged", &Result::converged)
      .def("__repr__", [](const Result& found) { return found.report; });
}

void bind_minimize(nb::module_& module) {
  nb::class_<PathPoint>(module, "PathPoint", "Where a minimisation stands after an iteration.")
      .def_ro("arguments", &PathPoint::arguments)
      .def_prop_ro("x",
                   [](const PathPoint& point) {
                     return point.arguments.empty() ? nb::object(nb::none())
                                                    : nb::cast(point.arguments.front());
                   })
      .def_ro("value", &PathPoint::value)
      .def_ro("gradient_norm", &PathPoint::gradient_norm, "The largest absolute element.")
      .def_ro("step", &PathPoint::step);
  nb::class_<Minimum>(module, "Minimum", "What a minimisation found, and why it stopped.")
      .def_ro("arguments", &Minimum::arguments)
      .def_prop_ro("x", &Minimum::x, "The first of the arguments.")
      .def_ro("value", &Minimum::value)
      .def_ro("gradients", &Minimum::gradients)
      .def_ro("gradient_norm", &Minimum::gradient_norm, "The largest absolute element.")
      .def_prop_ro("reason", [](const Minimum& found) { return name_in(kReasons, found.reason); })
      .def_ro("iterations", &Minimum::iterations)
      .def_ro("evaluations", &Minimum::evaluations)
      .def_ro("hessian_products", &Minimum::hessian_products)
      .def_ro("path", &Minimum::path, "With record=\"path\": the start and every iteration.")
      .def_ro("report", &Minimum::report, "Why it stopped, in one sentence.")
      .def_prop_ro("converged", &Minimum::converged)
      .def("__repr__", [](const Minimum& found) { return found.report; });
  module.def(
      "minimize",
      [](nb::object f, nb::handle start, const std::string& method, double gradient_tolerance,
         double value_tolerance, double step_tolerance, std::int64_t iterations,
         std::int64_t evaluations, std::int64_t memory, double learning_rate, double momentum,
         double decrease, double curvature, const std::string& record, const nb::object& observe,
         bool returns_gradients) {
        const MinimizeOptions options{.method = chosen(kMethods, "minimize", "method", method),
                                      .gradient_tolerance = gradient_tolerance,
                                      .value_tolerance = value_tolerance,
                                      .step_tolerance = step_tolerance,
                                      .iterations = iterations,
                                      .evaluations = evaluations,
                                      .memory = memory,
                                      .learning_rate = learning_rate,
                                      .momentum = momentum,
                                      .decrease = decrease,
                                      .curvature = curvature,
                                      .record = chosen(kRecords, "minimize", "record", record),
                                      .observe = observer(observe)};
        const Arguments from = arguments_from(start);
        if (returns_gradients) {
          const DifferentiableFunction g = OwnGradients(std::move(f), from.is_list);
          return compute([&] { return minimize(g, from.tensors, options); });
        }
        const ScalarFunction g = ListFunction(std::move(f), from.is_list);
        return compute([&] { return minimize(g, from.tensors, options); });
      },
      "f"_a, "start"_a, "method"_a = "lbfgs", nb::kw_only(), "gradient_tolerance"_a = 1e-6,
      "value_tolerance"_a = 0.0, "step_tolerance"_a = 0.0, "iterations"_a = 1000,
      "evaluations"_a = 100000, "memory"_a = 10, "learning_rate"_a = 0.0, "momentum"_a = 0.0,
      "decrease"_a = 1e-4, "curvature"_a = 0.0, "record"_a = "nothing",
      "observe"_a.none() = nb::none(), "returns_gradients"_a = false,
      "Minimises f(x), one floating element, from a start; or f([x, y, ...]) from a list of "
      "tensors.\n\n"
      "`method` is \"gradient_descent\", \"conjugate_gradient\", \"bfgs\", \"lbfgs\", \"newton\" "
      "or "
      "\"newton_cg\"; `observe` is given each PathPoint; with `returns_gradients`, f returns its "
      "value and its gradients, as value_and_grad(f) does.\n\n"
      ">>> minimize(lambda x: gradus.sum(gradus.square(x - 3)), [0.0, 1.0]).x\n"
      "Tensor(f64[2] [3, 3])");
}

void bind_least_squares(nb::module_& module) {
  bind_result<LeastSquaresFit>(module, "LeastSquaresFit")
      .def_ro("residuals", &LeastSquaresFit::residuals)
      .def_ro("sum_of_squares", &LeastSquaresFit::sum_of_squares)
      .def_prop_ro(
          "standard_errors",
          [](const LeastSquaresFit& found) { return or_none(found.standard_errors); },
          "Of x; None without degrees of freedom, or with dependent columns of the Jacobian.")
      .def_prop_ro("reason",
                   [](const LeastSquaresFit& found) { return name_in(kReasons, found.reason); })
      .def_ro("jacobians", &LeastSquaresFit::jacobians);
  module.def(
      "minimize_least_squares",
      [](nb::object residuals, const TensorLike& start, const std::string& method,
         double gradient_tolerance, double value_tolerance, double step_tolerance,
         std::int64_t iterations, const std::string& record) {
        const char* const operation = "minimize_least_squares";
        const UnaryFunction f = OneToOne(std::move(residuals));
        const Tensor from = start.tensor_in(DType::f64);
        const LeastSquaresOptions options{
            .method = chosen(kLeastSquaresMethods, operation, "method", method),
            .gradient_tolerance = gradient_tolerance,
            .value_tolerance = value_tolerance,
            .step_tolerance = step_tolerance,
            .iterations = iterations,
            .record = chosen(kRecords, operation, "record", record)};
        return compute([&] { return minimize_least_squares(f, from, options); });
      },
      "residuals"_a, "start"_a, "method"_a = "levenberg_marquardt", nb::kw_only(),
      "gradient_tolerance"_a = 1e-12, "value_tolerance"_a = 1e-14, "step_tolerance"_a = 1e-12,
      "iterations"_a = 1000, "record"_a = "nothing",
      "Minimises the sum of squares of residuals(x), of any shape, by \"levenberg_marquardt\" or "
      "\"gauss_newton\".\n\n"
      ">>> at, seen = gradus.tensor([0.0, 1.0, 2.0]), gradus.tensor([1.0, 3.0, 5.0])\n"
      ">>> fit = minimize_least_squares(lambda p: p[0] + p[1] * at - seen, [0.0, 0.0])\n"
      ">>> [round(p, 6) for p in fit.x.tolist()]\n[1.0, 2.0]");
}

void bind_projected(nb::module_& module) {
  bind_result<ProjectedMinimum>(module, "ProjectedMinimum")
      .def_ro("value", &ProjectedMinimum::value)
      .def_ro("gradient", &ProjectedMinimum::gradient)
      .def_ro("residual", &ProjectedMinimum::residual,
              "The largest element of |P(x - gradient) - x|.")
      .def_prop_ro("reason",
                   [](const ProjectedMinimum& found) { return name_in(kReasons, found.reason); });
  module.def(
      "minimize_projected",
      [](nb::object f, nb::object projection, const TensorLike& start, double tolerance,
         std::int64_t iterations, std::int64_t evaluations, std::int64_t memory,
         const std::string& record) {
        const UnaryFunction function = OneToOne(std::move(f));
        const UnaryFunction onto = OneToOne(std::move(projection));
        const Tensor from = start.tensor_in(DType::f64);
        const ProjectedOptions options{
            .tolerance = tolerance,
            .iterations = iterations,
            .evaluations = evaluations,
            .memory = memory,
            .record = chosen(kRecords, "minimize_projected", "record", record)};
        return compute([&] { return minimize_projected(function, onto, from, options); });
      },
      "f"_a, "projection"_a, "start"_a, nb::kw_only(), "tolerance"_a = 1e-6, "iterations"_a = 1000,
      "evaluations"_a = 100000, "memory"_a = 10, "record"_a = "nothing",
      "Minimises f over a convex set that is given by its projection.\n\n"
      ">>> minimize_projected(lambda x: gradus.sum(gradus.square(x - 3)),\n"
      "...                    lambda x: project_onto_box(x, 0.0, 1.0), [0.5, 0.5]).x\n"
      "Tensor(f64[2] [1, 1])");
  const auto bind_radius = [&](const char* name, Tensor (*project)(const Tensor&, double),
                               const char* doc) {
    module.def(
        name,
        [project](const TensorLike& x, double radius) {
          return project(x.tensor_in(DType::f64), radius);
        },
        "x"_a, "radius"_a, doc);
  };
  module.def(
      "project_onto_box",
      [](const TensorLike& x, double low, double high) {
        return project_onto_box(x.tensor_in(DType::f64), low, high);
      },
      "x"_a, "low"_a, "high"_a, "low <= element <= high");
  module.def(
      "project_onto_nonnegative",
      [](const TensorLike& x) { return project_onto_nonnegative(x.tensor_in(DType::f64)); }, "x"_a);
  bind_radius("project_onto_l2_ball", &project_onto_l2_ball, "Euclidean length at most `radius`.");
  bind_radius("project_onto_l1_ball", &project_onto_l1_ball,
              "Sum of absolute elements at most `radius`.");
  bind_radius("project_onto_linf_ball", &project_onto_linf_ball,
              "Largest absolute element at most `radius`.");
  module.def(
      "project_onto_simplex",
      [](const TensorLike& x, double total) {
        return project_onto_simplex(x.tensor_in(DType::f64), total);
      },
      "x"_a, "total"_a = 1.0, "Elements at least 0 that add up to `total`.");
}

void bind_constrained(nb::module_& module) {
  nb::class_<KktResiduals>(module, "KktResiduals",
                           "The largest violation of each condition of Karush, Kuhn and Tucker.")
      .def_ro("stationarity", &KktResiduals::stationarity)
      .def_ro("equality", &KktResiduals::equality)
      .def_ro("inequality", &KktResiduals::inequality)
      .def_ro("dual", &KktResiduals::dual)
      .def_ro("complementarity", &KktResiduals::complementarity)
      .def_prop_ro("largest", &KktResiduals::largest);
  bind_result<ConstrainedMinimum>(module, "ConstrainedMinimum")
      .def_ro("value", &ConstrainedMinimum::value)
      .def_prop_ro(
          "equality_multipliers",
          [](const ConstrainedMinimum& found) { return or_none(found.equality_multipliers); },
          "Of the shape of equal_to_zero(x); None without.")
      .def_prop_ro(
          "inequality_multipliers",
          [](const ConstrainedMinimum& found) { return or_none(found.inequality_multipliers); },
          "At least 0, of the shape of at_most_zero(x); None without.")
      .def_ro("residuals", &ConstrainedMinimum::residuals)
      .def_prop_ro("reason", [](const ConstrainedMinimum& found) {
        return name_in(kConstrainedReasons, found.reason);
      });
  module.def(
      "minimize_constrained",
      [](nb::object f, const TensorLike& start, const nb::object& equal_to_zero,
         const nb::object& at_most_zero, const std::string& method, double tolerance,
         std::int64_t iterations, const std::string& inner, std::int64_t inner_iterations,
         const std::string& record) {
        const char* const operation = "minimize_constrained";
        const UnaryFunction function = OneToOne(std::move(f));
        const Constraints constraints{function_or_none(equal_to_zero),
                                      function_or_none(at_most_zero)};
        const Tensor from = start.tensor_in(DType::f64);
        const ConstrainedOptions options{
            .method = chosen(kConstrainedMethods, operation, "method", method),
            .tolerance = tolerance,
            .iterations = iterations,
            .inner = chosen(kMethods, operation, "inner", inner),
            .inner_iterations = inner_iterations,
            .record = chosen(kRecords, operation, "record", record)};
        return compute([&] { return minimize_constrained(function, constraints, from, options); });
      },
      "f"_a, "start"_a, nb::kw_only(), "equal_to_zero"_a.none() = nb::none(),
      "at_most_zero"_a.none() = nb::none(), "method"_a = "augmented_lagrangian",
      "tolerance"_a = 1e-6, "iterations"_a = 100, "inner"_a = "bfgs", "inner_iterations"_a = 1000,
      "record"_a = "nothing",
      "Minimises f where equal_to_zero(x) = 0 and at_most_zero(x) <= 0, by "
      "\"augmented_lagrangian\" or (equalities only) \"lagrange_newton\".\n\n"
      ">>> found = minimize_constrained(lambda x: gradus.sum(gradus.square(x)), [3.0, 1.0],\n"
      "...                              equal_to_zero=lambda x: gradus.sum(x) - 1)\n"
      ">>> [round(x, 4) for x in found.x.tolist()]\n[0.5, 0.5]");
  module.def(
      "kkt_residuals",
      [](nb::object f, const TensorLike& x, const nb::object& equal_to_zero,
         const nb::object& at_most_zero, const std::optional<TensorLike>& equality_multipliers,
         const std::optional<TensorLike>& inequality_multipliers) {
        const UnaryFunction function = OneToOne(std::move(f));
        const Constraints constraints{function_or_none(equal_to_zero),
                                      function_or_none(at_most_zero)};
        const auto given = [](const std::optional<TensorLike>& multipliers) {
          return multipliers ? multipliers->tensor_in(DType::f64) : Tensor();
        };
        const Tensor at = x.tensor_in(DType::f64), lambda = given(equality_multipliers),
                     alpha = given(inequality_multipliers);
        return compute([&] { return kkt_residuals(function, constraints, at, lambda, alpha); });
      },
      "f"_a, "x"_a, nb::kw_only(), "equal_to_zero"_a.none() = nb::none(),
      "at_most_zero"_a.none() = nb::none(), "equality_multipliers"_a.none() = nb::none(),
      "inequality_multipliers"_a.none() = nb::none(),
      "How far x with multipliers is from satisfying the conditions of Karush, Kuhn and Tucker.");
}

}  // namespace

void bind_optimization(nb::module_& module) {
  bind_minimize(module);
  bind_least_squares(module);
  bind_projected(module);
  bind_constrained(module);
}

}  // namespace gradus::python
