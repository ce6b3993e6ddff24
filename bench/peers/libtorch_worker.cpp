// libtorch's side of the benchmark; see ../worker.h.
//   gradus_bench_libtorch NAME

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "../problem.h"
#include "../worker.h"
#include "libtorch_step.h"

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: gradus_bench_libtorch NAME\n");
    return 2;
  }
  using namespace gradus::bench;
  const Step step = libtorch_step(make_problem(argv[1]));
  serve({"libtorch", libtorch_version()}, step);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "gradus_bench_libtorch: %s\n", error.what());
  return 1;
}
