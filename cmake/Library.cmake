# The library: every folder of the house except the program's.

set(GRADUS_FOLDERS
  base memory core ops autodiff linalg stats symbolic optimize nn optim data io
  learn generative sequence train dist report serve)

add_library(gradus)
foreach(folder IN LISTS GRADUS_FOLDERS)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/gradus/${folder}/*.cpp")
  target_sources(gradus PRIVATE ${sources})
  # Operations give the functions of their kernels the same names, and those of Highway are
  # compiled once for each instruction set: one by one.
  if(NOT folder STREQUAL ops)
    gradus_unity(gradus ${folder} ${sources})
  endif()
endforeach()
add_library(gradus::gradus ALIAS gradus)
target_compile_features(gradus PUBLIC cxx_std_20)
target_include_directories(gradus PUBLIC
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>"
  "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
target_link_libraries(gradus PRIVATE
  ${GRADUS_LINK}
  "$<BUILD_INTERFACE:gradus_options>"
  "$<BUILD_INTERFACE:nlohmann_json::nlohmann_json>")
target_precompile_headers(gradus PRIVATE ${GRADUS_PRECOMPILED}
  "${PROJECT_SOURCE_DIR}/gradus/base/error.h" "${PROJECT_SOURCE_DIR}/gradus/core/op_def.h"
  "${PROJECT_SOURCE_DIR}/gradus/core/tensor.h")
set_target_properties(gradus PROPERTIES
  DEFINE_SYMBOL ""
  VERSION "${PROJECT_VERSION}"
  SOVERSION "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")

# Pages, scripts and styles beside the sources are compiled in: gradus/report/report.html becomes
# gradus::embedded::report_html. Chart.js comes from its Debian package.
file(GLOB_RECURSE gradus_texts CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/gradus/*.html" "${PROJECT_SOURCE_DIR}/gradus/*.css" "${PROJECT_SOURCE_DIR}/gradus/*.js")
foreach(text IN LISTS gradus_texts)
  cmake_path(GET text FILENAME symbol)
  string(MAKE_C_IDENTIFIER "${symbol}" symbol)
  gradus_embed(gradus ${symbol} "${text}")
endforeach()
find_file(GRADUS_CHART_JS chart.min.js PATHS /usr/share/javascript/chart.js NO_DEFAULT_PATH REQUIRED)
gradus_embed(gradus chart_js "${GRADUS_CHART_JS}")

# The version and the commit reach one file, which is compiled again when they change.
add_custom_target(gradus_commit
  COMMAND "${CMAKE_COMMAND}" "-DSOURCE_DIR=${PROJECT_SOURCE_DIR}" "-DVERSION=${PROJECT_VERSION}"
          "-DOUTPUT=${PROJECT_BINARY_DIR}/generated/gradus_commit.h"
          -P "${PROJECT_SOURCE_DIR}/cmake/write_commit.cmake"
  BYPRODUCTS "${PROJECT_BINARY_DIR}/generated/gradus_commit.h"
  COMMENT "Reading the git commit"
  VERBATIM)
add_dependencies(gradus gradus_commit)
set_source_files_properties("${PROJECT_SOURCE_DIR}/gradus/base/version.cpp" PROPERTIES
  INCLUDE_DIRECTORIES "${PROJECT_BINARY_DIR}/generated")
