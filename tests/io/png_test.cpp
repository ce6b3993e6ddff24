// Files are assembled by hand from the PNG specification (ISO/IEC 15948).
#include "gradus/io/png.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "tests/support/error_of.h"
#include "tests/support/raw_bytes.h"
#include "tests/support/temporary_folder.h"

namespace gradus::io {
namespace {

using gradus::testing::bytes;
using gradus::testing::error_of;
using gradus::testing::read_text;
using gradus::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string big_endian(std::uint32_t value) {
  return bytes({static_cast<int>(value >> 24), static_cast<int>(value >> 16 & 255),
                static_cast<int>(value >> 8 & 255), static_cast<int>(value & 255)});
}

std::string chunk(const std::string& type, const std::string& data) {
  const std::string both = type + data;
  const auto checksum =
      crc32(0, reinterpret_cast<const Bytef*>(both.data()), static_cast<uInt>(both.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + both +
         big_endian(static_cast<std::uint32_t>(checksum));
}

std::string zlib_of(const std::string& data) {
  uLongf size = compressBound(static_cast<uLong>(data.size()));
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(data.data()),
           static_cast<uLong>(data.size()));
  out.resize(size);
  return out;
}

enum Color { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgbAlpha = 6 };

const std::string kSignature = "\x89PNG\r\n\x1a\n";

std::string header_of(std::uint32_t width, std::uint32_t height, int depth, Color color) {
  return chunk("IHDR", big_endian(width) + big_endian(height) + bytes({depth, color, 0, 0, 0}));
}

/// A picture whose rows are these bytes, without filter.
std::string file_of(std::uint32_t width, int depth, Color color,
                    const std::vector<std::string>& rows, const std::string& extra = "") {
  std::string data;
  for (const std::string& row : rows) data += '\0' + row;
  return kSignature + header_of(width, static_cast<std::uint32_t>(rows.size()), depth, color) +
         extra + chunk("IDAT", zlib_of(data)) + chunk("IEND", "");
}

Tensor png_of(const std::string& text) {
  return parse_png(copy_bytes("a.png", std::as_bytes(std::span(text.data(), text.size()))));
}

std::string png_fault(const std::string& text) {
  const Error error = error_of([&] { png_of(text); });
  EXPECT_EQ(error.code(), ErrorCode::format) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("read_png: a.png: "));
  return error.what();
}

TEST(Png, ReadsGreyAndColour) {
  const Tensor grey = png_of(file_of(3, 8, kGrey, {bytes({1, 2, 3}), bytes({4, 5, 255})}));
  EXPECT_EQ(grey.signature(), "u8[2, 3, 1]");
  EXPECT_THAT(grey.to_vector<int>(), ElementsAre(1, 2, 3, 4, 5, 255));
  const Tensor color = png_of(file_of(2, 8, kRgb, {bytes({1, 2, 3, 4, 5, 6})}));
  EXPECT_EQ(color.signature(), "u8[1, 2, 3]");
  EXPECT_THAT(color.to_vector<int>(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Png, ReadsAlpha) {
  EXPECT_EQ(png_of(file_of(1, 8, kGreyAlpha, {bytes({9, 128})})).signature(), "u8[1, 1, 2]");
  EXPECT_THAT(png_of(file_of(1, 8, kRgbAlpha, {bytes({1, 2, 3, 128})})).to_vector<int>(),
              ElementsAre(1, 2, 3, 128));
  // A transparent colour becomes an alpha channel.
  EXPECT_THAT(
      png_of(file_of(2, 8, kGrey, {bytes({7, 8})}, chunk("tRNS", bytes({0, 7})))).to_vector<int>(),
      ElementsAre(7, 0, 8, 255));
}

TEST(Png, ReadsPalettes) {
  const std::string palette = chunk("PLTE", bytes({255, 0, 0, 0, 10, 255}));
  // Two bits a pixel: 1, 0, 1.
  const Tensor picture = png_of(file_of(3, 2, kPalette, {bytes({0x44})}, palette));
  EXPECT_EQ(picture.signature(), "u8[1, 3, 3]");
  EXPECT_THAT(picture.to_vector<int>(), ElementsAre(0, 10, 255, 255, 0, 0, 0, 10, 255));
}

TEST(Png, WidensFewBitsAndRoundsSixteen) {
  EXPECT_THAT(png_of(file_of(3, 1, kGrey, {bytes({0xa0})})).to_vector<int>(),
              ElementsAre(255, 0, 255));
  EXPECT_THAT(png_of(file_of(2, 4, kGrey, {bytes({0x1f})})).to_vector<int>(), ElementsAre(17, 255));
  // 255 / 257 rounds to 1; cutting the lower byte would give 0.
  EXPECT_THAT(png_of(file_of(2, 16, kGrey, {bytes({0x00, 0xff, 0x00, 0x7f})})).to_vector<int>(),
              ElementsAre(1, 0));
}

TEST(Png, DoesNotApplyGamma) {
  EXPECT_THAT(png_of(file_of(1, 8, kGrey, {bytes({100})}, chunk("gAMA", big_endian(100'000))))
                  .to_vector<int>(),
              ElementsAre(100));
}

TEST(Png, RefusesFilesThatAreNotPng) {
  EXPECT_EQ(png_fault(""), "read_png: a.png: byte 0: the file ends too early");
  EXPECT_THAT(png_fault("GIF89a and so on and on"), HasSubstr("byte 8: Not a PNG file"));
}

TEST(Png, RefusesFilesThatEndEarly) {
  const std::string whole = file_of(3, 8, kGrey, {bytes({1, 2, 3}), bytes({4, 5, 255})});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(png_fault(whole.substr(0, size)), HasSubstr("the file ends too early")) << size;
  }
}

TEST(Png, RefusesDamage) {
  const std::string whole = file_of(3, 8, kGrey, {bytes({1, 2, 3})});
  std::string header = whole;
  header[19] ^= 1;  // the width, without its checksum
  EXPECT_THAT(png_fault(header), HasSubstr("IHDR: CRC error"));
  const std::string few = kSignature + header_of(3, 3, 8, kGrey) +
                          chunk("IDAT", zlib_of(std::string(4, '\0'))) + chunk("IEND", "");
  EXPECT_THAT(png_fault(few), HasSubstr("image data"));
  EXPECT_THAT(png_fault(kSignature + header_of(0, 1, 8, kGrey)), HasSubstr("Invalid IHDR data"));
  EXPECT_THAT(png_fault(kSignature + header_of(1, 1, 3, kGrey)), HasSubstr("Invalid IHDR data"));
}

TEST(Png, RefusesPicturesLargerThanTheFileCanHold) {
  const std::string bomb = kSignature + header_of(500'000, 500'000, 8, kRgbAlpha) +
                           chunk("IDAT", zlib_of("tiny")) + chunk("IEND", "");
  EXPECT_THAT(png_fault(bomb),
              HasSubstr("a picture of 500000 by 500000 pixels is more than the file of"));
}

TEST(Png, RefusesADirectory) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { read_png(folder.path().string()); }).what(),
              HasSubstr(folder.path().string() + ": it is a directory, not a file"));
}

TEST(PngWriter, RoundTripsEveryNumberOfChannels) {
  const TemporaryFolder folder;
  for (std::int64_t channels = 1; channels <= 4; ++channels) {
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(6 * channels));
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(37 * i);
    const Tensor picture = Tensor::from(pixels, {2, 3, channels});
    write_png(folder / "a.png", picture);
    const Tensor back = read_png(folder / "a.png");
    EXPECT_EQ(back.signature(), picture.signature());
    EXPECT_EQ(back.to_vector<int>(), picture.to_vector<int>());
  }
  EXPECT_EQ(png_of(encode_png(Tensor::from(std::vector<std::uint8_t>{1, 2}, {1, 2}))).signature(),
            "u8[1, 2, 1]");
}

TEST(PngWriter, RefusesWhatIsNoPicture) {
  EXPECT_EQ(error_of([] {
              encode_png(Tensor{{1, 2}});
            }).what(),
            std::string("encode_png: takes u8 (height, width) or (height, width, 1 to 4 channels), "
                        "not f32[1, 2]"));
  EXPECT_EQ(error_of([] {
              encode_png(Tensor::from(std::vector<std::uint8_t>{}, {0, 2}));
            }).code(),
            ErrorCode::shape);
}

}  // namespace
}  // namespace gradus::io
