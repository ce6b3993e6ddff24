#include "gradus/core/attributes.h"

#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gradus {
namespace {

class Printer final : public FieldVisitor {
 public:
  using FieldVisitor::operator();
  void operator()(const char* name, std::int64_t value) override { add(name, "{}", value); }
  void operator()(const char* name, double value) override { add(name, "{}", value); }
  void operator()(const char* name, std::string_view value) override { add(name, "'{}'", value); }
  void operator()(const char* name, const Dims& value) override {
    add(name, "[{}]", fmt::join(value, ", "));
  }
  std::string text;

 private:
  template <class T>
  void add(const char* name, const char* pattern, const T& value) {
    if (!text.empty()) text += ", ";
    text += name;
    text += '=';
    text += fmt::format(fmt::runtime(pattern), value);
  }
};

}  // namespace

std::string Attributes::to_string() const {
  Printer printer;
  visit(printer);
  return std::move(printer.text);
}

std::size_t Attributes::hash() const { return std::hash<std::string>{}(to_string()); }

bool operator==(const Attributes& a, const Attributes& b) {
  return a.held_ == b.held_ || a.to_string() == b.to_string();
}

}  // namespace gradus
