# One test program for each folder of tests/ that has *_test.cpp files: gradus_test_<folder>.
# What several folders share stands in tests/support.

find_package(GTest CONFIG REQUIRED)
include(GoogleTest)

file(GLOB gradus_test_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/*/*.cpp")
set(gradus_test_folders)
foreach(source IN LISTS gradus_test_sources)
  if(source MATCHES "/tests/([^/]+)/[^/]+_test\\.cpp$")
    list(APPEND gradus_test_folders "${CMAKE_MATCH_1}")
  endif()
endforeach()
list(REMOVE_DUPLICATES gradus_test_folders)

add_library(gradus_testing INTERFACE)
target_link_libraries(gradus_testing INTERFACE
  gradus gradus_options GTest::gmock GTest::gtest_main
  fmt::fmt nlohmann_json::nlohmann_json tomlplusplus::tomlplusplus PNG::PNG LibLZMA::LibLZMA
  ZLIB::ZLIB)
target_compile_definitions(gradus_testing INTERFACE
  "GRADUS_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\""
  "GRADUS_BINARY=\"${PROJECT_BINARY_DIR}/gradus\"")

set(gradus_support_sources ${gradus_test_sources})
list(FILTER gradus_support_sources INCLUDE REGEX "/tests/support/[^/]+\\.cpp$")
if(gradus_support_sources)
  add_library(gradus_test_support OBJECT ${gradus_support_sources})
  target_link_libraries(gradus_test_support PRIVATE gradus_testing)
endif()

foreach(folder IN LISTS gradus_test_folders)
  set(sources ${gradus_test_sources})
  list(FILTER sources INCLUDE REGEX "/tests/${folder}/[^/]+\\.cpp$")
  set(program gradus_test_${folder})
  add_executable(${program} ${sources})
  gradus_unity(${program} ${folder} ${sources})
  target_link_libraries(${program} PRIVATE gradus_testing)
  # What tests call was compiled for speed; they themselves are to compile fast.
  target_compile_options(${program} PRIVATE "$<$<CONFIG:Release>:-O1>")
  if(TARGET gradus_test_support)
    target_link_libraries(${program} PRIVATE gradus_test_support)
  endif()
  if(gradus_precompiling_program)
    target_precompile_headers(${program} REUSE_FROM ${gradus_precompiling_program})
  else()
    set(gradus_precompiling_program ${program})
    target_precompile_headers(${program} PRIVATE ${GRADUS_PRECOMPILED}
      <filesystem> <fstream> <functional> <memory> <gmock/gmock.h> <gtest/gtest.h>
      "${PROJECT_SOURCE_DIR}/gradus/gradus.h")
  endif()
  if(TARGET gradus_program)
    add_dependencies(${program} gradus_program)
  endif()
  # Tests run side by side: threads that wait must leave the processor to others.
  set(properties LABELS ${folder} ENVIRONMENT OMP_WAIT_POLICY=passive)
  if(GRADUS_TEST_BY_FOLDER)
    add_test(NAME ${program} COMMAND ${program})
    set_tests_properties(${program} PROPERTIES ${properties} TIMEOUT 1800)
  else()
    gtest_discover_tests(${program} DISCOVERY_MODE PRE_TEST PROPERTIES ${properties} TIMEOUT 600)
  endif()
endforeach()

# Strangers' projects: find_package and pkg-config after the install prefix was moved, and
# add_subdirectory. The last compiles the library again, so it runs only where ccache remembers it.
if(GRADUS_TEST_CONSUMERS AND GRADUS_INSTALL)
  function(gradus_test_consumer kind)
    add_test(NAME Consumers.${kind}
      COMMAND "${PROJECT_SOURCE_DIR}/tests/consumers/run" ${kind}
              "${PROJECT_BINARY_DIR}" "${PROJECT_BINARY_DIR}/consumers")
    set_tests_properties(Consumers.${kind} PROPERTIES
      LABELS consumers ENVIRONMENT "CMAKE=${CMAKE_COMMAND}" TIMEOUT 2400)
  endfunction()

  gradus_test_consumer(install)
  set_tests_properties(Consumers.install PROPERTIES FIXTURES_SETUP moved_prefix)
  foreach(kind find_package pkgconfig)
    gradus_test_consumer(${kind})
    set_tests_properties(Consumers.${kind} PROPERTIES FIXTURES_REQUIRED moved_prefix)
  endforeach()
  if(GRADUS_CCACHE)
    gradus_test_consumer(add_subdirectory)
  endif()
endif()
