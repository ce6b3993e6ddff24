#pragma once

#include "gradus/cli/lesson.h"

// One function for each lesson; lessons.cpp lists them.

namespace gradus::lessons {

using cli::Align;
using cli::Notebook;
using cli::Table;

// Unit 1
void photograph(Notebook& notebook);
void digits_in_two_numbers(Notebook& notebook);
void overflow(Notebook& notebook);
void gradient_paths(Notebook& notebook);
void constrained(Notebook& notebook);
// Unit 2
void validation_curve(Notebook& notebook);
void bias_variance(Notebook& notebook);
void posterior(Notebook& notebook);
void boundaries(Notebook& notebook);
void dendrograms(Notebook& notebook);
void batch_sizes(Notebook& notebook);
void universal_approximation(Notebook& notebook);
void gradient_checking(Notebook& notebook);
void expression_swell(Notebook& notebook);
void derivative_errors(Notebook& notebook);
void xor_layers(Notebook& notebook);
void vanishing_gradients(Notebook& notebook);

}  // namespace gradus::lessons
