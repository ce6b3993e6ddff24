#include "lessons/lessons.h"

namespace gradus::cli {
namespace {

constexpr Lesson kLessons[] = {
    {"overflow", "1.13", "Where plain formulas overflow, and forms that do not", lessons::overflow},
    {"gradient-paths", "1.14", "Methods of descent on their way to a minimum",
     lessons::gradient_paths},
    {"constrained", "1.15", "Lagrange multipliers, and a regression whose weights are limited",
     lessons::constrained},
    {"validation-curve", "2.02", "Polynomials that are too stiff, about right, and too free",
     lessons::validation_curve},
    {"batch-sizes", "2.10", "One example a step, some, or all", lessons::batch_sizes},
    {"xor", "2.11", "What one layer cannot learn, and two can", lessons::xor_layers},
    {"universal-approximation", "2.11", "One hidden layer comes as near to a curve as it has units",
     lessons::universal_approximation},
    {"expression-swell", "2.16", "Formulas of derivatives grow, unless they share their parts",
     lessons::expression_swell},
    {"derivative-errors", "2.16", "How exact numerical derivatives are, step by step",
     lessons::derivative_errors},
    {"gradient-checking", "2.16", "A wrong derivative, found by differences",
     lessons::gradient_checking},
    {"vanishing-gradients", "2.17", "Gradients of each layer of deep networks while they learn",
     lessons::vanishing_gradients},
};

}  // namespace

std::span<const Lesson> lessons() { return kLessons; }

}  // namespace gradus::cli
