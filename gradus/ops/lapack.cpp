#include "gradus/ops/lapack.h"

#include <dlfcn.h>

#include <cstdlib>
#include <limits>
#include <mutex>
#include <numeric>
#include <string_view>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/product.h"

namespace gradus {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<lapack_int>::max();

template <class T>
void require_finite_values(const KernelContext& context, std::size_t input, const T* values,
                           std::int64_t count, std::int64_t i) {
  T sum = 0;  // 0 * x is NaN where x is not finite
  for (std::int64_t k = 0; k < count; ++k) sum += values[k] * T(0);
  if (sum == sum) return;
  const bool nan = std::any_of(values, values + count, [](T x) { return x != x; });
  const std::string what = nan ? "holds NaN" : "holds an infinity";
  refuse_matrix(context, i, input == 0 ? what : "has a right side that " + what);
}

Array matrix_of(const Array& array, std::int64_t i) {
  Array matrix = array;
  const std::int64_t rank = array.shape.rank();
  matrix.shape = Shape{array.shape[static_cast<int>(rank - 2)], array.shape.back()};
  matrix.strides = Strides{array.strides[static_cast<std::size_t>(rank - 2)],
                           array.strides[static_cast<std::size_t>(rank - 1)]};
  matrix.offset += start_of_matrix(array, i);
  return matrix;
}

/// Equal values stay as they are, and the sum of large ones does not overflow.
template <class T>
T mean_of(T a, T b) {
  return a == b ? a : a / 2 + b / 2;
}

/// Averages mirrored elements, tile by tile.
template <class T>
void symmetrize(T* a, std::int64_t n) {
  constexpr std::int64_t kTile = 32;
  for (std::int64_t row = 0; row < n; row += kTile) {
    for (std::int64_t column = 0; column <= row; column += kTile) {
      for (std::int64_t r = row; r < std::min(row + kTile, n); ++r) {
        for (std::int64_t c = column; c < std::min(column + kTile, r); ++c) {
          T& below = a[r * n + c];
          T& above = a[c * n + r];
          below = above = mean_of(below, above);
        }
      }
    }
  }
}

template <class T>
std::vector<double> in_double(const KernelContext& context, std::size_t input, std::int64_t i,
                              bool symmetric) {
  const Matrices matrices(context.input(input).shape);
  std::vector<T> values(static_cast<std::size_t>(matrices.elements()));
  if (symmetric) {
    read_symmetric_part(context, input, i, values.data());
  } else {
    read_matrix(context, input, i, Layout::rows, values.data());
  }
  return {values.begin(), values.end()};
}

}  // namespace

void require_matrices(const InferContext& context, std::size_t i) {
  const Tensor& x = context.inputs[i];
  if (x.rank() < 2) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("takes matrices (..., m, n), not {}", x.signature()), {x.shape()});
  }
  if (x.dtype() != DType::f32 && x.dtype() != DType::f64) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("takes f32 or f64, not {}", x.signature()));
  }
  if (std::max(x.dim(-1), x.dim(-2)) > kLargest) {
    throw Error(ErrorCode::unsupported, context.op.name,
                fmt::format("{} has more rows or columns than LAPACK counts", x.signature()));
  }
}

void require_square_matrices(const InferContext& context, std::size_t i) {
  require_matrices(context, i);
  const Tensor& x = context.inputs[i];
  if (x.dim(-1) == x.dim(-2)) return;
  throw Error(ErrorCode::shape, context.op.name,
              fmt::format("takes square matrices (..., n, n), not {}", x.signature()), {x.shape()});
}

void require_matching_rows(const InferContext& context) {
  const Tensor& a = context.inputs[0];
  const Tensor& b = context.inputs[1];
  require_matrices(context, 1);
  if (a.dtype() != b.dtype()) {
    throw Error(ErrorCode::dtype, context.op.name,
                fmt::format("takes two tensors of one type, not {} and {}", name_of(a.dtype()),
                            name_of(b.dtype())));
  }
  if (a.dim(-2) != b.dim(-2) || batch_shape(a.shape()) != batch_shape(b.shape())) {
    throw Error(ErrorCode::shape, context.op.name,
                fmt::format("matrices {} and right sides {} must have the same number of rows and "
                            "the same leading axes",
                            a.shape().to_string(), b.shape().to_string()),
                {a.shape(), b.shape()});
  }
}

Shape matrix_shape(const Shape& shape, std::int64_t rows, std::int64_t columns) {
  Dims dims = shape.dims();
  dims[dims.size() - 2] = rows;
  dims[dims.size() - 1] = columns;
  return Shape(std::move(dims));
}

Shape vector_shape(const Shape& shape, std::int64_t length) {
  Dims dims(shape.begin(), shape.end() - 1);
  dims.back() = length;
  return Shape(std::move(dims));
}

Shape batch_shape(const Shape& shape) { return Shape(Dims(shape.begin(), shape.end() - 2)); }

Matrices::Matrices(const Shape& shape)
    : rows(shape[shape.rank() - 2]), columns(shape[shape.rank() - 1]) {
  for (int axis = 0; axis < shape.rank() - 2; ++axis) count *= shape[axis];
}

Strides column_major(const Shape& shape) {
  Strides strides = row_major(shape);
  strides[strides.size() - 2] = 1;
  strides[strides.size() - 1] = std::max<std::int64_t>(1, shape[shape.rank() - 2]);
  return strides;
}

std::int64_t start_of_matrix(const Array& array, std::int64_t i) {
  std::int64_t start = 0;
  for (int axis = array.shape.rank() - 2; axis-- > 0;) {
    start += i % array.shape[axis] * array.strides[static_cast<std::size_t>(axis)];
    i /= array.shape[axis];
  }
  return start;
}

template <class T>
void read_matrix(const KernelContext& context, std::size_t input, std::int64_t i, Layout layout,
                 T* to) {
  const Array from = matrix_of(context.input(input), i);
  const Strides strides = layout == Layout::rows ? row_major(from.shape) : column_major(from.shape);
  copy_strided(from.shape, sizeof(T), from.bytes(), from.strides, reinterpret_cast<std::byte*>(to),
               strides);
  require_finite_values(context, input, to, from.shape.size(), i);
}

template <class T>
void read_symmetric_part(const KernelContext& context, std::size_t input, std::int64_t i, T* to) {
  const Array& from = context.input(input);
  // Which of the two layouts does not matter: take the one that moves nothing.
  const std::size_t last = from.strides.size() - 1;
  read_matrix(context, input, i, from.strides[last] == 1 ? Layout::rows : Layout::columns, to);
  symmetrize(to, from.shape.back());
}

template <class T>
T read_lower_part(const KernelContext& context, std::size_t input, std::int64_t i, T* to,
                  std::int64_t leading) {
  constexpr std::int64_t kTile = 32, kLines = 64;
  const Array from = matrix_of(context.input(input), i);
  const T* const a = from.data<T>();
  const std::int64_t n = from.shape[0];
  std::int64_t along = from.strides[1], across = from.strides[0];
  if (std::abs(along) > std::abs(across)) std::swap(along, across);
  // The lines below the diagonal are turned into columns tile by tile, one tile behind the other
  // along the lines, so that the processor sees what comes next.
  parallel_for(n, kTile, [&](std::int64_t row, std::int64_t end) {
    for (std::int64_t column = 0; column < end; column += kTile) {
      T turned[kTile][kTile + 1];
      const std::int64_t columns = std::min(kTile, end - column), rows = end - row;
      for (std::int64_t r = 0; r < rows; ++r) {
        const T* const line = a + (row + r) * across + column * along;
        for (std::int64_t c = 0; c < columns; ++c) turned[c][r] = line[c * along];
      }
      for (std::int64_t c = 0; c < columns; ++c) {
        const std::int64_t first = std::max<std::int64_t>(0, column + c - row);
        std::copy(turned[c] + first, turned[c] + rows, to + (column + c) * leading + row + first);
      }
    }
  });
  // Those on the other side lie as the columns do.
  std::vector<T> largest(static_cast<std::size_t>((n + kLines - 1) / kLines)), flaws(largest);
  parallel_for(n, kLines, [&](std::int64_t begin, std::int64_t end) {
    constexpr std::int64_t kLanes = 8;       // so many maxima do not wait for each other
    T most[kLanes] = {}, flaw[kLanes] = {};  // 0 times what is not finite is not 0
    const auto average = [&](T& element, T other, std::int64_t lane) {
      element = mean_of(element, other);
      most[lane] = std::max(most[lane], std::abs(element));
      flaw[lane] += 0 * element;
    };
    for (std::int64_t c = begin; c < end; ++c) {
      const T* const line = a + c * across;
      T* const column = to + c * leading;
      std::int64_t r = c;
      for (; r + kLanes <= n; r += kLanes) {
        for (std::int64_t lane = 0; lane < kLanes; ++lane) {
          average(column[r + lane], line[(r + lane) * along], lane);
        }
      }
      for (; r < n; ++r) average(column[r], line[r * along], 0);
    }
    const auto strip = static_cast<std::size_t>(begin / kLines);
    largest[strip] = *std::max_element(most, most + kLanes);
    flaws[strip] = std::accumulate(flaw, flaw + kLanes, T(0));
  });
  if (!std::all_of(flaws.begin(), flaws.end(), [](T flaw) { return flaw == 0; })) {
    std::vector<T> whole(static_cast<std::size_t>(n * n));
    read_matrix(context, input, i, Layout::rows, whole.data());  // throws
  }
  return *std::max_element(largest.begin(), largest.end());
}

template float read_lower_part(const KernelContext&, std::size_t, std::int64_t, float*,
                               std::int64_t);
template double read_lower_part(const KernelContext&, std::size_t, std::int64_t, double*,
                                std::int64_t);
template void read_matrix(const KernelContext&, std::size_t, std::int64_t, Layout, float*);
template void read_matrix(const KernelContext&, std::size_t, std::int64_t, Layout, double*);
template void read_symmetric_part(const KernelContext&, std::size_t, std::int64_t, float*);
template void read_symmetric_part(const KernelContext&, std::size_t, std::int64_t, double*);

std::vector<double> matrix_in_double(const KernelContext& context, std::size_t input,
                                     std::int64_t i) {
  return context.input(input).dtype == DType::f32 ? in_double<float>(context, input, i, false)
                                                  : in_double<double>(context, input, i, false);
}

std::vector<double> symmetric_part_in_double(const KernelContext& context, std::size_t input,
                                             std::int64_t i) {
  return context.input(input).dtype == DType::f32 ? in_double<float>(context, input, i, true)
                                                  : in_double<double>(context, input, i, true);
}

void write_part(Array& output, std::int64_t i, const std::vector<double>& values) {
  const auto start = i * static_cast<std::int64_t>(values.size());
  with_real(output.dtype, [&]<class T>() {
    std::transform(values.begin(), values.end(), output.mutable_data<T>() + start,
                   [](double x) { return static_cast<T>(x); });
  });
}

template <class T>
void multiply(const Operand<T>& a, const Operand<T>& b, std::int64_t m, std::int64_t n,
              std::int64_t k, T* c) {
  multiply_packed({.dtype = dtype_of<T>,
                   .m = m,
                   .n = n,
                   .k = k,
                   .a = reinterpret_cast<const std::byte*>(a.data),
                   .a_row = a.row,
                   .a_column = a.column,
                   .b = reinterpret_cast<const std::byte*>(b.data),
                   .b_row = b.row,
                   .b_column = b.column,
                   .c = reinterpret_cast<std::byte*>(c),
                   .c_row = n});
}

template void multiply(const Operand<float>&, const Operand<float>&, std::int64_t, std::int64_t,
                       std::int64_t, float*);
template void multiply(const Operand<double>&, const Operand<double>&, std::int64_t, std::int64_t,
                       std::int64_t, double*);

std::string which_matrix(const Shape& shape, std::int64_t i) {
  return Matrices(shape).count == 1 ? "the matrix" : fmt::format("matrix {} of the batch", i);
}

void refuse_matrix(const KernelContext& context, std::int64_t i, const std::string& message) {
  const Shape& shape = context.input(0).shape;
  throw Error(ErrorCode::numeric, context.op().name,
              fmt::format("{} {}", which_matrix(shape, i), message), {shape});
}

namespace {

/// A function of the BLAS that this process has loaded, or nullptr.
template <class F>
F* blas_function(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_DEFAULT, name));
}

/// The name by which OpenBLAS knows the widest kernels that this processor runs.
const char* widest_core() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return "SkylakeX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return nullptr;
}

/// OpenBLAS chooses when it is loaded and offers no call to choose again: it is made to forget, and
/// to ask the environment.
void choose_core(const char* wanted) {
  constexpr const char* kVariable = "OPENBLAS_CORETYPE";
  if (wanted == nullptr || std::getenv(kVariable) != nullptr) return;
  auto* name = blas_function<char*()>("openblas_get_corename");
  auto* forget = blas_function<void()>("gotoblas_dynamic_quit");
  auto* choose = blas_function<void()>("gotoblas_dynamic_init");
  if (name == nullptr || forget == nullptr || choose == nullptr) return;
  const std::string_view core = name();
  for (const std::string_view good : {wanted, "SkylakeX", "Cooperlake", "SapphireRapids"}) {
    if (core == good) return;
  }
  if (core == "Zen" && wanted == std::string_view("Haswell")) return;  // the same kernels
  setenv(kVariable, wanted, 1);
  forget();
  choose();
  unsetenv(kVariable);
}

}  // namespace

void choose_blas_kernels() {
  static std::once_flag once;
  std::call_once(once, [] { choose_core(widest_core()); });
}

void check_status(const char* operation, std::int64_t status) {
  if (status >= 0) return;
  const bool memory = status == LAPACK_WORK_MEMORY_ERROR || status == LAPACK_TRANSPOSE_MEMORY_ERROR;
  throw Error(memory ? ErrorCode::out_of_memory : ErrorCode::internal, operation,
              memory ? std::string("no memory for the work space")
                     : fmt::format("LAPACK refuses argument {}", -status));
}

}  // namespace gradus
