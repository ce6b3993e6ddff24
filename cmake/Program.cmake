# The gradus program, with the lessons that it can run, at <build>/gradus. Its target is
# gradus_program: `gradus` is the library.

file(GLOB gradus_program_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/gradus/cli/*.cpp")
if(gradus_program_sources)
  add_executable(gradus_program ${gradus_program_sources})
  gradus_unity(gradus_program cli ${gradus_program_sources})
  foreach(folder . unit1 unit2)
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/lessons/${folder}/*.cpp")
    target_sources(gradus_program PRIVATE ${sources})
    gradus_unity(gradus_program lessons_${folder} ${sources})
  endforeach()
  set_target_properties(gradus_program PROPERTIES
    OUTPUT_NAME gradus
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  target_link_libraries(gradus_program PRIVATE
    gradus gradus_options ${GRADUS_LINK} CLI11::CLI11 nlohmann_json::nlohmann_json)
  target_precompile_headers(gradus_program PRIVATE ${GRADUS_PRECOMPILED})
endif()
