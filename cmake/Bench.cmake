# gradus_bench: Google Benchmark over the workloads. bench/peers does the same work in libtorch.

find_package(benchmark CONFIG QUIET)
file(GLOB gradus_bench_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.cpp")
if(benchmark_FOUND AND gradus_bench_sources)
  add_executable(gradus_bench ${gradus_bench_sources})
  target_link_libraries(gradus_bench PRIVATE
    gradus gradus_options benchmark::benchmark OneDNN::OneDNN hwy::hwy OpenMP::OpenMP_CXX)
endif()

file(GLOB gradus_peer_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/peers/*.cpp")
if(GRADUS_BUILD_PEERS AND gradus_peer_sources)
  find_package(Torch CONFIG QUIET)
  if(Torch_FOUND)
    add_executable(gradus_bench_peers ${gradus_peer_sources})
    target_link_libraries(gradus_bench_peers PRIVATE
      gradus gradus_options benchmark::benchmark torch)
  else()
    message(STATUS "Peers: libtorch was not found; install libtorch-dev")
  endif()
endif()
