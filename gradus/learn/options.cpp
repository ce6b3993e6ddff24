#include "gradus/learn/options.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/base/nearest_name.h"

namespace gradus::learn {
namespace {

/// Keeps the path of parts before the names of options.
class PathOptionVisitor : public OptionVisitor {
 public:
  using OptionVisitor::operator();
  void part(std::string_view name, Estimator& part) override {
    const std::size_t length = path_.size();
    path_ += fmt::format("{}.", name);
    part.fields(*this);
    path_.resize(length);
  }

 protected:
  std::string path_of(const char* name) const { return path_ + name; }

 private:
  std::string path_;
};

class Reading final : public PathOptionVisitor {
 public:
  using OptionVisitor::operator();
  void operator()(const char* name, std::int64_t& value) override { add(name, value); }
  void operator()(const char* name, double& value) override { add(name, value); }
  void operator()(const char* name, bool& value) override { add(name, value); }

  NamedOptions options;

 private:
  void choice(const char* name, int& value, std::span<const char* const> names) override {
    add(name, std::string(names[static_cast<std::size_t>(value)]));
  }
  template <class T>
  void add(const char* name, const T& value) {
    options.emplace_back(path_of(name), value);
  }
};

/// Writes the options it has; a list of faults says what does not fit.
class Writing final : public PathOptionVisitor {
 public:
  explicit Writing(const NamedOptions& options) {
    for (const auto& [name, value] : options) {
      if (!wanted_.emplace(name, &value).second) faults.push_back(name + " is given twice");
    }
  }
  using OptionVisitor::operator();
  void operator()(const char* name, std::int64_t& value) override {
    if (const OptionValue* given = find(name)) assign(name, *given, value, "a whole number");
  }
  void operator()(const char* name, bool& value) override {
    if (const OptionValue* given = find(name)) assign(name, *given, value, "true or false");
  }
  void operator()(const char* name, double& value) override {
    const OptionValue* given = find(name);
    if (!given) return;
    if (const auto* whole = std::get_if<std::int64_t>(given)) {
      value = static_cast<double>(*whole);
    } else {
      assign(name, *given, value, "a number");
    }
  }

  std::vector<std::string> faults;
  std::vector<std::string> allowed;

 private:
  void choice(const char* name, int& value, std::span<const char* const> names) override {
    const OptionValue* given = find(name);
    if (!given) return;
    const auto* text = std::get_if<std::string>(given);
    const auto place = text ? std::find(names.begin(), names.end(), *text) : names.end();
    if (place == names.end()) {
      faults.push_back(fmt::format("{} is one of {}, not {}", path_of(name), fmt::join(names, ", "),
                                   text_of(*given)));
    } else {
      value = static_cast<int>(place - names.begin());
    }
  }
  template <class T>
  void assign(const char* name, const OptionValue& given, T& value, const char* what) {
    if (const T* fitting = std::get_if<T>(&given)) {
      value = *fitting;
    } else {
      faults.push_back(fmt::format("{} is {}, not {}", path_of(name), what, text_of(given)));
    }
  }
  const OptionValue* find(const char* name) {
    allowed.push_back(path_of(name));
    const auto place = wanted_.find(allowed.back());
    return place == wanted_.end() ? nullptr : place->second;
  }

  std::unordered_map<std::string, const OptionValue*> wanted_;
};

template <class T>
OptionValue parse_number(const std::string& name, const std::string& text) {
  T value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::format, "options", fmt::format("{} is no number: '{}'", name, text));
  }
  return value;
}

OptionValue parse_like(const OptionValue& like, const std::string& name, const std::string& text) {
  if (std::holds_alternative<std::int64_t>(like)) return parse_number<std::int64_t>(name, text);
  if (std::holds_alternative<double>(like)) return parse_number<double>(name, text);
  if (std::holds_alternative<std::string>(like)) return text;
  if (text != "true" && text != "false") {
    throw Error(ErrorCode::format, "options",
                fmt::format("{} is true or false, not '{}'", name, text));
  }
  return text == "true";
}

}  // namespace

NamedOptions options_of(const Estimator& estimator) {
  Reading visitor;
  // Visiting hands out references; this visitor only reads them.
  const_cast<Estimator&>(estimator).fields(visitor);
  return std::move(visitor.options);
}

void set_options(Estimator& estimator, const NamedOptions& options) {
  Writing trial(options);
  // Twice, so that nothing has changed if anything is wrong.
  const auto copy = estimator.clone();
  copy->fields(trial);
  const std::unordered_set<std::string> allowed(trial.allowed.begin(), trial.allowed.end());
  for (const auto& [name, value] : options) {
    if (!allowed.contains(name)) {
      trial.faults.push_back(
          fmt::format("there is no option '{}'{}", name, suggestion(name, trial.allowed)));
    }
  }
  if (!trial.faults.empty()) {
    throw Error(ErrorCode::invalid_argument, estimator.kind(),
                fmt::format("{}", fmt::join(trial.faults, "; ")));
  }
  Writing writing(options);
  estimator.fields(writing);
}

std::string text_of(const OptionValue& value) {
  return std::visit([](const auto& held) { return fmt::format("{}", held); }, value);
}

NamedOptions parse_options(const Estimator& estimator,
                           const std::vector<std::pair<std::string, std::string>>& texts) {
  const NamedOptions known = options_of(estimator);
  NamedOptions options;
  for (const auto& entry : texts) {
    const std::string& name = entry.first;
    const auto like = std::find_if(known.begin(), known.end(),
                                   [&](const auto& option) { return option.first == name; });
    if (like == known.end()) {
      throw Error(ErrorCode::format, estimator.kind(), fmt::format("it has no option '{}'", name));
    }
    options.emplace_back(name, parse_like(like->second, name, entry.second));
  }
  return options;
}

}  // namespace gradus::learn
