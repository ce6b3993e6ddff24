#pragma once

#include "gradus/cli/lesson.h"

// One function for each lesson; lessons.cpp lists them.

namespace gradus::lessons {

using cli::Align;
using cli::Notebook;
using cli::Table;

// Unit 1
void mean_digits(Notebook& notebook);
void matrix_operations(Notebook& notebook);
void kinds_of_matrices(Notebook& notebook);
void unit_circles(Notebook& notebook);
void matrix_norms(Notebook& notebook);
void eigenvectors(Notebook& notebook);
void photograph(Notebook& notebook);
void digits_in_two_numbers(Notebook& notebook);
void families(Notebook& notebook);
void bayes_rule(Notebook& notebook);
void moments(Notebook& notebook);
void information(Notebook& notebook);
void overflow(Notebook& notebook);
void gradient_paths(Notebook& notebook);
void constrained(Notebook& notebook);
void regressions(Notebook& notebook);
// Unit 2
void whole_process(Notebook& notebook);
void validation_curve(Notebook& notebook);
void choosing_options(Notebook& notebook);
void estimators(Notebook& notebook);
void bias_variance(Notebook& notebook);
void likelihoods(Notebook& notebook);
void posterior(Notebook& notebook);
void boundaries(Notebook& notebook);
void dendrograms(Notebook& notebook);
void batch_sizes(Notebook& notebook);
void universal_approximation(Notebook& notebook);
void hidden_units(Notebook& notebook);
void losses(Notebook& notebook);
void architectures(Notebook& notebook);
void back_propagation(Notebook& notebook);
void gradient_checking(Notebook& notebook);
void expression_swell(Notebook& notebook);
void derivative_errors(Notebook& notebook);
void xor_layers(Notebook& notebook);
void vanishing_gradients(Notebook& notebook);

}  // namespace gradus::lessons
