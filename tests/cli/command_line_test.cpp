// The program as a whole: version, help, usage, and what it does with its standard streams.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gradus/base/version.h"
#include "gradus/data/catalog.h"
#include "gradus/ops/all_ops.h"
#include "program.h"

namespace gradus::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr const char* kCommands[] = {"train", "evaluate", "predict", "describe", "data",
                                     "keys",  "ops",      "derive",  "doctor"};

TEST(CommandLine, TellsItsVersion) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("gradus " + std::string(version()) + " ("));
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST(CommandLine, HelpNamesEveryCommandAndGivesAnExample) {
  const Outcome outcome = run({"--help"});
  EXPECT_EQ(outcome.code, 0);
  for (const std::string command : kCommands) {
    EXPECT_THAT(outcome.out, HasSubstr("\n  " + command + " "));
  }
  EXPECT_THAT(outcome.out, HasSubstr("example:\n  gradus "));
}

TEST(CommandLine, EveryCommandHasHelpWithAnExample) {
  for (const std::string command : kCommands) {
    const Outcome outcome = run({command, "--help"});
    EXPECT_EQ(outcome.code, 0) << command;
    EXPECT_THAT(outcome.out, HasSubstr("usage: gradus " + command));
    EXPECT_THAT(outcome.out, HasSubstr("example:\n  gradus " + command));
    EXPECT_THAT(outcome.err, IsEmpty());
  }
}

// CLI11 puts names of types (TEXT, INT) and of checks (":INT in [1 - 1024]") there by itself.
TEST(CommandLine, HelpNamesValuesByWhatTheyAre) {
  for (const std::string command : kCommands) {
    const std::string help = run({command, "--help"}).out;
    for (const char* leak : {"TEXT", "INT", "FLOAT", " in [", "REQUIRED"}) {
      EXPECT_EQ(help.find(leak), std::string::npos) << command << ": " << help;
    }
  }
  EXPECT_THAT(run({"train", "--help"}).out,
              HasSubstr("\n  --threads N          how many threads compute: 1 to 1024\n"));
}

TEST(CommandLine, HelpFitsTheTerminal) {
  for (const std::string command : kCommands) {
    for (const std::string& line :
         lines_of(run_on_terminal({command, "--help"}, 60, std::filesystem::current_path()).out)) {
      EXPECT_LE(line.size(), 60u + 1) << line;  // 60 and a carriage return
    }
  }
}

TEST(CommandLine, ListsFitTheTerminal) {
  const std::vector<std::string> lists[] = {
      {"ops"}, {"ops", "convolution"}, {"data"}, {"data", "wine"}, {"keys"}, {"doctor"}};
  for (const auto& list : lists) {
    const Outcome outcome = run_on_terminal(list, 60, std::filesystem::current_path());
    EXPECT_EQ(outcome.code, 0);
    for (const std::string& line : lines_of(outcome.out)) EXPECT_LE(line.size(), 60u + 1) << line;
  }
}

struct Misuse {
  std::vector<std::string> arguments;
  const char* message;
};

TEST(CommandLine, MisuseIsOneLineAndExitCodeTwo) {
  const Misuse misuses[] = {
      {{}, "gradus: no command given (gradus --help tells what there is)\n"},
      {{"oops"}, "gradus: unknown command oops"},
      {{"trian"}, "gradus: unknown command trian; did you mean train? (gradus --help tells"},
      {{"--verson"}, "gradus: unknown option --verson; did you mean --version?"},
      {{"train", "x.toml", "--sead", "3"}, "gradus: unknown option --sead; did you mean --seed?"},
      {{"evaluate"},
       "gradus: RUN is missing: the folder of a run, or its model.safetensors (gradus evaluate "
       "--help tells what there is)\n"},
      {{"predict", "run"}, "gradus: --input FILE is missing: one picture (.png), or examples"},
      {{"train", "x.toml", "--set", "seed"},
       "gradus: --set: 'seed' is not of the form KEY=VALUE, as train.epochs=5"},
      {{"train", "x.toml", "--threads", "0"},
       "gradus: --threads: '0' is not an integer from 1 to 1024"},
      {{"ops", "--jsn"},
       "gradus: unknown option --jsn; did you mean --json? (gradus ops --help tells what there "
       "is)\n"},
      {{"ops", "sum", "mean"}, "gradus: unknown argument mean"},
  };
  for (const Misuse& misuse : misuses) {
    const Outcome outcome = run(misuse.arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, StartsWith(misuse.message));
    EXPECT_EQ(lines_of(outcome.err).size(), 1u) << outcome.err;
    EXPECT_THAT(outcome.out, IsEmpty());
  }
}

TEST(CommandLine, ControlCharactersOfArgumentsDoNotReachTheTerminal) {
  const Outcome outcome = run({"ops", "\x1b[31mred"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("\\x1b[31mred"));
}

TEST(CommandLine, AReaderThatWentAwayIsNoError) {
  const Outcome outcome = run_shell("\"$GRADUS\" ops | true; echo ${PIPESTATUS[0]}");
  EXPECT_EQ(outcome.out, "0\n");
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST(CommandLine, ClosedStreamsThatNothingIsLostOnAreNoError) {
  const Outcome outcome = run_shell("\"$GRADUS\" ops sum <&- 2>&-");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("operation"));
}

TEST(Keys, TellsTheKeysOfATableAndOfAKind) {
  const Outcome all = run({"keys"});
  EXPECT_EQ(all.code, 0);
  for (const char* part : {"before any table\n", "[train]\n", "  epochs ",
                           "[[model.layers]] type = "
                           "\"conv2d\": Convolution of images.",
                           "[optimizer] name = \"adam\": "}) {
    EXPECT_THAT(all.out, HasSubstr(part));
  }
  const Outcome adam = run({"keys", "optimizer.adam"});
  EXPECT_THAT(adam.out, HasSubstr("\n  learning_rate "));
  EXPECT_EQ(adam.out.find("sgd"), std::string::npos);
  const auto train = nlohmann::json::parse(run({"keys", "train", "--json"}).out);
  EXPECT_EQ(train.at("keys").at(0).at("name"), "epochs");
  EXPECT_EQ(train.at("keys").at(0).at("default"), "10");
}

TEST(Keys, OfAnUnknownTableIsExitCodeThree) {
  const Outcome outcome = run({"keys", "optimiser"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.err,
            "gradus: a recipe has no table optimiser; did you mean optimizer? (gradus keys "
            "lists all)\n");
  EXPECT_EQ(run({"keys", "foo"}).err,
            "gradus: a recipe has no table foo; there are data, model, loss, optimizer, "
            "schedule, train (gradus keys lists all)\n");
  EXPECT_THAT(run({"keys", "conv2d"}).err, HasSubstr("did you mean model.layers.conv2d?"));
}

TEST(Ops, ListsEveryOperationOfTheRegistry) {
  const std::vector<std::string> lines = lines_of(run({"ops"}).out);
  ASSERT_EQ(lines.size(), all_ops().size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_THAT(lines[i], StartsWith(std::string(all_ops()[i]->name) + " "));
  }
}

TEST(Ops, PrintsAnObjectForEachOperationAsJson) {
  const std::vector<std::string> lines = lines_of(run({"ops", "--json"}).out);
  ASSERT_EQ(lines.size(), all_ops().size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(nlohmann::json::parse(lines[i]).at("name"), all_ops()[i]->name);
  }
}

TEST(Ops, TellsAboutEveryOperation) {
  for (const OpDef* op : all_ops()) {
    const Outcome outcome = run({"ops", op->name});
    EXPECT_EQ(outcome.code, 0) << op->name << ": " << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr(op->doc));
  }
}

TEST(Ops, AnUnknownOperationIsExitCodeThree) {
  const Outcome outcome = run({"ops", "matmull"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, StartsWith("gradus: there is no operation \"matmull\"; did you mean "
                                      "matmul?"));
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(run({"ops", "conv2d"}).err, HasSubstr("did you mean convolution?"));
}

TEST(Doctor, TellsAboutProcessorLibrariesThreadsAndMemory) {
  const Outcome outcome = run({"doctor"});
  EXPECT_EQ(outcome.code, 0);
  for (const char* subject :
       {"processor", "instructions", "threads", "memory", "oneDNN", "Highway"})
    EXPECT_THAT(outcome.out, HasSubstr(std::string("\n") + subject + " "));
}

TEST(Doctor, TellsWhichDataSetsAreMissingAndHowToGetThem) {
  const TemporaryFolder empty;
  const auto doctor = nlohmann::json::parse(
      run({"doctor", "--json"}, ".", {{"GRADUS_DATA_DIR", empty.path().string()}}).out);
  ASSERT_EQ(doctor.at("data").size(), data::data_sets().size());
  for (const auto& set : doctor.at("data")) {
    EXPECT_EQ(set.at("package"), data::find_data_set(set.at("name").get<std::string>()).package);
  }
}

TEST(Data, ListsEveryDataSet) {
  const std::vector<std::string> lines = lines_of(run({"data"}).out);
  ASSERT_EQ(lines.size(), data::data_sets().size() + 1);  // and a heading
  for (std::size_t i = 1; i < lines.size(); ++i) {
    EXPECT_THAT(lines[i], StartsWith(data::data_sets()[i - 1].name + " "));
  }
}

TEST(Data, TellsAboutEveryDataSet) {
  for (const auto& info : data::data_sets()) {
    const Outcome outcome = run({"data", info.name});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr(info.description));
    EXPECT_THAT(outcome.out, HasSubstr(info.package.empty() ? "files     built in" : info.package));
  }
}

TEST(Data, AnUnknownDataSetIsExitCodeThreeAndTheMessageListsThem) {
  const Outcome outcome = run({"data", "fashion-mnits"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("; did you mean fashion-mnist?"));
  for (const auto& info : data::data_sets()) EXPECT_THAT(outcome.err, HasSubstr(info.name));
  EXPECT_EQ(lines_of(outcome.err).size(), 1u);
}

TEST(Doctor, CountsTheThreadsThatOpenMpIsGiven) {
  const Outcome outcome = run({"doctor", "--json"}, ".", {{"OMP_NUM_THREADS", "3"}});
  EXPECT_EQ(nlohmann::json::parse(outcome.out).at("threads"), 3);
}

}  // namespace
}  // namespace gradus::cli
