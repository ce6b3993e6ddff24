// A stranger's first program. Listing the operations links every kernel and so every dependency.
#include <cstdio>
#include <string>

#include "gradus/gradus.h"

int main() {
  const gradus::Tensor x{{1, 2}, {3, 4}};
  if (x.data<float>()[3] != 4) return 1;
  std::printf("gradus %s has %zu operations\n", std::string(gradus::version()).c_str(),
              gradus::all_ops().size());
}
