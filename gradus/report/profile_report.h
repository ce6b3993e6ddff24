#pragma once

#include <string>

#include "gradus/core/profile.h"
#include "gradus/ops/machine_peak.h"

namespace gradus::report {

/// A profile as a table of at most 80 columns, the operations that took the most time first:
/// calls, milliseconds, share of the time, billions of multiply-adds and of bytes moved, and what
/// share of the machine's multiply-add peak and of its copy bandwidth that is.
std::string profile_table(const Profile& profile, const MachinePeak& peak);

/// A profile as a trace that chrome://tracing and ui.perfetto.dev open: JSON, an event for each
/// call that was kept.
std::string profile_trace(const Profile& profile);

/// Writes profile_trace() to a file that takes its name when it is complete. Throws Error if it
/// cannot be written.
void write_profile_trace(const std::string& path, const Profile& profile);

}  // namespace gradus::report
