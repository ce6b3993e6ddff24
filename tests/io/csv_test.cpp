#include "gradus/io/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/io/gzip_bytes.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_folder.h"

namespace gradus::io {
namespace {

using gradus::testing::error_of;
using gradus::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;
using Kind = CsvColumn::Kind;
using Header = CsvOptions::Header;

CsvTable csv_of(const std::string& text, const CsvOptions& options = {}) {
  return parse_csv(copy_bytes("t.csv", std::as_bytes(std::span(text.data(), text.size()))),
                   options);
}

std::string csv_fault(const std::string& text, const CsvOptions& options = {}) {
  const Error error = error_of([&] { csv_of(text, options); });
  EXPECT_EQ(error.code(), ErrorCode::format) << error.what();
  return error.what();
}

std::vector<std::string> names_of(const CsvTable& table) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  return names;
}

TEST(Csv, TypesItsColumns) {
  const CsvTable table = csv_of("height,species,width\n1.5,tulip,2\n-3e2,rose, .5 \n+4,tulip,0x\n");
  EXPECT_EQ(table.rows, 3);
  EXPECT_THAT(names_of(table), ElementsAre("height", "species", "width"));
  EXPECT_EQ(table.columns[0].kind, Kind::numeric);
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1.5, -300, 4));
  EXPECT_EQ(table.columns[1].kind, Kind::categorical);
  EXPECT_THAT(table.columns[1].categories, ElementsAre("rose", "tulip"));
  EXPECT_THAT(table.columns[1].codes, ElementsAre(1, 0, 1));
  EXPECT_EQ(table.columns[2].kind, Kind::categorical);
  EXPECT_THAT(table.columns[2].categories, ElementsAre(" .5 ", "0x", "2"));
}

TEST(Csv, UnderstandsQuotesAsRfc4180Does) {
  const CsvTable table = csv_of(
      "name,\"note, long\"\r\n"
      "\"a \"\"b\"\" c\",\"two\r\nlines\"\r\n"
      "\"\",\"x\"\r\n"
      "plain,\"\"\"\"");
  EXPECT_THAT(names_of(table), ElementsAre("name", "note, long"));
  EXPECT_THAT(table.columns[0].categories, ElementsAre("a \"b\" c", "plain"));
  EXPECT_THAT(table.columns[0].codes, ElementsAre(0, -1, 1));
  EXPECT_THAT(table.columns[1].categories, ElementsAre("\"", "two\r\nlines", "x"));
}

TEST(Csv, QuotedNumbersAreNumbers) {
  const CsvTable table = csv_of("a\n\"1\"\n\"2.5\"\n");
  EXPECT_THAT(table.column("a").numbers, ElementsAre(1, 2.5));
}

TEST(Csv, ReadsEveryKindOfLineEnd) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const CsvTable table = csv_of("a,b" + end + "1,2" + end + end + "3,4");
    EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, 3));
    EXPECT_THAT(table.columns[1].numbers, ElementsAre(2, 4));
  }
}

TEST(Csv, PassesOverAByteOrderMark) {
  EXPECT_THAT(names_of(csv_of("\xef\xbb\xbf"
                              "a,b\n1,2\n")),
              ElementsAre("a", "b"));
}

TEST(Csv, FindsOutWhetherThereIsAHeader) {
  EXPECT_THAT(names_of(csv_of("1,x\n2,y\n")), ElementsAre("column 1", "column 2"));
  EXPECT_EQ(csv_of("1,x\n2,y\n").rows, 2);
  EXPECT_THAT(names_of(csv_of("x,y\n1,2\n", {.header = Header::absent})),
              ElementsAre("column 1", "column 2"));
  EXPECT_THAT(names_of(csv_of("2019,2020\n1,2\n", {.header = Header::present})),
              ElementsAre("2019", "2020"));
  EXPECT_THAT(names_of(csv_of(",b\n1,2\n", {.header = Header::present})),
              ElementsAre("column 1", "b"));
  EXPECT_EQ(csv_of("a,b\n").rows, 0);
  EXPECT_TRUE(csv_of("a,b\n").has_header);
  EXPECT_FALSE(csv_of("1,x\n2,y\n").has_header);
}

TEST(Csv, MarksMissingValues) {
  const CsvTable table = csv_of("n,c\n1,x\n,\nNA,?\n4,\"\"\n");
  EXPECT_THAT(table.column("n").numbers, ElementsAre(1, IsNan(), IsNan(), 4));
  EXPECT_THAT(table.column("c").codes, ElementsAre(0, -1, -1, -1));
  const CsvTable own = csv_of("n\n1\n-999\n", {.missing = {"-999"}});
  EXPECT_THAT(own.column("n").numbers, ElementsAre(1, IsNan()));
}

TEST(Csv, KeepsEmptyLinesOfASingleColumnAsMissing) {
  EXPECT_THAT(csv_of("n\n1\n\n3\n").column("n").numbers, ElementsAre(1, IsNan(), 3));
}

TEST(Csv, ParsesNumbersExactly) {
  const CsvTable table =
      csv_of("n\n0.1\n1e-320\n123456789012345678\ninf\n-inf\n1.7976931348623157e308\n");
  EXPECT_THAT(table.column("n").numbers,
              ElementsAre(0.1, 1e-320, 123456789012345678.0, INFINITY, -INFINITY,
                          std::numeric_limits<double>::max()));
}

TEST(Csv, SkipsRowsAndTakesOtherDelimiters) {
  const CsvTable table =
      csv_of("150,4,setosa,virginica\n5.1;3\n4;2\n", {.delimiter = ';', .skip_rows = 1});
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(5.1, 4));
  EXPECT_THAT(csv_of("1\t2\n", {.delimiter = '\t'}).columns[1].numbers, ElementsAre(2));
}

TEST(Csv, ReadsGzip) {
  EXPECT_THAT(csv_of(gzip("a,b\n1,2\n")).column("b").numbers, ElementsAre(2));
  const std::string compressed = gzip("a,b\n1,2\n");
  EXPECT_THAT(csv_fault(compressed.substr(0, compressed.size() - 3)),
              HasSubstr("read_csv: t.csv: byte 25: the compressed data end too early"));
}

TEST(Csv, RefusesMoreThanItsLimit) {
  const Error error =
      error_of([] { csv_of(gzip(std::string(1'000'000, '1')), {.limit = 10'000}); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_THAT(error.what(), HasSubstr("t.csv: it holds more than the limit of 10000 bytes"));
}

TEST(Csv, NamesThePlaceOfRaggedRows) {
  EXPECT_EQ(csv_fault("a,b\n1,2\n3,4,5\n"),
            "read_csv: t.csv:3:5: this row has 3 fields, and the first row has 2");
  EXPECT_EQ(csv_fault("a,b,c\n1,2,3\n3,4\n"),
            "read_csv: t.csv:3:3: this row has 2 fields, and the first row has 3");
  // Lines inside quotes count, and columns count characters.
  EXPECT_EQ(csv_fault("a,b\n\"x\ny\",2\n\"\xc3\xa9\",4,5\n"),
            "read_csv: t.csv:4:7: this row has 3 fields, and the first row has 2");
}

TEST(Csv, NamesThePlaceOfFaultyQuotes) {
  EXPECT_EQ(csv_fault("a,b\n1,\"2\n3,4\n"),
            "read_csv: t.csv:2:3: the quote that opens here is not closed");
  EXPECT_EQ(csv_fault("a,b\n\"1\"x,2\n"),
            "read_csv: t.csv:2:4: text after the quote that closes a field");
  EXPECT_EQ(csv_fault("a,b\n1\",2\n"),
            "read_csv: t.csv:2:2: a quote in a field that does not begin with one");
}

TEST(Csv, NamesThePlaceOfOtherFaults) {
  EXPECT_EQ(csv_fault("a,b\n1,\xff\n"), "read_csv: t.csv:2:3: it is not UTF-8");
  EXPECT_EQ(csv_fault("a,b\n1,2\n1e999,3\n"),
            "read_csv: t.csv:3:1: 1e999 is beyond the range of a number");
  EXPECT_EQ(csv_fault("a,b,a\n1,2,3\n"), "read_csv: t.csv:1:5: a second column is named 'a'");
  EXPECT_EQ(csv_fault(""), "read_csv: t.csv: it holds no table");
  EXPECT_EQ(csv_fault("\n\n"), "read_csv: t.csv: it holds no table");
}

TEST(Csv, RefusesADirectory) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { read_csv(folder.path().string()); }).what(),
              HasSubstr(folder.path().string() + ": it is a directory, not a file"));
}

TEST(CsvTable, GivesNumericColumnsAsAMatrix) {
  const CsvTable table = csv_of("a,b,c\n1,x,3\n4,y,6\n");
  const std::string names[] = {"c", "a"};
  const Tensor matrix = table.matrix(names);
  EXPECT_EQ(matrix.signature(), "f32[2, 2]");
  EXPECT_THAT(matrix.to_vector<float>(), ElementsAre(3, 1, 6, 4));
  EXPECT_EQ(
      error_of([&] { table.matrix(); }).what(),
      std::string("csv_table: t.csv: column 'b' holds 'x' in row 1 of the data, which is not a "
                  "number"));
  EXPECT_EQ(
      error_of([&] { csv_of("a,b\n1,2\n1,?\n3,high\n4,x\n").matrix(); }).what(),
      std::string("csv_table: t.csv: column 'b' holds 'high' in row 3 of the data, which is not "
                  "a number"));
  EXPECT_EQ(error_of([&] { table.column("d"); }).what(),
            std::string("csv_table: t.csv: there is no column 'd'; there are a, b, c"));
}

TEST(CsvTable, RefusesMissingValuesUnlessTheyAreToBeKept) {
  const CsvTable table = csv_of("a,b\n1,2\n3,\n");
  EXPECT_EQ(error_of([&] { table.matrix(); }).what(),
            std::string("csv_table: t.csv: column 'b' has no value in row 2 of the data"));
  EXPECT_THAT(table.matrix({}, Missing::keep).to_vector<float>(), ElementsAre(1, 2, 3, IsNan()));
}

}  // namespace
}  // namespace gradus::io
