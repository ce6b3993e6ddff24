#include "lessons/lessons.h"

namespace gradus::cli {
namespace {

constexpr Lesson kLessons[] = {
    {"photograph", "1.07", "A photograph from a few singular values, and without its noise",
     lessons::photograph},
    {"digits-in-two-numbers", "1.08", "Handwritten digits on their principal components",
     lessons::digits_in_two_numbers},
    {"overflow", "1.13", "Where plain formulas overflow, and forms that do not", lessons::overflow},
    {"gradient-paths", "1.14", "Methods of descent on their way to a minimum",
     lessons::gradient_paths},
    {"constrained", "1.15", "Lagrange multipliers, and a regression whose weights are limited",
     lessons::constrained},
    {"validation-curve", "2.02", "Polynomials that are too stiff, about right, and too free",
     lessons::validation_curve},
    {"bias-variance", "2.05", "The error of a method in its parts", lessons::bias_variance},
    {"posterior", "2.07", "What is known of a share, as data arrive", lessons::posterior},
    {"boundaries", "2.08", "Where six methods draw the lines between three species",
     lessons::boundaries},
    {"dendrograms", "2.09", "Flowers joined into clusters, by four notions of near",
     lessons::dendrograms},
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
