// Gradus's side of the benchmark, which bench/run starts and asks:
//   gradus_bench_worker list             the workloads, a name on each line
//   gradus_bench_worker write NAME FILE  data and initial parameters as safetensors, for the peers
//   gradus_bench_worker serve NAME       takes steps on command; see worker.h
//   gradus_bench_worker peak             what this machine can do now, as a line of JSON
// OMP_NUM_THREADS says on how many threads.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include "gradus/base/parallel.h"
#include "gradus/base/version.h"
#include "gradus/io/safetensors.h"
#include "gradus/ops/machine_peak.h"
#include "problem.h"
#include "worker.h"

namespace {

using gradus::Shape;
using gradus::Tensor;
using gradus::bench::Problem;
using gradus::bench::Rule;
using gradus::bench::Work;

const char* work_name(Work work) {
  switch (work) {
    case Work::training:
      return "training";
    case Work::inference:
      return "inference";
    case Work::expression:
      break;
  }
  return "expression";
}

void list() {
  for (const std::string& name : gradus::bench::problem_names()) std::printf("%s\n", name.c_str());
}

void write(const Problem& problem, const std::string& path) {
  gradus::io::Safetensors file;
  const auto add = [&](const std::string& name, const auto& values, const auto& shape) {
    if (!values.empty()) {
      file.tensors.emplace_back(name, Tensor::from(values, Shape(std::span(shape))));
    }
  };
  add("inputs", problem.inputs, problem.input_shape);
  add("inputs", problem.indices, problem.input_shape);
  add("targets", problem.labels, std::span(problem.input_shape).first(1));
  add("targets", problem.targets, problem.target_shape);
  for (std::size_t i = 0; i < problem.parameters.size(); ++i) {
    add("parameters." + std::to_string(i), problem.parameters[i], problem.parameter_shapes[i]);
  }
  file.metadata = {{"name", problem.name},
                   {"work", work_name(problem.work)},
                   {"rule", problem.rule == Rule::adam ? "adam" : "sgd"},
                   {"operations", std::to_string(problem.operations)},
                   {"bytes", std::to_string(problem.bytes)}};
  gradus::io::write_safetensors(path, file);
}

/// The step keeps what it needs of the problem; the rest is freed before memory is measured.
gradus::bench::Step step_of(std::string_view name) {
  return gradus::bench::gradus_step(gradus::bench::make_problem(name));
}

void print_peak() {
  const int threads = gradus::thread_count();
  std::printf("{\"multiply_add\": %.6g, \"copy\": %.6g}\n",
              1e9 * gradus::multiply_add_peak(threads), 1e9 * gradus::copy_peak(threads));
}

int run(std::span<const char* const> arguments) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  if (command == "list" && arguments.size() == 1) {
    list();
  } else if (command == "write" && arguments.size() == 3) {
    write(gradus::bench::make_problem(arguments[1]), arguments[2]);
  } else if (command == "serve" && arguments.size() == 2) {
    gradus::bench::serve({"gradus", std::string(gradus::version())}, step_of(arguments[1]));
  } else if (command == "peak" && arguments.size() == 1) {
    print_peak();
  } else {
    std::fprintf(stderr, "usage: gradus_bench_worker list|write NAME FILE|serve NAME|peak\n");
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  return run({argv + 1, static_cast<std::size_t>(argc - 1)});
} catch (const std::exception& error) {
  std::fprintf(stderr, "gradus_bench_worker: %s\n", error.what());
  return 1;
}
