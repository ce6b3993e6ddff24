// Files are assembled by hand from the published format.
#include "gradus/io/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/io/gzip_bytes.h"
#include "tests/support/error_of.h"
#include "tests/support/raw_bytes.h"
#include "tests/support/temporary_folder.h"

namespace gradus::io {
namespace {

using gradus::testing::bytes;
using gradus::testing::error_of;
using gradus::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor idx_of(const std::string& text) {
  return parse_idx(copy_bytes("images.idx", std::as_bytes(std::span(text.data(), text.size()))));
}

std::string idx_fault(const std::string& text) {
  const Error error = error_of([&] { idx_of(text); });
  EXPECT_EQ(error.code(), ErrorCode::format) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("read_idx: images.idx: "));
  return error.message().substr(std::min(error.message().size(), sizeof("images.idx:")));
}

// Two images of 1 by 3 bytes.
const std::string kImages =
    bytes({0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255});

TEST(Idx, ReadsBytes) {
  const Tensor images = idx_of(kImages);
  EXPECT_EQ(images.signature(), "u8[2, 1, 3]");
  EXPECT_THAT(images.to_vector<int>(), ElementsAre(1, 2, 3, 4, 5, 255));
}

TEST(Idx, ReadsEveryElementType) {
  const Tensor i8 = idx_of(bytes({0, 0, 9, 1, 0, 0, 0, 2, 0xff, 0x7f}));
  EXPECT_EQ(i8.signature(), "i32[2]");
  EXPECT_THAT(i8.to_vector<int>(), ElementsAre(-1, 127));
  const Tensor i16 = idx_of(bytes({0, 0, 11, 1, 0, 0, 0, 2, 0x01, 0x02, 0xff, 0xfe}));
  EXPECT_EQ(i16.signature(), "i32[2]");
  EXPECT_THAT(i16.to_vector<int>(), ElementsAre(258, -2));
  const Tensor i32 = idx_of(bytes({0, 0, 12, 1, 0, 0, 0, 1, 0x01, 0x02, 0x03, 0x04}));
  EXPECT_EQ(i32.signature(), "i32[1]");
  EXPECT_THAT(i32.to_vector<int>(), ElementsAre(0x01020304));
  const Tensor f32 = idx_of(bytes({0, 0, 13, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0}));
  EXPECT_EQ(f32.signature(), "f32[1]");
  EXPECT_THAT(f32.to_vector<float>(), ElementsAre(1.5f));
  const Tensor f64 = idx_of(bytes({0, 0, 14, 1, 0, 0, 0, 1, 0xc0, 0x04, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(f64.signature(), "f64[1]");
  EXPECT_THAT(f64.to_vector<double>(), ElementsAre(-2.5));
}

TEST(Idx, ReadsGzipOfOneMemberOrSeveral) {
  EXPECT_THAT(idx_of(gzip(kImages)).to_vector<int>(), ElementsAre(1, 2, 3, 4, 5, 255));
  EXPECT_THAT(idx_of(gzip(kImages.substr(0, 17)) + gzip(kImages.substr(17))).to_vector<int>(),
              ElementsAre(1, 2, 3, 4, 5, 255));
}

TEST(Idx, ReadsEmptyArrays) {
  EXPECT_EQ(idx_of(bytes({0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 28})).signature(), "u8[0, 28]");
}

TEST(Idx, RefusesAWrongMagicNumber) {
  EXPECT_EQ(idx_fault(bytes({0, 1, 8, 1, 0, 0, 0, 0})),
            "byte 0: 00 01 08 01 is not the magic number of an IDX file");
  EXPECT_EQ(idx_fault(bytes({0, 0, 10, 1, 0, 0, 0, 0})),
            "byte 0: 00 00 0a 01 is not the magic number of an IDX file");
  EXPECT_EQ(idx_fault(bytes({0, 0, 8, 0, 7})),
            "byte 0: 00 00 08 00 is not the magic number of an IDX file");
  EXPECT_EQ(idx_fault("\x89PNG\r\n"), "byte 0: 89 50 4e 47 is not the magic number of an IDX file");
}

TEST(Idx, RefusesASizeThatLies) {
  std::string more = kImages;
  more[7] = 3;
  EXPECT_EQ(idx_fault(more),
            "byte 4: its header gives the shape [3, 1, 3], which is more than the file of 22 bytes "
            "can hold");
  EXPECT_EQ(idx_fault(gzip(more)),
            "byte 22 (decompressed): the file ends 3 bytes before the end of "
            "the data");
  std::string less = kImages;
  less[7] = 1;
  EXPECT_EQ(idx_fault(less), "byte 19: 3 bytes follow the data");
  EXPECT_THAT(idx_fault(gzip(less)), HasSubstr("there are more data than the header says"));
}

TEST(Idx, RefusesShapesThatNoFileHolds) {
  const int f = 0xff;
  const std::string header = bytes({0, 0, 14, 3, f, f, f, f, f, f, f, f, f, f, f, f});
  EXPECT_THAT(idx_fault(header), HasSubstr("shape [4294967295, 4294967295, 4294967295], which is "
                                           "more than the file of 16 bytes can hold"));
  EXPECT_THAT(idx_fault(bytes({0, 0, 8, 3, 0, 0, 0, 0, f, f, f, f, f, f, f, f})),
              HasSubstr("which is more than the file"));
  // A gigabyte promised by forty bytes of gzip.
  EXPECT_THAT(idx_fault(gzip(bytes({0, 0, 8, 1, 0x40, 0, 0, 0}) + "tiny")),
              HasSubstr("shape [1073741824], which is more than the file"));
}

TEST(Idx, RefusesFilesThatEndEarly) {
  EXPECT_EQ(idx_fault(""), "byte 0: the file ends 4 bytes before the end of the header");
  EXPECT_EQ(idx_fault(kImages.substr(0, 3)),
            "byte 3: the file ends 1 bytes before the end of the header");
  EXPECT_EQ(idx_fault(kImages.substr(0, 10)),
            "byte 10: the file ends 6 bytes before the end of the header");
  const std::string compressed = gzip(kImages);
  for (std::size_t size = 2; size < compressed.size(); ++size) {
    EXPECT_EQ(idx_fault(compressed.substr(0, size)),
              "byte " + std::to_string(size) + ": the compressed data end too early");
  }
}

TEST(Idx, RefusesDamagedGzip) {
  std::string wrong_checksum = gzip(kImages);
  wrong_checksum[wrong_checksum.size() - 8] ^= 1;
  EXPECT_THAT(idx_fault(wrong_checksum),
              HasSubstr("the compressed data are damaged (incorrect data check)"));
  EXPECT_THAT(idx_fault(gzip(kImages) + "xyz"), HasSubstr("3 bytes follow the compressed data"));
  EXPECT_THAT(idx_fault(bytes({0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 3, 1, 1})),
              HasSubstr("damaged (unknown compression method)"));
}

TEST(Idx, RefusesADirectoryAndAMissingFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { read_idx(folder.path().string()); }).what(),
              HasSubstr("read_idx: " + folder.path().string() + ": it is a directory, not a file"));
  const Error missing = error_of([&] { read_idx(folder / "none.gz"); });
  EXPECT_EQ(missing.code(), ErrorCode::not_found);
  EXPECT_THAT(error_of([&] { read_idx(folder.write("empty.gz", "")); }).what(),
              HasSubstr("empty.gz: byte 0: the file ends 4 bytes before"));
}

}  // namespace
}  // namespace gradus::io
