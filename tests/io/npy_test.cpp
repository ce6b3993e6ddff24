// Files are assembled by hand from NumPy's description of the format; some are NumPy's own.
#include "gradus/io/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

/// A version-1 file with this header text.
std::string npy_file(const std::string& header, const std::string& data) {
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
         data;
}

std::string header_of(const std::string& descr, const std::string& shape,
                      const std::string& order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

Tensor npy_of(const std::string& bytes) {
  return parse_npy(copy_bytes("a.npy", std::as_bytes(std::span(bytes.data(), bytes.size()))));
}

std::string npy_fault(const std::string& bytes, ErrorCode code = ErrorCode::format) {
  const Error error = error_of([&] { npy_of(bytes); });
  EXPECT_EQ(error.code(), code) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("read_npy: a.npy: "));
  return error.message().substr(std::min(error.message().size(), sizeof("a.npy:")));
}

TEST(Npy, ReadsEveryElementType) {
  const auto check = [](const char* descr, const std::string& data, const char* signature,
                        std::vector<double> expected) {
    const Tensor tensor = npy_of(npy_file(header_of(descr, "(2,)"), data));
    EXPECT_EQ(tensor.signature(), signature) << descr;
    EXPECT_EQ(tensor.to_vector<double>(), expected) << descr;
  };
  check("|b1", std::string("\1\0", 2), "bool[2]", {1, 0});
  check("|u1", "\x07\xff", "u8[2]", {7, 255});
  check("|i1", "\x07\xff", "i32[2]", {7, -1});
  check("<i2", raw<std::int16_t>({-300, 5}), "i32[2]", {-300, 5});
  check("<u2", raw<std::uint16_t>({65535, 5}), "i32[2]", {65535, 5});
  check("<i4", raw<std::int32_t>({-70000, 5}), "i32[2]", {-70000, 5});
  check("<u4", raw<std::uint32_t>({4294967295u, 5}), "i64[2]", {4294967295.0, 5});
  check("<i8", raw<std::int64_t>({-1, std::int64_t{1} << 40}), "i64[2]", {-1, 1099511627776.0});
  check("<f2", raw<std::uint16_t>({0x3e00, 0xc000}), "f16[2]", {1.5, -2});
  check("<f4", raw<float>({1.5f, -2}), "f32[2]", {1.5, -2});
  check("<f8", raw<double>({0.1, -2}), "f64[2]", {0.1, -2});
  check("=f4", raw<float>({1.5f, -2}), "f32[2]", {1.5, -2});
  check(">f2", std::string("\x3e\x00\xc0\x00", 4), "f16[2]", {1.5, -2});
  check(">f4", std::string("\x3f\xc0\0\0\xc0\0\0\0", 8), "f32[2]", {1.5, -2});
  check(">i4", std::string("\0\0\1\2\xff\xff\xff\xfe", 8), "i32[2]", {258, -2});
  check(">f8", std::string("\x3f\xf8\0\0\0\0\0\0\xc0\0\0\0\0\0\0\0", 16), "f64[2]", {1.5, -2});
  check(">i8", std::string("\0\0\0\0\0\0\1\2\xff\xff\xff\xff\xff\xff\xff\xfe", 16), "i64[2]",
        {258, -2});
}

TEST(Npy, ReadsBothOrdersOfAxes) {
  const std::string data = raw<float>({1, 2, 3, 4, 5, 6});
  EXPECT_THAT(npy_of(npy_file(header_of("<f4", "(2, 3)"), data)).to_vector<float>(),
              ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(npy_of(npy_file(header_of("<f4", "(2, 3)", "True"), data)).to_vector<float>(),
              ElementsAre(1, 3, 5, 2, 4, 6));
}

TEST(Npy, ReadsAFileOfNumPy) {
  // np.save(np.asfortranarray(np.array([[1, 2, 3], [4, 5, 6]], dtype='>i2')))
  const std::string header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }";
  const std::string bytes = std::string("\x93NUMPY\x01\x00v\x00", 10) + header +
                            std::string(117 - header.size(), ' ') + "\n" +
                            std::string("\0\1\0\4\0\2\0\5\0\3\0\6", 12);
  const Tensor tensor = npy_of(bytes);
  EXPECT_EQ(tensor.signature(), "i32[2, 3]");
  EXPECT_THAT(tensor.to_vector<int>(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Npy, ReadsVersionsTwoAndThree) {
  for (const char version : {'\2', '\3'}) {
    const std::string header = header_of("<f4", "(1,)");
    const std::string bytes = std::string("\x93NUMPY") + version + '\0' +
                              raw<std::uint32_t>({static_cast<std::uint32_t>(header.size())}) +
                              header + raw<float>({2.5f});
    EXPECT_THAT(npy_of(bytes).to_vector<float>(), ElementsAre(2.5f));
  }
}

TEST(Npy, ReadsScalarsAndEmptyArraysAndOtherSpellings) {
  EXPECT_EQ(npy_of(npy_file(header_of("<f4", "()"), raw<float>({3}))).signature(), "f32[]");
  EXPECT_EQ(npy_of(npy_file(header_of("<f4", "(0, 3)"), "")).signature(), "f32[0, 3]");
  EXPECT_EQ(npy_of(npy_file("{\"shape\":(2L,1L),\"fortran_order\":False,\"descr\":\"|u1\"}", "12"))
                .signature(),
            "u8[2, 1]");
}

TEST(Npy, MapsWhatLiesAligned) {
  const TemporaryFolder folder;
  std::string header = header_of("<f4", "(2,)");
  header.insert(header.size() - 1, 128 - 10 - header.size(), ' ');
  const Tensor tensor = read_npy(folder.write("a.npy", npy_file(header, raw<float>({1, 2}))));
  EXPECT_EQ(tensor.array().bytes() - tensor.array().buffer.data(), 128);
  EXPECT_THAT(tensor.to_vector<float>(), ElementsAre(1, 2));
}

TEST(Npy, RefusesWhatGradusHasNoTensorsFor) {
  const auto refused = [](const std::string& header) {
    return npy_fault(npy_file(header, ""), ErrorCode::unsupported);
  };
  EXPECT_THAT(refused(header_of("|O", "(2,)")), HasSubstr("pickled objects, which can run code"));
  EXPECT_THAT(refused("{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False}"),
              HasSubstr("it holds records"));
  EXPECT_THAT(refused(header_of("<U2", "(1,)")), HasSubstr("elements of type '<U2'"));
  EXPECT_THAT(refused(header_of("<c8", "(1,)")), HasSubstr("elements of type '<c8'"));
  EXPECT_THAT(refused(header_of("<u8", "(1,)")), HasSubstr("elements of type '<u8'"));
  EXPECT_THAT(refused(header_of("<M8[ns]", "(1,)")), HasSubstr("elements of type '<M8[ns]'"));
  EXPECT_THAT(refused(header_of("|V4", "(1,)")), HasSubstr("elements of type '|V4'"));
  EXPECT_THAT(refused(header_of("<f16", "(1,)")), HasSubstr("elements of type '<f16'"));
}

TEST(Npy, RefusesFilesThatAreNotNpy) {
  EXPECT_EQ(npy_fault(""), "byte 0: it does not begin like a .npy file");
  EXPECT_EQ(npy_fault("PK\3\4 something"), "byte 0: it does not begin like a .npy file");
  EXPECT_EQ(npy_fault(std::string("\x93NUMPY\x04\x00", 8) + "    "),
            "byte 6: version 4.0 is unknown");
  EXPECT_EQ(npy_fault(std::string("\x93NUMPY\x01\x01", 8) + "    "),
            "byte 6: version 1.1 is unknown");
  EXPECT_EQ(npy_fault(std::string("\x93NUMPY\x01\x00v", 9)),
            "byte 9: the file ends before its header");
  EXPECT_EQ(npy_fault(std::string("\x93NUMPY\x01\x00v\x00{}", 12)),
            "byte 8: a header of 118 bytes ends beyond the file of 12 bytes");
}

TEST(Npy, RefusesASizeThatLies) {
  EXPECT_EQ(npy_fault(npy_file(header_of("<f4", "(2, 2)"), raw<float>({1, 2, 3}))),
            "byte 70: the shape (2, 2) takes 16 bytes, and there are 12");
  EXPECT_EQ(npy_fault(npy_file(header_of("<f4", "(2,)"), raw<float>({1, 2, 3}))),
            "byte 68: the shape (2) takes 8 bytes, and there are 12");
  EXPECT_THAT(npy_fault(npy_file(header_of("<f8", "(4294967296, 4294967296)"), "")),
              HasSubstr("takes too many bytes"));
  EXPECT_THAT(npy_fault(npy_file(header_of("<f4", "(0, 18446744073709551615, 9)"), "")),
              HasSubstr("takes too many bytes"));
  EXPECT_THAT(npy_fault(npy_file(header_of("<f4", "(18446744073709551616,)"), "")),
              HasSubstr("below 2^64"));
}

TEST(Npy, RefusesFaultyHeaders) {
  const auto header_fault = [](const std::string& header) {
    return npy_fault(npy_file(header, ""));
  };
  EXPECT_EQ(header_fault("[]"), "byte 10: the header has no '{' here");
  EXPECT_EQ(header_fault("{}"), "byte 12: the header lacks 'descr', 'fortran_order' or 'shape'");
  EXPECT_THAT(header_fault("{'descr': '<f4', 'descr': '<f4'}"), HasSubstr("appears twice"));
  EXPECT_THAT(header_fault("{'kind': 'f'}"), HasSubstr("the key 'kind' is unknown"));
  EXPECT_THAT(header_fault("{'descr' '<f4'}"), HasSubstr("no ':' here"));
  EXPECT_THAT(header_fault("{'descr': '<f4'"), HasSubstr("no ',' here"));
  EXPECT_THAT(header_fault("{'descr"), HasSubstr("text that is not closed"));
  EXPECT_THAT(header_fault("{descr"), HasSubstr("no text here"));
  EXPECT_THAT(header_fault(header_of("<f4", "(2,)", "0")), HasSubstr("must be True or False"));
  EXPECT_THAT(header_fault(header_of("<f4", "(-1,)")), HasSubstr("0 or more"));
  EXPECT_THAT(header_fault(header_of("<f4", "2")), HasSubstr("no '(' here"));
  EXPECT_THAT(header_fault(header_of("f4", "(2,)")), HasSubstr("'f4' is no element type"));
  EXPECT_THAT(header_fault(header_of("<f4", "(0,)") + "x"),
              HasSubstr("text after the header's dictionary"));
  std::string many = "(0,";
  for (int i = 0; i < 64; ++i) many += "1,";
  EXPECT_THAT(header_fault(header_of("<f4", many + ")")), HasSubstr("more than 64 axes"));
}

TEST(Npy, RefusesBooleansThatAreNeitherTrueNorFalse) {
  EXPECT_EQ(npy_fault(npy_file(header_of("|b1", "(2,)"), "\1\3")), "byte 69: 3 is not a boolean");
}

TEST(NpyWriter, WritesTheBytesOfTheFormat) {
  const TemporaryFolder folder;
  write_npy(folder / "a.npy", Tensor{{1, 2}, {3, 4}});
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
  EXPECT_EQ(read_text(folder / "a.npy"), std::string("\x93NUMPY\x01\x00v\x00", 10) + header +
                                             std::string(117 - header.size(), ' ') + "\n" +
                                             raw<float>({1, 2, 3, 4}));
  write_npy(folder / "b.npy", Tensor(1.5f));
  EXPECT_THAT(read_text(folder / "b.npy"), HasSubstr("'shape': (), }"));
  write_npy(folder / "c.npy", Tensor{1, 2});
  EXPECT_THAT(read_text(folder / "c.npy"), HasSubstr("'shape': (2,), }"));
}

TEST(NpyWriter, RoundTripsEveryTypeNumPyHas) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.npy";
  for (const DType dtype : kAllDTypes) {
    const std::vector<std::byte> bytes(6 * size_of(dtype), std::byte{1});
    const Tensor tensor = Tensor::from_bytes(bytes, {2, 3}, dtype);
    if (dtype == DType::bf16) {
      EXPECT_THAT(error_of([&] { write_npy(path, tensor); }).what(),
                  HasSubstr("a.npy: NumPy has no element type bf16"));
      continue;
    }
    write_npy(path, tensor);
    const Tensor back = read_npy(path);
    EXPECT_EQ(back.signature(), tensor.signature());
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), back.bytes().begin(), back.bytes().end()));
  }
}

}  // namespace
}  // namespace gradus::io
