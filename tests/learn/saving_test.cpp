#include "gradus/learn/saving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/io/safetensors.h"
#include "gradus/learn/encoder.h"
#include "gradus/learn/estimator_kinds.h"
#include "gradus/learn/options.h"
#include "gradus/learn/pipeline.h"
#include "gradus/learn/scaler.h"
#include "tests/learn/data.h"
#include "tests/support/error_of.h"
#include "tests/support/tensors.h"

namespace gradus::learn {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::near;
using testing::values;

const Tensor kExamples{{1, 5}, {2, 3}, {4, 0}};

class SavedScaler : public ::testing::Test {
 protected:
  SavedScaler() {
    MinMaxScaler scaler{{.low = -1.5, .high = 0.1}};
    scaler.fit(kExamples);
    save(scaler, path());
  }
  std::string path() const { return folder_ / "scaler.safetensors"; }
  /// What load() says after `change`.
  template <class F>
  std::string message_after(F&& change) {
    io::Safetensors contents = io::read_safetensors(path());
    change(contents);
    for (auto& [name, tensor] : contents.tensors) {
      tensor = Tensor::from_bytes(tensor.bytes(), tensor.shape(), tensor.dtype());
    }
    io::write_safetensors(path(), contents);
    const Error error = error_of([&] { load(path()); });
    EXPECT_EQ(error.code(), ErrorCode::format);
    EXPECT_THAT(error.what(), HasSubstr(path()));
    return error.what();
  }

 private:
  testing::TemporaryFolder folder_;
};

TEST_F(SavedScaler, IsLoadedAsItWas) {
  const auto loaded = load(path());
  EXPECT_STREQ(loaded->kind(), "min_max_scaler");
  EXPECT_EQ(options_of(*loaded), (NamedOptions{{"low", -1.5}, {"high", 0.1}}));
  MinMaxScaler scaler{{.low = -1.5, .high = 0.1}};
  scaler.fit(kExamples);
  EXPECT_EQ(values(loaded->transform(kExamples)), values(scaler.transform(kExamples)));
}

TEST_F(SavedScaler, IsNotLoadedWithATensorMissing) {
  EXPECT_THAT(message_after([](auto& contents) { contents.tensors.pop_back(); }),
              HasSubstr("range is missing"));
}
TEST_F(SavedScaler, IsNotLoadedWithATensorTooMany) {
  EXPECT_THAT(message_after([](auto& c) {
                c.tensors.emplace_back("more", Tensor{1, 2});
              }),
              HasSubstr("more is unexpected"));
}
TEST_F(SavedScaler, IsNotLoadedWithAnotherShapeOrType) {
  EXPECT_THAT(message_after([](auto& c) {
                c.tensors.back().second = Tensor{1, 2, 3};
              }),
              HasSubstr("range is f32[3], not f64[2]"));
}
TEST_F(SavedScaler, IsNotLoadedWithNumbersThatMakeNoSense) {
  EXPECT_THAT(message_after([](auto& c) {
                c.tensors.back().second = Tensor::from(std::vector<double>{1, 0});
              }),
              HasSubstr("range must be above 0"));
}
TEST_F(SavedScaler, IsNotLoadedWithNan) {
  EXPECT_THAT(message_after([](auto& c) {
                c.tensors.back().second = Tensor::from(std::vector<double>{1, NAN});
              }),
              HasSubstr("range holds numbers that are not finite"));
}
TEST_F(SavedScaler, IsNotLoadedAsAnUnknownKind) {
  EXPECT_THAT(message_after([](auto& c) { c.metadata.set("gradus.estimator", "min_max_scalar"); }),
              HasSubstr("did you mean min_max_scaler?"));
}
TEST_F(SavedScaler, IsNotLoadedWithAnOptionThatIsNoNumber) {
  EXPECT_THAT(message_after([](auto& c) { c.metadata.set("gradus.option.low", "1x"); }),
              HasSubstr("low is no number: '1x'"));
}
TEST_F(SavedScaler, IsNotLoadedWithoutFeatures) {
  EXPECT_THAT(message_after([](auto& c) { c.tensors[0].second = Tensor(std::int64_t{-4}); }),
              HasSubstr("features is -4"));
}

TEST(Saving, RefusesWhatIsNotFitted) {
  EXPECT_STREQ(error_of([] { save(StandardScaler(), "/tmp/never-written"); }).what(),
               "save: the standard_scaler is not fitted yet");
}

TEST(Saving, KeepsPipelines) {
  Pipeline pipeline;
  pipeline.add("hot", OneHotEncoder{{.unknown = OneHotEncoderOptions::Unknown::ignore}})
      .add("scale", StandardScaler{});
  pipeline.fit(kExamples);
  const auto loaded = saved_and_loaded(pipeline);
  EXPECT_EQ(options_of(*loaded), options_of(pipeline));
  EXPECT_EQ(values(loaded->transform(kExamples)), values(pipeline.transform(kExamples)));
}

TEST(Options, AreReadAndSetByName) {
  MinMaxScaler scaler;
  set_options(scaler, {{"high", std::int64_t{3}}, {"low", 0.5}});
  EXPECT_EQ(scaler.options.high, 3);
  EXPECT_EQ(scaler.options.low, 0.5);
  EXPECT_STREQ(error_of([&] {
                 set_options(scaler, {{"hihg", 1.0}, {"low", true}});
               }).what(),
               "min_max_scaler: low is a number, not true; there is no option 'hihg'; allowed: "
               "low, high; did you mean high?");
  EXPECT_EQ(scaler.options.low, 0.5);
}

TEST(Options, OfPartsHaveTheirPath) {
  Pipeline pipeline;
  pipeline.add("scale", StandardScaler{}).add("hot", OneHotEncoder{});
  set_options(pipeline, {{"scale.center", false}, {"hot.unknown", std::string("ignore")}});
  EXPECT_EQ(options_of(pipeline), (NamedOptions{{"scale.center", false},
                                                {"scale.scale", true},
                                                {"hot.unknown", std::string("ignore")}}));
  EXPECT_THAT(error_of([&] {
                set_options(pipeline, {{"hot.unknown", std::string("x")}});
              }).what(),
              HasSubstr("hot.unknown is one of error, ignore, not x"));
}

TEST(Pipeline, RefusesPartsThatCannotStandThere) {
  Pipeline pipeline;
  EXPECT_EQ(error_of([&] { pipeline.fit(kExamples); }).code(), ErrorCode::invalid_argument);
  pipeline.add("scale", StandardScaler{});
  for (const char* name : {"", "scale", "a.b"}) {
    EXPECT_EQ(error_of([&] { pipeline.add(name, StandardScaler{}); }).code(),
              ErrorCode::invalid_argument);
  }
}

TEST(EstimatorKinds, StandInOrderUnderTheirNames) {
  std::string before;
  for (const EstimatorKind& kind : estimator_kinds()) {
    EXPECT_STREQ(kind.make()->kind(), kind.name);
    EXPECT_LT(before, kind.name);
    before = kind.name;
  }
}

}  // namespace
}  // namespace gradus::learn
