# gradus_embed(TARGET SYMBOL FILE): compiles a text file into TARGET as
# `namespace gradus::embedded { extern const std::string_view SYMBOL; }`.
# The using source declares that symbol itself.
function(gradus_embed target symbol file)
  set(output "${PROJECT_BINARY_DIR}/generated/embedded/${symbol}.cpp")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DSYMBOL=${symbol}" "-DINPUT=${file}" "-DOUTPUT=${output}"
            -P "${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake"
    DEPENDS "${file}" "${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake"
    COMMENT "Embedding ${file}"
    VERBATIM)
  target_sources(${target} PRIVATE "${output}")
endfunction()
