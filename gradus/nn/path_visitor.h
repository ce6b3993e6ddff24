// Internal: a visitor that knows where it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gradus/nn/module.h"

namespace gradus::nn {

/// Keeps the path of the module that is being visited.
class PathVisitor : public Visitor {
 public:
  void enter(std::string_view name) override {
    lengths_.push_back(prefix_.size());
    prefix_.append(name).push_back('.');
  }
  void leave() override {
    prefix_.resize(lengths_.back());
    lengths_.pop_back();
  }

 protected:
  void enter_element(std::size_t index) override { enter(std::to_string(index)); }
  /// "layers.0.weight"
  std::string path_of(std::string_view name) const { return prefix_ + std::string(name); }
  /// "layers.0", "" for the root
  std::string_view path() const {
    return std::string_view(prefix_).substr(0, prefix_.empty() ? 0 : prefix_.size() - 1);
  }

 private:
  std::string prefix_;
  std::vector<std::size_t> lengths_;
};

}  // namespace gradus::nn
