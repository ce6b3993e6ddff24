#include "gradus/nn/module.h"

#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gradus/base/error.h"
#include "gradus/nn/path_visitor.h"
#include "gradus/ops/random.h"
#include "gradus/ops/select.h"

namespace gradus::nn {
namespace {

// Visiting hands out references and changes nothing by itself.
Module& visitable(const Module& module) { return const_cast<Module&>(module); }

class Collector final : public PathVisitor {
 public:
  std::vector<Member> found;

 private:
  void on_parameter(std::string_view name, Tensor& tensor) override {
    add(name, tensor, Role::parameter);
  }
  void on_buffer(std::string_view name, Tensor& tensor) override {
    add(name, tensor, Role::buffer);
  }
  void add(std::string_view name, Tensor& tensor, Role role) {
    const auto [place, is_new] = place_of_.emplace(&tensor, found.size());
    if (is_new) {
      found.push_back({path_of(name), {}, role, &tensor});
    } else {
      found[place->second].aliases.push_back(path_of(name));
    }
  }

  std::unordered_map<const Tensor*, std::size_t> place_of_;
};

class Initializing final : public PathVisitor {
 public:
  explicit Initializing(const Key& key) : key_(key) {}
  void on_module(Module& module) override {
    if (!seen_.insert(&module).second) return;
    module.initialize(path().empty() ? key_ : key_.fold_in(path()));
    module.visit(*this);
  }

 private:
  void on_parameter(std::string_view, Tensor&) override {}
  void on_buffer(std::string_view, Tensor&) override {}

  const Key& key_;
  std::unordered_set<const Module*> seen_;
};

/// What stands in `state`, what `members` ask for, and how they differ.
class StateMatch {
 public:
  StateMatch(const std::vector<Member>& members, const NamedTensors& state) {
    for (const auto& [path, tensor] : state) {
      if (!given_.emplace(path, &tensor).second) faults_.push_back(path + " is given twice");
    }
    for (const Member& member : members) values_.push_back(take(member));
    for (const auto& [path, tensor] : state) {
      if (given_.contains(path)) {
        faults_.push_back(fmt::format("{} ({}) is unexpected", path, tensor.signature()));
      }
    }
  }
  const std::vector<std::string>& faults() const { return faults_; }
  const std::vector<const Tensor*>& values() const { return values_; }

 private:
  const Tensor* take(const Member& member) {
    const Tensor* value = take(member.path);
    for (const auto& alias : member.aliases) {
      if (const Tensor* other = take(alias); !value) value = other;
    }
    const Tensor& wanted = *member.tensor;
    if (!value) {
      faults_.push_back(fmt::format("{} ({}) is missing", member.path, wanted.signature()));
    } else if (!value->defined() || value->shape() != wanted.shape() ||
               value->dtype() != wanted.dtype()) {
      faults_.push_back(fmt::format("{} is {}, the module has {}", member.path, value->signature(),
                                    wanted.signature()));
    }
    return value;
  }
  const Tensor* take(const std::string& path) {
    const auto place = given_.find(path);
    if (place == given_.end()) return nullptr;
    const Tensor* value = place->second;
    given_.erase(place);
    return value;
  }

  std::unordered_map<std::string, const Tensor*> given_;
  std::vector<const Tensor*> values_;
  std::vector<std::string> faults_;
};

}  // namespace

void Visitor::on_module(Module& module) { module.visit(*this); }

std::vector<Member> members(Module& module) {
  Collector collector;
  module.visit(collector);
  return std::move(collector.found);
}

std::vector<Member> parameters(Module& module) {
  std::vector<Member> found = members(module);
  std::erase_if(found, [](const Member& member) { return member.role != Role::parameter; });
  return found;
}

std::int64_t parameter_count(const Module& module) {
  std::int64_t count = 0;
  for (const Member& parameter : parameters(visitable(module))) count += parameter.tensor->size();
  return count;
}

NamedTensors state(const Module& module) {
  NamedTensors values;
  for (const Member& member : members(visitable(module))) {
    values.emplace_back(member.path, *member.tensor);
  }
  return values;
}

void load_state(Module& module, const NamedTensors& state) {
  const std::vector<Member> wanted = members(module);
  const StateMatch match(wanted, state);
  if (!match.faults().empty()) {
    throw Error(ErrorCode::invalid_argument, "load_state",
                fmt::format("{}", fmt::join(match.faults(), "; ")));
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) *wanted[i].tensor = *match.values()[i];
}

void initialize(Module& module, const Key& key) {
  Initializing visitor(key);
  visitor.on_module(module);
}

void convert(Module& module, DType dtype) {
  for (const Member& member : members(module)) {
    if (is_floating(member.tensor->dtype())) *member.tensor = cast(*member.tensor, dtype);
  }
}

}  // namespace gradus::nn
