# Every library that Gradus links, one line each. The link of the library, the package that
# find_package(Gradus) loads and gradus.pc all follow from this list.

# Consumers that add Gradus as a subdirectory link these too, so they must be visible there.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)

set(GRADUS_LINK_PUBLIC)        # targets whose headers public headers include
set(GRADUS_LINK_PRIVATE)       # targets that only sources of the library use
set(GRADUS_FIND_DEPENDENCIES)  # lines of GradusConfig.cmake
set(GRADUS_PC_REQUIRES)        # names of pkg-config packages
set(GRADUS_PC_LIBS)            # linker flags of what has no pkg-config package

# gradus_link(<arguments of find_package> {PUBLIC|PRIVATE} TARGET... [PC NAME...] [LIBS FLAG...])
function(gradus_link)
  cmake_parse_arguments(PARSE_ARGV 0 link "" "" "PUBLIC;PRIVATE;PC;LIBS")
  find_package(${link_UNPARSED_ARGUMENTS} REQUIRED)
  list(JOIN link_UNPARSED_ARGUMENTS " " arguments)
  list(APPEND GRADUS_LINK_PUBLIC ${link_PUBLIC})
  list(APPEND GRADUS_LINK_PRIVATE ${link_PRIVATE})
  list(APPEND GRADUS_FIND_DEPENDENCIES "find_dependency(${arguments})")
  list(APPEND GRADUS_PC_REQUIRES ${link_PC})
  list(APPEND GRADUS_PC_LIBS ${link_LIBS})
  foreach(result LINK_PUBLIC LINK_PRIVATE FIND_DEPENDENCIES PC_REQUIRES PC_LIBS)
    set(GRADUS_${result} "${GRADUS_${result}}" PARENT_SCOPE)
  endforeach()
endfunction()

gradus_link(fmt CONFIG PUBLIC fmt::fmt PC fmt)
gradus_link(OneDNN 2.6 PRIVATE OneDNN::OneDNN LIBS -ldnnl)
gradus_link(hwy CONFIG PRIVATE hwy::hwy hwy::hwy_contrib PC libhwy-contrib libhwy)
gradus_link(LAPACKE PRIVATE LAPACKE::LAPACKE PC lapacke lapack)
gradus_link(PNG PRIVATE PNG::PNG PC libpng)
gradus_link(ZLIB PRIVATE ZLIB::ZLIB PC zlib)
gradus_link(OpenMP COMPONENTS CXX PRIVATE OpenMP::OpenMP_CXX LIBS -fopenmp)
gradus_link(tomlplusplus CONFIG PRIVATE tomlplusplus::tomlplusplus PC tomlplusplus)
gradus_link(Threads PRIVATE Threads::Threads LIBS -pthread)

# Header-only, and in no public header: consumers do not need them.
find_package(nlohmann_json CONFIG REQUIRED)
if(GRADUS_BUILD_PROGRAM)
  find_package(CLI11 CONFIG REQUIRED)
endif()
