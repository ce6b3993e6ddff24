# What is built, and how every target of this repository is compiled.

option(BUILD_SHARED_LIBS "Build the library shared instead of static" OFF)
option(GRADUS_BUILD_PROGRAM "Build the gradus program" ${PROJECT_IS_TOP_LEVEL})
option(GRADUS_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(GRADUS_BUILD_BENCH "Build the benchmarks where Google Benchmark is found" ${PROJECT_IS_TOP_LEVEL})
option(GRADUS_BUILD_PEERS "Build bench/peers where libtorch is found" OFF)
option(GRADUS_BUILD_PYTHON "Build the Python package, for a Python that has nanobind" OFF)
option(GRADUS_BUILD_FUZZERS "Build tests/fuzz: a libFuzzer program for each reader (clang)" OFF)
option(GRADUS_INSTALL "Install the library, its package files and the program" ${PROJECT_IS_TOP_LEVEL})
option(GRADUS_WARNINGS_AS_ERRORS "Stop at a compiler warning" ${PROJECT_IS_TOP_LEVEL})
option(GRADUS_UNITY_BUILD "Compile the sources of a folder six at once; OFF for editing one of them" ON)
option(GRADUS_TEST_CONSUMERS "Build small projects that use the installed library, as tests" ON)
option(GRADUS_TEST_BY_FOLDER "One ctest entry per test program instead of one per test" OFF)

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
  endif()
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

  find_program(GRADUS_CCACHE ccache)
  if(GRADUS_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${PROJECT_SOURCE_DIR}/cmake/compile_cached" "${GRADUS_CCACHE}")
  endif()

  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=lld GRADUS_HAS_LLD)
  if(GRADUS_HAS_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Compile options of every target of this repository; not passed on to consumers.
add_library(gradus_options INTERFACE)
target_compile_features(gradus_options INTERFACE cxx_std_20)
target_compile_options(gradus_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow)
if(GRADUS_WARNINGS_AS_ERRORS)
  target_compile_options(gradus_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms of GCC 12 in the standard library's strings (GCC bug 105651).
  target_compile_options(gradus_options INTERFACE -Wno-restrict)
endif()

# A project that adds this one and names no build type would get it without any optimisation.
target_compile_options(gradus_options INTERFACE "$<$<CONFIG:>:-O3>")

# Headers that most files of a target include, compiled once. Sources include what they use all the
# same; the asan preset, which goes without (CMAKE_DISABLE_PRECOMPILE_HEADERS), finds those that do
# not.
set(GRADUS_PRECOMPILED <algorithm> <span> <string> <string_view> <vector> <fmt/format.h>)

# A program loads only the libraries whose code it uses.
target_link_options(gradus_options INTERFACE "LINKER:--as-needed")

# No contraction of a * b + c where a compiler sees fit: bits would depend on its version. Kernels
# that want a fused multiply-add ask for it (Highway's MulAdd). SSE4 has none and rounds twice, so
# bits are those of an instruction set; docs/architecture.md says what is the same on all.
target_compile_options(gradus_options INTERFACE -ffp-contract=off)

# Highway compiles a kernel once for each target that is not disabled: SSE4 (the baseline, x86-64-v2),
# AVX2 and AVX-512. The others would add compile time and no speed that was measured.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(gradus_options INTERFACE -march=x86-64-v2)
  target_compile_definitions(gradus_options INTERFACE
    HWY_DISABLE_PCLMUL_AES "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_AVX3_DL)")
endif()
