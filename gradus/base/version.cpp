#include "gradus/base/version.h"

#include "gradus_commit.h"

namespace gradus {

std::string_view version() { return GRADUS_VERSION; }

std::string_view commit() { return GRADUS_COMMIT; }

}  // namespace gradus
