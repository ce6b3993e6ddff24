# gradus_bench_worker takes the steps of the benchmark's workloads when bench/run tells it to, and
# gradus_bench_libtorch takes them in libtorch. gradus_bench: Google Benchmark over single
# operations.

set(gradus_problem_sources
  "${PROJECT_SOURCE_DIR}/bench/problem.cpp" "${PROJECT_SOURCE_DIR}/bench/worker.cpp")

add_executable(gradus_bench_worker ${gradus_problem_sources}
  "${PROJECT_SOURCE_DIR}/bench/gradus_step.cpp"
  "${PROJECT_SOURCE_DIR}/bench/gradus_worker.cpp")
target_link_libraries(gradus_bench_worker PRIVATE
  gradus gradus_options hwy::hwy OpenMP::OpenMP_CXX)

find_package(benchmark CONFIG QUIET)
if(benchmark_FOUND)
  add_executable(gradus_bench
    "${PROJECT_SOURCE_DIR}/bench/fused_chain.cpp"
    "${PROJECT_SOURCE_DIR}/bench/small_operations.cpp")
  target_link_libraries(gradus_bench PRIVATE
    gradus gradus_options benchmark::benchmark hwy::hwy OpenMP::OpenMP_CXX)
endif()

if(GRADUS_BUILD_PEERS)
  find_package(Torch CONFIG QUIET)
  if(Torch_FOUND)
    # Not part of a plain build, which would take it along once `make bench` has asked for peers.
    add_executable(gradus_bench_libtorch EXCLUDE_FROM_ALL ${gradus_problem_sources}
      "${PROJECT_SOURCE_DIR}/bench/peers/libtorch_networks.cpp"
      "${PROJECT_SOURCE_DIR}/bench/peers/libtorch_step.cpp"
      "${PROJECT_SOURCE_DIR}/bench/peers/libtorch_worker.cpp")
    target_link_libraries(gradus_bench_libtorch PRIVATE gradus_options torch)
  else()
    message(STATUS "Peers: libtorch was not found; install libtorch-dev")
  endif()
endif()

add_custom_target(gradus_bench_programs DEPENDS gradus_bench_worker
  $<TARGET_NAME_IF_EXISTS:gradus_bench> $<TARGET_NAME_IF_EXISTS:gradus_bench_libtorch>)

if(GRADUS_BUILD_TESTS)
  find_package(Python3 COMPONENTS Interpreter)
  if(Python3_FOUND)
    add_test(NAME Bench.Harness
      COMMAND ${Python3_EXECUTABLE} "${PROJECT_SOURCE_DIR}/tests/bench/harness_test.py"
              "$<TARGET_FILE:gradus_bench_worker>")
    set_tests_properties(Bench.Harness PROPERTIES LABELS bench TIMEOUT 300)
  endif()
endif()
