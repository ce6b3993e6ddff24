#include "gradus/io/r_data.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return gradus::fuzz::run(data, size, [](const gradus::io::FileBytes& file) {
    gradus::fuzz::touch(
        gradus::io::parse_r_data(file, "things").matrix({}, gradus::io::Missing::keep));
  });
}
