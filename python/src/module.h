#pragma once

#include <nanobind/nanobind.h>

#include "dtype_caster.h"
#include "gradus/core/tensor.h"

// What the extension gradus._core holds; each function fills the module with one subject.

namespace gradus::python {

namespace nb = nanobind;

void bind_errors(nb::module_& module);
void bind_dtypes(nb::module_& module);
void bind_tensor(nb::module_& module);
void bind_operators(nb::class_<Tensor>& tensor);
void bind_methods(nb::class_<Tensor>& tensor);
void bind_registry(nb::module_& module);
void bind_creation(nb::module_& module);
void bind_reductions(nb::module_& module);
void bind_rearrangement(nb::module_& module);
void bind_indexing(nb::module_& module);
void bind_products(nb::module_& module);
void bind_random(nb::module_& module);
void bind_special(nb::module_& module);
/// The module itself gets what stands in ops/.
void bind_linalg(nb::module_& module, nb::module_& linalg);
void bind_transforms(nb::module_& module);
void bind_profiling(nb::module_& module);
void bind_differences(nb::module_& module);
void bind_symbolic(nb::module_& module);
void bind_optimization(nb::module_& module);
void bind_distributions(nb::module_& module);
void bind_probability(nb::module_& module);
void bind_inference(nb::module_& module);
void bind_modules(nb::module_& module);
void bind_losses(nb::module_& module);
void bind_optimizers(nb::module_& module);
void bind_compiling(nb::module_& module);
void bind_data(nb::module_& module);
void bind_files(nb::module_& module);
void bind_training(nb::module_& module);
void bind_runs(nb::module_& module);
void bind_learning(nb::module_& module);

}  // namespace gradus::python
