// Internal: what a tree adds up of the examples of a node or of a bin, and how good a split is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include "gradus/learn/decision_tree.h"

namespace gradus::learn {

using TreeRow = std::uint32_t;  // the number of an example

/// Cells hold how many examples there are of each class, or their weights. Goodness grows as
/// impurity, times mass, falls. Mass is what all classes of a cell are together.
template <class T>
class ClassCells {
 public:
  using Cell = T;
  static constexpr bool kCounts = std::is_integral_v<T>;

  ClassCells(std::span<const std::int64_t> codes, std::int64_t classes,
             DecisionTreeOptions::Criterion criterion, std::span<const double> weights = {})
      : codes_(codes.begin(), codes.end()),
        weights_(weights.begin(), weights.end()),
        width_(static_cast<std::size_t>(classes)),
        is_gini_(criterion == DecisionTreeOptions::Criterion::gini) {}

  std::size_t width() const { return width_; }
  std::size_t outputs() const { return width_; }
  double whole_mass() const {
    if constexpr (kCounts) return static_cast<double>(codes_.size());
    return std::accumulate(weights_.begin(), weights_.end(), 0.0);
  }
  void add(Cell* cell, TreeRow row) const { cell[codes_[row]] += weight(row); }
  double mass(const Cell* cell) const {
    return std::accumulate(cell, cell + width_, 0.0,
                           [](double sum, Cell n) { return sum + static_cast<double>(n); });
  }
  double goodness(const Cell* cell, double mass) const {
    double sum = 0;
    for (std::size_t c = 0; c < width_; ++c) sum += part(static_cast<double>(cell[c]), mass);
    return is_gini_ ? sum / mass : sum;
  }
  double impurity(const Cell* cell, double mass) const {
    const double good = goodness(cell, mass) / mass;
    return std::max(0.0, is_gini_ ? 1 - good : -good);
  }
  bool is_pure(const Cell* cell) const {
    return std::count_if(cell, cell + width_, [](Cell n) { return n > 0; }) <= 1;
  }
  void write_value(const Cell* cell, double mass, std::vector<double>& values) const {
    for (std::size_t c = 0; c < width_; ++c) values.push_back(static_cast<double>(cell[c]) / mass);
  }

  /// The two sides of a split that moves from the left to the right.
  class Sides {
   public:
    explicit Sides(const ClassCells& cells) : cells_(cells), left_(cells.width_) {}

    /// All is on the right: so many examples, and what they add up to.
    void start(const Cell* total, double count) {
      std::fill(left_.begin(), left_.end(), 0.0);
      right_.assign(total, total + cells_.width_);
      on_left = 0;
      on_right = count;
      left_mass_ = 0;
      right_mass_ = cells_.mass(total);
      left_squares_ = right_squares_ = 0;
      for (const double n : right_) right_squares_ += n * n;
    }
    void move(const Cell* cell, std::uint32_t count) {
      for (std::size_t c = 0; c < left_.size(); ++c) {
        if (cell[c] > 0) move(c, static_cast<double>(cell[c]));
      }
      on_left += count;
      on_right -= count;
    }
    void move(TreeRow row) {
      move(cells_.codes_[row], static_cast<double>(cells_.weight(row)));
      ++on_left;
      --on_right;
    }
    double goodness() const {
      if (kCounts && cells_.is_gini_) return left_squares_ / on_left + right_squares_ / on_right;
      const double left_mass = kCounts ? on_left : left_mass_;
      const double right_mass = kCounts ? on_right : right_mass_;
      if (!(left_mass > 0 && right_mass > 0)) return -std::numeric_limits<double>::infinity();
      double left = 0, right = 0;
      for (std::size_t c = 0; c < left_.size(); ++c) {
        left += cells_.part(left_[c], left_mass);
        right += cells_.part(right_[c], right_mass);
      }
      return cells_.is_gini_ ? left / left_mass + right / right_mass : left + right;
    }

    double on_left = 0, on_right = 0;

   private:
    /// Sums of squares of counts follow from what moves; they are whole numbers, so nothing is
    /// rounded.
    void move(std::size_t c, double n) {
      if constexpr (kCounts) {
        left_squares_ += n * (2 * left_[c] + n);
        right_squares_ -= n * (2 * right_[c] - n);
      } else {
        left_mass_ += n;
        right_mass_ -= n;
      }
      left_[c] += n;
      right_[c] -= n;
    }

    const ClassCells& cells_;
    std::vector<double> left_, right_;
    double left_mass_ = 0, right_mass_ = 0;
    double left_squares_ = 0, right_squares_ = 0;
  };

 private:
  Cell weight(TreeRow row) const {
    if constexpr (kCounts) return 1;
    return weights_[row];
  }
  double part(double n, double mass) const {
    if (is_gini_) return n * n;
    return n > 0 ? n * std::log2(n / mass) : 0;
  }

  std::vector<std::uint32_t> codes_;
  std::vector<Cell> weights_;  // none of counts
  std::size_t width_;
  bool is_gini_;
};

using ClassCounts = ClassCells<std::uint32_t>;
using ClassMasses = ClassCells<double>;

/// Cells hold a mass, and a sum and a sum of squares of targets, less the one nearest to their
/// mean: whole numbers stay whole, and equally good splits equal.
class NumberCells {
 public:
  using Cell = double;

  /// weights: of each example, or none.
  NumberCells(std::span<const double> targets, std::span<const double> weights)
      : targets_(targets.begin(), targets.end()), weights_(weights.begin(), weights.end()) {
    const double mean = std::accumulate(targets_.begin(), targets_.end(), 0.0) /
                        static_cast<double>(targets_.size());
    middle_ = *std::min_element(targets_.begin(), targets_.end(), [&](double a, double b) {
      return std::abs(a - mean) < std::abs(b - mean);
    });
    for (double& target : targets_) target -= middle_;
  }

  std::size_t width() const { return 3; }
  std::size_t outputs() const { return 1; }
  double whole_mass() const {
    if (weights_.empty()) return static_cast<double>(targets_.size());
    return std::accumulate(weights_.begin(), weights_.end(), 0.0);
  }
  void add(Cell* cell, TreeRow row) const {
    const double weight = weight_of(row), target = targets_[row];
    cell[0] += weight;
    cell[1] += weight * target;
    cell[2] += weight * target * target;
  }
  double mass(const Cell* cell) const { return cell[0]; }
  double goodness(const Cell* cell, double mass) const { return cell[1] * cell[1] / mass; }
  double impurity(const Cell* cell, double mass) const {
    return std::max(0.0, cell[2] / mass - std::pow(cell[1] / mass, 2));
  }
  bool is_pure(const Cell* cell) const {
    // What rounding may leave of equal targets.
    return impurity(cell, cell[0]) <=
           std::numeric_limits<double>::epsilon() * 4 * (cell[2] / cell[0]);
  }
  void write_value(const Cell* cell, double mass, std::vector<double>& values) const {
    values.push_back(middle_ + cell[1] / mass);
  }

  class Sides {
   public:
    explicit Sides(const NumberCells& cells) : cells_(cells) {}

    void start(const Cell* total, double count) {
      left_ = left_mass_ = 0;
      right_mass_ = total[0];
      all_ = total[1];
      on_left = 0;
      on_right = count;
    }
    void move(const Cell* cell, std::uint32_t count) { move_sum(cell[1], cell[0], count); }
    void move(TreeRow row) {
      const double weight = cells_.weight_of(row);
      move_sum(weight * cells_.targets_[row], weight, 1);
    }
    double goodness() const {
      // Weights of all sizes may be lost in their sum.
      if (!(left_mass_ > 0 && right_mass_ > 0)) return -std::numeric_limits<double>::infinity();
      return left_ * left_ / left_mass_ + (all_ - left_) * (all_ - left_) / right_mass_;
    }

    double on_left = 0, on_right = 0;

   private:
    void move_sum(double sum, double mass, double count) {
      left_ += sum;
      left_mass_ += mass;
      right_mass_ -= mass;
      on_left += count;
      on_right -= count;
    }

    const NumberCells& cells_;
    double left_ = 0, all_ = 0;  // sums of targets
    double left_mass_ = 0, right_mass_ = 0;
  };

 private:
  double weight_of(TreeRow row) const { return weights_.empty() ? 1 : weights_[row]; }

  std::vector<double> targets_, weights_;
  double middle_;
};

}  // namespace gradus::learn
