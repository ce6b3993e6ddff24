#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "gradus/base/dtype.h"
#include "gradus/base/reference_count.h"
#include "gradus/base/shape.h"

namespace gradus {

/// Visits the fields of an attribute struct, which offers `void fields(FieldVisitor& v) const` and
/// calls `v("name", member)` for each of its members.
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;
  virtual void operator()(const char* name, std::int64_t value) = 0;
  virtual void operator()(const char* name, double value) = 0;
  virtual void operator()(const char* name, std::string_view value) = 0;
  virtual void operator()(const char* name, const Dims& value) = 0;
  void operator()(const char* name, int value) { (*this)(name, std::int64_t{value}); }
  void operator()(const char* name, bool value) { (*this)(name, std::int64_t{value}); }
  void operator()(const char* name, float value) { (*this)(name, double{value}); }
  void operator()(const char* name, const char* value) { (*this)(name, std::string_view(value)); }
  void operator()(const char* name, DType value) { (*this)(name, name_of(value)); }
  void operator()(const char* name, const Shape& value) { (*this)(name, value.dims()); }
};

/// The attributes of an operation: an immutable, shared struct of any type with fields(), or
/// nothing. Equality, hashing and printing follow from fields().
class Attributes {
 public:
  Attributes() noexcept = default;
  template <class T>
  requires requires(const T& t, FieldVisitor& v) { t.fields(v); }
  Attributes(T value) : held_(new Held<T>(std::move(value))) {}

  Attributes(const Attributes& other) noexcept : held_(other.held_) {
    if (held_) held_->references.add();
  }
  Attributes(Attributes&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  Attributes& operator=(Attributes other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~Attributes() {
    if (held_ && held_->references.drop()) delete held_;
  }

  explicit operator bool() const noexcept { return held_ != nullptr; }
  /// The struct itself; T is the type that was put in (not checked).
  template <class T>
  const T& as() const noexcept {
    return static_cast<const Held<T>*>(held_)->value;
  }

  void visit(FieldVisitor& visitor) const {
    if (held_) held_->visit(visitor);
  }
  /// "axis=1, keep=0"; equal attributes of one operation print alike, and only these.
  std::string to_string() const;
  std::size_t hash() const;
  friend bool operator==(const Attributes& a, const Attributes& b);

 private:
  struct HeldBase {
    virtual ~HeldBase() = default;
    virtual void visit(FieldVisitor& visitor) const = 0;
    ReferenceCount references;
  };
  template <class T>
  struct Held final : HeldBase {
    explicit Held(T v) : value(std::move(v)) {}
    void visit(FieldVisitor& visitor) const override { value.fields(visitor); }
    T value;
  };

  HeldBase* held_ = nullptr;
};

}  // namespace gradus
