#include <limits>
#include <numeric>

#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/comparison.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/factorization.h"
#include "gradus/ops/lapack.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/rearrange.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/reduction.h"
#include "gradus/ops/select.h"
#include "gradus/ops/spectrum.h"
#include "gradus/ops/triangle.h"

namespace gradus {
namespace {

Specs infer_svd(const InferContext& context) {
  require_matrices(context, 0);
  const Shape& shape = context.shape(0);
  const std::int64_t m = shape[shape.rank() - 2], n = shape.back(), k = std::min(m, n);
  const bool full = context.attributes.as<SvdAttributes>().full;
  return {{matrix_shape(shape, m, full ? m : k), context.dtype(0)},
          {vector_shape(shape, k), context.dtype(0)},
          {matrix_shape(shape, full ? n : k, n), context.dtype(0)}};
}

Specs infer_svdvals(const InferContext& context) {
  require_matrices(context, 0);
  const Shape& shape = context.shape(0);
  return {{vector_shape(shape, std::min(shape[shape.rank() - 2], shape.back())), context.dtype(0)}};
}

/// 1 / s, and 0 where s is 0 up to rounding.
Tensor inverse_values(const Tensor& s, std::int64_t length) {
  const double units = static_cast<double>(length) * (s.dtype() == DType::f32
                                                          ? std::numeric_limits<float>::epsilon()
                                                          : std::numeric_limits<double>::epsilon());
  const Tensor tiny = less_equal(s, max(s, {.axes = {-1}, .keep_axes = true}) * units);
  const Tensor one = Tensor::scalar(1, s.dtype());
  return where(tiny, Tensor::scalar(0, s.dtype()), reciprocal(where(tiny, one, s)));
}

/// x without its part in the space of the columns of `basis`.
Tensor outside(const Tensor& basis, const Tensor& x) {
  return x - matmul(basis, matmul(matrix_transpose(basis), x));
}

/// Townsend 2016, "Differentiating the singular value decomposition": with F_ij =
/// 1 / (s_j^2 - s_i^2), u [(F * (u^T gu - gu^T u)) s + s (F * (v^T gv - gv^T v)) + diag(gs)] v^T,
/// and what gu and gv have outside the spaces of u and v.
Tensor svd_gradient(const Tensor& u, const Tensor& s, const Tensor& vh, const Tensor& of_u,
                    const Tensor& of_s, const Tensor& of_vh) {
  const Tensor v = matrix_transpose(vh);
  const std::int64_t m = u.dim(-2), n = v.dim(-2), k = s.dim(-1);
  Tensor inner =
      of_s.defined() ? diagonal_matrix(of_s) : zeros(matrix_shape(u.shape(), k, k), s.dtype());
  const Tensor sums = expand_dims(s, -2) + expand_dims(s, -1);
  const Tensor one = Tensor::scalar(1, s.dtype());
  const auto turned = [&](const Tensor& basis, const Tensor& gradient) {
    const Tensor product = matmul(matrix_transpose(basis), gradient);
    const Tensor f = inverse_differences(s) / where(equal(sums, one - one), one, sums);
    return f * (product - matrix_transpose(product));
  };
  if (of_u.defined()) inner = inner + turned(u, of_u) * expand_dims(s, -2);
  const Tensor of_v = of_vh.defined() ? matrix_transpose(of_vh) : Tensor();
  if (of_v.defined()) inner = inner + expand_dims(s, -1) * turned(v, of_v);
  Tensor result = matmul(matmul(u, inner), vh);
  const Tensor inverse = expand_dims(inverse_values(s, std::max(m, n)), -2);
  if (of_u.defined() && m > k) result = result + matmul(outside(u, of_u) * inverse, vh);
  if (of_v.defined() && n > k) {
    result = result + matmul(u * inverse, matrix_transpose(outside(v, of_v)));
  }
  return result;
}

Inputs svd_vjp(const VjpContext& context) {
  const std::int64_t m = context.inputs[0].dim(-2), n = context.inputs[0].dim(-1);
  const std::int64_t k = std::min(m, n);
  if (k == 0) return {zeros_like(context.inputs[0])};
  Tensor u = context.outputs[0], vh = context.outputs[2];
  const Tensor& of_u = context.gradients[0];
  const Tensor& of_vh = context.gradients[2];
  if ((u.dim(-1) > k && of_u.defined()) || (vh.dim(-2) > k && of_vh.defined())) {
    throw Error(ErrorCode::unsupported, "svd",
                "the square factor on the longer side has no derivative: its last vectors are any "
                "basis of what is left; use the thin decomposition",
                {context.inputs[0].shape()});
  }
  if (u.dim(-1) > k) u = slice(u, -1, {0, k});
  if (vh.dim(-2) > k) vh = slice(vh, -2, {0, k});
  return {svd_gradient(u, context.outputs[1], vh, of_u, context.gradients[1], of_vh)};
}

Inputs svdvals_vjp(const VjpContext& context) {
  if (context.output().dim(-1) == 0) return {zeros_like(context.inputs[0])};
  const auto parts = apply_all(kSvd, {context.inputs[0]}, SvdAttributes{});
  return {svd_gradient(parts[0], parts[1], parts[2], Tensor(), context.gradient(), Tensor())};
}

/// Where the factors of one matrix go: u (m, columns of u) and vh (rows of vh, n), row by row.
template <class T>
struct Places {
  T* u = nullptr;
  T* s = nullptr;
  T* vh = nullptr;
};

/// Read as columns, the rows of a are a^T = v s u^T, and so are the rows of u and vh.
template <class T>
void decompose(const KernelContext& context, std::int64_t i, char job, const Places<T>& places,
               std::vector<T>& a) {
  using Calls = lapack::Calls<T>;
  const Matrices matrices(context.input().shape);
  const auto m = lapack::size(matrices.rows), n = lapack::size(matrices.columns);
  const auto width = job == 'A' ? m : lapack::leading(matrices.smaller());
  T unused = 0;
  T* u = job == 'N' ? &unused : places.u;
  T* vh = job == 'N' ? &unused : places.vh;
  read_matrix(context, 0, i, Layout::rows, a.data());
  auto status = Calls::gesdd(LAPACK_COL_MAJOR, job, n, m, a.data(), n, places.s, vh, n, u, width);
  check_status(context.op().name, status);
  if (status == 0) return;
  // Divide and conquer may fail where the slower iteration does not (LAPACK, on gesdd's info > 0).
  read_matrix(context, 0, i, Layout::rows, a.data());
  std::vector<T> rest(static_cast<std::size_t>(std::max<std::int64_t>(1, matrices.smaller())));
  status = Calls::gesvd(LAPACK_COL_MAJOR, job, job, n, m, a.data(), n, places.s, vh, n, u, width,
                        rest.data());
  check_status(context.op().name, status);
  if (status > 0) refuse_matrix(context, i, "has singular values that do not converge");
}

/// Signs that do not depend on how the vectors were found.
template <class T>
void fix_signs(const Places<T>& places, std::int64_t m, std::int64_t n, std::int64_t k,
               std::int64_t width) {
  std::vector<T> signs(static_cast<std::size_t>(k));
  for (std::int64_t row = 0; row < k; ++row) {
    T* vector = places.vh + row * n;
    const T sign = largest_is_negative(vector, n) ? T(-1) : T(1);
    for (std::int64_t c = 0; c < n; ++c) vector[c] *= sign;
    signs[static_cast<std::size_t>(row)] = sign;
  }
  for (std::int64_t row = 0; row < m; ++row) {
    for (std::int64_t c = 0; c < k; ++c)
      places.u[row * width + c] *= signs[static_cast<std::size_t>(c)];
  }
}

template <class T>
void fill_identity(T* a, std::int64_t n) {
  for (std::int64_t e = 0; e < n * n; ++e) a[e] = e % (n + 1) == 0 ? T(1) : T(0);
}

void run_svd(const KernelContext& context) {
  Array& u = context.allocate(0);
  Array& s = context.allocate(1);
  Array& vh = context.allocate(2);
  const Matrices matrices(context.input().shape), left(u.shape), right(vh.shape);
  const std::int64_t m = matrices.rows, n = matrices.columns, k = matrices.smaller();
  const char job = context.attributes<SvdAttributes>().full ? 'A' : 'S';
  with_real(s.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, 10 * m * n * k, [&](std::int64_t i) {
      const Places<T> places{u.mutable_data<T>() + i * left.elements(), s.mutable_data<T>() + i * k,
                             vh.mutable_data<T>() + i * right.elements()};
      if (k == 0) {
        if (job == 'A') fill_identity(places.u, m);
        if (job == 'A') fill_identity(places.vh, n);
        return;
      }
      std::vector<T> work(static_cast<std::size_t>(m * n));
      decompose(context, i, job, places, work);
      fix_signs(places, m, n, k, left.columns);
    });
  });
}

/// Why our own reduction does not take the call. LAPACK takes long matrices by way of a QR
/// factorisation.
const char* refuse_large(const KernelContext& context) {
  const Matrices matrices(context.input().shape);
  const std::int64_t larger = std::max(matrices.rows, matrices.columns);
  if (matrices.smaller() < kLargeMatrix) return "the matrices are small";
  if (2 * larger > 3 * matrices.smaller()) return "one side is much longer than the other";
  if (context.output_count() == 1 || larger == matrices.smaller()) return nullptr;
  return context.attributes<SvdAttributes>().full
             ? "the vectors are more than those of the thin one"
             : nullptr;
}

/// q b p^T = a, or of a^T, whichever has no more columns than rows.
template <class T>
struct Bidiagonal {
  explicit Bidiagonal(const Matrices& matrices)
      : transposed(matrices.columns >= matrices.rows),
        rows(std::max(matrices.rows, matrices.columns)),
        columns(matrices.smaller()),
        a(rows * columns),
        e(static_cast<std::size_t>(columns)),
        tau_q(e),
        tau_p(e) {}

  bool transposed;
  std::int64_t rows, columns;
  Space<T> a;
  std::vector<T> e, tau_q, tau_p;
  int exponent = 0;  // a was multiplied by 2^exponent
};

/// s gets the diagonal of b.
template <class T>
Bidiagonal<T> reduce(const KernelContext& context, std::int64_t i, T* s) {
  Bidiagonal<T> b{Matrices(context.input().shape)};
  const std::int64_t elements = b.rows * b.columns;
  // Read as columns, the rows of a are a^T.
  read_matrix(context, 0, i, b.transposed ? Layout::rows : Layout::columns, b.a.data());
  b.exponent = scaling_exponent(largest_magnitude(b.a.data(), elements));
  scale(b.a.data(), elements, b.exponent);
  bidiagonalize<T>({b.a.data(), b.rows, b.columns, b.rows}, s, b.e.data(), b.tau_q.data(),
                   b.tau_p.data());
  return b;
}

/// s, the diagonal of b, becomes its singular values; u (columns, columns) and vt, column by
/// column, get its vectors, where there is a vt. The columns of u are b.rows apart.
template <class T>
void solve(const KernelContext& context, std::int64_t i, Bidiagonal<T>& b, T* s, T* u, T* vt) {
  const OneThread guard;
  const std::int64_t k = b.columns;
  const Space<T> work(vt ? 3 * k * k + 4 * k : 4 * k);
  std::vector<lapack::Int> integers(static_cast<std::size_t>(8 * k));
  T unused = 0;
  lapack::Int unused_place = 0;
  const auto status = lapack::Calls<T>::bdsdc_work(
      LAPACK_COL_MAJOR, 'U', vt ? 'I' : 'N', lapack::size(k), s, b.e.data(), vt ? u : &unused,
      lapack::size(vt ? b.rows : k), vt ? vt : &unused, lapack::size(k), &unused, &unused_place,
      work.data(), integers.data());
  check_status(context.op().name, status);
  if (status > 0) refuse_matrix(context, i, "has singular values that do not converge");
  scale(s, k, -b.exponent);
}

/// left (rows, k) = q u and right (k, k) = p v, column by column; left begins with u.
template <class T>
void compose_vectors(const Bidiagonal<T>& b, const T* vt, T* left, T* right) {
  const std::int64_t k = b.columns, rows = b.rows;
  for (std::int64_t c = 0; c < k; ++c) std::fill(left + c * rows + k, left + (c + 1) * rows, T(0));
  const Shape square{k, k};
  copy_strided(square, sizeof(T), reinterpret_cast<const std::byte*>(vt), {1, k},
               reinterpret_cast<std::byte*>(right), {k, 1});
  const T* const a = b.a.data();
  apply_reflectors<T>({a, 1, rows, rows, k, b.tau_q.data()}, {left, rows, k, rows});
  apply_reflectors<T>({a + rows, rows, 1, k - 1, k - 1, b.tau_p.data()}, {right + 1, k - 1, k, k});
}

void run_svd_large(const KernelContext& context) {
  Array& u = context.allocate(0, column_major(context.output(0).shape));
  Array& s = context.allocate(1);
  Array& vh = context.allocate(2);
  const Matrices matrices(context.input().shape);
  const std::int64_t m = matrices.rows, n = matrices.columns, k = matrices.smaller();
  with_real(s.dtype, [&]<class T>() {
    for_each_large_matrix(matrices.count, [&](std::int64_t i) {
      T* const columns = u.mutable_data<T>() + i * m * k;
      T* const rows = vh.mutable_data<T>() + i * k * n;  // columns of v
      T* const values = s.mutable_data<T>() + i * k;
      Bidiagonal<T> b = reduce(context, i, values);
      T* const left = b.transposed ? rows : columns;
      const Space<T> vt(k * k);
      solve(context, i, b, values, left, vt.data());
      compose_vectors(b, vt.data(), left, b.transposed ? columns : rows);
      for (std::int64_t c = 0; c < k; ++c) {
        if (!largest_is_negative(rows + c * n, n)) continue;
        for (std::int64_t e = 0; e < n; ++e) rows[c * n + e] = -rows[c * n + e];
        for (std::int64_t e = 0; e < m; ++e) columns[c * m + e] = -columns[c * m + e];
      }
    });
  });
}

void run_svdvals_large(const KernelContext& context) {
  Array& s = context.allocate();
  const Matrices matrices(context.input().shape);
  with_real(s.dtype, [&]<class T>() {
    for_each_large_matrix(matrices.count, [&](std::int64_t i) {
      T* const values = s.mutable_data<T>() + i * matrices.smaller();
      Bidiagonal<T> b = reduce(context, i, values);
      solve<T>(context, i, b, values, nullptr, nullptr);
    });
  });
}

void run_svdvals(const KernelContext& context) {
  Array& s = context.allocate();
  const Matrices matrices(context.input().shape);
  const std::int64_t m = matrices.rows, n = matrices.columns, k = matrices.smaller();
  if (k == 0) return;
  with_real(s.dtype, [&]<class T>() {
    for_each_matrix(matrices.count, 2 * m * n * k, [&](std::int64_t i) {
      std::vector<T> work(static_cast<std::size_t>(m * n));
      decompose(context, i, 'N', {nullptr, s.mutable_data<T>() + i * k, nullptr}, work);
    });
  });
}

using Vectors = std::vector<std::vector<double>>;

double inner(const std::vector<double>& x, const std::vector<double>& y) {
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

/// Adds unit vectors orthogonal to those that are there until there are `count`.
void complete_basis(Vectors& basis, std::size_t count, std::size_t length) {
  for (std::size_t unit = 0; basis.size() < count && unit < length; ++unit) {
    std::vector<double> x(length);
    x[unit] = 1;
    for (int pass = 0; pass < 2; ++pass) {
      for (const auto& other : basis) {
        const double part = inner(x, other);
        for (std::size_t k = 0; k < length; ++k) x[k] -= part * other[k];
      }
    }
    const double norm = std::sqrt(inner(x, x));
    if (norm < 1e-6) continue;
    for (double& value : x) value /= norm;
    basis.push_back(std::move(x));
  }
}

/// Hestenes' one-sided Jacobi method on a matrix whose columns are `left`: rotates pairs of columns
/// until all are orthogonal; `right` collects the rotations.
void orthogonalize(Vectors& left, Vectors& right) {
  for (int sweep = 0; sweep < 50; ++sweep) {
    for (std::size_t p = 0; p < left.size(); ++p) {
      for (std::size_t q = p + 1; q < left.size(); ++q) {
        const double product = inner(left[p], left[q]);
        if (product == 0) continue;
        const double theta =
            0.5 * std::atan2(2 * product, inner(left[q], left[q]) - inner(left[p], left[p]));
        const double c = std::cos(theta), s = std::sin(theta);
        for (Vectors* vectors : {&left, &right}) {
          for (std::size_t k = 0; k < (*vectors)[p].size(); ++k) {
            const double x = (*vectors)[p][k], y = (*vectors)[q][k];
            (*vectors)[p][k] = c * x - s * y;
            (*vectors)[q][k] = s * x + c * y;
          }
        }
      }
    }
  }
}

struct Parts {
  Vectors u, v;  // columns
  std::vector<double> s;
};

/// Of a matrix with at least as many rows as columns, given by its columns.
Parts reference_svd(Vectors columns) {
  const std::size_t n = columns.size();
  Vectors right(n, std::vector<double>(n));
  for (std::size_t k = 0; k < n; ++k) right[k][k] = 1;
  orthogonalize(columns, right);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return inner(columns[x], columns[x]) > inner(columns[y], columns[y]);
  });
  Parts parts;
  for (const std::size_t k : order) {
    const double norm = std::sqrt(inner(columns[k], columns[k]));
    parts.s.push_back(norm);
    parts.v.push_back(right[k]);
    parts.u.push_back(columns[k]);
    for (double& value : parts.u.back()) value /= norm;
  }
  return parts;
}

std::vector<double> rows_of(const Vectors& vectors, bool are_columns) {
  std::vector<double> values;
  const std::size_t length = vectors.empty() ? 0 : vectors[0].size();
  for (std::size_t i = 0; i < (are_columns ? length : vectors.size()); ++i) {
    for (std::size_t j = 0; j < (are_columns ? vectors.size() : length); ++j) {
      values.push_back(are_columns ? vectors[j][i] : vectors[i][j]);
    }
  }
  return values;
}

/// A zero singular value leaves its vector to chance: samples have none.
void run_reference(const KernelContext& context) {
  const bool values_only = context.output_count() == 1;
  for (std::size_t k = 0; k < context.output_count(); ++k) context.allocate(k);
  const Matrices matrices(context.input().shape);
  const auto m = static_cast<std::size_t>(matrices.rows);
  const auto n = static_cast<std::size_t>(matrices.columns);
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    const std::vector<double> a = matrix_in_double(context, 0, i);
    const bool wide = m < n;
    Vectors columns(std::min(m, n), std::vector<double>(std::max(m, n)));
    for (std::size_t r = 0; r < m; ++r) {
      for (std::size_t c = 0; c < n; ++c) columns[wide ? r : c][wide ? c : r] = a[r * n + c];
    }
    Parts parts = reference_svd(std::move(columns));
    write_part(context.output(values_only ? 0 : 1), i, parts.s);
    if (values_only) continue;
    if (wide) std::swap(parts.u, parts.v);
    for (std::size_t k = 0; k < parts.s.size(); ++k) {
      if (!largest_is_negative(parts.v[k].data(), matrices.columns)) continue;
      for (Vectors* vectors : {&parts.u, &parts.v}) {
        for (double& value : (*vectors)[k]) value = -value;
      }
    }
    if (context.attributes<SvdAttributes>().full) {
      complete_basis(parts.u, m, m);
      complete_basis(parts.v, n, n);
    }
    write_part(context.output(0), i, rows_of(parts.u, true));
    write_part(context.output(2), i, rows_of(parts.v, false));
  }
}

Tensor square() {
  return Tensor{{{3, 2, -1}, {4, 1, 0.5f}, {-2, 0.5f, 2}}, {{1, -2, 1}, {4, -1, 2}, {1, 2, 3}}};
}

std::vector<Sample> svdvals_samples() {
  return {
      {.name = "square", .inputs = {square()}},
      {.name = "tall", .inputs = {Tensor{{{1, 2}, {-3, 1}, {2, 5}, {0.5f, -1}}}}},
      {.name = "wide", .inputs = {Tensor{{{1, 2, -1, 3}, {2, -3, 0.5f, 1}}}}},
      {.name = "empty", .inputs = {zeros({2, 3, 0})}},
  };
}

std::vector<Sample> svd_samples() {
  std::vector<Sample> samples = svdvals_samples();
  for (Sample& sample : samples) sample.attributes = SvdAttributes{};
  samples.push_back(
      {.name = "full", .inputs = {square()}, .attributes = SvdAttributes{.full = true}});
  return samples;
}

}  // namespace

const OpDef kSvd{
    .name = "svd",
    .doc =
        "u, s and vh of a = u diag(s) vh with orthonormal columns of u and rows of vh and "
        "descending "
        "s; k is the smaller of m and n, or the factors are square. "
        "(..., m, n) -> (..., m, k), (..., k), (..., k, n)",
    .infer = infer_svd,
    .vjp = svd_vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"large", refuse_large, run_svd_large},
                {"lapack", nullptr, run_svd},
                {"reference", nullptr, run_reference}},
    .samples = svd_samples,
};

const OpDef kSvdvals{
    .name = "svdvals",
    .doc = "Singular values in descending order. (..., m, n) -> (..., k)",
    .infer = infer_svdvals,
    .vjp = svdvals_vjp,
    .refuses = "matrices that are not finite",
    .kernels = {{"large", refuse_large, run_svdvals_large},
                {"lapack", nullptr, run_svdvals},
                {"reference", nullptr, run_reference}},
    .samples = svdvals_samples,
};

}  // namespace gradus
