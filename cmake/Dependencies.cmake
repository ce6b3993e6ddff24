# Every library that Gradus links, one line each. The link of the library, the package that
# find_package(Gradus) loads and gradus.pc all follow from this list.

# Consumers that add Gradus as a subdirectory link these too, so they must be visible there.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)

set(GRADUS_LINK)               # targets; public headers include the headers of none
set(GRADUS_FIND_DEPENDENCIES)  # lines of GradusConfig.cmake
set(GRADUS_PC_REQUIRES)        # names of pkg-config packages
set(GRADUS_PC_LIBS)            # linker flags of what has no pkg-config package

# gradus_link(<arguments of find_package> TARGETS TARGET... [PC NAME...] [LIBS FLAG...])
function(gradus_link)
  cmake_parse_arguments(PARSE_ARGV 0 link "" "" "TARGETS;PC;LIBS")
  find_package(${link_UNPARSED_ARGUMENTS} REQUIRED)
  list(JOIN link_UNPARSED_ARGUMENTS " " arguments)
  list(APPEND GRADUS_LINK ${link_TARGETS})
  list(APPEND GRADUS_FIND_DEPENDENCIES "find_dependency(${arguments})")
  list(APPEND GRADUS_PC_REQUIRES ${link_PC})
  list(APPEND GRADUS_PC_LIBS ${link_LIBS})
  foreach(result LINK FIND_DEPENDENCIES PC_REQUIRES PC_LIBS)
    set(GRADUS_${result} "${GRADUS_${result}}" PARENT_SCOPE)
  endforeach()
endfunction()

gradus_link(fmt CONFIG TARGETS fmt::fmt PC fmt)
gradus_link(OneDNN 2.6 TARGETS OneDNN::OneDNN LIBS -ldnnl)
gradus_link(hwy CONFIG TARGETS hwy::hwy hwy::hwy_contrib PC libhwy-contrib libhwy)
gradus_link(LAPACKE TARGETS LAPACKE::LAPACKE PC lapacke lapack blas)
gradus_link(PNG TARGETS PNG::PNG PC libpng)
gradus_link(LibLZMA TARGETS LibLZMA::LibLZMA PC liblzma)
gradus_link(ZLIB TARGETS ZLIB::ZLIB PC zlib)
gradus_link(OpenMP COMPONENTS CXX TARGETS OpenMP::OpenMP_CXX LIBS -fopenmp)
gradus_link(tomlplusplus CONFIG TARGETS tomlplusplus::tomlplusplus PC tomlplusplus)
gradus_link(Threads TARGETS Threads::Threads LIBS -pthread)

# Header-only, and in no public header: consumers do not need them.
find_package(nlohmann_json CONFIG REQUIRED)
if(GRADUS_BUILD_PROGRAM)
  find_package(CLI11 CONFIG REQUIRED)
endif()
