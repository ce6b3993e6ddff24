#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/nn/options.h"

namespace gradus::train {

/// The value of an option, of any of the types that options have.
class OptionValue {
 public:
  OptionValue(std::int64_t value) : type_(Type::integer), integer_(value) {}
  OptionValue(float value) : type_(Type::real), real_(value) {}
  OptionValue(bool value) : type_(Type::flag), flag_(value) {}
  OptionValue(Dims value) : type_(Type::list), list_(std::move(value)) {}

  /// Writes the value to an option of its type. Throws Error at one of another type.
  void write_to(std::int64_t& option) const;
  void write_to(float& option) const;
  void write_to(bool& option) const;
  void write_to(Dims& option) const;

  friend bool operator==(const OptionValue&, const OptionValue&) = default;

 private:
  enum class Type { integer, real, flag, list };
  void require(Type type) const;

  Type type_;
  std::int64_t integer_ = 0;
  float real_ = 0;
  bool flag_ = false;
  Dims list_;
};

/// An option of a maker and its value.
struct NamedOption {
  std::string name;
  OptionValue value;
  bool is_choice = false;  ///< the value is a place among names
};

/// Reads options.
class OptionCollector final : public nn::OptionVisitor {
 public:
  using nn::OptionVisitor::operator();
  void operator()(const char* name, std::int64_t& value) override { add(name, value); }
  void operator()(const char* name, float& value) override { add(name, value); }
  void operator()(const char* name, bool& value) override { add(name, value); }
  void operator()(const char* name, Dims& value) override { add(name, value); }

  std::vector<NamedOption> options;

 protected:
  void choice(const char* name, int& value, std::span<const char* const>) override {
    options.push_back({name, std::int64_t{value}, true});
  }

 private:
  template <class T>
  void add(const char* name, const T& value) {
    options.push_back({name, value, false});
  }
};

/// Gives options new values; those it has none for stay as they are.
class OptionAssigner final : public nn::OptionVisitor {
 public:
  explicit OptionAssigner(std::vector<NamedOption> options) : options_(std::move(options)) {}
  using nn::OptionVisitor::operator();
  void operator()(const char* name, std::int64_t& value) override { assign(name, value); }
  void operator()(const char* name, float& value) override { assign(name, value); }
  void operator()(const char* name, bool& value) override { assign(name, value); }
  void operator()(const char* name, Dims& value) override { assign(name, value); }

 protected:
  void choice(const char* name, int& value, std::span<const char* const>) override {
    std::int64_t place = value;
    assign(name, place);
    value = static_cast<int>(place);
  }

 private:
  template <class T>
  void assign(std::string_view name, T& value) {
    for (const NamedOption& option : options_) {
      if (option.name == name) option.value.write_to(value);
    }
  }

  std::vector<NamedOption> options_;
};

}  // namespace gradus::train
