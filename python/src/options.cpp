#include "options.h"

#include <cmath>
#include <vector>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "casters.h"

namespace gradus::python {
namespace {

/// An enumeration reads as the name of its value.
class Reader final : public nn::OptionVisitor {
 public:
  using OptionVisitor::operator();
  void operator()(const char* name, std::int64_t& value) override { options[name] = value; }
  void operator()(const char* name, float& value) override {
    options[name] = static_cast<double>(value);
  }
  void operator()(const char* name, bool& value) override { options[name] = value; }
  void operator()(const char* name, Dims& value) override { options[name] = nb::cast(value); }

  nb::dict options;

 protected:
  void choice(const char* name, int& value, std::span<const char* const> names) override {
    options[name] = names[static_cast<std::size_t>(value)];
  }
};

class Writer final : public nn::OptionVisitor {
 public:
  Writer(const std::string& kind, const nb::dict& values) : kind_(kind), values_(values) {}

  using OptionVisitor::operator();
  void operator()(const char* name, std::int64_t& value) override { write(name, value); }
  void operator()(const char* name, float& value) override {
    double number = value;
    write(name, number);
    value = static_cast<float>(number);
  }
  void operator()(const char* name, bool& value) override { write(name, value); }
  void operator()(const char* name, Dims& value) override { write(name, value); }

  /// Throws TypeError if the dictionary has names that are not options.
  void require_all_known() const {
    for (const auto& [name, value] : values_) {
      if (!nb::cast<bool>(known_.attr("__contains__")(name))) {
        throw nb::type_error((kind_ + " has no option \"" + nb::cast<std::string>(nb::str(name)) +
                              "\"; it has " +
                              nb::cast<std::string>(nb::str(", ").attr("join")(known_)))
                                 .c_str());
      }
    }
  }

 protected:
  void choice(const char* name, int& value, std::span<const char* const> names) override {
    std::string chosen = names[static_cast<std::size_t>(value)];
    write(name, chosen);
    std::string known;
    for (std::size_t place = 0; place < names.size(); ++place) {
      if (chosen == names[place]) {
        value = static_cast<int>(place);
        return;
      }
      known += (place ? ", " : "") + std::string(names[place]);
    }
    throw nb::value_error((kind_ + ": " + name + " is one of " + known + ", not " + chosen).c_str());
  }

 private:
  template <class T>
  void write(const char* name, T& value) {
    known_.append(name);
    if (!values_.contains(name)) return;
    const nb::object given = values_[name];
    if (!nb::try_cast(given, value)) {
      throw nb::type_error((kind_ + ": the value of " + name + " cannot be " +
                            nb::cast<std::string>(nb::repr(given)))
                               .c_str());
    }
  }

  const std::string& kind_;
  const nb::dict& values_;
  nb::list known_;
};

}  // namespace

void assign_options(const std::string& kind, const VisitOptions& visit, const nb::dict& values) {
  Writer writer(kind, values);
  visit(writer);
  writer.require_all_known();
}

nb::dict read_options(const VisitOptions& visit) {
  Reader reader;
  visit(reader);
  return reader.options;
}

}  // namespace gradus::python
