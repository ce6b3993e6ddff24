#pragma once

#include <gtest/gtest.h>

#include <string>

#include "gradus/base/error.h"

namespace gradus::testing {

/// The Error that `f` throws; a failure of the test if it throws none.
template <class F>
Error error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no Error was thrown";
  return {ErrorCode::internal, "", ""};
}

/// The text of the Error that `f` throws.
template <class F>
std::string message_of(F&& f) {
  return error_of(f).what();
}

}  // namespace gradus::testing
