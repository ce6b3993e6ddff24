#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gradus/cli/console.h"
#include "gradus/cli/exit_code.h"
#include "gradus/data/catalog.h"

// The commands: each takes what stood on the command line and talks to the library. What goes
// wrong is thrown.

namespace gradus::cli {

struct TrainArguments {
  std::string recipe = {};  ///< may be empty with `resume`: the run's own
  std::vector<std::string> overrides = {};
  std::string folder = {};
  std::string resume = {};
  std::optional<std::int64_t> seed = {};
  std::optional<int> threads = {};
  bool profile = false;
  std::string profile_file = {};  ///< for the trace; empty: none
  bool json = false;
  bool dry_run = false;
};
ExitCode run_train(const TrainArguments& arguments, Output& output);

struct EvaluateArguments {
  std::string run = {};
  std::string data = {};  ///< empty: that of the training
  bool json = false;
};
ExitCode run_evaluate(const EvaluateArguments& arguments, Output& output);

struct PredictArguments {
  std::string run = {};
  std::string input = {};
  bool json = false;
};
ExitCode run_predict(const PredictArguments& arguments, Output& output);

struct DescribeArguments {
  std::string target = {};  ///< a recipe, a run or a model
  bool json = false;
};
ExitCode run_describe(const DescribeArguments& arguments, Output& output);

struct DataArguments {
  std::string name = {};  ///< empty: list all
  bool json = false;
};
ExitCode run_data(const DataArguments& arguments, Output& output);

/// "here (package python3-sklearn)", or how to get it; "built in" for what is no file.
std::string where_data_set_is(const data::DataSetInfo& info);

struct KeysArguments {
  std::string table = {};  ///< "optimizer" or "optimizer.adam"; empty: list all
  bool json = false;
};
ExitCode run_keys(const KeysArguments& arguments, Output& output);

struct OpsArguments {
  std::string name = {};  ///< empty: list all
  bool json = false;
};
ExitCode run_ops(const OpsArguments& arguments, Output& output);

struct DeriveArguments {
  std::string expression = {};
  std::vector<std::string> variables = {};  ///< empty: all of the formula
  int order = 1;
  std::vector<std::string> at = {};  ///< "x=2"
  bool latex = false;
  bool raw = false;     ///< as the rules give it
  bool shared = false;  ///< common subexpressions written once
  bool json = false;
};
ExitCode run_derive(const DeriveArguments& arguments, Output& output);

struct LessonArguments {
  std::string action = {};  ///< "list" or "run"
  std::string name = {};
  std::string folder = "lesson-pictures";
  bool json = false;
};
ExitCode run_lesson(const LessonArguments& arguments, Output& output);

struct DoctorArguments {
  bool json = false;
};
ExitCode run_doctor(const DoctorArguments& arguments, Output& output);

}  // namespace gradus::cli
