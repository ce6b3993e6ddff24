// Internal: which of a few centres is nearest to each of many examples.
#pragma once

#include <cstdint>
#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::learn {

/// The two nearest of some centres, with what rounding allows for: distances are at most `nearest`
/// and at least `second`.
struct NearestCenter {
  std::int32_t center;
  double nearest, second;
};

/// Centres in the type of the examples, and their lengths, ready for products.
class CenterSearch {
 public:
  /// centers: f64 (centres, features); dtype: f32 or f64.
  CenterSearch(const Tensor& centers, DType dtype);

  /// Writes to found[0 .. rows) what is nearest to the rows of (rows, features), whose squared
  /// lengths are given.
  void find(const Tensor& rows, const double* lengths, NearestCenter* found) const;
  /// The centres as the examples are compared with them.
  const Tensor& centers() const { return centers_; }

 private:
  template <class T>
  void find_of(const Tensor& rows, const double* lengths, NearestCenter* found) const;

  Tensor centers_;  // (centres, features)
  Tensor turned_;   // -2 centers_
  Tensor lengths_;  // (centres): squared
  double longest_ = 0;
};

/// The squared lengths of rows.
std::vector<double> squared_lengths(const Tensor& x);
/// Of each example the nearest centre. i64 (examples).
Tensor nearest_centers(const Tensor& x, const Tensor& centers);
/// Distances to all centres: (examples, centres) of the type of x, by the definition.
Tensor center_distances(const Tensor& x, const Tensor& centers);
/// The sum of squared distances of examples to the centre of their label, each times its weight if
/// there are weights.
double inertia_of(const Tensor& x, const Tensor& centers, const Tensor& labels,
                  const Tensor& weights = {});

}  // namespace gradus::learn
