#include "gradus/io/safetensors.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return gradus::fuzz::run(data, size, [](const gradus::io::FileBytes& file) {
    for (const auto& [name, tensor] : gradus::io::parse_safetensors(file).tensors) {
      gradus::fuzz::touch(tensor);
    }
  });
}
