#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gradus/nn/options.h"

namespace gradus::train {

/// The options of a maker as values, by name.
using OptionValue = std::variant<std::int64_t, float, bool, Dims>;
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
      if (option.name == name) value = std::get<T>(option.value);
    }
  }

  std::vector<NamedOption> options_;
};

}  // namespace gradus::train
