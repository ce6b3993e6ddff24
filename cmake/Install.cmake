# The installed package, for find_package(Gradus) and for pkg-config. It names no path of this
# machine, so the prefix can be moved.

include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Gradus")

install(TARGETS gradus EXPORT GradusTargets)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/gradus" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h"
  PATTERN "cli" EXCLUDE
  PATTERN "serve" EXCLUDE)
if(TARGET gradus_program)
  install(TARGETS gradus_program)
endif()

install(EXPORT GradusTargets NAMESPACE gradus:: DESTINATION "${package_dir}")
list(JOIN GRADUS_FIND_DEPENDENCIES "\n" find_dependencies)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/GradusConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/generated/GradusConfig.cmake"
  INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/generated/GradusConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/generated/GradusConfig.cmake"
  "${PROJECT_BINARY_DIR}/generated/GradusConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindLAPACKE.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindOneDNN.cmake"
  DESTINATION "${package_dir}")

# A static library passes its dependencies on; a shared one has them inside.
list(JOIN GRADUS_PC_REQUIRES " " pc_requires)
list(JOIN GRADUS_PC_LIBS " " pc_libs)
if(BUILD_SHARED_LIBS)
  set(pc_dependencies "Requires.private: ${pc_requires}\nLibs.private: ${pc_libs}\nLibs: -L\${libdir} -lgradus")
else()
  set(pc_dependencies "Requires: ${pc_requires}\nLibs: -L\${libdir} -lgradus ${pc_libs}")
endif()
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" OUTPUT_VARIABLE pc_prefix)
configure_file("${PROJECT_SOURCE_DIR}/cmake/gradus.pc.in"
  "${PROJECT_BINARY_DIR}/generated/gradus.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/generated/gradus.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
