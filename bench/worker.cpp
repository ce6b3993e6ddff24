#include "worker.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

namespace gradus::bench {
namespace {

void answer_losses(const Step& step, int count) {
  std::printf("[");
  for (int i = 0; i < count; ++i) {
    const float loss = step();
    std::printf(std::isfinite(loss) ? "%s%.9g" : "%sNaN", i > 0 ? ", " : "", loss);
  }
  std::printf("]\n");
}

void answer_seconds(const Step& step, int count) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) step();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  std::printf("%.9g\n", elapsed.count());
}

/// Linux starts to look for the largest resident size anew (proc(5), clear_refs), so that setting
/// up does not count.
void forget_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }

void answer_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) {
      std::printf("%.1f\n", std::stod(line.substr(6)) / 1024);
      return;
    }
  }
  throw std::runtime_error("/proc/self/status has no VmHWM");
}

void answer(const Step& step, const std::string& command) {
  if (command.starts_with("losses ")) {
    answer_losses(step, std::stoi(command.substr(7)));
  } else if (command.starts_with("run ")) {
    answer_seconds(step, std::stoi(command.substr(4)));
  } else if (command == "memory") {
    answer_memory();
  } else {
    throw std::runtime_error("unknown command: " + command);
  }
}

}  // namespace

void serve(const Library& library, const Step& step) {
  std::printf("{\"name\": \"%s\", \"version\": \"%s\"}\n", library.name.c_str(),
              library.version.c_str());
  std::fflush(stdout);
  forget_peak_memory();
  for (std::string command; std::getline(std::cin, command);) {
    answer(step, command);
    std::fflush(stdout);
  }
}

}  // namespace gradus::bench
