#include "gradus/ops/tridiagonal.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "gradus/memory/allocation_source.h"
#include "gradus/ops/blas.h"
#include "gradus/ops/reduction.h"
#include "gradus/ops/secular.h"

// The matrix is torn into parts, T = diag(T_1, T_2) + rho v v^T (Cuppen 1981). With T_i = Q_i D_i
// Q_i^T what is left is D + rho z z^T, z of the last row of Q_1 and the first of Q_2; its
// eigenvalues are the roots of 1 + rho sum_i z_i^2 / (d_i - x), and its eigenvectors come from a z
// that has exactly the roots that were found (Gu and Eisenstat 1995), so that they are orthogonal.
// Eigenvalues that the update does not move, or moves by less than rounding, are deflated (laed2).

namespace gradus {
namespace {

using blas::Matrix;

constexpr std::int64_t kLeaf = 32;     // rows of a part that is not torn further, at most
constexpr std::int64_t kMany = 128;    // rows of merged parts up to which threads take one each
constexpr std::int64_t kColumns = 64;  // of a piece of work
constexpr std::int64_t kRoots = 64;    // of a piece of work

/// Two neighbouring parts whose eigenvalues and eigenvectors are known. Columns of vectors have
/// `upper` rows, where those of the second part are zero, and `lower` ones below.
template <class T>
struct Parts {
  std::int64_t first, second;  // eigenvalues of each
  T* d;                        // (first + second)
  T* z;                        // (first + second): the last row of the first part, and so on
  std::int64_t* order;         // of each part: ascending, counted from its own first
  T* vectors = nullptr;        // or nullptr, if nobody reads them any more
  std::int64_t leading = 0, upper = 0, lower = 0;

  std::int64_t size() const { return first + second; }
  T* column(std::int64_t i) const { return vectors + i * leading; }
};

/// Which rows of a column are not zero. Columns in this order need two products without zeros.
enum Rows { kUpper, kAll, kLower, kDeflated };

/// The parts as one: diag(d) + rho z z^T.
template <class T>
class Merge {
 public:
  Merge(const Parts<T>& parts, T rho)
      : parts_(parts), rho_(2 * std::abs(rho)), rows_(static_cast<std::size_t>(parts.size())) {
    const T half_root = std::sqrt(T(0.5));
    for (std::int64_t i = 0; i < parts.size(); ++i) {
      const bool is_first = i < parts.first;
      parts_.z[i] *= !is_first && rho < 0 ? -half_root : half_root;
      rows_[static_cast<std::size_t>(i)] = is_first ? kUpper : kLower;
    }
  }

  /// False if a root was not found.
  bool run() {
    deflate();
    if (!find_roots()) return false;
    if (parts_.vectors) {
      pack();
      correct_weights();
      find_vectors();
    }
    sort();
    return true;
  }

 private:
  void deflate() {
    const std::int64_t n = parts_.size();
    std::vector<std::int64_t> ascending(parts_.order, parts_.order + n);
    for (std::int64_t i = parts_.first; i < n; ++i) ascending[at(i)] += parts_.first;
    std::inplace_merge(ascending.begin(), ascending.begin() + parts_.first, ascending.end(),
                       [this](auto i, auto k) { return parts_.d[i] < parts_.d[k]; });
    const T largest = std::max(largest_magnitude(parts_.d, n), largest_magnitude(parts_.z, n));
    const T tolerance = 4 * std::numeric_limits<T>::epsilon() * largest;
    std::int64_t before = -1;  // the last one that may still be joined with the next
    for (const std::int64_t i : ascending) {
      if (rho_ * std::abs(parts_.z[i]) <= tolerance) {
        drop(i);
        continue;
      }
      if (before >= 0 && !join(before, i, tolerance)) kept_.push_back(before);
      before = i;
    }
    if (before >= 0) kept_.push_back(before);
  }

  void drop(std::int64_t i) {
    rows_[at(i)] = kDeflated;
    dropped_.push_back(i);
  }

  /// Turns the plane of two close eigenvalues so that the first has no share in z, if that changes
  /// the matrix by no more than the tolerance.
  bool join(std::int64_t first, std::int64_t second, T tolerance) {
    T* const d = parts_.d;
    T* const z = parts_.z;
    const T length = std::hypot(z[first], z[second]);
    const T c = z[second] / length, s = -z[first] / length;
    if (std::abs((d[second] - d[first]) * c * s) > tolerance) return false;
    z[second] = length;
    z[first] = 0;
    if (rows_[at(first)] != rows_[at(second)]) rows_[at(second)] = kAll;
    if (parts_.vectors) turn(parts_.column(first), parts_.column(second), c, s);
    const T of_first = d[first] * c * c + d[second] * s * s;
    d[second] = d[first] * s * s + d[second] * c * c;
    d[first] = of_first;
    drop(first);
    return true;
  }

  void turn(T* x, T* y, T c, T s) const {
    for (std::int64_t row = 0; row < parts_.upper + parts_.lower; ++row) {
      const T before = x[row];
      x[row] = c * before + s * y[row];
      y[row] = c * y[row] - s * before;
    }
  }

  /// Copies what the products read, without zeros, and the columns that stay what they are.
  void pack() {
    by_rows_.resize(kept_.size());
    std::iota(by_rows_.begin(), by_rows_.end(), std::int64_t{0});
    const auto rows_of = [this](std::int64_t k) { return rows_[at(kept_[at(k)])]; };
    std::stable_sort(by_rows_.begin(), by_rows_.end(),
                     [&](auto i, auto k) { return rows_of(i) < rows_of(k); });
    for (const std::int64_t k : by_rows_) {
      if (rows_of(k) == kUpper) ++only_upper_;
      if (rows_of(k) == kLower) ++only_lower_;
    }
    const std::int64_t kept = count(), with_upper = kept - only_lower_;
    upper_ = Space<T>(parts_.upper * with_upper);
    lower_ = Space<T>(parts_.lower * (kept - only_upper_));
    const std::int64_t height = parts_.upper + parts_.lower;
    dropped_columns_ = Space<T>(height * static_cast<std::int64_t>(dropped_.size()));
    over_strips(kept, kColumns, [&](std::int64_t begin, std::int64_t columns) {
      for (std::int64_t k = begin; k < begin + columns; ++k) {
        const T* const from = parts_.column(kept_[at(by_rows_[at(k)])]);
        if (k < with_upper) std::copy_n(from, parts_.upper, upper_.data() + k * parts_.upper);
        if (k < only_upper_) continue;
        std::copy_n(from + parts_.upper, parts_.lower,
                    lower_.data() + (k - only_upper_) * parts_.lower);
      }
    });
    for (std::size_t k = 0; k < dropped_.size(); ++k) {
      std::copy_n(parts_.column(dropped_[k]), height,
                  dropped_columns_.data() + static_cast<std::int64_t>(k) * height);
    }
  }

  bool find_roots() {
    const std::int64_t n = count();
    for (const std::int64_t i : kept_) {
      poles_.push_back(parts_.d[i]);
      weights_.push_back(parts_.z[i]);
      squares_.push_back(parts_.z[i] * parts_.z[i]);
    }
    for (auto* list : {&poles_, &weights_}) list->resize(kept_.size() + kBeyondPoles);
    origins_.resize(kept_.size());
    offsets_.resize(kept_.size());
    std::atomic<bool> found = true;
    over_strips(n, kRoots, [&](std::int64_t first, std::int64_t some) {
      const SecularEquation<T> equation{n, poles_.data(), squares_.data(), rho_};
      if (!secular_roots(equation, first, some, roots())) found = false;
    });
    return found;
  }

  /// Replaces z by the one for which the roots that were found are exact.
  void correct_weights() {
    over_strips(count(), kRoots, [&](std::int64_t first, std::int64_t some) {
      exact_squares(count(), poles_.data(), roots(), first, some, squares_.data());
    });
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      weights_[i] = std::copysign(std::sqrt(std::max(T(0), squares_[i])), weights_[i]);
    }
  }

  /// The eigenvectors of diag(d) + rho z z^T, times those of the parts.
  void find_vectors() {
    const std::int64_t n = count(), with_lower = n - only_upper_;
    over_strips(n, kColumns, [&](std::int64_t first, std::int64_t columns) {
      const Space<T> space(n * (columns + 1));
      T* const vector = space.data() + n * columns;
      for (std::int64_t k = 0; k < columns; ++k) {
        secular_vector(n, poles_.data(), weights_.data(), origins_[at(first + k)],
                       offsets_[at(first + k)], vector);
        T* const to = space.data() + k * n;
        for (std::int64_t i = 0; i < n; ++i) to[i] = vector[by_rows_[at(i)]];
      }
      const Matrix<T> turned{space.data(), n, columns, n};
      const Matrix<T> target{parts_.column(first), parts_.upper + parts_.lower, columns,
                             parts_.leading};
      blas::gemm('N', 'N', T(1),
                 Matrix<T>{upper_.data(), parts_.upper, n - only_lower_, parts_.upper},
                 turned.part(0, 0, n - only_lower_, columns), T(0),
                 target.part(0, 0, parts_.upper, columns));
      blas::gemm('N', 'N', T(1), Matrix<T>{lower_.data(), parts_.lower, with_lower, parts_.lower},
                 turned.part(only_upper_, 0, with_lower, columns), T(0),
                 target.part(parts_.upper, 0, parts_.lower, columns));
    });
  }

  /// Puts the eigenvalues that stayed behind the others, with their columns, and finds their order.
  void sort() {
    const std::int64_t n = parts_.size(), height = parts_.upper + parts_.lower;
    std::vector<T> values;
    for (std::size_t k = 0; k < kept_.size(); ++k) values.push_back(origins_[k] + offsets_[k]);
    for (const std::int64_t i : dropped_) values.push_back(parts_.d[i]);
    for (std::int64_t k = count(); k < n && parts_.vectors; ++k) {
      std::copy_n(dropped_columns_.data() + (k - count()) * height, height, parts_.column(k));
    }
    std::copy(values.begin(), values.end(), parts_.d);
    std::iota(parts_.order, parts_.order + n, std::int64_t{0});
    std::stable_sort(parts_.order, parts_.order + n,
                     [&](auto i, auto k) { return values[at(i)] < values[at(k)]; });
  }

  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  std::int64_t count() const { return static_cast<std::int64_t>(kept_.size()); }
  SecularRoots<T> roots() { return {origins_.data(), offsets_.data()}; }

  Parts<T> parts_;
  T rho_;
  std::vector<Rows> rows_;
  std::vector<std::int64_t> kept_, dropped_;  // columns; kept_ by ascending d
  std::vector<std::int64_t> by_rows_;         // of kept_
  std::int64_t only_upper_ = 0, only_lower_ = 0;
  Space<T> upper_{0}, lower_{0}, dropped_columns_{0};
  std::vector<T> poles_, weights_, squares_, origins_, offsets_;
};

/// The whole problem. Without vectors it keeps the first and the last row of each part's.
template <class T>
class Problem {
 public:
  Problem(std::int64_t n, T* d, T* e, T* vectors)
      : n_(n), d_(d), e_(e), order_(static_cast<std::size_t>(n)), z_(static_cast<std::size_t>(n)) {
    while (n > kLeaf << levels_) ++levels_;
    if (vectors) {
      std::fill_n(vectors, n * n, T(0));
      vectors_ = vectors;
      leading_ = n;
    } else {
      rows_.resize(static_cast<std::size_t>(2 * n));
    }
  }

  bool run() {
    for (std::int64_t part = 1; part < parts(0); ++part) {
      const std::int64_t cut = begin(part, 0);
      d_[cut - 1] -= std::abs(e_[cut - 1]);
      d_[cut] -= std::abs(e_[cut - 1]);
    }
    std::atomic<bool> solved = true;
    const auto over_parts = [&](int level, auto step) {
      const std::int64_t grain = (n_ >> (levels_ - level)) <= kMany ? 1 : parts(level);
      parallel_for(parts(level), grain, [&](std::int64_t first, std::int64_t end) {
        for (std::int64_t part = first; part < end && solved; ++part) {
          if (!step(part)) solved = false;
        }
      });
    };
    over_parts(0, [this](std::int64_t part) { return solve_leaf(part); });
    for (int level = 1; level <= levels_ && solved; ++level) {
      over_parts(level, [this, level](std::int64_t part) { return merge(part, level); });
    }
    if (solved) sort();
    return solved;
  }

 private:
  std::int64_t parts(int level) const { return std::int64_t{1} << (levels_ - level); }
  std::int64_t begin(std::int64_t part, int level) const { return n_ * part / parts(level); }
  bool wants_vectors() const { return vectors_ != nullptr; }

  bool solve_leaf(std::int64_t part) {
    const std::int64_t first = begin(part, 0), size = begin(part + 1, 0) - first;
    std::vector<T> own(wants_vectors() ? 0 : static_cast<std::size_t>(size * size));
    T* const z = wants_vectors() ? vectors_ + first * (leading_ + 1) : own.data();
    const std::int64_t leading = wants_vectors() ? leading_ : size;
    const auto status = lapack::Calls<T>::steqr(LAPACK_COL_MAJOR, 'I', lapack::size(size),
                                                d_ + first, e_ + first, z, lapack::size(leading));
    check_status("solve_tridiagonal", status);
    std::iota(order_.data() + first, order_.data() + first + size, std::int64_t{0});
    for (std::int64_t i = 0; i < size && !wants_vectors(); ++i) {
      rows_[static_cast<std::size_t>(2 * (first + i))] = z[i * size];
      rows_[static_cast<std::size_t>(2 * (first + i) + 1)] = z[i * size + size - 1];
    }
    return status == 0;
  }

  bool merge(std::int64_t part, int level) {
    const std::int64_t first = begin(2 * part, level - 1), cut = begin(2 * part + 1, level - 1);
    const std::int64_t end = begin(2 * part + 2, level - 1);
    Parts<T> parts{.first = cut - first,
                   .second = end - cut,
                   .d = d_ + first,
                   .z = z_.data() + first,
                   .order = order_.data() + first};
    if (wants_vectors()) {
      parts.vectors = vectors_ + first * (leading_ + 1);
      parts.leading = leading_;
      parts.upper = parts.first;
      parts.lower = parts.second;
      for (std::int64_t i = 0; i < end - first; ++i) {
        parts.z[i] = parts.column(i)[i < parts.first ? parts.upper - 1 : parts.upper];
      }
    } else {
      parts.vectors = rows_.data() + 2 * first;
      parts.leading = 2;
      parts.upper = parts.lower = 1;
      for (std::int64_t i = 0; i < end - first; ++i) {
        T& inside = parts.column(i)[i < parts.first ? 1 : 0];
        parts.z[i] = inside;
        inside = 0;
      }
      if (level == levels_) parts.vectors = nullptr;
    }
    return Merge<T>(parts, e_[cut - 1]).run();
  }

  void sort() {
    const std::vector<T> values(d_, d_ + n_);
    for (std::int64_t i = 0; i < n_; ++i) d_[i] = values[static_cast<std::size_t>(place(i))];
    if (!wants_vectors() || std::is_sorted(order_.begin(), order_.end())) return;
    const Space<T> copy(n_ * n_);
    const auto copy_columns = [&](auto from, auto to) {
      over_strips(n_, kColumns, [&](std::int64_t begin, std::int64_t columns) {
        for (std::int64_t i = begin; i < begin + columns; ++i) std::copy_n(from(i), n_, to(i));
      });
    };
    copy_columns([&](std::int64_t i) { return vectors_ + place(i) * n_; },
                 [&](std::int64_t i) { return copy.data() + i * n_; });
    copy_columns([&](std::int64_t i) { return copy.data() + i * n_; },
                 [&](std::int64_t i) { return vectors_ + i * n_; });
  }
  std::int64_t place(std::int64_t i) const { return order_[static_cast<std::size_t>(i)]; }

  std::int64_t n_;
  T* d_;
  T* e_;
  int levels_ = 0;
  std::vector<std::int64_t> order_;
  std::vector<T> z_, rows_;
  T* vectors_ = nullptr;
  std::int64_t leading_ = 0;
};

}  // namespace

template <class T>
bool solve_tridiagonal(std::int64_t n, T* d, T* e, T* vectors) {
  if (n == 0) return true;
  const AllocationSourceScope unplanned(nullptr);  // how much memory it takes depends on the values
  const T largest = std::max(largest_magnitude(d, n), largest_magnitude(e, n - 1));
  const int exponent = largest > 0 ? -std::ilogb(largest) : 0;
  scale(d, n, exponent);
  scale(e, n - 1, exponent);
  if (!Problem<T>(n, d, e, vectors).run()) return false;
  scale(d, n, -exponent);
  return true;
}

template bool solve_tridiagonal(std::int64_t, float*, float*, float*);
template bool solve_tridiagonal(std::int64_t, double*, double*, double*);

}  // namespace gradus
