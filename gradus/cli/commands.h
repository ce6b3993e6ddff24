#pragma once

#include <string>

#include "gradus/cli/console.h"
#include "gradus/cli/exit_code.h"
#include "gradus/data/catalog.h"

// The commands: each takes what stood on the command line and talks to the library. What goes
// wrong is thrown.

namespace gradus::cli {

struct DataArguments {
  std::string name = {};  ///< empty: list all
  bool json = false;
};
ExitCode run_data(const DataArguments& arguments, Output& output);

/// "here (package python3-sklearn)", or how to get it.
std::string where_data_set_is(const data::DataSetInfo& info);

struct OpsArguments {
  std::string name = {};  ///< empty: list all
  bool json = false;
};
ExitCode run_ops(const OpsArguments& arguments, Output& output);

struct DoctorArguments {
  bool json = false;
};
ExitCode run_doctor(const DoctorArguments& arguments, Output& output);

}  // namespace gradus::cli
