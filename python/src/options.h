#pragma once

#include <string>

#include <nanobind/nanobind.h>

#include "gradus/base/function.h"
#include "gradus/nn/maker.h"
#include "gradus/nn/options.h"

// Options of layers, losses, optimisers, schedules and augmentations, by name: what the library's
// tables of kinds offer becomes Python functions and classes without being named here.

namespace gradus::python {

namespace nb = nanobind;

using VisitOptions = Function<void(nn::OptionVisitor&)>;

/// Gives options the values of a dictionary. Throws TypeError, naming `kind`, for a name that is
/// not an option and a value that does not fit.
void assign_options(const std::string& kind, const VisitOptions& visit, const nb::dict& values);

/// The options as a dictionary from name to value.
nb::dict read_options(const VisitOptions& visit);

/// A table of kinds: for each a dictionary with name, doc and options (names and defaults).
template <class Kinds>
nb::list describe_kinds(const Kinds& kinds) {
  nb::list rows;
  for (const auto& kind : kinds) {
    const auto maker = kind.maker();
    nb::dict row;
    row["name"] = kind.name;
    row["doc"] = kind.doc;
    row["options"] = read_options([&](nn::OptionVisitor& v) { maker->fields(v); });
    rows.append(row);
  }
  return rows;
}

/// The maker of the kind of that name, with the options given. Throws ValueError for another name.
template <class Kinds>
auto make_maker(const Kinds& kinds, const std::string& name, const nb::dict& options) {
  const auto* kind = nn::find_kind(kinds, name);
  if (!kind) throw nb::value_error(("there is no kind \"" + name + "\"").c_str());
  auto maker = kind->maker();
  assign_options(name, [&](nn::OptionVisitor& v) { maker->fields(v); }, options);
  return maker;
}

}  // namespace gradus::python
