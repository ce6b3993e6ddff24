#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "gradus/core/tensor.h"

namespace gradus::lessons {

/// A data set of numbers, each column with mean 0 and deviation 1.
struct StandardTable {
  Tensor x;  ///< f64 (examples, features)
  Tensor y;  ///< f64 (examples): the target, standardised too; or classes as they are
  std::vector<std::string> names = {};        ///< of the features
  std::vector<std::string> short_names = {};  ///< where there are any, for narrow places
};

/// The 442 patients of the diabetes data.
StandardTable diabetes();

/// Two of the measurements of 569 tumours (breast-cancer): the area of the worst nuclei against the
/// mean radius of all. Areas are squares of lengths, so this is a curve, with scatter around it.
StandardTable tumour_areas();

struct Digits {
  Tensor x;       ///< f64 (1797, 64): 8 x 8 pixels each, from 0 to 16
  Tensor labels;  ///< i64 (1797)
};
/// Handwritten digits, one a row.
Digits digit_rows();

/// 400 of them to learn from and 400 others, f32 in [0, 1].
struct DigitParts {
  Digits train, test;
};
DigitParts digit_parts();

/// A photographer, 512 x 512 pixels, every second one, from 0 to 1: f64 (256, 256).
Tensor camera();

/// An f64 matrix or vector, written as in a book.
Tensor matrix(std::initializer_list<std::initializer_list<double>> rows);
Tensor vector(std::initializer_list<double> values);
/// "[[1, 2], [3, 4]]"
std::string in_brackets(const Tensor& x);

/// The numbers 0 to count - 1.
std::vector<double> counted(std::size_t count);
/// `count` numbers from low to high, both included.
std::vector<double> spaced(double low, double high, int count);

}  // namespace gradus::lessons
