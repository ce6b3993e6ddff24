#pragma once

#include <span>
#include <string_view>

#include "gradus/base/pointer.h"
#include "gradus/nn/options.h"

namespace gradus::nn {

/// Makes one kind of thing from options that are filled in by name.
template <class Product>
class Maker {
 public:
  virtual ~Maker() = default;
  /// Hands out the options, at first the defaults, to be read or changed.
  virtual void fields(OptionVisitor& v) = 0;
  /// Throws Error if an option is wrong.
  virtual Product make() const = 0;
};

/// A kind of thing that can be chosen by name: a row of layer_kinds(), loss_kinds(),
/// optim::optimizer_kinds() or optim::schedule_kinds().
template <class MakerType>
struct Kind {
  const char* name;
  const char* doc;  ///< one sentence
  Owned<MakerType> (*maker)();
};

/// The kind of that name, or nullptr.
template <class MakerType>
const Kind<MakerType>* find_kind(std::span<const Kind<MakerType>> kinds, std::string_view name) {
  for (const Kind<MakerType>& kind : kinds) {
    if (name == kind.name) return &kind;
  }
  return nullptr;
}

}  // namespace gradus::nn
