#include "gradus/nn/context.h"

#include "gradus/base/error.h"

namespace gradus::nn {

Key Context::next_key(const char* layer) {
  if (!key) {
    throw Error(ErrorCode::invalid_argument, layer,
                "draws random numbers in training, but the context has no key");
  }
  return key->fold_in(draws++);
}

}  // namespace gradus::nn
