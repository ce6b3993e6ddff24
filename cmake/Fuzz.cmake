# A libFuzzer program for each reader, from tests/fuzz/*.cc: gradus_fuzz_<reader>. Needs clang.
# The readers and what is below them are compiled once more, with coverage and sanitizers.

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "GRADUS_BUILD_FUZZERS needs clang: cmake --preset fuzz")
endif()

set(gradus_fuzzed_patterns)
foreach(folder base memory core io)
  list(APPEND gradus_fuzzed_patterns "${PROJECT_SOURCE_DIR}/gradus/${folder}/*.cpp")
endforeach()
file(GLOB gradus_fuzzed_sources CONFIGURE_DEPENDS ${gradus_fuzzed_patterns})
list(FILTER gradus_fuzzed_sources EXCLUDE REGEX "/version\\.cpp$")

add_library(gradus_fuzzed STATIC EXCLUDE_FROM_ALL ${gradus_fuzzed_sources})
target_link_libraries(gradus_fuzzed PUBLIC
  gradus_options ${GRADUS_LINK} nlohmann_json::nlohmann_json)
target_include_directories(gradus_fuzzed PUBLIC "${PROJECT_SOURCE_DIR}")
target_compile_options(gradus_fuzzed PUBLIC
  -O1 -g1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined
  -fno-sanitize-recover=all)
target_link_options(gradus_fuzzed PUBLIC -fsanitize=address,undefined)

add_custom_target(gradus_fuzzers)
file(GLOB gradus_fuzz_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/*.cc")
foreach(source IN LISTS gradus_fuzz_sources)
  cmake_path(GET source STEM reader)
  add_executable(gradus_fuzz_${reader} EXCLUDE_FROM_ALL "${source}")
  target_link_libraries(gradus_fuzz_${reader} PRIVATE gradus_fuzzed)
  target_link_options(gradus_fuzz_${reader} PRIVATE -fsanitize=fuzzer)
  add_dependencies(gradus_fuzzers gradus_fuzz_${reader})
endforeach()
