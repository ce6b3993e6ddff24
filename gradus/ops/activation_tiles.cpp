#include "gradus/ops/activation_tiles.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/activation_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

using std::int32_t;
using std::int64_t;
using std::uint8_t;

template <class T>
T logistic(T x) {
  const T e = std::exp(-std::fabs(x));
  return (x >= 0 ? T(1) : e) / (1 + e) + x * 0;
}

template <class T>
T normal_cdf(T x) {
  return T(0.5) * std::erfc(-x * T(0.70710678118654752440));
}

struct Relu {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(x > 0 || x != x ? x : 0);
  }
};

struct ReluGradient {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(b > 0 ? a : 0);
  }
};

struct Sigmoid {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(logistic(x));
  }
};

struct SigmoidGradient {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a * b * (1 - b));
  }
};

struct Softplus {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>((x > 0 ? x : x * 0) + std::log1p(std::exp(-std::fabs(x))));
  }
};

struct Silu {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(x < -200 ? -T(0) : x * logistic(x));
  }
};

struct SiluGradient {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a * logistic(b) * (1 + b * (1 - logistic(b))));
  }
};

struct Gelu {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(x < -200 ? -T(0) : x * normal_cdf(x));
  }
};

struct GeluGradient {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a *
                          (normal_cdf(b) + b * std::exp(-b * b / 2) * T(0.39894228040143267794)));
  }
};

struct LeakyRelu {
  explicit LeakyRelu(const Attributes& attributes)
      : slope(attributes.as<LeakyReluAttributes>().slope) {}
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(x > 0 ? x : static_cast<T>(slope) * x);
  }
  float slope;
};

struct LeakyReluGradient {
  explicit LeakyReluGradient(const Attributes& attributes)
      : slope(attributes.as<LeakyReluAttributes>().slope) {}
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(b > 0 ? a : static_cast<T>(slope) * a);
  }
  float slope;
};

struct Elu {
  explicit Elu(const Attributes& attributes) : alpha(attributes.as<EluAttributes>().alpha) {}
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(x > 0 ? x : static_cast<T>(alpha) * std::expm1(x));
  }
  float alpha;
};

struct EluGradient {
  explicit EluGradient(const Attributes& attributes)
      : alpha(attributes.as<EluAttributes>().alpha) {}
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(b > 0 ? a : a * static_cast<T>(alpha) * std::exp(b));
  }
  float alpha;
};

constexpr TileTable<ActivationRow> make_table() {
  using Row = ActivationRow;
  TileTable<ActivationRow> table{};
  table[Row::relu] = scalar_row<Relu, 1, float, double>();
  table[Row::sigmoid] = scalar_row<Sigmoid, 1, float, double>();
  table[Row::softplus] = scalar_row<Softplus, 1, float, double>();
  table[Row::silu] = scalar_row<Silu, 1, float, double>();
  table[Row::gelu] = scalar_row<Gelu, 1, float, double>();
  table[Row::leaky_relu] = scalar_row<LeakyRelu, 1, float, double>();
  table[Row::elu] = scalar_row<Elu, 1, float, double>();
  table[Row::relu_gradient] = scalar_row<ReluGradient, 2, float, double>();
  table[Row::sigmoid_gradient] = scalar_row<SigmoidGradient, 2, float, double>();
  table[Row::silu_gradient] = scalar_row<SiluGradient, 2, float, double>();
  table[Row::gelu_gradient] = scalar_row<GeluGradient, 2, float, double>();
  table[Row::leaky_relu_gradient] = scalar_row<LeakyReluGradient, 2, float, double>();
  table[Row::elu_gradient] = scalar_row<EluGradient, 2, float, double>();
  return table;
}

constexpr TileTable<ActivationRow> kTable = make_table();

}  // namespace

const Tiles* find_activation_tiles() { return kTable.rows; }

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_activation_tiles);
const Tiles* activation_tiles() { return GRADUS_DISPATCH(find_activation_tiles)(); }

}  // namespace gradus
#endif
