#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include "gradus/base/small_vector.h"
#include "gradus/base/source_location.h"
#include "gradus/core/tensor.h"

namespace gradus {

/// Where the tensors lie that a function keeps from call to call: it reads them and may give them
/// new values.
using StateAddresses = SmallVector<Tensor*, 16>;

inline void add_state(Tensor& tensor, StateAddresses& addresses) { addresses.push_back(&tensor); }

/// The things whose tensors a function keeps: tensors, modules, optimisers; whatever has a function
/// add_state(thing, addresses) beside it. They must stay where they are while this is in use.
class FunctionState {
 public:
  FunctionState() = default;
  template <class... Parts>
  static FunctionState of(Parts&... parts) {
    FunctionState state;
    (state.add(parts), ...);
    return state;
  }
  template <class T>
  void add(T& part) {
    parts_.push_back({&part, [](void* object, StateAddresses& addresses) {
                        add_state(*static_cast<T*>(object), addresses);
                      }});
  }
  void add_to(StateAddresses& addresses) const {
    for (const Part& part : parts_) part.add(part.object, addresses);
  }

 private:
  struct Part {
    void* object;
    void (*add)(void* object, StateAddresses& addresses);
  };
  SmallVector<Part, 4> parts_;
};

using Outputs = SmallVector<Tensor, 3>;

namespace internal {

/// A function of any type: how to call it, and which state it has.
struct Traceable {
  void* object;
  Outputs (*call)(void* object, std::span<const Tensor> inputs);
  void (*add_state)(void* object, StateAddresses& addresses);
};

/// A copy of them; here, and not where it is called, because making a vector of a span would be
/// compiled by everybody who includes this.
Tensors to_tensors(std::span<const Tensor> tensors);

/// The plans of a compiled function, one for each signature that it met.
class Plans {
 public:
  explicit Plans(const SourceLocation& where);
  ~Plans();
  Plans(Plans&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  Plans& operator=(Plans&& other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }

  Outputs call(const Traceable& function, std::span<const Tensor* const> inputs);
  std::size_t size() const;

 private:
  struct Held;
  Held* held_;
};

}  // namespace internal

/// A function that runs as a plan. See compile().
template <class F>
class Compiled {
 public:
  Compiled(F f, FunctionState state, SourceLocation where)
      : function_(std::move(f)), state_(std::move(state)), plans_(where) {}

  template <std::same_as<Tensor>... Inputs>
  auto operator()(const Inputs&... inputs) {
    using Result = std::invoke_result_t<F&, const Inputs&...>;
    const Tensor* const list[] = {&inputs..., nullptr};
    return result<Result>({list, sizeof...(Inputs)}, [](void* object, std::span<const Tensor> x) {
      return [&]<std::size_t... i>(std::index_sequence<i...>) {
        return outputs(static_cast<Compiled*>(object)->function_(x[i]...));
      }
      (std::index_sequence_for<Inputs...>());
    });
  }
  auto operator()(const Tensors& inputs) {
    using Result = std::invoke_result_t<F&, const Tensors&>;
    SmallVector<const Tensor*, 8> list;
    for (const Tensor& input : inputs) list.push_back(&input);
    return result<Result>({list.data(), list.size()}, [](void* object, std::span<const Tensor> x) {
      return outputs(static_cast<Compiled*>(object)->function_(internal::to_tensors(x)));
    });
  }

  /// The function itself.
  F& function() { return function_; }
  /// How many plans there are: one for each signature of the calls so far.
  std::size_t plans() const { return plans_.size(); }

 private:
  static Outputs outputs(Tensor result) { return Outputs{std::move(result)}; }
  static Outputs outputs(const Tensors& results) { return Outputs(results.begin(), results.end()); }

  static void add_state(void* object, StateAddresses& addresses) {
    auto& self = *static_cast<Compiled*>(object);
    if constexpr (requires { self.function_.add_state(addresses); }) {
      self.function_.add_state(addresses);
    }
    self.state_.add_to(addresses);
  }

  template <class Result>
  Result result(std::span<const Tensor* const> inputs,
                Outputs (*call)(void*, std::span<const Tensor>)) {
    Outputs results = plans_.call({this, call, &Compiled::add_state}, inputs);
    if constexpr (std::same_as<Result, Tensor>) {
      return std::move(results[0]);
    } else {
      return Result(results.begin(), results.end());
    }
  }

  F function_;
  FunctionState state_;
  internal::Plans plans_;
};

/// The function f, faster: the first call with inputs of new shapes, types or layouts traces f,
/// that is calls it with tensors that have no values, and makes a plan of what it built; other
/// calls run the plan. The values are those of f, bit for bit.
///
/// f takes tensors, or one vector of them, and returns a tensor or a vector of them. What it reads
/// beside its inputs is a constant of the plan, unless it is state: given here, or by a member
/// function `void add_state(StateAddresses&)` of f. State that f gives new values has them after
/// the call. What else f looks at (a layer's options, the number of a step) is looked at when it is
/// traced, and not again.
///
///     auto step = compile(train_step(model, optimizer, nn::cross_entropy));
///     for (auto [images, labels] : loader) loss = step(images, labels);
///
///     auto next = compile([&](const Tensor& x) { return total = total + x; },
///                         FunctionState::of(total));
///
/// Throws Error if f reads a value, and what f throws: then state is as before. If a kernel finds a
/// fault in the data, results that f returns are computed before any state changes. Within another
/// function that is traced and within a transform, and with GRADUS_EAGER=1, calls f itself.
/// For one thread at a time.
template <class F>
Compiled<std::decay_t<F>> compile(F&& f, FunctionState state = {},
                                  SourceLocation where = SourceLocation::current()) {
  return {std::forward<F>(f), std::move(state), where};
}

}  // namespace gradus
