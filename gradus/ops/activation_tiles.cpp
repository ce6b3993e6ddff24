#include "gradus/ops/activation_tiles.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/activation_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "gradus/ops/elementwise_tiles-inl.h"
#include "gradus/ops/hyperbolic-inl.h"
#include "gradus/ops/normal-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

/// x, but no infinity below, whose product with 0 would be NaN.
template <class D, class V>
HWY_INLINE V bounded_below(D d, V x) {
  const V bound = hn::Set(d, -1000);
  return hn::IfThenElse(hn::Lt(x, bound), bound, x);
}

/// The same on both sides.
template <class D, class V>
HWY_INLINE V bounded(D d, V x) {
  const V bound = hn::Set(d, 1000);
  return hn::IfThenElse(hn::Gt(x, bound), bound, bounded_below(d, x));
}

struct Relu {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);  // NaN stays
  }
};

struct ReluGradient {
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    return hn::IfThenElseZero(hn::Gt(x, hn::Zero(d)), g);
  }
};

struct SigmoidGradient {
  template <class D, class V>
  V operator()(D d, V g, V y) const {
    return hn::Mul(hn::Mul(g, y), hn::Sub(hn::Set(d, 1), y));
  }
};

struct Softplus {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V above = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);
    return hn::Add(above, Log1p{}(d, Exp{}(d, hn::Neg(hn::Abs(x)))));
  }
};

struct Silu {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::Mul(bounded_below(d, x), Sigmoid{}(d, x));
  }
};

struct SiluGradient {
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    const V one = hn::Set(d, 1);
    const V z = bounded(d, x);
    const V s = Sigmoid{}(d, z);
    // x (1 - s) is x exp(-x) s, where 1 - s would lose the digits.
    const V e = Exp{}(d, hn::Neg(hn::Abs(z)));
    const V rest = hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), one, e), hn::Add(one, e));
    return hn::Mul(hn::Mul(g, s), hn::MulAdd(z, rest, one));
  }
};

struct Gelu {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::Mul(bounded_below(d, x), normal(d, x).below);
  }
};

struct GeluGradient {
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    using T = hn::TFromD<D>;
    const auto [below, bell] = normal(d, x);
    const V density = hn::Mul(bell, hn::Set(d, static_cast<T>(0x1.9884533d43651p-2)));
    return hn::Mul(g, hn::MulAdd(bounded(d, x), density, below));
  }
};

struct LeakyRelu {
  explicit LeakyRelu(const Attributes& attributes)
      : slope(attributes.as<LeakyReluAttributes>().slope) {}
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x,
                          hn::Mul(hn::Set(d, static_cast<hn::TFromD<D>>(slope)), x));
  }
  double slope;
};

struct LeakyReluGradient {
  explicit LeakyReluGradient(const Attributes& attributes)
      : slope(attributes.as<LeakyReluAttributes>().slope) {}
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), g,
                          hn::Mul(hn::Set(d, static_cast<hn::TFromD<D>>(slope)), g));
  }
  double slope;
};

struct Elu {
  explicit Elu(const Attributes& attributes) : alpha(attributes.as<EluAttributes>().alpha) {}
  template <class D, class V>
  V operator()(D d, V x) const {
    const V below = hn::Mul(hn::Set(d, static_cast<hn::TFromD<D>>(alpha)), Expm1{}(d, x));
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, below);
  }
  double alpha;
};

struct EluGradient {
  explicit EluGradient(const Attributes& attributes)
      : alpha(attributes.as<EluAttributes>().alpha) {}
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    const V below = hn::Mul(hn::Mul(hn::Set(d, static_cast<hn::TFromD<D>>(alpha)), g), Exp{}(d, x));
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), g, below);
  }
  double alpha;
};

constexpr TileTable<ActivationRow> make_table() {
  using Row = ActivationRow;
  TileTable<ActivationRow> table{};
  table[Row::relu] = vector_row<Relu, 1, float, double>();
  table[Row::sigmoid] = vector_row<Sigmoid, 1, float, double>();
  table[Row::softplus] = vector_row<Softplus, 1, float, double>();
  table[Row::silu] = vector_row<Silu, 1, float, double>();
  table[Row::gelu] = vector_row<Gelu, 1, float, double>();
  table[Row::leaky_relu] = vector_row<LeakyRelu, 1, float, double>();
  table[Row::elu] = vector_row<Elu, 1, float, double>();
  table[Row::relu_gradient] = vector_row<ReluGradient, 2, float, double>();
  table[Row::sigmoid_gradient] = vector_row<SigmoidGradient, 2, float, double>();
  table[Row::silu_gradient] = vector_row<SiluGradient, 2, float, double>();
  table[Row::gelu_gradient] = vector_row<GeluGradient, 2, float, double>();
  table[Row::leaky_relu_gradient] = vector_row<LeakyReluGradient, 2, float, double>();
  table[Row::elu_gradient] = vector_row<EluGradient, 2, float, double>();
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
