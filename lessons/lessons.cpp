#include "lessons/lessons.h"

namespace gradus::cli {
namespace {

constexpr Lesson kLessons[] = {
    {"gradient-paths", "1.14", "Methods of descent on their way to a minimum",
     lessons::gradient_paths},
    {"constrained", "1.15", "Lagrange multipliers, and a regression whose weights are limited",
     lessons::constrained},
    {"xor", "2.11", "What one layer cannot learn, and two can", lessons::xor_layers},
    {"expression-swell", "2.16", "Formulas of derivatives grow, unless they share their parts",
     lessons::expression_swell},
    {"derivative-errors", "2.16", "How exact numerical derivatives are, step by step",
     lessons::derivative_errors},
    {"vanishing-gradients", "2.17", "Gradients of each layer of deep networks while they learn",
     lessons::vanishing_gradients},
};

}  // namespace

std::span<const Lesson> lessons() { return kLessons; }

}  // namespace gradus::cli
