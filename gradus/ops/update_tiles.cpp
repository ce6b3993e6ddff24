#include "gradus/ops/update_tiles.h"

#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/update_tiles.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

/// A rule works on vectors of the parameter p, the gradient g and its states s, t. kStates says how
/// many states it has; the others are not read.
template <class V>
struct Rule {
  template <class D>
  Rule(D d, const UpdateConstants& c)
      : rate(set(d, c.rate)),
        decay(set(d, c.decay)),
        keep0(set(d, c.keep[0])),
        keep1(set(d, c.keep[1])),
        take0(set(d, c.take[0])),
        take1(set(d, c.take[1])),
        epsilon(set(d, c.epsilon)),
        shrink(set(d, c.shrink)),
        root_scale(set(d, c.root_scale)) {}

  template <class D>
  static V set(D d, double value) {
    return hn::Set(d, static_cast<hn::TFromD<D>>(value));
  }
  V penalised(V p, V g) const { return hn::MulAdd(decay, p, g); }

  V rate, decay, keep0, keep1, take0, take1, epsilon, shrink, root_scale;
};

template <class V>
struct Sgd : Rule<V> {
  static constexpr int kStates = 0;
  using Rule<V>::Rule;
  void operator()(V& p, V g, V&, V&) const {
    p = hn::NegMulAdd(this->rate, this->penalised(p, g), p);
  }
};

template <class V>
struct Momentum : Rule<V> {
  static constexpr int kStates = 1;
  using Rule<V>::Rule;
  void operator()(V& p, V g, V& velocity, V&) const {
    g = this->penalised(p, g);
    velocity = hn::MulAdd(this->keep0, velocity, hn::Mul(this->take0, g));
    p = hn::NegMulAdd(this->rate, velocity, p);
  }
};

template <class V>
struct Nesterov : Rule<V> {
  static constexpr int kStates = 1;
  using Rule<V>::Rule;
  void operator()(V& p, V g, V& velocity, V&) const {
    g = this->penalised(p, g);
    velocity = hn::MulAdd(this->keep0, velocity, hn::Mul(this->take0, g));
    p = hn::NegMulAdd(this->rate, hn::MulAdd(this->keep0, velocity, g), p);
  }
};

template <class V>
struct Adaptive : Rule<V> {
  static constexpr int kStates = 1;
  using Rule<V>::Rule;
  void operator()(V& p, V g, V& squares, V&) const {
    g = this->penalised(p, g);
    squares = hn::MulAdd(this->keep0, squares, hn::Mul(this->take0, hn::Mul(g, g)));
    const V root = hn::Add(hn::Sqrt(squares), this->epsilon);
    p = hn::NegMulAdd(this->rate, hn::Div(g, root), p);
  }
};

template <class V>
struct Adam : Rule<V> {
  static constexpr int kStates = 2;
  using Rule<V>::Rule;
  void operator()(V& p, V g, V& first, V& second) const {
    g = this->penalised(p, g);
    first = hn::MulAdd(this->keep0, first, hn::Mul(this->take0, g));
    second = hn::MulAdd(this->keep1, second, hn::Mul(this->take1, hn::Mul(g, g)));
    const V root = hn::MulAdd(this->root_scale, hn::Sqrt(second), this->epsilon);
    p = hn::NegMulAdd(this->rate, hn::Div(first, root), hn::Mul(this->shrink, p));
  }
};

/// One vector of elements, `in` and `out` as of UpdateTile.
template <class T, class D, class R>
HWY_INLINE void step(D d, const R& rule, const T* const* in, T* const* out, std::int64_t i) {
  auto p = hn::LoadU(d, in[0] + i);
  const auto g = hn::LoadU(d, in[1] + i);
  auto s = hn::Zero(d);
  auto t = hn::Zero(d);
  if constexpr (R::kStates > 0) s = hn::LoadU(d, in[2] + i);
  if constexpr (R::kStates > 1) t = hn::LoadU(d, in[3] + i);
  rule(p, g, s, t);
  hn::StoreU(p, d, out[0] + i);
  if constexpr (R::kStates > 0) hn::StoreU(s, d, out[1] + i);
  if constexpr (R::kStates > 1) hn::StoreU(t, d, out[2] + i);
}

template <template <class> class RuleOf, class T>
void run_rule(const void* const* in, void* const* out, std::int64_t count,
              const UpdateConstants& constants) {
  const hn::ScalableTag<T> d;
  using R = RuleOf<hn::Vec<decltype(d)>>;
  const R rule(d, constants);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const T* from[2 + R::kStates];
  T* to[1 + R::kStates];
  for (int k = 0; k < 2 + R::kStates; ++k) from[k] = static_cast<const T*>(in[k]);
  for (int k = 0; k < 1 + R::kStates; ++k) to[k] = static_cast<T*>(out[k]);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) step<T>(d, rule, from, to, i);
  if (i == count) return;
  HWY_ALIGN T buffers[2 + R::kStates][hn::MaxLanes(d)] = {};
  const T* buffer_in[2 + R::kStates];
  T* buffer_out[1 + R::kStates];
  for (int k = 0; k < 2 + R::kStates; ++k) {
    buffer_in[k] = buffers[k];
    for (std::int64_t j = i; j < count; ++j) buffers[k][j - i] = from[k][j];
  }
  for (int k = 0; k < 1 + R::kStates; ++k) buffer_out[k] = buffers[k == 0 ? 0 : k + 1];
  step<T>(d, rule, buffer_in, buffer_out, 0);
  for (int k = 0; k < 1 + R::kStates; ++k) {
    for (std::int64_t j = i; j < count; ++j) to[k][j] = buffer_out[k][j - i];
  }
}

template <class T>
UpdateTile find_tile(UpdateRule rule) {
  switch (rule) {
    case UpdateRule::sgd:
      return run_rule<Sgd, T>;
    case UpdateRule::momentum:
      return run_rule<Momentum, T>;
    case UpdateRule::nesterov:
      return run_rule<Nesterov, T>;
    case UpdateRule::adaptive:
      return run_rule<Adaptive, T>;
    case UpdateRule::adam:
      break;
  }
  return run_rule<Adam, T>;
}

}  // namespace

UpdateTile find_update_tile(UpdateRule rule, DType dtype) {
  return dtype == DType::f32 ? find_tile<float>(rule) : find_tile<double>(rule);
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {

GRADUS_EXPORT(find_update_tile);
UpdateTile update_tile(UpdateRule rule, DType dtype) {
  return GRADUS_DISPATCH(find_update_tile)(rule, dtype);
}

}  // namespace gradus
#endif
