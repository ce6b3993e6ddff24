#include "gradus/linalg.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include "arguments.h"
#include "callback.h"
#include "casters.h"
#include "evaluation.h"
#include "examples.h"
#include "gradus/base/error.h"
#include "gradus/ops/select.h"
#include "module.h"
#include "tensor_like.h"

// Linear algebra. Enumerations are strings; results of several tensors are tuples, which
// gradus.linalg names.

namespace gradus::python {
namespace {

using namespace nb::literals;

template <class E>
struct Choice {
  std::string_view name;
  E value;
};

/// The value of that name. Throws Error that lists the names.
template <class E, std::size_t n>
E chosen(const char* operation, const char* option, const std::string& name,
         const Choice<E> (&choices)[n]) {
  std::string names;
  for (const auto& choice : choices) {
    if (choice.name == name) return choice.value;
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", choice.name);
  }
  throw Error(ErrorCode::invalid_argument, operation,
              fmt::format("{} is one of {}, not \"{}\"", option, names, name));
}

linalg::MatrixNorm matrix_norm_named(const char* operation, const std::string& name) {
  using linalg::MatrixNorm;
  return chosen<MatrixNorm>(operation, "norm", name,
                            {{"frobenius", MatrixNorm::frobenius},
                             {"one", MatrixNorm::one},
                             {"infinity", MatrixNorm::infinity},
                             {"spectral", MatrixNorm::spectral},
                             {"nuclear", MatrixNorm::nuclear}});
}

linalg::QrMode qr_mode(const char* operation, const std::string& name) {
  using linalg::QrMode;
  return chosen<QrMode>(operation, "mode", name,
                        {{"reduced", QrMode::reduced}, {"complete", QrMode::complete}});
}

template <Tensor (*f)(const Tensor&)>
void bind_unary(nb::module_& module, const char* name, const char* doc) {
  module.def(
      name, [](const TensorLike& a) { return f(a); }, "a"_a, doc);
}
/// Two operands in their common type, integers in f32.
std::pair<Tensor, Tensor> in_one_type(const TensorLike& left, const TensorLike& right) {
  const Tensor a = left, b = right;
  const DType common = promote(a.dtype(), b.dtype());
  const DType dtype = is_floating(common) ? common : DType::f32;
  return {cast(a, dtype), cast(b, dtype)};
}

template <Tensor (*f)(const Tensor&, const Tensor&)>
void bind_system(nb::module_& module, const char* name, const char* doc) {
  module.def(
      name,
      [](const TensorLike& left, const TensorLike& right) {
        const auto [a, b] = in_one_type(left, right);
        return f(a, b);
      },
      "a"_a, "b"_a, doc);
}

nb::tuple as_tuple(const linalg::Svd& parts) { return nb::make_tuple(parts.u, parts.s, parts.vh); }
nb::tuple as_tuple(const linalg::ComplexParts& parts) {
  return nb::make_tuple(parts.real, parts.imaginary);
}
void bind_factorizations(nb::module_& module) {
  bind_unary<linalg::cholesky>(module, "cholesky", documented(kCholesky).c_str());
  module.def(
      "lu",
      [](const TensorLike& a) {
        const linalg::Lu factors = linalg::lu(a);
        return nb::make_tuple(factors.l, factors.u, factors.permutation);
      },
      "a"_a,
      "l, u and the permutation of the rows of a whose product they are. "
      "(..., m, n) -> (..., m, k), (..., k, n), i64 (..., m)");
  module.def(
      "qr",
      [](const TensorLike& a, const std::string& mode) {
        const linalg::Qr factors = linalg::qr(a, qr_mode("qr", mode));
        return nb::make_tuple(factors.q, factors.r);
      },
      "a"_a, "mode"_a = "reduced",
      "q with orthonormal columns and the upper triangle r of a = q r. "
      "(..., m, n) -> (..., m, k), (..., k, n)");
  module.def(
      "pivoted_qr",
      [](const TensorLike& a, const std::string& mode) {
        const linalg::PivotedQr factors = linalg::pivoted_qr(a, qr_mode("qr", mode));
        return nb::make_tuple(factors.q, factors.r, factors.permutation);
      },
      "a"_a, "mode"_a = "reduced", documented(kQr).c_str());
  module.def(
      "svd",
      [](const TensorLike& a, bool full_matrices) {
        return as_tuple(
            linalg::svd(a, full_matrices ? linalg::SvdMode::full : linalg::SvdMode::thin));
      },
      "a"_a, "full_matrices"_a = false, documented(kSvd).c_str());
  bind_unary<linalg::svdvals>(module, "svdvals", documented(kSvdvals).c_str());
  module.def(
      "eigh",
      [](const TensorLike& a) {
        const auto [values, vectors] = linalg::eigh(a);
        return nb::make_tuple(values, vectors);
      },
      "a"_a, documented(kEigh).c_str());
  bind_unary<linalg::eigvalsh>(module, "eigvalsh", documented(kEigvalsh).c_str());
  module.def(
      "eig",
      [](const TensorLike& a) {
        const auto [values, vectors] = linalg::eig(a);
        return nb::make_tuple(as_tuple(values), as_tuple(vectors));
      },
      "a"_a, documented(kEig).c_str());
  module.def(
      "eigvals", [](const TensorLike& a) { return as_tuple(linalg::eigvals(a)); }, "a"_a,
      documented(kEigvals).c_str());
  bind_unary<linalg::spectral_radius>(
      module, "spectral_radius", "The largest magnitude of an eigenvalue. (..., n, n) -> (...)");
}

void bind_systems(nb::module_& module) {
  bind_system<linalg::solve>(module, "solve", documented(kSolve).c_str());
  bind_system<linalg::solve_positive_definite>(module, "solve_positive_definite",
                                               "solve() by Cholesky factors.");
  bind_system<linalg::cholesky_solve>(module, "cholesky_solve",
                                      "x of l l^T x = b, given the factor l.");
  module.def(
      "solve_triangular",
      [](const TensorLike& left, const TensorLike& right, bool upper, bool transposed,
         bool unit_diagonal) {
        const auto [a, b] = in_one_type(left, right);
        return linalg::solve_triangular(
            a, b,
            {.triangle = upper ? linalg::Triangle::upper : linalg::Triangle::lower,
             .transposed = transposed,
             .unit_diagonal = unit_diagonal});
      },
      "a"_a, "b"_a, "upper"_a = false, "transposed"_a = false, "unit_diagonal"_a = false,
      documented(kTriangularSolve).c_str());
  bind_unary<linalg::inverse>(module, "inverse", documented(kInverse).c_str());
  bind_unary<linalg::determinant>(module, "determinant", documented(kDeterminant).c_str());
  module.def(
      "log_determinant",
      [](const TensorLike& a) {
        const auto [sign, logarithm] = linalg::log_determinant(a);
        return nb::make_tuple(sign, logarithm);
      },
      "a"_a, documented(kSlogdet).c_str());
  module.def(
      "least_squares",
      [](const TensorLike& a, const TensorLike& b, const std::string& method, bool intercept,
         double ridge, const std::optional<TensorLike>& weights, double cutoff) {
        using linalg::LeastSquaresMethod;
        const auto by = chosen<LeastSquaresMethod>(
            "least_squares", "method", method,
            {{"qr", LeastSquaresMethod::qr},
             {"svd", LeastSquaresMethod::svd},
             {"normal_equations", LeastSquaresMethod::normal_equations}});
        const auto operands = in_one_type(a, b);
        const Tensor matrix = operands.first, sides = operands.second,
                     row_weights = weights ? *weights : Tensor();
        const auto fit = compute([&] {  // weights are read
          return linalg::least_squares(matrix, sides,
                                       {.method = by,
                                        .intercept = intercept,
                                        .ridge = ridge,
                                        .weights = row_weights,
                                        .cutoff = cutoff});
        });
        return nb::make_tuple(fit.coefficients, or_none(fit.intercept), fit.residuals,
                              fit.residual_sum_of_squares, fit.rank, or_none(fit.standard_errors),
                              or_none(fit.intercept_error));
      },
      "a"_a, "b"_a, "method"_a = "qr", "intercept"_a = false, "ridge"_a = 0.0,
      "weights"_a = nb::none(), "cutoff"_a = -1.0,
      "The x of smallest (weighted) sum of squares |b - a x|^2 + ridge |x|^2: coefficients, "
      "intercept, residuals, residual sum of squares, rank, standard errors.");
}

void bind_norms(nb::module_& module) {
  module.def(
      "vector_norm",
      [](const TensorLike& x, double order, const std::optional<Dims>& axes, bool keep_axes) {
        return linalg::vector_norm(
            x, {.order = order, .axes = axes.value_or(Dims{}), .keep_axes = keep_axes});
      },
      "x"_a, "order"_a = 2.0, "axes"_a = nb::none(), "keep_axes"_a = false,
      "(sum |x|^order)^(1/order) over axes; infinity: the largest |x|.");
  module.def(
      "matrix_norm",
      [](const TensorLike& a, const std::string& norm) {
        return linalg::matrix_norm(a, matrix_norm_named("matrix_norm", norm));
      },
      "a"_a, "norm"_a = "frobenius",
      "\"frobenius\", \"one\", \"infinity\", \"spectral\" or \"nuclear\". "
      "(..., m, n) -> (...)");
  module.def(
      "distance",
      [](const TensorLike& a, const TensorLike& b, double order) {
        return linalg::distance(a, b, order);
      },
      "a"_a, "b"_a, "order"_a = 2.0, "The norm of a - b along the last axis.");
  bind_system<linalg::cosine_similarity>(module, "cosine_similarity",
                                         "The cosine of the angle between vectors. "
                                         "(..., d), (..., d) -> (...)");
  module.def(
      "condition_number",
      [](const TensorLike& a, const std::string& norm) {
        return linalg::condition_number(a, matrix_norm_named("condition_number", norm));
      },
      "a"_a, "norm"_a = "spectral", "|a| |a^-1|. (..., n, n) -> (...)");
  module.def(
      "rank",
      [](const TensorLike& a, double cutoff) { return linalg::rank(a, {.cutoff = cutoff}); }, "a"_a,
      "cutoff"_a = -1.0,
      "The number of singular values above the cutoff. (..., m, n) -> i64 (...)");
  module.def(
      "pseudo_inverse",
      [](const TensorLike& a, double cutoff) {
        return linalg::pseudo_inverse(a, {.cutoff = cutoff});
      },
      "a"_a, "cutoff"_a = -1.0, documented(kPseudoInverse).c_str());
  bind_unary<linalg::trace>(module, "trace", "The sum of the diagonal. (..., m, n) -> (...)");
}

void bind_matrix_functions(nb::module_& module) {
  bind_unary<linalg::matrix_exp>(module, "matrix_exp", documented(kMatrixExp).c_str());
  bind_unary<linalg::matrix_sqrt>(module, "matrix_sqrt", documented(kMatrixSqrt).c_str());
  bind_unary<linalg::matrix_log>(module, "matrix_log",
                                 "The logarithm of a symmetric positive definite matrix.");
  bind_system<linalg::solve_lyapunov>(module, "solve_lyapunov", documented(kSolveLyapunov).c_str());
  module.def(
      "matrix_power",
      [](const TensorLike& a, std::int64_t n) { return linalg::matrix_power(a, n); }, "a"_a, "n"_a,
      "a^n; negative powers are those of the inverse.");
  module.def(
      "symmetric_function",
      [](const TensorLike& a, const nb::callable& f) {
        return linalg::symmetric_function(
            a, [&f](const Tensor& w) { return result_of<Tensor>(f, f(w)); });
      },
      "a"_a, "f"_a, "v diag(f(w)) v^T of a symmetric matrix.");
  module.def(
      "matrix_function",
      [](const TensorLike& a, const nb::callable& f) {
        return as_tuple(linalg::matrix_function(a, [&f](const linalg::ComplexParts& w) {
          const auto parts = result_of<std::pair<Tensor, Tensor>>(f, f(w.real, w.imaginary));
          return linalg::ComplexParts{parts.first, parts.second};
        }));
      },
      "a"_a, "f"_a,
      "v f(diag(w)) v^-1 of any matrix with a basis of eigenvectors; f takes and gives real "
      "and imaginary parts.");
}

void bind_approximations(nb::module_& module) {
  module.def(
      "truncated_svd",
      [](const TensorLike& a, std::int64_t k) { return as_tuple(linalg::truncated_svd(a, k)); },
      "a"_a, "k"_a, "The k largest singular values and their vectors.");
  module.def(
      "randomized_svd",
      [](const Key& key, const TensorLike& a, std::int64_t k, std::int64_t oversampling,
         int iterations) {
        return as_tuple(linalg::randomized_svd(
            key, a, k, {.oversampling = oversampling, .iterations = iterations}));
      },
      "key"_a, "a"_a, "k"_a, "oversampling"_a = 10, "iterations"_a = 4,
      "Nearly truncated_svd(), from products with a few random vectors.");
  module.def(
      "low_rank", [](const TensorLike& a, std::int64_t k) { return linalg::low_rank(a, k); }, "a"_a,
      "k"_a, "The nearest matrix of rank k.");
  module.def(
      "compose",
      [](const TensorLike& u, const TensorLike& s, const TensorLike& vh) {
        return linalg::compose({u, s, vh});
      },
      "u"_a, "s"_a, "vh"_a, "u diag(s) vh");
  module.def(
      "covariance",
      [](const TensorLike& x) {
        const auto [mean, matrix] = linalg::covariance(x);
        return nb::make_tuple(mean, matrix);
      },
      "x"_a, "The mean and the covariance, with 1 / (n - 1), of rows (n, d).");
  using linalg::Pca;
  nb::class_<Pca>(module, "Pca", "A principal component analysis.")
      .def_ro("mean", &Pca::mean)
      .def_ro("components", &Pca::components)
      .def_ro("explained_variance", &Pca::explained_variance)
      .def_ro("explained_variance_ratio", &Pca::explained_variance_ratio)
      .def_ro("singular_values", &Pca::singular_values)
      .def_ro("whiten", &Pca::whiten)
      .def(
          "transform", [](const Pca& pca, const TensorLike& x) { return pca.transform(x); }, "x"_a,
          "Scores. (..., d) -> (..., k)")
      .def(
          "inverse_transform",
          [](const Pca& pca, const TensorLike& scores) { return pca.inverse_transform(scores); },
          "scores"_a, "The points that have these scores. (..., k) -> (..., d)");
  module.def(
      "pca",
      [](const TensorLike& x, std::int64_t components, const std::string& solver, bool whiten,
         const Key& key) {
        using linalg::PcaSolver;
        const auto by = chosen<PcaSolver>("pca", "solver", solver,
                                          {{"automatic", PcaSolver::automatic},
                                           {"covariance", PcaSolver::covariance},
                                           {"svd", PcaSolver::svd},
                                           {"randomized", PcaSolver::randomized}});
        return linalg::pca(x,
                           {.components = components, .solver = by, .whiten = whiten, .key = key});
      },
      "x"_a, "components"_a = 0, "solver"_a = "automatic", "whiten"_a = false, "key"_a = Key(),
      "The principal components of rows (n, d).");
}

template <bool (*f)(const Tensor&)>
void bind_question(nb::module_& module, const char* name) {
  module.def(
      name,
      [](const TensorLike& a) {
        const Tensor matrix = a;
        return compute([&] { return f(matrix); });
      },
      "a"_a);
}
template <bool (*f)(const Tensor&, const linalg::Tolerance&)>
void bind_question(nb::module_& module, const char* name) {
  module.def(
      name,
      [](const TensorLike& a, double tolerance) {
        const Tensor matrix = a;
        return compute([&] { return f(matrix, {.relative = tolerance}); });
      },
      "a"_a, "tolerance"_a = -1.0);
}

void bind_kinds(nb::module_& module) {
  bind_question<linalg::is_row>(module, "is_row");
  bind_question<linalg::is_column>(module, "is_column");
  bind_question<linalg::is_square>(module, "is_square");
  bind_question<linalg::is_zero>(module, "is_zero");
  bind_question<linalg::is_diagonal>(module, "is_diagonal");
  bind_question<linalg::is_lower_triangular>(module, "is_lower_triangular");
  bind_question<linalg::is_upper_triangular>(module, "is_upper_triangular");
  bind_question<linalg::is_identity>(module, "is_identity");
  bind_question<linalg::is_symmetric>(module, "is_symmetric");
  bind_question<linalg::is_orthogonal>(module, "is_orthogonal");
  bind_question<linalg::is_singular>(module, "is_singular");
  bind_question<linalg::is_positive_definite>(module, "is_positive_definite");
  bind_unary<linalg::row_vector>(module, "row_vector", "(n) -> (1, n)");
  bind_unary<linalg::column_vector>(module, "column_vector", "(n) -> (n, 1)");
  bind_unary<linalg::symmetric_part>(module, "symmetric_part", "(a + a^T) / 2");
  module.def("random_orthogonal", &linalg::random_orthogonal, "key"_a, "n"_a,
             "dtype"_a = DType::f32, "Uniform among the orthogonal matrices. -> (n, n)");
  module.def("random_symmetric", &linalg::random_symmetric, "key"_a, "n"_a, "dtype"_a = DType::f32,
             "Standard normal and symmetric. -> (n, n)");
  module.def("random_positive_definite", &linalg::random_positive_definite, "key"_a, "n"_a,
             "condition"_a = 100.0, "dtype"_a = DType::f32,
             "Random axes, eigenvalues from 1 down to 1 / condition. -> (n, n)");
}

void bind_triangles(nb::module_& module) {
  const auto bind = [&](const char* name, Tensor (*f)(const Tensor&, std::int64_t),
                        const char* doc) {
    module.def(
        name, [f](const TensorLike& x, std::int64_t offset) { return f(x, offset); }, "x"_a,
        "offset"_a = 0, doc);
  };
  bind("lower_triangle", lower_triangle, "Zero above diagonal `offset`.");
  bind("upper_triangle", upper_triangle, "Zero below diagonal `offset`.");
  bind("diagonal", diagonal, "The elements of diagonal `offset`. (..., m, n) -> (..., length)");
  bind_unary<diagonal_matrix>(module, "diagonal_matrix", "(..., n) -> (..., n, n)");
  bind_unary<matrix_transpose>(module, "matrix_transpose", "(..., m, n) -> (..., n, m)");
}

}  // namespace

void bind_linalg(nb::module_& module, nb::module_& linalg) {
  bind_triangles(module);
  bind_factorizations(linalg);
  bind_systems(linalg);
  bind_norms(linalg);
  bind_matrix_functions(linalg);
  bind_approximations(linalg);
  bind_kinds(linalg);
}

}  // namespace gradus::python
