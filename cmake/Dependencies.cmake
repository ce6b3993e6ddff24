# Every library that Gradus links. GradusConfig.cmake repeats this list for consumers.

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(OneDNN 2.6 REQUIRED)
find_package(hwy CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(LAPACKE REQUIRED)

# Needed to build only: nothing of these is in a public header or in the link of a consumer.
find_package(tomlplusplus CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
if(GRADUS_BUILD_PROGRAM)
  find_package(CLI11 CONFIG REQUIRED)
endif()
