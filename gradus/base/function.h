#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "gradus/base/pointer.h"

namespace gradus {

/// Anything that can be called so, or nothing, as std::function: <functional> would add a third to
/// the time to include a tensor. A copy has its own copy of what it calls.
template <class Signature>
class Function;

template <class Result, class... Arguments>
class Function<Result(Arguments...)> {
 public:
  Function() noexcept = default;
  Function(std::nullptr_t) noexcept {}
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Function> &&
           std::is_invocable_r_v<Result, std::decay_t<F>&, Arguments...>) Function(F&& f)
      : held_(is_nothing(f) ? nullptr : new Held<std::decay_t<F>>(std::forward<F>(f))) {}
  Function(const Function& other) : held_(other ? other.held_->clone() : nullptr) {}
  Function(Function&&) noexcept = default;
  Function& operator=(Function other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }

  /// There must be something to call.
  Result operator()(Arguments... arguments) const {
    return held_->call(std::forward<Arguments>(arguments)...);
  }
  explicit operator bool() const noexcept { return static_cast<bool>(held_); }

 private:
  struct Callable {
    virtual ~Callable() = default;
    virtual Result call(Arguments... arguments) = 0;
    virtual Callable* clone() const = 0;
  };
  template <class F>
  struct Held final : Callable {
    template <class G>
    explicit Held(G&& g) : f(std::forward<G>(g)) {}
    Result call(Arguments... arguments) override {
      return static_cast<Result>(f(std::forward<Arguments>(arguments)...));
    }
    Callable* clone() const override { return new Held(f); }
    F f;
  };

  /// A null pointer to a function, or an empty function of another signature.
  template <class F>
  static bool is_nothing(const F& f) {
    if constexpr (std::is_function_v<F>) {
      return false;
    } else if constexpr (requires { f == nullptr; }) {
      return f == nullptr;
    } else if constexpr (requires { f.operator bool(); }) {
      return !f.operator bool();
    } else {
      return false;
    }
  }

  Owned<Callable> held_;
};

}  // namespace gradus
