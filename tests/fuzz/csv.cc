#include "gradus/io/csv.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return gradus::fuzz::run(data, size, [](const gradus::io::FileBytes& file) {
    gradus::io::parse_csv(file, {.limit = 1 << 20});
  });
}
