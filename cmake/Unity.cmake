# gradus_unity(TARGET FOLDER SOURCE...) compiles the sources, all of one folder, six at once: the
# headers they share are read once and the templates they share are made once, which saves about a
# fifth of the time of a build from nothing. Unnamed namespaces of a folder become one by it: what
# two sources would both define belongs into a header of that folder, or under names of its own.
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
