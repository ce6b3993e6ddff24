// Internal: what layer and batch normalisation share.
#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

/// `axes` are those that a mean is taken over: the last ones, or with `by_channel` all but axis 1.
/// Inputs are x, then scale and shift where there are such.
struct NormalizationAttributes {
  Dims axes;
  bool by_channel = false;
  double epsilon = 1e-5;
  bool scaled = false;
  bool shifted = false;
  void fields(FieldVisitor& v) const {
    v("axes", axes);
    v("by_channel", by_channel);
    v("epsilon", epsilon);
    v("scaled", scaled);
    v("shifted", shifted);
  }
  bool has_parameters() const { return scaled || shifted; }
};

/// The shape of means and variances of x: the axes that stay, or the channels.
Shape statistics_shape(const Shape& x, const NormalizationAttributes& attributes);
/// The shape of scale and shift.
Shape parameter_shape(const Shape& x, const NormalizationAttributes& attributes);

/// What normalisation makes of gradients of its output: those of x, and of scale and shift where
/// there are such. mean and variance are x's own; inputs are constants to each other.
SmallVector<Tensor, 3> normalization_gradient(const Tensor& x, const Tensor& mean,
                                              const Tensor& variance, const Tensor& gradient,
                                              const Tensor& scale,
                                              const NormalizationAttributes& attributes);

/// Statistics or parameters of x in a shape that broadcasts against x.
Tensor statistics_beside(const Tensor& statistics, const Tensor& x,
                         const NormalizationAttributes& attributes);
Tensor parameters_beside(const Tensor& parameters, const Tensor& x,
                         const NormalizationAttributes& attributes);

/// Throws Error unless x is f32 or f64, and what goes with it has x's element type and `shape`.
void check_companion(const char* operation, const char* name, const Tensor& companion,
                     const Shape& shape, const Tensor& x);

/// Input i laid out as `like`, copied if it is not.
Array laid_out_as(const Array& array, const Array& like);
/// The values of `array` (or `missing`, where it is nullptr) as f64, in row-major order.
std::vector<double> values_of(const Array* array, std::int64_t size, double missing);

}  // namespace gradus
