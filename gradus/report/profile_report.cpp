#include "gradus/report/profile_report.h"

#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gradus/io/atomic_file.h"

namespace gradus::report {
namespace {

constexpr std::size_t kNameColumns = 24;

/// `text` in the columns of a name; what is too long ends in "..".
std::string clipped(const std::string& text) {
  return text.size() <= kNameColumns ? text : text.substr(0, kNameColumns - 2) + "..";
}

/// "12%", or nothing where there was no work of the kind.
std::string share_text(double share) {
  return share > 0 ? fmt::format("{:.0f}%", 100 * share) : std::string();
}

/// In at most six columns.
std::string billions(std::int64_t count) {
  const double number = 1e-9 * static_cast<double>(count);
  if (count <= 0) return "";
  if (number < 0.005) return "<0.01";
  return number < 100   ? fmt::format("{:.2f}", number)
         : number < 1e6 ? fmt::format("{:.0f}", number)
                        : fmt::format("{:.0e}", number);
}

std::string calls_text(std::int64_t calls) {
  return calls < 10'000'000 ? std::to_string(calls)
                            : fmt::format("{:.1e}", static_cast<double>(calls));
}

std::string row(const std::string& name, const std::string& part, const std::string& calls,
                const std::string& milliseconds, const std::string& share,
                const std::string& multiply_adds, const std::string& bytes,
                const std::string& of_peak, const std::string& of_copy) {
  std::string line =
      fmt::format("{:<{}} {:<8} {:>7} {:>9} {:>4} {:>6} {:>6} {:>4} {:>4}", name, kNameColumns,
                  part, calls, milliseconds, share, multiply_adds, bytes, of_peak, of_copy);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string milliseconds_text(double seconds) { return fmt::format("{:.1f}", 1e3 * seconds); }

nlohmann::ordered_json event(const Profile& profile, const ProfiledCall& call) {
  const ProfiledOperation& operation = profile.operations[call.operation];
  nlohmann::ordered_json json{{"name", operation.name},
                              {"cat", name_of(operation.phase)},
                              {"ph", "X"},
                              {"ts", 1e6 * call.start},
                              {"dur", 1e6 * call.seconds},
                              {"pid", getpid()},
                              {"tid", 1}};
  json["args"] = {{"part", name_of(operation.phase)},
                  {"kernel", operation.kernel},
                  {"bytes", call.bytes},
                  {"multiply_adds", call.multiply_adds}};
  return json;
}

nlohmann::ordered_json name_event(const char* what, const std::string& name) {
  return {{"name", what}, {"ph", "M"}, {"pid", getpid()}, {"tid", 1}, {"args", {{"name", name}}}};
}

}  // namespace

std::string profile_table(const Profile& profile, const MachinePeak& peak) {
  const double whole = std::max(profile.seconds, 1e-12);
  std::string text = row("operation", "part", "calls", "ms", "time", "Gmadd", "GB", "peak", "copy");
  double within = 0;
  for (const ProfiledOperation& operation : profile.operations) {
    const double seconds = std::max(operation.seconds, 1e-12);
    within += operation.seconds;
    text += row(clipped(operation.name), name_of(operation.phase), calls_text(operation.calls),
                milliseconds_text(operation.seconds), share_text(operation.seconds / whole),
                billions(operation.multiply_adds), billions(operation.bytes),
                share_text(2e-9 * static_cast<double>(operation.multiply_adds) / seconds /
                           peak.multiply_add),
                share_text(1e-9 * static_cast<double>(operation.bytes) / seconds / peak.copy));
  }
  const double outside = std::max(profile.seconds - within, 0.0);
  text += row("(outside operations)", "", "", milliseconds_text(outside),
              share_text(outside / whole), "", "", "", "");
  text += fmt::format(
      "in all {:.1f} ms on {} thread{}; peak {:.0f} GFLOP/s, copy bandwidth {:.1f} GB/s\n",
      1e3 * profile.seconds, profile.threads, profile.threads == 1 ? "" : "s", peak.multiply_add,
      peak.copy);
  return text;
}

std::string profile_trace(const Profile& profile) {
  std::string text = "{\"displayTimeUnit\":\"ms\",\"otherData\":";
  text += nlohmann::ordered_json{{"threads_of_kernels", profile.threads},
                                 {"calls_left_out", profile.calls_left_out}}
              .dump();
  text += ",\n\"traceEvents\":[\n" + name_event("process_name", "gradus").dump() + ",\n" +
          name_event("thread_name", "evaluation").dump();
  for (const ProfiledCall& call : profile.calls) text += ",\n" + event(profile, call).dump();
  return text + "\n]}\n";
}

void write_profile_trace(const std::string& path, const Profile& profile) {
  io::write_file("profile", path, std::string_view(profile_trace(profile)));
}

}  // namespace gradus::report
