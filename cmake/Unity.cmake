# Small sources are compiled several at once: the headers they share are read once, and what they
# share of templates is made once, which halves the time of a build from nothing.

option(GRADUS_UNITY_BUILD "Compile small sources of a folder several at once" ON)

# gradus_unity(TARGET FOLDER SOURCE...) compiles the sources, all of one folder, six at once.
function(gradus_unity target folder)
  if(NOT GRADUS_UNITY_BUILD)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  set(count 0)
  foreach(source IN LISTS ARGN)
    math(EXPR group "${count} / 6")
    math(EXPR count "${count} + 1")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP ${folder}_${group})
  endforeach()
endfunction()
