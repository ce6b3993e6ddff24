# The Python package in ${PROJECT_BINARY_DIR}/python/gradus: the extension, the modules of
# python/gradus beside it, and their stubs. Python_EXECUTABLE says which Python it is for; that one
# must have nanobind (tools/setup-python).

find_package(Python 3.9 COMPONENTS Interpreter Development.Module REQUIRED)
execute_process(COMMAND "${Python_EXECUTABLE}" -m nanobind --cmake_dir
  OUTPUT_VARIABLE gradus_nanobind_dir OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE gradus_nanobind_status ERROR_QUIET)
if(NOT gradus_nanobind_status EQUAL 0)
  message(FATAL_ERROR "${Python_EXECUTABLE} has no nanobind; tools/setup-python makes one that has")
endif()
find_package(nanobind CONFIG REQUIRED HINTS "${gradus_nanobind_dir}")

set(GRADUS_PYTHON_DIR "${PROJECT_BINARY_DIR}/python/gradus")
file(GLOB gradus_python_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/python/src/*.cpp")
nanobind_add_module(gradus_python NB_STATIC NOMINSIZE ${gradus_python_sources})
set_target_properties(gradus_python PROPERTIES
  OUTPUT_NAME _core LIBRARY_OUTPUT_DIRECTORY "${GRADUS_PYTHON_DIR}")
target_include_directories(gradus_python PRIVATE "${PROJECT_SOURCE_DIR}/python/src")
# Our warnings are not for the headers of nanobind and of Python.
target_include_directories(gradus_python SYSTEM BEFORE PRIVATE
  "${gradus_nanobind_dir}/../include" ${Python_INCLUDE_DIRS})
target_link_libraries(gradus_python PRIVATE gradus gradus_options fmt::fmt)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms of GCC 12 at nanobind's casters of optional arguments.
  target_compile_options(gradus_python PRIVATE -Wno-maybe-uninitialized)
endif()
target_precompile_headers(gradus_python PRIVATE
  <nanobind/nanobind.h> <nanobind/stl/optional.h> <nanobind/stl/string.h> <nanobind/stl/vector.h>)
# Two libraries of one process may each bring a Gradus; neither is to find the other's symbols.
target_link_options(gradus_python PRIVATE "LINKER:--exclude-libs,ALL")

# The modules beside the extension, so that build/<preset>/python can be imported as it is.
file(GLOB_RECURSE gradus_python_modules CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/python/gradus"
  "${PROJECT_SOURCE_DIR}/python/gradus/*.py" "${PROJECT_SOURCE_DIR}/python/gradus/py.typed")
set(gradus_python_copies)
foreach(file IN LISTS gradus_python_modules)
  add_custom_command(
    OUTPUT "${GRADUS_PYTHON_DIR}/${file}"
    COMMAND "${CMAKE_COMMAND}" -E copy "${PROJECT_SOURCE_DIR}/python/gradus/${file}"
            "${GRADUS_PYTHON_DIR}/${file}"
    DEPENDS "${PROJECT_SOURCE_DIR}/python/gradus/${file}"
    VERBATIM)
  list(APPEND gradus_python_copies "${GRADUS_PYTHON_DIR}/${file}")
endforeach()

# What type checkers read of the extension, and of the modules whose names come from it.
nanobind_add_stub(gradus_python_stub_core
  MODULE gradus._core
  OUTPUT_PATH "${GRADUS_PYTHON_DIR}"
  RECURSIVE
  INCLUDE_PRIVATE
  OUTPUT _core/__init__.pyi _core/_data.pyi _core/_io.pyi _core/_learn.pyi _core/_linalg.pyi
         _core/_nn.pyi _core/_optim.pyi _core/_optimize.pyi _core/_stats.pyi _core/_symbolic.pyi
         _core/_train.pyi
  PYTHON_PATH "${PROJECT_BINARY_DIR}/python"
  DEPENDS gradus_python ${gradus_python_copies})
set(gradus_python_stubs gradus_python_stub_core)
foreach(module autodiff data learn nn optim optimize stats symbolic)
  set(stub "${module}.pyi")
  if(module MATCHES "^(learn|nn)$")
    set(stub "${module}/__init__.pyi")
  endif()
  nanobind_add_stub(gradus_python_stub_${module}
    MODULE gradus.${module}
    OUTPUT "${GRADUS_PYTHON_DIR}/${stub}"
    PYTHON_PATH "${PROJECT_BINARY_DIR}/python"
    DEPENDS gradus_python ${gradus_python_copies})
  list(APPEND gradus_python_stubs gradus_python_stub_${module})
endforeach()

add_custom_target(gradus_python_package ALL DEPENDS ${gradus_python_copies})
add_dependencies(gradus_python_package gradus_python ${gradus_python_stubs})

install(DIRECTORY "${GRADUS_PYTHON_DIR}" DESTINATION . COMPONENT python EXCLUDE_FROM_ALL
  PATTERN "__pycache__" EXCLUDE)

if(GRADUS_BUILD_TESTS)
  add_test(NAME Python.Package
    COMMAND "${Python_EXECUTABLE}" -m pytest -q -p no:cacheprovider "${PROJECT_SOURCE_DIR}/python/tests")
  set_tests_properties(Python.Package PROPERTIES LABELS python TIMEOUT 600 ENVIRONMENT
    "PYTHONPATH=${PROJECT_BINARY_DIR}/python;OMP_WAIT_POLICY=passive;PYTHONDONTWRITEBYTECODE=1")
endif()
