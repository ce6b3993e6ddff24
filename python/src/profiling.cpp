#include <optional>
#include <string>

#include <nanobind/stl/string.h>

#include "evaluation.h"
#include "gradus/base/parallel.h"
#include "gradus/core/profile.h"
#include "gradus/report/profile_report.h"
#include "module.h"

namespace gradus::python {
namespace {

using namespace nb::literals;

/// The context manager: collects between __enter__ and __exit__.
class ProfileBlock {
 public:
  explicit ProfileBlock(std::size_t kept_calls) : options_{.kept_calls = kept_calls} {}

  void enter() {
    profile_ = Profile{};
    scope_.emplace(options_);
  }
  void exit() {
    if (!scope_) return;
    scope_->stop();
    profile_ = scope_->profile();
    scope_.reset();
  }
  /// So far, inside the block.
  Profile profile() const { return scope_ ? scope_->profile() : profile_; }

 private:
  ProfileOptions options_;
  std::optional<ProfileScope> scope_;
  Profile profile_;
};

nb::list operations_of(const ProfileBlock& block) {
  nb::list rows;
  for (const ProfiledOperation& operation : block.profile().operations) {
    nb::dict row;
    row["name"] = operation.name;
    row["kernel"] = operation.kernel;
    row["part"] = name_of(operation.phase);
    row["calls"] = operation.calls;
    row["seconds"] = operation.seconds;
    row["bytes"] = operation.bytes;
    row["multiply_adds"] = operation.multiply_adds;
    rows.append(row);
  }
  return rows;
}

}  // namespace

void bind_profiling(nb::module_& module) {
  nb::class_<ProfileBlock>(
      module, "profile",
      "Collects what operations cost that are evaluated on this thread inside a with block.")
      .def(nb::init<std::size_t>(), nb::kw_only(), "kept_calls"_a = ProfileOptions().kept_calls,
           "kept_calls: the most calls that are kept one by one; the sums hold all of them.")
      .def("__enter__",
           [](nb::object self) {
             nb::cast<ProfileBlock&>(self).enter();
             return self;
           })
      .def("__exit__",
           [](ProfileBlock& block, const nb::args&) {
             block.exit();
             return false;
           })
      .def_prop_ro(
          "seconds", [](const ProfileBlock& block) { return block.profile().seconds; },
          "How long the block took.")
      .def_prop_ro("operations", operations_of,
                   "A dictionary for each operation, kernel and part of a training step, the most "
                   "time first.")
      .def(
          "table",
          [](const ProfileBlock& block) {
            return report::profile_table(
                block.profile(), compute([] { return measure_machine_peak(thread_count()); }));
          },
          "The operations as a table of 80 columns, beside the machine's multiply-add peak and "
          "copy bandwidth, which are measured for it.")
      .def(
          "save",
          [](const ProfileBlock& block, const std::string& path) {
            report::write_profile_trace(path, block.profile());
          },
          "path"_a, "Writes every call as a trace for ui.perfetto.dev or chrome://tracing.");
}

}  // namespace gradus::python
