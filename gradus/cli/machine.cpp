#include "gradus/cli/machine.h"

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include <fmt/format.h>
#include <hwy/highway.h>

#include "gradus/memory/host_memory.h"
#include "gradus/ops/targets.h"

namespace gradus::cli {
namespace {

/// The text after "key :" in a file of such lines, as /proc has them.
std::string value_of(const char* path, std::string_view key) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

std::vector<std::string> instructions() {
  std::vector<std::string> names;
#if defined(__x86_64__)
  const auto add = [&](int supported, const char* name) {
    if (supported) names.emplace_back(name);
  };
  add(__builtin_cpu_supports("sse4.2"), "SSE4.2");
  add(__builtin_cpu_supports("avx"), "AVX");
  add(__builtin_cpu_supports("avx2"), "AVX2");
  add(__builtin_cpu_supports("fma"), "FMA");
  add(__builtin_cpu_supports("avx512f"), "AVX-512F");
  add(__builtin_cpu_supports("avx512bw"), "AVX-512BW");
  add(__builtin_cpu_supports("avx512dq"), "AVX-512DQ");
  add(__builtin_cpu_supports("avx512vl"), "AVX-512VL");
  add(__builtin_cpu_supports("avx512vnni"), "AVX-512VNNI");
  add(__builtin_cpu_supports("avx512bf16"), "AVX-512BF16");
#endif
  return names;
}

LibraryInUse highway() {
  return {"Highway", fmt::format("{}.{}.{}", HWY_MAJOR, HWY_MINOR, HWY_PATCH),
          hwy::TargetName(best_target())};
}

std::string onednn_instructions() {
  switch (dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_sse41:
      return "SSE4.1";
    case dnnl_cpu_isa_avx:
      return "AVX";
    case dnnl_cpu_isa_avx2:
      return "AVX2";
    case dnnl_cpu_isa_avx2_vnni:
      return "AVX2 with VNNI";
    case dnnl_cpu_isa_avx512_core:
      return "AVX-512";
    case dnnl_cpu_isa_avx512_core_vnni:
      return "AVX-512 with VNNI";
    case dnnl_cpu_isa_avx512_core_bf16:
      return "AVX-512 with BF16";
    case dnnl_cpu_isa_avx512_core_amx:
      return "AVX-512 with AMX";
    default:
      return "reference";
  }
}

LibraryInUse onednn() {
  const dnnl_version_t* version = dnnl_version();
  return {"oneDNN", fmt::format("{}.{}.{}", version->major, version->minor, version->patch),
          onednn_instructions()};
}

/// The system chooses which library answers for BLAS and LAPACK, so OpenBLAS is asked for by name.
LibraryInUse openblas() {
  using Ask = char* (*)();
  const auto config = reinterpret_cast<Ask>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
  const auto core = reinterpret_cast<Ask>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (!config || !core) {
    return {"LAPACK", "",
            "not OpenBLAS, so factorisations are slow: libopenblas0-openmp is faster"};
  }
  // "OpenBLAS 0.3.21 DYNAMIC_ARCH ..."
  const std::string_view words = config();
  const std::size_t start = words.find(' ') + 1;
  return {"OpenBLAS", std::string(words.substr(start, words.find(' ', start) - start)), core()};
}

}  // namespace

Machine read_machine() {
  Machine machine;
  machine.processor = value_of("/proc/cpuinfo", "model name");
  machine.processors = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  machine.usable_processors = usable_processors();
  machine.instructions = instructions();
  const HostMemory memory = host_memory();
  machine.memory = memory.total;
  machine.free_memory = memory.available;
  return machine;
}

std::vector<LibraryInUse> libraries_in_use() { return {onednn(), openblas(), highway()}; }

}  // namespace gradus::cli
