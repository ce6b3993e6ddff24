# LAPACKE over the LAPACK and BLAS that the system has chosen (OpenBLAS in tools/packages.txt).
# Defines LAPACKE::LAPACKE.

find_path(LAPACKE_INCLUDE_DIR lapacke.h PATH_SUFFIXES lapacke openblas)
find_library(LAPACKE_LIBRARY lapacke)
find_library(LAPACKE_LAPACK_LIBRARY NAMES lapack openblas)
find_library(LAPACKE_BLAS_LIBRARY NAMES blas openblas)
mark_as_advanced(
  LAPACKE_INCLUDE_DIR LAPACKE_LIBRARY LAPACKE_LAPACK_LIBRARY LAPACKE_BLAS_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LAPACKE
  REQUIRED_VARS
    LAPACKE_LIBRARY LAPACKE_LAPACK_LIBRARY LAPACKE_BLAS_LIBRARY LAPACKE_INCLUDE_DIR)

if(LAPACKE_FOUND AND NOT TARGET LAPACKE::LAPACKE)
  add_library(LAPACKE::LAPACKE INTERFACE IMPORTED)
  target_include_directories(LAPACKE::LAPACKE SYSTEM INTERFACE "${LAPACKE_INCLUDE_DIR}")
  target_link_libraries(LAPACKE::LAPACKE INTERFACE
    "${LAPACKE_LIBRARY}" "${LAPACKE_LAPACK_LIBRARY}" "${LAPACKE_BLAS_LIBRARY}")
endif()
