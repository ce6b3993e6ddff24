// What a user's first program needs from the build: a header, the library and what it links.
#include "gradus/base/version.h"

#include <cstdio>

int main() {
  std::printf("gradus %.*s\n", static_cast<int>(gradus::version().size()),
              gradus::version().data());
}
