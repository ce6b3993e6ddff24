#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::lessons {

/// A data set of numbers, each column with mean 0 and deviation 1.
struct StandardTable {
  Tensor x;  ///< f64 (examples, features)
  Tensor y;  ///< f64 (examples): the target, standardised too; or classes as they are
  std::vector<std::string> names = {};  ///< of the features
};

/// The 442 patients of the diabetes data.
StandardTable diabetes();

/// Two of the measurements of 569 tumours (breast-cancer): the area of the worst nuclei against the
/// mean radius of all. Areas are squares of lengths, so this is a curve, with scatter around it.
StandardTable tumour_areas();

/// The numbers 0 to count - 1.
std::vector<double> counted(std::size_t count);
/// `count` numbers from low to high, both included.
std::vector<double> spaced(double low, double high, int count);

}  // namespace gradus::lessons
