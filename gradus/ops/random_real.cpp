#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gradus/base/error.h"
#include "gradus/ops/random.h"
#include "gradus/ops/random_transforms.h"
#include "gradus/ops/random_words.h"

namespace gradus {
namespace {

constexpr const char* kNoDerivative = "its values do not follow from its key smoothly";

struct UniformAttributes {
  Shape shape;
  double low = 0;
  double high = 1;
  DType dtype = DType::f32;
  void fields(FieldVisitor& v) const {
    v("shape", shape);
    v("low", low);
    v("high", high);
    v("dtype", dtype);
  }
};

struct NormalAttributes {
  Shape shape;
  double mean = 0;
  double deviation = 1;
  DType dtype = DType::f32;
  void fields(FieldVisitor& v) const {
    v("shape", shape);
    v("mean", mean);
    v("deviation", deviation);
    v("dtype", dtype);
  }
};

/// Calls f.operator()<T>() for float or double.
template <class F>
void with_real(DType dtype, F&& f) {
  dtype == DType::f64 ? f.template operator()<double>() : f.template operator()<float>();
}

void check_real(const char* operation, DType dtype) {
  if (dtype == DType::f32 || dtype == DType::f64) return;
  throw Error(ErrorCode::dtype, operation,
              fmt::format("makes numbers of f32 or f64, not {}", name_of(dtype)));
}

/// The words that an element of T uses.
template <class T>
constexpr std::int64_t kWordsEach = sizeof(T) / sizeof(std::uint32_t);

/// The bounds as numbers of T. No sum is above the largest number below `high`.
template <class T>
UniformRange range_of(const UniformAttributes& attributes) {
  const T low = static_cast<T>(attributes.low);
  const T high = static_cast<T>(attributes.high);
  return {low, high - low, high > low ? std::nextafter(high, low) : low};
}

Specs infer_uniform(const InferContext& context) {
  const auto& attributes = context.attributes.as<UniformAttributes>();
  check_key(context);
  check_real("random_uniform", attributes.dtype);
  with_real(attributes.dtype, [&]<class T>() {
    if (attributes.low <= attributes.high && std::isfinite(range_of<T>(attributes).width)) return;
    throw Error(ErrorCode::invalid_argument, "random_uniform",
                fmt::format("low {} and high {} are not the bounds of an interval of finite length "
                            "in {}",
                            attributes.low, attributes.high, name_of(attributes.dtype)));
  });
  return {{attributes.shape, attributes.dtype}};
}

void run_uniform(const KernelContext& context) {
  const auto& attributes = context.attributes<UniformAttributes>();
  const RandomKey key = read_key(context.input());
  Array& output = context.allocate();
  with_real(output.dtype, [&]<class T>() {
    T* const data = output.mutable_data<T>();
    const UniformRange range = range_of<T>(attributes);
    with_random_words(key, output.shape.size(), kWordsEach<T>,
                      [&](const std::uint32_t* words, std::int64_t first, std::int64_t count) {
                        random_transforms<T>().uniform(words, count, range, data + first);
                      });
  });
}

void uniform_reference(const KernelContext& context) {
  const auto& attributes = context.attributes<UniformAttributes>();
  const RandomKey key = read_key(context.input());
  Array& output = context.allocate();
  with_real(output.dtype, [&]<class T>() {
    const UniformRange range = range_of<T>(attributes);
    for (std::int64_t i = 0; i < output.shape.size(); ++i) {
      const auto number = static_cast<std::uint64_t>(i);
      const double u = sizeof(T) == 4
                           ? static_cast<double>(random_word(key, number) >> 8) * 0x1p-24
                           : static_cast<double>(random_long_word(key, number) >> 11) * 0x1p-53;
      const double value = range.low + range.width * u;
      output.mutable_data<T>()[i] = static_cast<T>(std::fmin(value, range.highest));
    }
  });
}

Specs infer_normal(const InferContext& context) {
  const auto& attributes = context.attributes.as<NormalAttributes>();
  check_key(context);
  check_real("random_normal", attributes.dtype);
  if (!std::isfinite(attributes.mean) || !std::isfinite(attributes.deviation) ||
      attributes.deviation < 0) {
    throw Error(ErrorCode::invalid_argument, "random_normal",
                fmt::format("mean {} and deviation {} are not those of a normal distribution",
                            attributes.mean, attributes.deviation));
  }
  return {{attributes.shape, attributes.dtype}};
}

void run_normal(const KernelContext& context) {
  const auto& attributes = context.attributes<NormalAttributes>();
  const RandomKey key = read_key(context.input());
  Array& output = context.allocate();
  with_real(output.dtype, [&]<class T>() {
    T* const data = output.mutable_data<T>();
    with_random_words(key, output.shape.size(), kWordsEach<T>,
                      [&](const std::uint32_t* words, std::int64_t first, std::int64_t count) {
                        random_transforms<T>().normal(words, count, attributes.mean,
                                                      attributes.deviation, data + first);
                      });
  });
}

void normal_reference(const KernelContext& context) {
  const auto& attributes = context.attributes<NormalAttributes>();
  const RandomKey key = read_key(context.input());
  Array& output = context.allocate();
  with_real(output.dtype, [&]<class T>() {
    const auto fraction = [&](std::int64_t element) {
      const auto number = static_cast<std::uint64_t>(element);
      return sizeof(T) == 4
                 ? (static_cast<double>(random_word(key, number)) + 0.5) * 0x1p-32
                 : (static_cast<double>(random_long_word(key, number) >> 12) + 0.5) * 0x1p-52;
    };
    const auto turns = [&](std::int64_t element) {
      const auto number = static_cast<std::uint64_t>(element);
      return sizeof(T) == 4 ? static_cast<double>(random_word(key, number)) * 0x1p-32
                            : static_cast<double>(random_long_word(key, number)) * 0x1p-64;
    };
    for (std::int64_t i = 0; i < output.shape.size(); ++i) {
      const double radius = std::sqrt(-2 * std::log(fraction(i / 2 * 2)));
      const double angle = 2 * 3.14159265358979323846 * turns(i / 2 * 2 + 1);
      const double z = radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle));
      output.mutable_data<T>()[i] = static_cast<T>(attributes.mean + attributes.deviation * z);
    }
  });
}

std::vector<Sample> uniform_samples() {
  const Tensor key = Key(11).data();
  return {
      {.name = "unit", .inputs = {key}, .attributes = UniformAttributes{{3, 35}}},
      {.name = "f64", .inputs = {key}, .attributes = UniformAttributes{{41}, -2, 5, DType::f64}},
      {.name = "long", .inputs = {key}, .attributes = UniformAttributes{{70000}, 1, 2}},
      {.name = "0-d", .inputs = {key}, .attributes = UniformAttributes{{}, -1, 1}},
      {.name = "empty", .inputs = {key}, .attributes = UniformAttributes{{0, 4}}},
  };
}

std::vector<Sample> normal_samples() {
  const Tensor key = Key(12).data();
  return {
      {.name = "standard", .inputs = {key}, .attributes = NormalAttributes{{3, 35}}},
      {.name = "f64", .inputs = {key}, .attributes = NormalAttributes{{41}, -2, 5, DType::f64}},
      {.name = "long", .inputs = {key}, .attributes = NormalAttributes{{70001}, 1, 2}},
      {.name = "0-d", .inputs = {key}, .attributes = NormalAttributes{{}}},
      {.name = "empty", .inputs = {key}, .attributes = NormalAttributes{{0, 4}}},
  };
}

}  // namespace

const OpDef kRandomUniform{
    .name = "random_uniform",
    .doc = "Random numbers, uniform in [low, high). i64 (2) -> shape",
    .infer = infer_uniform,
    .no_derivative = kNoDerivative,
    .kernels = {{"vector", nullptr, run_uniform}, {"reference", nullptr, uniform_reference}},
    .samples = uniform_samples,
};

const OpDef kRandomNormal{
    .name = "random_normal",
    .doc = "Random numbers, normally distributed. i64 (2) -> shape",
    .infer = infer_normal,
    .no_derivative = kNoDerivative,
    .kernels = {{"vector", nullptr, run_normal}, {"reference", nullptr, normal_reference}},
    .samples = normal_samples,
};

Tensor random_uniform(const Key& key, const Shape& shape, double low, double high, DType dtype) {
  return apply(kRandomUniform, {key.data()}, UniformAttributes{shape, low, high, dtype});
}

Tensor random_normal(const Key& key, const Shape& shape, double mean, double deviation,
                     DType dtype) {
  return apply(kRandomNormal, {key.data()}, NormalAttributes{shape, mean, deviation, dtype});
}

}  // namespace gradus
