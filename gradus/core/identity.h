#pragma once

#include "gradus/core/op_def.h"

namespace gradus {

extern const OpDef kIdentity;

}  // namespace gradus
