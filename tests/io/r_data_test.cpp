// Files are assembled by hand from R Internals, section 1.8, and by an independent writer.
#include "gradus/io/r_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>

#include <cmath>
#include <string>

#include "tests/io/gzip_bytes.h"
#include "tests/support/error_of.h"

namespace gradus::io {
namespace {

using gradus::testing::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// `text` in the .xz format.
std::string xz(const std::string& text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr,
                                    reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                    reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()),
            LZMA_OK);
  out.resize(size);
  return out;
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// pyreadr 0.5.8: write_rdata(path, DataFrame({"length": [1.5, nan, -2.25],
//     "count": array([3, -4, 5], int32), "seen": [True, False, True], "name": ["b", "a", "b"],
//     "kind": Categorical(["low", "high", "low"], ["low", "high"])}), df_name="things")
const std::string kThings = bytes_of_hex(
    "524458320a580a000000020002030000020300000004020000000100040009000000067468696e67730000031300"
    "0000050000000e000000033ff80000000000007ff8000000000000c0020000000000000000000d00000003000000"
    "03fffffffc000000050000000a000000030000000100000000000000010000001000000003000400090000000162"
    "0004000900000001610004000900000001620000030d000000030000000100000002000000010000040200000001"
    "00040009000000066c6576656c73000000100000000200040009000000036c6f7700040009000000046869676800"
    "000402000000010004000900000005636c61737300000010000000010004000900000006666163746f72000000fe"
    "00000402000000010004000900000009646174616c6162656c000000100000000100040009000000067468696e67"
    "73000004020000000100040009000000056e616d6573000000100000000500040009000000066c656e6774680004"
    "000900000005636f756e7400040009000000047365656e00040009000000046e616d6500040009000000046b696e"
    "640000040200000001000400090000000a7661722e6c6162656c7300000010000000050004000900000000000400"
    "090000000000040009000000000004000900000000000400090000000000000402000003ff000000100000000100"
    "0400090000000a646174612e6672616d6500000402000000010004000900000009726f772e6e616d657300000010"
    "00000003000400090000000131000400090000000132000400090000000133000000fe000000fe");

CsvTable table_of(const std::string& text, const std::string& object = "things") {
  return parse_r_data(copy_bytes("t.rda", std::as_bytes(std::span(text.data(), text.size()))),
                      object);
}

std::string fault_of(const std::string& text, ErrorCode code = ErrorCode::format,
                     const std::string& object = "things") {
  const Error error = error_of([&] { table_of(text, object); });
  EXPECT_EQ(error.code(), code) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("read_r_data: t.rda: "));
  return error.message().substr(std::min(error.message().size(), sizeof("t.rda:")));
}

// The parts of which files are put together by hand.
std::string word(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}
constexpr std::uint32_t kAttributes = 0x200, kEnd = 0xfe, kFactorAttributes = 0x300;
std::string text(const std::string& s, std::uint32_t encoding = 0) {
  return word(9 | encoding << 12) + word(static_cast<std::uint32_t>(s.size())) + s;
}
std::string texts(const std::vector<std::string>& all) {
  std::string out = word(16) + word(static_cast<std::uint32_t>(all.size()));
  for (const auto& s : all) out += text(s);
  return out;
}
std::string integers(const std::vector<std::int32_t>& all, std::uint32_t flags = 0) {
  std::string out = word(13 | flags) + word(static_cast<std::uint32_t>(all.size()));
  for (const auto i : all) out += word(static_cast<std::uint32_t>(i));
  return out;
}
std::string named(const std::string& name, const std::string& value) {
  return word(0x402) + word(1) + text(name) + value;
}
const std::string kHeader2 = "RDX2\nX\n" + word(2) + word(0x40001) + word(0x20300);
std::string file_of(const std::string& name, const std::string& value) {
  return kHeader2 + named(name, value) + word(kEnd);
}
std::string frame(const std::vector<std::string>& names, const std::string& columns,
                  const std::string& row_names) {
  return word(19 | 0x300) + word(static_cast<std::uint32_t>(names.size())) + columns +
         named("names", texts(names)) + named("class", texts({"data.frame"})) +
         named("row.names", row_names) + word(kEnd);
}
constexpr std::int32_t kNA = std::numeric_limits<std::int32_t>::min();

void expect_things(const CsvTable& table) {
  EXPECT_EQ(table.rows, 3);
  ASSERT_EQ(table.columns.size(), 5u);
  const CsvColumn& length = table.column("length");
  EXPECT_EQ(length.kind, CsvColumn::Kind::numeric);
  EXPECT_EQ(length.numbers[0], 1.5);
  EXPECT_TRUE(std::isnan(length.numbers[1]));
  EXPECT_EQ(length.numbers[2], -2.25);
  EXPECT_THAT(table.column("count").numbers, ElementsAre(3, -4, 5));
  EXPECT_THAT(table.column("seen").numbers, ElementsAre(1, 0, 1));
  EXPECT_THAT(table.column("name").categories, ElementsAre("a", "b"));
  EXPECT_THAT(table.column("name").codes, ElementsAre(1, 0, 1));
  EXPECT_THAT(table.column("kind").categories,
              ElementsAre("low", "high"));  // levels keep their order
  EXPECT_THAT(table.column("kind").codes, ElementsAre(0, 1, 0));
}

TEST(RData, ReadsDataFramesPlainAndCompressed) {
  expect_things(table_of(kThings));
  expect_things(table_of(gzip(kThings)));
  expect_things(table_of(xz(kThings)));
  expect_things(table_of(xz(kThings.substr(0, 100)) + xz(kThings.substr(100))));
}

TEST(RData, ReadsMissingValuesAndCountedRowNames) {
  const std::string factor = integers({2, kNA, 1}, kFactorAttributes) +
                             named("levels", texts({"no", "yes"})) +
                             named("class", texts({"ordered", "factor"})) + word(kEnd);
  const std::string missing_text =
      word(16) + word(3) + text("x") + word(9) + word(0xffffffff) + text("w");
  const CsvTable table = table_of(file_of(
      "things",
      frame({"n", "f", "t"}, integers({7, kNA, -7}) + factor + missing_text, integers({kNA, -3}))));
  EXPECT_EQ(table.rows, 3);
  EXPECT_TRUE(std::isnan(table.column("n").numbers[1]));
  EXPECT_EQ(table.column("n").numbers[2], -7);
  EXPECT_THAT(table.column("f").codes, ElementsAre(1, -1, 0));
  EXPECT_THAT(table.column("t").categories, ElementsAre("w", "x"));
  EXPECT_THAT(table.column("t").codes, ElementsAre(1, -1, 0));
}

TEST(RData, ReadsVersionThreeSeveralObjectsAndNamesSaidBefore) {
  const std::string header =
      "RDX3\nX\n" + word(3) + word(0x40300) + word(0x30500) + word(5) + "UTF-8";
  // Symbols are numbered as they appear: first (1), names (2), class (3), row.names (4).
  const std::string again = word(0x402) + word(0x2ff) + texts({"b"});
  const std::string second = word(19 | 0x300) + word(1) + integers({4, 5}) + again + word(0x402) +
                             word(0xff) + word(3) + texts({"data.frame"}) + word(0x402) +
                             word(0x4ff) + integers({1, 2}) + word(kEnd);
  const std::string file = header + named("first", frame({"a"}, integers({1}), texts({"only"}))) +
                           named("second", second) + word(kEnd);
  EXPECT_THAT(table_of(file, "first").column("a").numbers, ElementsAre(1));
  EXPECT_THAT(table_of(file, "second").column("b").numbers, ElementsAre(4, 5));
  const Error error = error_of([&] { table_of(file, "third"); });
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_THAT(error.what(), HasSubstr("there is no object 'third'; there are first, second"));
}

TEST(RData, TurnsLatin1IntoUtf8) {
  constexpr std::uint32_t kLatin1 = 1 << 2;
  const auto file = [](std::uint32_t encoding) {
    return file_of("things", frame({"t"}, word(16) + word(1) + text("Z\xfcrich", encoding),
                                   integers({kNA, 1})));
  };
  EXPECT_THAT(table_of(file(kLatin1)).column("t").categories, ElementsAre("Z\xc3\xbcrich"));
  EXPECT_THAT(fault_of(file(0), ErrorCode::unsupported), HasSubstr("text that is not UTF-8"));
}

TEST(RData, RefusesWhatIsNoFileOfSave) {
  EXPECT_EQ(fault_of(""), "byte 0: it does not begin like a file of R's save()");
  EXPECT_EQ(fault_of("a,b\n1,2\n"), "byte 0: it does not begin like a file of R's save()");
  EXPECT_THAT(fault_of("RDA2\nA\n2\n", ErrorCode::unsupported), HasSubstr("written as text"));
  EXPECT_THAT(fault_of("BZh91AY", ErrorCode::unsupported), HasSubstr("compressed by bzip2"));
  EXPECT_EQ(fault_of("RDX2\nB\n"), "byte 5: its values are not in big-endian (XDR) form");
  EXPECT_EQ(fault_of("RDX2\nX\n" + word(3)), "byte 7: version 3 in a file of version 2");
  EXPECT_EQ(fault_of(kThings + "x"), "byte 591: 1 bytes follow the objects");
}

TEST(RData, RefusesLengthsThatLieBeforeItTakesMemory) {
  const std::string begin = kHeader2 + word(0x402) + word(1) + text("things");
  EXPECT_EQ(fault_of(begin + word(14) + word(0x7fffffff) + "1234567"),
            "byte 45: a length of 2147483647, and 7 bytes are left");
  EXPECT_THAT(fault_of(begin + word(13) + word(0xffffffff) + word(0x7fffffff) + word(0)),
              HasSubstr("a length of 9223372032559808512, and 0 bytes are left"));
  EXPECT_THAT(fault_of(begin + word(19) + word(0xfffffffe)), HasSubstr("a length of -2, and"));
  EXPECT_THAT(fault_of(begin + word(16) + word(1) + word(9) + word(1000)),
              HasSubstr("1000 bytes are wanted here, and 0 are left"));
  std::string deep = begin;
  for (int i = 0; i < 100000; ++i) deep += word(19) + word(1);
  EXPECT_THAT(fault_of(deep, ErrorCode::unsupported), HasSubstr("more than 64 deep"));
}

TEST(RData, RefusesWhatIsNoData) {
  EXPECT_THAT(fault_of(file_of("f", word(3)), ErrorCode::unsupported),
              HasSubstr("byte 36: a function (type 3), where data are wanted"));
  EXPECT_THAT(fault_of(file_of("f", word(238)), ErrorCode::unsupported), HasSubstr("ALTREP"));
  EXPECT_EQ(fault_of(file_of("things", integers({1})), ErrorCode::unsupported),
            "byte 41: 'things' is not a data frame");
  EXPECT_EQ(fault_of(kHeader2 + word(0x402) + word(0x1ff)),
            "byte 23: name number 1, and 0 are known");
}

TEST(RData, RefusesFramesThatDoNotFitThemselves) {
  EXPECT_THAT(fault_of(file_of("things", frame({"a"}, integers({1, 2}), integers({kNA, -3})))),
              HasSubstr("column 'a' of 'things' has 2 values, and there are 3 rows"));
  EXPECT_THAT(fault_of(file_of("things", word(19 | kAttributes) + word(1) + integers({1}) +
                                             named("class", texts({"data.frame"})) + word(kEnd))),
              HasSubstr("0 names for 1 columns"));
  const auto factor = [](std::int32_t code) {
    return file_of("things",
                   frame({"f"},
                         integers({code}, kFactorAttributes) + named("levels", texts({"only"})) +
                             named("class", texts({"factor"})) + word(kEnd),
                         integers({kNA, 1})));
  };
  EXPECT_THAT(table_of(factor(1)).column("f").codes, ElementsAre(0));
  EXPECT_THAT(fault_of(factor(2)), HasSubstr("the factor 'f' has level number 2, and there are 1"));
  EXPECT_THAT(fault_of(factor(0)), HasSubstr("has level number 0"));
  EXPECT_THAT(fault_of(file_of("things", frame({"l"}, word(19) + word(1) + integers({1}),
                                               integers({kNA, 1}))),
                       ErrorCode::unsupported),
              HasSubstr("column 'l' of 'things' is neither numbers, nor text, nor a factor"));
}

TEST(RData, EveryShortenedAndEveryDamagedFileIsReadOrRefused) {
  for (std::size_t size = 0; size < kThings.size(); ++size) {
    EXPECT_THAT(fault_of(kThings.substr(0, size)), ::testing::StartsWith("byte "));
  }
  const std::string compressed = xz(kThings);
  for (std::size_t size = 6; size < compressed.size(); ++size) {
    EXPECT_EQ(fault_of(compressed.substr(0, size)),
              "byte " + std::to_string(size) + ": the compressed data end too early");
  }
  int refused = 0;
  for (std::size_t place = 0; place < kThings.size(); ++place) {
    for (const int value : {0, 1, 2, 9, 0x7f, 0x80, 0xee, 0xfe, 0xff}) {
      std::string damaged = kThings;
      damaged[place] = static_cast<char>(value);
      try {
        table_of(damaged);
      } catch (const Error& error) {
        ++refused;
        EXPECT_THAT(error.what(), HasSubstr("read_r_data: t.rda: "));
      }
    }
  }
  EXPECT_GT(refused, 1000);
  // The checks of the .xz format find every damage.
  for (std::size_t place = 0; place < compressed.size(); ++place) {
    std::string damaged = compressed;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x10);
    EXPECT_THAT(error_of([&] { table_of(damaged); }).what(), HasSubstr("read_r_data: t.rda: byte"));
  }
}

}  // namespace
}  // namespace gradus::io
