#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/indexing.h"

namespace gradus {
namespace {

struct SortAttributes {
  int axis = 0;  // normalised
  Order order = Order::ascending;
  void fields(FieldVisitor& v) const {
    v("axis", axis);
    v("order", order == Order::ascending ? "ascending" : "descending");
  }
};

struct TopKAttributes {
  int axis = 0;
  std::int64_t k = 0;
  void fields(FieldVisitor& v) const {
    v("axis", axis);
    v("k", k);
  }
};

void check_type(const InferContext& context) {
  const DType dtype = context.dtype(0);
  if (dtype != DType::f16 && dtype != DType::bf16) return;
  throw Error(ErrorCode::dtype, context.op.name,
              fmt::format("{} is stored and converted only; cast x to f32 first", name_of(dtype)));
}

Specs infer_sort(const InferContext& context) {
  check_type(context);
  return {{context.shape(0), context.dtype(0)}, {context.shape(0), DType::i64}};
}

Specs infer_top_k(const InferContext& context) {
  check_type(context);
  const auto& attributes = context.attributes.as<TopKAttributes>();
  Dims dims = context.shape(0).dims();
  dims[static_cast<std::size_t>(attributes.axis)] = attributes.k;
  const Shape shape(std::move(dims));
  return {{shape, context.dtype(0)}, {shape, DType::i64}};
}

/// The gradient of the values goes back to where they came from.
Inputs sorted_vjp(const VjpContext& context, int axis) {
  const Tensor& gradient = context.gradients[0];
  if (!context.needed[0] || !gradient.defined()) return {Tensor()};
  return {
      scatter_add_along_axis(zeros_like(context.inputs[0]), context.outputs[1], gradient, axis)};
}

Inputs sort_vjp(const VjpContext& context) {
  return sorted_vjp(context, context.attributes.as<SortAttributes>().axis);
}

Inputs top_k_vjp(const VjpContext& context) {
  return sorted_vjp(context, context.attributes.as<TopKAttributes>().axis);
}

/// A total order of the elements of a line: NaN is larger than everything else.
template <class T>
bool is_less(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a < b || (!std::isnan(a) && std::isnan(b));
  return a < b;
}

/// The elements of an array along one axis.
struct Line {
  std::int64_t start, step;
};

/// Where line `number` along `axis` lies in an array.
Line line_of(const Array& array, int axis, std::int64_t number) {
  Line line{0, array.strides[static_cast<std::size_t>(axis)]};
  for (int other = array.shape.rank() - 1; other >= 0; --other) {
    if (other == axis) continue;
    line.start += number % array.shape[other] * array.strides[static_cast<std::size_t>(other)];
    number /= array.shape[other];
  }
  return line;
}

/// Writes the first `kept` elements of every line of x in order.
template <class T>
void order_lines(const KernelContext& context, int axis, Order order, std::int64_t kept) {
  const Array& x = context.input();
  Array& values = context.allocate(0);
  Array& indices = context.allocate(1);
  const std::int64_t length = x.shape[axis];
  if (values.shape.size() == 0) return;
  const std::int64_t lines = x.shape.size() / length;
  const T* from = x.data<T>();
  T* to = values.mutable_data<T>();
  std::int64_t* places = indices.mutable_data<std::int64_t>();
  parallel_for(
      lines, std::max<std::int64_t>(1, 4096 / length), [&](std::int64_t begin, std::int64_t end) {
        std::vector<std::pair<T, std::int64_t>> line(static_cast<std::size_t>(length));
        // Equal elements keep their order, which the index decides.
        const auto before = [order](const auto& a, const auto& b) {
          const bool ascending = order == Order::ascending;
          if (ascending ? is_less(a.first, b.first) : is_less(b.first, a.first)) return true;
          if (ascending ? is_less(b.first, a.first) : is_less(a.first, b.first)) return false;
          return a.second < b.second;
        };
        for (std::int64_t number = begin; number < end; ++number) {
          const Line source = line_of(x, axis, number);
          for (std::int64_t i = 0; i < length; ++i) {
            line[static_cast<std::size_t>(i)] = {from[source.start + i * source.step], i};
          }
          if (kept < length) {
            std::partial_sort(line.begin(), line.begin() + kept, line.end(), before);
          } else {
            std::sort(line.begin(), line.end(), before);
          }
          const Line value = line_of(values, axis, number);
          const Line index = line_of(indices, axis, number);
          for (std::int64_t i = 0; i < kept; ++i) {
            to[value.start + i * value.step] = line[static_cast<std::size_t>(i)].first;
            places[index.start + i * index.step] = line[static_cast<std::size_t>(i)].second;
          }
        }
      });
}

/// The place of an element is the number of elements that come before it.
template <class T>
void order_by_counting(const KernelContext& context, int axis, Order order, std::int64_t kept) {
  const Array x = row_major_copy(context.input());
  Array& values = context.allocate(0);
  Array& indices = context.allocate(1);
  const std::int64_t length = x.shape[axis];
  if (x.shape.size() == 0) return;
  const T* from = x.data<T>();
  for (std::int64_t number = 0; number < x.shape.size() / length; ++number) {
    const Line source = line_of(x, axis, number);
    const Line value = line_of(values, axis, number);
    const Line index = line_of(indices, axis, number);
    for (std::int64_t i = 0; i < length; ++i) {
      const T element = from[source.start + i * source.step];
      std::int64_t place = 0;
      for (std::int64_t other = 0; other < length; ++other) {
        const T rival = from[source.start + other * source.step];
        const bool smaller = is_less(rival, element);
        const bool larger = is_less(element, rival);
        const bool first = order == Order::ascending ? smaller : larger;
        if (first || (!smaller && !larger && other < i)) ++place;
      }
      if (place >= kept) continue;
      values.mutable_data<T>()[value.start + place * value.step] = element;
      indices.mutable_data<std::int64_t>()[index.start + place * index.step] = i;
    }
  }
}

struct Request {
  int axis;
  Order order;
  std::int64_t kept;
};

Request sort_request(const KernelContext& context) {
  const auto& attributes = context.attributes<SortAttributes>();
  return {attributes.axis, attributes.order, context.input().shape[attributes.axis]};
}

Request top_k_request(const KernelContext& context) {
  const auto& attributes = context.attributes<TopKAttributes>();
  return {attributes.axis, Order::descending, attributes.k};
}

template <Request (*request_of)(const KernelContext&)>
void run_lines(const KernelContext& context) {
  const Request request = request_of(context);
  with_dtype(context.input().dtype, [&]<class T>() {
    if constexpr (std::is_arithmetic_v<T>) {
      order_lines<T>(context, request.axis, request.order, request.kept);
    }
  });
}

template <Request (*request_of)(const KernelContext&)>
void run_reference(const KernelContext& context) {
  const Request request = request_of(context);
  with_dtype(context.input().dtype, [&]<class T>() {
    if constexpr (std::is_arithmetic_v<T>) {
      order_by_counting<T>(context, request.axis, request.order, request.kept);
    }
  });
}

const float kNan = std::nanf("");

std::vector<Sample> sort_samples() {
  const Tensor matrix{{3, -1, 2, 0.5f}, {-7, 4, 9, -2}};
  const Tensor ties = Tensor::from(std::vector<std::int32_t>{2, 1, 2, 1, 2});
  return {
      {.name = "rows", .inputs = {matrix}, .attributes = SortAttributes{1, Order::ascending}},
      {.name = "columns", .inputs = {matrix}, .attributes = SortAttributes{0, Order::descending}},
      {.name = "ties", .inputs = {ties}, .attributes = SortAttributes{0, Order::descending}},
      {.name = "NaN",
       .inputs = {Tensor{1, kNan, -3, INFINITY, kNan, -INFINITY}},
       .attributes = SortAttributes{0, Order::ascending},
       .differentiable = false},
      {.name = "empty", .inputs = {zeros({2, 0})}, .attributes = SortAttributes{1}},
      {.name = "no lines", .inputs = {zeros({0, 2})}, .attributes = SortAttributes{1}},
  };
}

std::vector<Sample> top_k_samples() {
  const Tensor matrix{{3, -1, 2, 0.5f}, {-7, 4, 9, -2}};
  return {
      {.name = "two a row", .inputs = {matrix}, .attributes = TopKAttributes{1, 2}},
      {.name = "one a column", .inputs = {matrix}, .attributes = TopKAttributes{0, 1}},
      {.name = "all", .inputs = {matrix}, .attributes = TopKAttributes{1, 4}},
      {.name = "none", .inputs = {matrix}, .attributes = TopKAttributes{1, 0}},
  };
}

int checked_axis(const char* operation, const Tensor& x, int axis) {
  return normalize_axis(operation, axis, x.shape());
}

}  // namespace

const OpDef kSort{
    .name = "sort",
    .doc = "Values in order along an axis, and where they were: (..., n, ...) -> twice that.",
    .infer = infer_sort,
    .vjp = sort_vjp,
    .kernels = {{"lines", nullptr, run_lines<sort_request>},
                {"reference", nullptr, run_reference<sort_request>}},
    .samples = sort_samples,
};

const OpDef kTopK{
    .name = "top_k",
    .doc = "The k largest along an axis and where they were: (..., n, ...) -> twice (..., k, ...).",
    .infer = infer_top_k,
    .vjp = top_k_vjp,
    .kernels = {{"lines", nullptr, run_lines<top_k_request>},
                {"reference", nullptr, run_reference<top_k_request>}},
    .samples = top_k_samples,
    .onnx = "TopK",
};

Sorted sort(const Tensor& x, int axis, Order order) {
  const auto results = apply_all(kSort, {x}, SortAttributes{checked_axis("sort", x, axis), order});
  return {results[0], results[1]};
}

Tensor argsort(const Tensor& x, int axis, Order order) { return sort(x, axis, order).indices; }

Sorted top_k(const Tensor& x, std::int64_t k, int axis) {
  const int place = checked_axis("top_k", x, axis);
  if (k < 0 || k > x.shape()[place]) {
    throw Error(ErrorCode::invalid_argument, "top_k",
                fmt::format("k is {}, but axis {} of shape {} has {} elements", k, place,
                            x.shape().to_string(), x.shape()[place]),
                {x.shape()});
  }
  const auto results = apply_all(kTopK, {x}, TopKAttributes{place, k});
  return {results[0], results[1]};
}

}  // namespace gradus
