#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/cast.h"
#include "gradus/ops/creation.h"
#include "gradus/ops/integer_range.h"

namespace gradus {
namespace {

struct ArangeAttributes {
  double start = 0;
  double stop = 0;
  double step = 1;
  DType dtype = DType::f32;
  void fields(FieldVisitor& v) const {
    v("start", start);
    v("stop", stop);
    v("step", step);
    v("dtype", dtype);
  }
  double value(std::int64_t i) const { return start + static_cast<double>(i) * step; }
};

Specs infer_arange(const InferContext& context) {
  const auto& a = context.attributes.as<ArangeAttributes>();
  const double count = std::ceil((a.stop - a.start) / a.step);
  if (!std::isfinite(a.start) || !std::isfinite(a.step) || a.step == 0 || !(count < 0x1p62)) {
    throw Error(
        ErrorCode::invalid_argument, "arange",
        fmt::format("start {}, stop {} and step {} give no finite range", a.start, a.stop, a.step));
  }
  const auto extent = static_cast<std::int64_t>(std::max(count, 0.0));
  if (extent > 0) {
    check_range("arange", a.start, a.dtype);
    check_range("arange", a.value(extent - 1), a.dtype);
  }
  return {{Shape{extent}, a.dtype}};
}

struct LinspaceAttributes {
  double start = 0;
  double stop = 0;
  std::int64_t count = 0;
  DType dtype = DType::f32;
  void fields(FieldVisitor& v) const {
    v("start", start);
    v("stop", stop);
    v("count", count);
    v("dtype", dtype);
  }
  /// A weighted mean, multiplied before it is divided: both ends and all that a double holds (0.3
  /// as 3 / 10) come out exactly.
  double value(std::int64_t i) const {
    if (i == 0) return start;
    const auto last = static_cast<double>(count - 1);
    if (i == count - 1) return stop;
    const auto weight = static_cast<double>(i);
    const double sum = start * (last - weight) + stop * weight;
    if (std::isfinite(sum)) return sum / last;
    return start * (1 - weight / last) + stop * (weight / last);  // ends near the largest double
  }
};

Specs infer_linspace(const InferContext& context) {
  const auto& a = context.attributes.as<LinspaceAttributes>();
  if (a.count < 0 || !std::isfinite(a.start) || !std::isfinite(a.stop)) {
    throw Error(
        ErrorCode::invalid_argument, "linspace",
        fmt::format("{} values from {} to {} are no finite range", a.count, a.start, a.stop));
  }
  check_range("linspace", a.start, a.dtype);
  check_range("linspace", a.stop, a.dtype);
  return {{Shape{a.count}, a.dtype}};
}

template <class A>
void run_values(const KernelContext& context) {
  const A& attributes = context.attributes<A>();
  Array& output = context.allocate();
  with_dtype(output.dtype, [&]<class T>() {
    T* data = output.mutable_data<T>();
    parallel_for(output.shape.size(), 1 << 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) data[i] = convert_element<T>(attributes.value(i));
    });
  });
}

std::vector<Sample> arange_samples() {
  return {
      {.name = "counting", .inputs = {}, .attributes = ArangeAttributes{0, 5, 1, DType::f32}},
      {.name = "down", .inputs = {}, .attributes = ArangeAttributes{2, -2, -0.75, DType::f64}},
      {.name = "integers", .inputs = {}, .attributes = ArangeAttributes{3, 20, 4, DType::i64}},
      {.name = "empty", .inputs = {}, .attributes = ArangeAttributes{3, 3, 1, DType::i32}},
  };
}

std::vector<Sample> linspace_samples() {
  return {
      {.name = "tenths", .inputs = {}, .attributes = LinspaceAttributes{0, 1, 11, DType::f64}},
      {.name = "down", .inputs = {}, .attributes = LinspaceAttributes{3, -1, 6, DType::f32}},
      {.name = "one", .inputs = {}, .attributes = LinspaceAttributes{2, 5, 1, DType::f32}},
      {.name = "none", .inputs = {}, .attributes = LinspaceAttributes{2, 5, 0, DType::f32}},
  };
}

}  // namespace

const OpDef kArange{
    .name = "arange",
    .doc = "start, start + step, ... short of stop. () -> (ceil((stop - start) / step))",
    .minimum_inputs = 0,
    .maximum_inputs = 0,
    .infer = infer_arange,
    .no_derivative = "it has no inputs",
    .kernels = {{"reference", nullptr, run_values<ArangeAttributes>}},
    .samples = arange_samples,
    .onnx = "Range",
};

const OpDef kLinspace{
    .name = "linspace",
    .doc = "Evenly spaced values from start to stop, both included. () -> (count)",
    .minimum_inputs = 0,
    .maximum_inputs = 0,
    .infer = infer_linspace,
    .no_derivative = "it has no inputs",
    .kernels = {{"reference", nullptr, run_values<LinspaceAttributes>}},
    .samples = linspace_samples,
};

Tensor arange(double start, double stop, double step, DType dtype) {
  return apply(kArange, {}, ArangeAttributes{start, stop, step, dtype});
}

Tensor linspace(double start, double stop, std::int64_t count, DType dtype) {
  return apply(kLinspace, {}, LinspaceAttributes{start, stop, count, dtype});
}

}  // namespace gradus
