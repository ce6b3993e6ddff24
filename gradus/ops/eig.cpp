#include <complex>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/indexing.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/select.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

Specs infer_eigvals(const InferContext& context) {
  require_square_matrices(context, 0);
  const Shape& shape = context.shape(0);
  const Spec values{vector_shape(shape, shape.back()), context.dtype(0)};
  return {values, values};
}

Specs infer_eig(const InferContext& context) {
  const Spec values = infer_eigvals(context)[0];
  const Spec vectors{context.shape(0), context.dtype(0)};
  return {values, values, vectors, vectors};
}

/// Complex numbers as pairs of tensors.
struct Complex {
  Tensor real, imaginary;
};
Complex times(const Complex& a, const Complex& b) {
  return {a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real};
}
Complex product(const Complex& a, const Complex& b) {
  return {matmul(a.real, b.real) - matmul(a.imaginary, b.imaginary),
          matmul(a.real, b.imaginary) + matmul(a.imaginary, b.real)};
}
Complex adjoint(const Complex& a) {
  return {matrix_transpose(a.real), -matrix_transpose(a.imaginary)};
}

/// x of a^H x = b, as a real system of twice the size.
Complex solve_adjoint(const Complex& a, const Complex& b) {
  const Complex h = adjoint(a);
  const Tensor system = concatenate(
      {concatenate({h.real, -h.imaginary}, -1), concatenate({h.imaginary, h.real}, -1)}, -2);
  const Tensor x = apply(kSolve, {system, concatenate({b.real, b.imaginary}, -2)});
  const Tensors halves = split(x, 2, -2);
  return {halves[0], halves[1]};
}

/// 1 / conj(w_j - w_i), and 0 where the two are equal.
Complex inverse_differences(const Complex& w) {
  const auto differences = [](const Tensor& x) { return expand_dims(x, -2) - expand_dims(x, -1); };
  const Complex d{differences(w.real), differences(w.imaginary)};
  const Tensor size = square(d.real) + square(d.imaginary);
  const Tensor zero = Tensor::scalar(0, size.dtype()), one = Tensor::scalar(1, size.dtype());
  const Tensor none = equal(size, zero);
  const Tensor safe = where(none, one, size);
  return {where(none, zero, d.real / safe), where(none, zero, d.imaginary / safe)};
}

/// What reaches the vectors before they are scaled to length 1 with a real largest element: that
/// scaling takes v Re(v^H g) away, and i Im(v^H g) / v_k from element k.
Complex before_scaling(const Complex& v, const Complex& g) {
  const ReduceOptions rows{.axes = {-2}, .keep_axes = true};
  const Tensor real = sum(v.real * g.real + v.imaginary * g.imaginary, rows);
  const Tensor imaginary = sum(v.real * g.imaginary - v.imaginary * g.real, rows);
  const std::int64_t n = v.real.dim(-1);
  const Tensor place = argmax(square(v.real) + square(v.imaginary), -2);
  const Tensor mark = matrix_transpose(one_hot(place, n, v.real.dtype()));
  const Tensor largest = sum(mark * v.real, rows);
  return {g.real - v.real * real, g.imaginary - v.imaginary * real - mark * (imaginary / largest)};
}

/// Re(v^-H (diag(gw) + conj(F) * (v^H gv)) v^H) with F_ij = 1 / (w_j - w_i) (Giles 2008,
/// section 3.1, for complex values).
Tensor eigen_gradient(const Complex& w, const Complex& v, const Complex& of_w,
                      const Complex& of_v) {
  const auto or_zero = [](const Tensor& g, const Tensor& like) {
    return g.defined() ? g : zeros_like(like);
  };
  Complex inner{diagonal_matrix(or_zero(of_w.real, w.real)),
                diagonal_matrix(or_zero(of_w.imaginary, w.imaginary))};
  if (of_v.real.defined() || of_v.imaginary.defined()) {
    const Complex g =
        before_scaling(v, {or_zero(of_v.real, v.real), or_zero(of_v.imaginary, v.imaginary)});
    const Complex turned = times(inverse_differences(w), product(adjoint(v), g));
    inner = {inner.real + turned.real, inner.imaginary + turned.imaginary};
  }
  return solve_adjoint(v, product(inner, adjoint(v))).real;
}

Inputs eig_vjp(const VjpContext& context) {
  const auto outputs = context.outputs, gradients = context.gradients;
  if (outputs[0].dim(-1) == 0) return {zeros_like(context.inputs[0])};
  return {eigen_gradient({outputs[0], outputs[1]}, {outputs[2], outputs[3]},
                         {gradients[0], gradients[1]}, {gradients[2], gradients[3]})};
}

Inputs eigvals_vjp(const VjpContext& context) {
  if (context.outputs[0].dim(-1) == 0) return {zeros_like(context.inputs[0])};
  const auto parts = apply_all(kEig, {context.inputs[0]});
  return {eigen_gradient({parts[0], parts[1]}, {parts[2], parts[3]},
                         {context.gradients[0], context.gradients[1]}, {})};
}

template <class T>
struct Decomposition {
  std::vector<T> real, imaginary;  // values
  std::vector<T> vectors;          // as LAPACK packs them: pairs of columns for conjugate values
  std::vector<T> conditions;       // of each value, reciprocal: the cosine of its two vectors
};

template <class T>
Decomposition<T> decompose(const KernelContext& context, std::int64_t i, bool with_vectors) {
  const std::int64_t n = context.input().shape.back();
  const auto size = static_cast<std::size_t>(n), elements = static_cast<std::size_t>(n * n);
  std::vector<T> a(elements), left(with_vectors ? elements : 1), scale(size), unused(size);
  Decomposition<T> found{std::vector<T>(size), std::vector<T>(size),
                         std::vector<T>(with_vectors ? elements : 1), std::vector<T>(size)};
  read_matrix(context, 0, i, Layout::columns, a.data());
  const char job = with_vectors ? 'V' : 'N';
  lapack_int low = 0, high = 0;
  T norm = 0;
  const auto k = lapack::size(n);
  const auto status = lapack::Calls<T>::geevx(
      LAPACK_COL_MAJOR, 'B', job, job, with_vectors ? 'E' : 'N', k, a.data(), k, found.real.data(),
      found.imaginary.data(), left.data(), k, found.vectors.data(), k, &low, &high, scale.data(),
      &norm, found.conditions.data(), unused.data());
  check_status(context.op().name, status);
  if (status > 0) refuse_matrix(context, i, "has eigenvalues that do not converge");
  return found;
}

/// Descending real parts, and of equal ones descending imaginary parts.
template <class T>
std::vector<std::size_t> order_of(const std::vector<T>& real, const std::vector<T>& imaginary) {
  std::vector<std::size_t> order(real.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return real[x] != real[y] ? real[x] > real[y] : imaginary[x] > imaginary[y];
  });
  return order;
}

template <class T>
std::string text_of(std::complex<T> value) {
  if (value.imag() == 0) return fmt::format("{:.6g}", value.real());
  return fmt::format("{:.6g}{:+.6g}i", value.real(), value.imag());
}

/// Throws Error if a value and its neighbour have one vector up to rounding. A value whose left and
/// right vectors are nearly orthogonal and whose distance to another one, times that cosine, is of
/// the size of rounding comes from a matrix without a basis of eigenvectors, moved by rounding
/// (Wilkinson 1984, "On neighbouring matrices with quadratic elementary divisors").
template <class T>
void require_basis(const KernelContext& context, std::int64_t i, const Decomposition<T>& found) {
  const std::size_t n = found.real.size();
  const auto value = [&](std::size_t k) {
    return std::complex<T>(found.real[k], found.imaginary[k]);
  };
  std::vector<T> a(n * n);
  read_matrix(context, 0, i, Layout::rows, a.data());
  T norm = 0;
  for (const T x : a) norm = std::hypot(norm, x);
  const T unit = std::numeric_limits<T>::epsilon() * static_cast<T>(n);
  for (std::size_t p = 0; p < n; ++p) {
    if (found.conditions[p] > 10 * std::sqrt(unit)) continue;
    for (std::size_t q = 0; q < n; ++q) {
      if (p == q || std::abs(value(p) - value(q)) * found.conditions[p] > 10 * unit * norm)
        continue;
      refuse_matrix(context, i,
                    fmt::format("is defective to working precision: it has no basis of "
                                "eigenvectors (eigenvalue {} has too few); eigvals takes it",
                                text_of(value(p))));
    }
  }
}

/// Vector k of LAPACK's packed columns, of length 1 with a real and positive largest element.
template <class T>
std::vector<std::complex<T>> vector_of(const Decomposition<T>& found, std::size_t k) {
  const std::size_t n = found.real.size();
  const T sign = found.imaginary[k] < 0 ? T(-1) : T(1);
  const std::size_t first = sign < 0 ? k - 1 : k;
  std::vector<std::complex<T>> vector(n);
  std::complex<T> largest = 0;
  for (std::size_t row = 0; row < n; ++row) {
    vector[row] = {found.vectors[first * n + row],
                   found.imaginary[k] == 0 ? T(0) : sign * found.vectors[(first + 1) * n + row]};
    // Mirrored elements of a pair have equal magnitudes: the first one is taken, also if rounding
    // makes a later one larger.
    if (std::abs(vector[row]) > std::abs(largest) * (1 + 8 * std::numeric_limits<T>::epsilon())) {
      largest = vector[row];
    }
  }
  const std::complex<T> phase = std::conj(largest) / std::abs(largest);
  for (auto& element : vector) {
    element = element == largest ? std::complex<T>(std::abs(largest)) : element * phase;
  }
  return vector;
}

template <class T>
void write_values(const KernelContext& context, std::int64_t i, const Decomposition<T>& found,
                  const std::vector<std::size_t>& order) {
  const auto n = static_cast<std::int64_t>(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::int64_t place = i * n + static_cast<std::int64_t>(k);
    context.output(0).mutable_data<T>()[place] = found.real[order[k]];
    context.output(1).mutable_data<T>()[place] = found.imaginary[order[k]];
  }
}

void run_lapack(const KernelContext& context) {
  const bool with_vectors = context.output_count() > 2;
  for (std::size_t k = 0; k < context.output_count(); ++k) context.allocate(k);
  const Matrices matrices(context.input().shape);
  const std::int64_t n = matrices.rows;
  if (n == 0) return;
  with_real(context.output(0).dtype, [&]<class T>() {
    for_each_matrix(matrices.count, 25 * n * n * n, [&](std::int64_t i) {
      const Decomposition<T> found = decompose<T>(context, i, with_vectors);
      const auto order = order_of(found.real, found.imaginary);
      write_values(context, i, found, order);
      if (!with_vectors) return;
      require_basis(context, i, found);
      for (std::size_t k = 0; k < order.size(); ++k) {
        const auto vector = vector_of(found, order[k]);
        for (std::size_t row = 0; row < vector.size(); ++row) {
          const std::int64_t place =
              i * n * n + static_cast<std::int64_t>(row) * n + static_cast<std::int64_t>(k);
          context.output(2).mutable_data<T>()[place] = vector[row].real();
          context.output(3).mutable_data<T>()[place] = vector[row].imag();
        }
      }
    });
  });
}

using Number = std::complex<double>;

/// Coefficients of the characteristic polynomial, that of the highest power first (Faddeev and Le
/// Verrier's method).
std::vector<double> characteristic(const std::vector<double>& a, std::size_t n) {
  std::vector<double> coefficients{1}, m(n * n);
  for (std::size_t k = 1; k <= n; ++k) {
    std::vector<double> next(n * n);
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = 0; q < n; ++q) {
        for (std::size_t j = 0; j < n; ++j) next[p * n + q] += a[p * n + j] * m[j * n + q];
        if (p == q) next[p * n + q] += coefficients.back();
      }
    }
    m = next;
    double trace = 0;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t j = 0; j < n; ++j) trace += a[p * n + j] * m[j * n + p];
    }
    coefficients.push_back(-trace / static_cast<double>(k));
  }
  return coefficients;
}

/// All roots at once (Durand and Kerner's iteration).
std::vector<Number> roots_of(const std::vector<double>& coefficients) {
  const std::size_t n = coefficients.size() - 1;
  std::vector<Number> roots;
  for (std::size_t k = 0; k < n; ++k) roots.push_back(std::pow(Number(0.4, 0.9), k));
  for (int step = 0; step < 500; ++step) {
    for (std::size_t k = 0; k < n; ++k) {
      Number value = 0, others = 1;
      for (const double coefficient : coefficients) value = value * roots[k] + coefficient;
      for (std::size_t j = 0; j < n; ++j) others *= j == k ? 1.0 : roots[k] - roots[j];
      roots[k] -= value / others;
    }
  }
  for (Number& root : roots) {
    if (std::abs(root.imag()) < 1e-12) root = root.real();
  }
  return roots;
}

/// Two steps of inverse iteration beside the value, by elimination.
std::vector<Number> reference_vector(const std::vector<double>& a, std::size_t n, Number value) {
  std::vector<Number> x(n);
  for (std::size_t k = 0; k < n; ++k) x[k] = 1.0 + 0.3 * static_cast<double>(k * k);
  for (int step = 0; step < 3; ++step) {
    std::vector<Number> m(a.begin(), a.end());
    for (std::size_t k = 0; k < n; ++k) m[k * n + k] -= value + 1e-9;
    for (std::size_t p = 0; p < n; ++p) {
      std::size_t pivot = p;
      for (std::size_t row = p; row < n; ++row) {
        if (std::abs(m[row * n + p]) > std::abs(m[pivot * n + p])) pivot = row;
      }
      std::swap(x[p], x[pivot]);
      for (std::size_t c = 0; c < n; ++c) std::swap(m[p * n + c], m[pivot * n + c]);
      for (std::size_t row = 0; row < n; ++row) {
        if (row == p) continue;
        const Number factor = m[row * n + p] / m[p * n + p];
        for (std::size_t c = p; c < n; ++c) m[row * n + c] -= factor * m[p * n + c];
        x[row] -= factor * x[p];
      }
    }
    double square = 0;
    for (std::size_t k = 0; k < n; ++k) square += std::norm(x[k] /= m[k * n + k]);
    for (Number& element : x) element /= std::sqrt(square);
  }
  Number largest = 0;
  for (const Number element : x) {
    if (std::abs(element) > std::abs(largest) * (1 + 1e-10)) largest = element;
  }
  for (Number& element : x) element *= std::conj(largest) / std::abs(largest);
  return x;
}

void run_reference(const KernelContext& context) {
  for (std::size_t k = 0; k < context.output_count(); ++k) context.allocate(k);
  const Matrices matrices(context.input().shape);
  const auto n = static_cast<std::size_t>(matrices.rows);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    const std::vector<double> a = matrix_in_double(context, 0, i);
    std::vector<double> real, imaginary;
    for (const Number root : roots_of(characteristic(a, n))) {
      real.push_back(root.real());
      imaginary.push_back(root.imag());
    }
    // Real parts of a pair differ by rounding; the imaginary ones decide.
    for (double& x : real) x = std::round(x * 1e13) / 1e13;
    const auto order = order_of(real, imaginary);
    std::vector<double> parts[4];
    for (std::size_t k = 0; k < n; ++k) {
      parts[0].push_back(real[order[k]]);
      parts[1].push_back(imaginary[order[k]]);
    }
    write_part(context.output(0), i, parts[0]);
    write_part(context.output(1), i, parts[1]);
    if (context.output_count() == 2) continue;
    parts[2].resize(n * n);
    parts[3].resize(n * n);
    for (std::size_t k = 0; k < n; ++k) {
      const auto vector = reference_vector(a, n, {parts[0][k], parts[1][k]});
      for (std::size_t row = 0; row < n; ++row) {
        parts[2][row * n + k] = vector[row].real();
        parts[3][row * n + k] = vector[row].imag();
      }
    }
    write_part(context.output(2), i, parts[2]);
    write_part(context.output(3), i, parts[3]);
  }
}

/// Values of order 1 apart: vectors are as accurate as they are.
std::vector<Sample> samples() {
  return {
      {.name = "real values", .inputs = {Tensor{{{4, 1, 0}, {2, 3, 1}, {0, 0.5f, -1}}}}},
      {.name = "a pair", .inputs = {Tensor{{{1, -2, 0.5f}, {3, 1, 0}, {0.25f, 0.5f, -2}}}}},
      {.name = "1 x 1", .inputs = {full({2, 1, 1}, 4)}},
      {.name = "empty", .inputs = {zeros({2, 0, 0})}},
  };
}

}  // namespace

const OpDef kEig{
    .name = "eig",
    .doc =
        "Eigenvalues and eigenvectors of any square matrix with a basis of such, as real and "
        "imaginary parts; largest real parts first. "
        "(..., n, n) -> (..., n), (..., n), (..., n, n), (..., n, n)",
    .infer = infer_eig,
    .vjp = eig_vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"lapack", nullptr, run_lapack}, {"reference", nullptr, run_reference}},
    .samples = samples,
};

const OpDef kEigvals{
    .name = "eigvals",
    .doc =
        "Eigenvalues of any square matrix as real and imaginary parts, largest real parts first. "
        "(..., n, n) -> (..., n), (..., n)",
    .infer = infer_eigvals,
    .vjp = eigvals_vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"lapack", nullptr, run_lapack}, {"reference", nullptr, run_reference}},
    .samples = samples,
};

}  // namespace gradus
