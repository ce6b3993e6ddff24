// Files are assembled by hand from the published format, never by the writer under test.
#include "gradus/io/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "gradus/core/array.h"
#include "tests/support/error_of.h"
#include "tests/support/raw_bytes.h"
#include "tests/support/temporary_folder.h"

namespace gradus::io {
namespace {

using gradus::testing::error_of;
using gradus::testing::raw;
using gradus::testing::read_text;
using gradus::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string little_endian(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

std::string safetensors_file(const std::string& header, const std::string& data) {
  return little_endian(header.size()) + header + data;
}

Safetensors safetensors_of(const std::string& bytes) {
  return parse_safetensors(
      copy_bytes("model.safetensors", std::as_bytes(std::span(bytes.data(), bytes.size()))));
}

/// The message of the Error for this file, which must name it.
std::string safetensors_fault(const std::string& bytes, ErrorCode code = ErrorCode::format) {
  const Error error = error_of([&] { safetensors_of(bytes); });
  EXPECT_EQ(error.code(), code) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("read_safetensors: model.safetensors: "));
  return error.message().substr(std::min(error.message().size(), sizeof("model.safetensors:")));
}

std::string fault_of_header(const std::string& header, const std::string& data = "") {
  return safetensors_fault(safetensors_file(header, data));
}

/// A header of one tensor 'w' with these fields.
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

TEST(Safetensors, ReadsAFileMadeByHand) {
  const auto contents = safetensors_of(
      safetensors_file(R"({"__metadata__":{"format":"pt","note":"\u00e9"},)"
                       R"("b":{"dtype":"I64","shape":[2],"data_offsets":[12,28]},)"
                       R"("a.weight":{"shape":[1,3],"data_offsets":[0,12],"dtype":"F32"}} )",
                       raw<float>({1.5f, -2, 3}) + raw<std::int64_t>({7, -8})));
  ASSERT_EQ(contents.tensors.size(), 2u);
  EXPECT_EQ(contents.tensors[0].first, "b");
  EXPECT_EQ(contents.tensors[1].first, "a.weight");
  EXPECT_THAT(contents.find("b")->to_vector<std::int64_t>(), ElementsAre(7, -8));
  EXPECT_EQ(contents.find("a.weight")->signature(), "f32[1, 3]");
  EXPECT_THAT(contents.find("a.weight")->to_vector<float>(), ElementsAre(1.5f, -2, 3));
  EXPECT_EQ(contents.find("c"), nullptr);
  EXPECT_EQ(*contents.metadata.find("format"), "pt");
  EXPECT_EQ(*contents.metadata.find("note"), "\xc3\xa9");
}

TEST(Safetensors, ReadsEveryElementTypeGradusHas) {
  const std::string header = R"({"f64":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
                             R"("i64":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},)"
                             R"("f32":{"dtype":"F32","shape":[1],"data_offsets":[16,20]},)"
                             R"("i32":{"dtype":"I32","shape":[1],"data_offsets":[20,24]},)"
                             R"("f16":{"dtype":"F16","shape":[1],"data_offsets":[24,26]},)"
                             R"("bf16":{"dtype":"BF16","shape":[1],"data_offsets":[26,28]},)"
                             R"("u8":{"dtype":"U8","shape":[1],"data_offsets":[28,29]},)"
                             R"("bool":{"dtype":"BOOL","shape":[2],"data_offsets":[29,31]}})";
  // 1.5 is 0x3e00 in binary16 and 0x3fc0 in bfloat16.
  const auto contents = safetensors_of(
      safetensors_file(header, raw<double>({0.25}) + raw<std::int64_t>({-5}) + raw<float>({2.5f}) +
                                   raw<std::int32_t>({-6}) + raw<std::uint16_t>({0x3e00, 0x3fc0}) +
                                   raw<std::uint8_t>({200, 1, 0})));
  const std::map<std::string, double> expected = {{"f64", 0.25}, {"i64", -5},  {"f32", 2.5},
                                                  {"i32", -6},   {"f16", 1.5}, {"bf16", 1.5},
                                                  {"u8", 200}};
  for (const auto& [name, value] : expected) {
    EXPECT_EQ(name_of(contents.find(name)->dtype()), name);
    EXPECT_EQ(contents.find(name)->item<double>(), value) << name;
  }
  EXPECT_THAT(contents.find("bool")->to_vector<bool>(), ElementsAre(true, false));
}

TEST(Safetensors, AcceptsEmptyAndZeroDimensionalTensorsAndSpacePadding) {
  const auto contents = safetensors_of(
      safetensors_file(R"({"none":{"dtype":"F32","shape":[0,4],"data_offsets":[0,0]},)"
                       R"("one":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                       R"("end":{"dtype":"I64","shape":[3,0],"data_offsets":[4,4]}}    )",
                       raw<float>({3.5f})));
  EXPECT_EQ(contents.find("none")->signature(), "f32[0, 4]");
  EXPECT_EQ(contents.find("one")->signature(), "f32[]");
  EXPECT_EQ(contents.find("one")->item<float>(), 3.5f);
  EXPECT_EQ(contents.find("end")->signature(), "i64[3, 0]");
  EXPECT_TRUE(contents.find("end")->to_vector<float>().empty());
  EXPECT_TRUE(safetensors_of(safetensors_file("{}", "")).tensors.empty());
  EXPECT_TRUE(
      safetensors_of(safetensors_file(R"({"__metadata__":{}}      )", "")).metadata.empty());
}

TEST(Safetensors, CopiesOnlyMisalignedTensors) {
  const TemporaryFolder folder;
  const std::string header = R"({"aligned":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("byte":{"dtype":"U8","shape":[1],"data_offsets":[8,9]},)"
                             R"("misaligned":{"dtype":"F32","shape":[1],"data_offsets":[9,13]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  const std::string bytes = safetensors_file(padded, raw<float>({1, 2}) + "\x07" + raw<float>({4}));
  const auto contents = read_safetensors(folder.write("model.safetensors", bytes));
  const Array& aligned = contents.find("aligned")->array();
  const Array& byte = contents.find("byte")->array();
  EXPECT_EQ(aligned.buffer.data(), byte.buffer.data());  // both are the mapped file
  EXPECT_EQ(aligned.bytes() - aligned.buffer.data(), static_cast<long>(8 + padded.size()));
  EXPECT_NE(contents.find("misaligned")->array().buffer.data(), byte.buffer.data());
  EXPECT_EQ(contents.find("misaligned")->item<float>(), 4);
}

TEST(Safetensors, TensorsOutliveTheFileThatWasReplaced) {
  const TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  write_safetensors(path, {{{"w", Tensor{1, 2}}}, {}});
  const auto old = read_safetensors(path);
  write_safetensors(path, {{{"w", Tensor{3, 4}}}, {}});
  EXPECT_THAT(old.find("w")->to_vector<float>(), ElementsAre(1, 2));
  EXPECT_THAT(read_safetensors(path).find("w")->to_vector<float>(), ElementsAre(3, 4));
}

TEST(Safetensors, RefusesAHeaderThatDoesNotFit) {
  EXPECT_EQ(safetensors_fault(""),
            "it is not a safetensors file: it has 0 bytes, and the length of a header takes 8");
  EXPECT_EQ(safetensors_fault("1234567"),
            "it is not a safetensors file: it has 7 bytes, and the length of a header takes 8");
  EXPECT_EQ(
      safetensors_fault("name = \"a recipe\"\n"),
      "it is not a safetensors file: its first 8 bytes are not the length of a header, and no "
      "'{' follows them");
  EXPECT_EQ(safetensors_fault(little_endian(100'000'001) + "{}"),
            "byte 0: a header of 100000001 bytes is over the limit of 100 MB");
  EXPECT_EQ(safetensors_fault(little_endian(~std::uint64_t{0}) + "{}"),
            "byte 0: a header of 18446744073709551615 bytes is over the limit of 100 MB");
  EXPECT_EQ(safetensors_fault(little_endian(3) + "{}"),
            "byte 0: a header of 3 bytes ends beyond the file of 10 bytes");
  EXPECT_EQ(safetensors_fault(little_endian(0)), "byte 8: the header does not begin with '{'");
}

TEST(Safetensors, RefusesAHeaderThatIsNotAJsonObject) {
  EXPECT_EQ(fault_of_header(" {}"), "byte 8: the header does not begin with '{'");
  EXPECT_EQ(fault_of_header("[]"), "byte 8: the header does not begin with '{'");
  EXPECT_EQ(fault_of_header("{\"\xff\":1}"), "byte 10: the header is not UTF-8");
  EXPECT_EQ(fault_of_header("{\"\xc0\xaf\":1}"), "byte 10: the header is not UTF-8");  // overlong
  EXPECT_EQ(fault_of_header("{\"\xed\xa0\x80\":1}"),
            "byte 10: the header is not UTF-8");  // surrogate
  EXPECT_THAT(fault_of_header("{"), HasSubstr("the header is not JSON"));
  EXPECT_EQ(fault_of_header("{]"), "byte 9: the header is not JSON");
  EXPECT_THAT(fault_of_header("{} {}"), HasSubstr("the header is not JSON"));
  EXPECT_THAT(fault_of_header("{'a':1}"), HasSubstr("the header is not JSON"));
  EXPECT_EQ(fault_of_header(std::string("{}\0}", 4)), "byte 10: the header is not JSON");
}

TEST(Safetensors, RefusesKeysThatAppearTwice) {
  const std::string tensor = R"({"dtype":"F32","shape":[],"data_offsets":[0,4]})";
  EXPECT_EQ(fault_of_header(R"({"w":)" + tensor + R"(,"w":)" + tensor + "}", "1234"),
            "the key 'w' appears twice");
  // The same key, spelt with an escape.
  EXPECT_EQ(fault_of_header(R"({"w":)" + tensor + R"(,"\u0077":)" + tensor + "}", "1234"),
            "the key 'w' appears twice");
  EXPECT_EQ(
      fault_of_header(R"({"w":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}})"),
      "tensor 'w': the key 'dtype' appears twice");
  EXPECT_EQ(fault_of_header(R"({"w":{"shape":[],"shape":[],"dtype":"F32","data_offsets":[0,4]}})"),
            "tensor 'w': the key 'shape' appears twice");
  EXPECT_EQ(fault_of_header(R"({"__metadata__":{"a":"1","a":"2"}})"),
            "__metadata__: the key 'a' appears twice");
  EXPECT_EQ(fault_of_header(R"({"__metadata__":{},"__metadata__":{}})"),
            "the key '__metadata__' appears twice");
}

TEST(Safetensors, RefusesHolesOverlapsAndTrailingBytes) {
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
  };
  const std::string eight(8, '\1');
  EXPECT_EQ(safetensors_of(safetensors_file(two("[4,8]", "[0,4]"), eight)).tensors.size(), 2u);
  EXPECT_EQ(fault_of_header(two("[0,4]", "[5,9]"), eight + "1"),
            "tensor 'b': bytes 4 to 5 of the data before it belong to no tensor");
  EXPECT_EQ(fault_of_header(two("[1,5]", "[5,9]"), eight + "1"),
            "tensor 'a': bytes 0 to 1 of the data before it belong to no tensor");
  EXPECT_EQ(fault_of_header(two("[0,4]", "[3,7]"), eight.substr(1)),
            "tensor 'b': its data overlap those of 'a'");
  EXPECT_EQ(fault_of_header(two("[0,4]", "[0,4]"), eight.substr(4)),
            "tensor 'b': its data overlap those of 'a'");
  const std::size_t file_end = 8 + two("[0,4]", "[4,8]").size() + eight.size();
  EXPECT_EQ(fault_of_header(two("[0,4]", "[4,8]"), eight + "123"),
            "byte " + std::to_string(file_end) + ": 3 bytes follow the last tensor");
  EXPECT_EQ(fault_of_header(two("[0,4]", "[4,8]"), eight.substr(1)),
            "tensor 'b': its data end at byte 8 of 7");
  EXPECT_EQ(fault_of_header("{}", "1"), "byte 10: 1 bytes follow the last tensor");
}

TEST(Safetensors, RefusesASizeUnlikeShapeTimesType) {
  EXPECT_EQ(fault_of_header(entry("F32", "[2,2]", "[0,12]"), std::string(12, '\0')),
            "tensor 'w': its shape [2, 2] of F32 takes 16 bytes, but its data_offsets span 12");
  EXPECT_EQ(fault_of_header(entry("F32", "[0]", "[0,4]"), std::string(4, '\0')),
            "tensor 'w': its shape [0] of F32 takes 0 bytes, but its data_offsets span 4");
  EXPECT_EQ(fault_of_header(entry("F32", "[1]", "[4,0]")),
            "tensor 'w': its data_offsets [4, 0] run backwards");
}

TEST(Safetensors, RefusesShapesThatOverflow) {
  const std::string too_many = "has too many elements";
  EXPECT_THAT(fault_of_header(entry("U8", "[4294967296,4294967296]", "[0,0]")),
              HasSubstr(too_many));
  EXPECT_THAT(fault_of_header(entry("F64", "[2305843009213693952]", "[0,0]")), HasSubstr(too_many));
  EXPECT_THAT(fault_of_header(entry("U8", "[18446744073709551615,18446744073709551615]", "[0,1]")),
              HasSubstr(too_many));
  EXPECT_THAT(fault_of_header(entry("U8", "[0,9223372036854775808,2]", "[0,0]")),
              HasSubstr(too_many));
  EXPECT_THAT(fault_of_header(entry("U8", "[18446744073709551616]", "[0,1]")),
              HasSubstr("not a whole number below 2^64"));
  EXPECT_THAT(fault_of_header(entry("U8", "[1]", "[18446744073709551615,0]")),
              HasSubstr("run backwards"));
  std::string deep = "[1";
  for (int i = 0; i < 64; ++i) deep += ",1";
  EXPECT_EQ(fault_of_header(entry("U8", deep + "]", "[0,1]"), "1"),
            "tensor 'w': shape has more than 64 numbers");
}

TEST(Safetensors, RefusesElementTypesGradusDoesNotHaveByName) {
  for (const std::string dtype : {"U16", "I8", "F8_E4M3", "U64"}) {
    EXPECT_EQ(safetensors_fault(safetensors_file(entry(dtype, "[1]", "[0,2]"), "12"),
                                ErrorCode::unsupported),
              "tensor 'w': Gradus has no tensors of dtype " + dtype);
  }
  EXPECT_EQ(fault_of_header(entry("f32", "[1]", "[0,4]"), "1234"),
            "tensor 'w': unknown dtype 'f32'");
}

TEST(Safetensors, RefusesBooleansThatAreNeitherTrueNorFalse) {
  const std::string header = entry("BOOL", "[3]", "[0,3]");
  EXPECT_EQ(fault_of_header(header, std::string("\0\1\2", 3)),
            "byte " + std::to_string(8 + header.size() + 2) + ": 2 is not a boolean");
}

TEST(Safetensors, RefusesEntriesOfAnotherForm) {
  EXPECT_EQ(fault_of_header(R"({"w":1})"), "tensor 'w': it is a number, not an object");
  EXPECT_EQ(fault_of_header(R"({"w":[]})"), "tensor 'w': it is an array, not an object");
  EXPECT_EQ(fault_of_header(R"({"w":null})"), "tensor 'w': it is null, not an object");
  EXPECT_EQ(fault_of_header(R"({"w":{}})"), "tensor 'w': it has no dtype");
  EXPECT_EQ(fault_of_header(R"({"w":{"dtype":"F32","data_offsets":[0,0]}})"),
            "tensor 'w': it has no shape");
  EXPECT_EQ(fault_of_header(R"({"w":{"dtype":"F32","shape":[0]}})"),
            "tensor 'w': it has no two data_offsets");
  EXPECT_EQ(fault_of_header(entry("F32", "[0]", "[0]")), "tensor 'w': it has no two data_offsets");
  EXPECT_EQ(fault_of_header(entry("F32", "[0]", "[0,0,0]")),
            "tensor 'w': data_offsets has more than 2 numbers");
  EXPECT_EQ(
      fault_of_header(entry("F32", "[-1]", "[0,0]")),
      "tensor 'w': shape must be a list of non-negative whole numbers; there is a negative number");
  EXPECT_THAT(fault_of_header(entry("F32", "[1.0]", "[0,4]"), "1234"),
              HasSubstr("not a whole number"));
  EXPECT_THAT(fault_of_header(entry("F32", "3", "[0,4]"), "1234"),
              HasSubstr("shape must be a list of non-negative whole numbers; there is a number"));
  EXPECT_THAT(fault_of_header(entry("F32", "[[1]]", "[0,4]"), "1234"),
              HasSubstr("there is an array"));
  EXPECT_THAT(fault_of_header(R"({"w":{"dtype":7}})"), HasSubstr("dtype must be a string"));
  EXPECT_THAT(fault_of_header(R"({"w":{"dtype":{}}})"), HasSubstr("dtype must be a string"));
  EXPECT_EQ(fault_of_header(R"({"w":{"device":"cpu"}})"), "tensor 'w': unknown key 'device'");
}

TEST(Safetensors, RefusesMetadataOtherThanText) {
  EXPECT_EQ(fault_of_header(R"({"__metadata__":{"epoch":3}})"),
            "__metadata__: the value of 'epoch' is a number, not a string");
  EXPECT_EQ(fault_of_header(R"({"__metadata__":{"a":{"b":"c"}}})"),
            "__metadata__: the value of 'a' is an object, not a string");
  EXPECT_EQ(fault_of_header(R"({"__metadata__":{"a":["b"]}})"),
            "__metadata__: the value of 'a' is an array, not a string");
  EXPECT_EQ(fault_of_header(R"({"__metadata__":{"a":null}})"),
            "__metadata__: the value of 'a' is null, not a string");
  EXPECT_EQ(fault_of_header(R"({"__metadata__":"a"})"),
            "__metadata__: it is a string, not an object");
}

TEST(Safetensors, SurvivesDeepNesting) {
  EXPECT_THAT(fault_of_header("{\"w\":" + std::string(100'000, '[')), HasSubstr("not an object"));
}

TEST(Safetensors, NamesFilesThatCannotBeRead) {
  const TemporaryFolder folder;
  const Error missing = error_of([&] { read_safetensors(folder / "none.safetensors"); });
  EXPECT_EQ(missing.code(), ErrorCode::not_found);
  EXPECT_THAT(missing.what(), HasSubstr("none.safetensors: cannot open it: No such file"));
  const Error directory = error_of([&] { read_safetensors(folder.path().string()); });
  EXPECT_EQ(directory.code(), ErrorCode::io);
  EXPECT_THAT(directory.what(), HasSubstr(folder.path().string() + ": it is a directory"));
  const Error device = error_of([] { read_safetensors("/dev/null"); });
  EXPECT_THAT(device.what(), HasSubstr("/dev/null: it is not a regular file"));
}

TEST(SafetensorsWriter, WritesTheBytesOfTheFormat) {
  const TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  write_safetensors(path, {{{"flag", Tensor::from<std::uint8_t>({7}, {1})},
                            {"w \"1\"", Tensor{{1, 2}}},
                            {"n", Tensor(std::int64_t{-1})}},
                           {{"format", "gradus"}}});
  std::string header = R"({"__metadata__":{"format":"gradus"},)"
                       R"("flag":{"dtype":"U8","shape":[1],"data_offsets":[16,17]},)"
                       R"("w \"1\"":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},)"
                       R"("n":{"dtype":"I64","shape":[],"data_offsets":[0,8]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(read_text(path),
            safetensors_file(header, raw<std::int64_t>({-1}) + raw<float>({1, 2}) + "\x07"));
  EXPECT_THAT(folder.list(), ElementsAre("model.safetensors"));
}

TEST(SafetensorsWriter, RoundTripsEveryTypeInOrder) {
  const TemporaryFolder folder;
  const std::string path = folder / "all.safetensors";
  Safetensors contents;
  for (const DType dtype : kAllDTypes) {
    contents.tensors.push_back({std::string(name_of(dtype)), Tensor::scalar(1, dtype)});
    const std::vector<std::byte> bytes(6 * size_of(dtype), std::byte{1});
    contents.tensors.push_back(
        {"m." + std::string(name_of(dtype)), Tensor::from_bytes(bytes, {2, 1, 3}, dtype)});
  }
  contents.tensors.push_back({"empty", Tensor::from(std::vector<float>{}, {0, 3})});
  contents.metadata = {{"epoch", "3"}, {"note", "line\nbreak, \"quote\", \xe2\x82\xac"}};
  write_safetensors(path, contents);
  const auto back = read_safetensors(path);
  EXPECT_EQ(back.metadata, contents.metadata);
  ASSERT_EQ(back.tensors.size(), contents.tensors.size());
  for (std::size_t i = 0; i < back.tensors.size(); ++i) {
    const auto& [name, tensor] = contents.tensors[i];
    EXPECT_EQ(back.tensors[i].first, name);
    EXPECT_EQ(back.tensors[i].second.signature(), tensor.signature());
    const auto bytes = back.tensors[i].second.bytes();
    EXPECT_TRUE(
        std::equal(bytes.begin(), bytes.end(), tensor.bytes().begin(), tensor.bytes().end()));
  }
}

TEST(SafetensorsWriter, WritesStridedTensorsInRowMajorOrder) {
  const TemporaryFolder folder;
  const std::string path = folder / "t.safetensors";
  Array transposed = Tensor{{1, 2, 3}, {4, 5, 6}}.array();
  transposed.shape = {3, 2};
  transposed.strides = {1, 3};
  write_safetensors(path, {{{"t", Tensor::from_array(transposed)}}, {}});
  EXPECT_THAT(read_safetensors(path).find("t")->to_vector<float>(), ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(SafetensorsWriter, RefusesNamesTheFormatCannotHoldAndKeepsTheOldFile) {
  const TemporaryFolder folder;
  const std::string path = folder.write("model.safetensors", "old");
  const auto message = [&](Safetensors contents) {
    const Error error = error_of([&] { write_safetensors(path, contents); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return std::string(error.what());
  };
  EXPECT_THAT(message({{{"w", Tensor{1}}, {"w", Tensor{2}}}, {}}),
              HasSubstr("model.safetensors: two tensors are named 'w'"));
  EXPECT_THAT(message({{{"__metadata__", Tensor{1}}}, {}}), HasSubstr("is reserved"));
  EXPECT_THAT(message({{{"w", Tensor()}}, {}}), HasSubstr("tensor 'w' is undefined"));
  EXPECT_THAT(message({{{"\xff", Tensor{1}}}, {}}), HasSubstr("not UTF-8"));
  EXPECT_THAT(message({{}, {{"a", "\xff"}}}), HasSubstr("not UTF-8"));
  EXPECT_EQ(read_text(path), "old");
  EXPECT_THAT(folder.list(), ElementsAre("model.safetensors"));
}

}  // namespace
}  // namespace gradus::io
