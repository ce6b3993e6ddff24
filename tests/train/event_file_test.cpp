#include "gradus/train/event_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <variant>
#include <vector>

#include <unistd.h>

#include "gradus/base/error.h"

namespace gradus::train {
namespace {

namespace fs = std::filesystem;

TEST(Crc32c, MatchesTheVectorsOfRfc3720) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string ascending, descending;
  for (int i = 0; i < 32; ++i) {
    ascending += static_cast<char>(i);
    descending += static_cast<char>(31 - i);
  }
  EXPECT_EQ(crc32c(ascending), 0x46dd794eu);
  EXPECT_EQ(crc32c(descending), 0x113fdb5cu);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

// A reader written from the format's description alone: bit by bit, no table.
std::uint32_t slow_masked_crc(const std::string& bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (const unsigned char byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool one = ((crc ^ static_cast<std::uint32_t>(byte >> bit)) & 1u) != 0;
      crc >>= 1;
      if (one) crc ^= 0x82f63b78u;
    }
  }
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

template <class T>
T read_le(const std::string& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::vector<std::string> records_of(const std::string& file) {
  std::vector<std::string> records;
  std::size_t at = 0;
  while (at < file.size()) {
    const auto length = read_le<std::uint64_t>(file, at);
    EXPECT_EQ(read_le<std::uint32_t>(file, at + 8), slow_masked_crc(file.substr(at, 8)));
    records.push_back(file.substr(at + 12, length));
    EXPECT_EQ(read_le<std::uint32_t>(file, at + 12 + length), slow_masked_crc(records.back()));
    at += 16 + length;
  }
  EXPECT_EQ(at, file.size());
  return records;
}

struct Field {
  std::uint64_t number = 0;  // of a varint or a fixed field
  std::string text;
};

// Fields of a protocol-buffer message by their numbers.
std::map<int, Field> decode(const std::string& message) {
  std::map<int, Field> fields;
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.at(at++));
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.size()) {
    const auto tag = varint();
    Field& field = fields[static_cast<int>(tag >> 3)];
    switch (tag & 7) {
      case 0:
        field.number = varint();
        break;
      case 1:
        field.number = read_le<std::uint64_t>(message, at);
        at += 8;
        break;
      case 2: {
        const auto length = varint();
        field.text = message.substr(at, length);
        at += length;
        break;
      }
      case 5:
        field.number = read_le<std::uint32_t>(message, at);
        at += 4;
        break;
      default:
        ADD_FAILURE() << "kind " << (tag & 7);
        return fields;
    }
  }
  return fields;
}

float as_float(std::uint64_t bits) {
  const auto word = static_cast<std::uint32_t>(bits);
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

class EventFileTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  static std::string contents(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  fs::path folder_ = fs::temp_directory_path() / ("gradus-events-" + std::to_string(getpid()));
};

TEST_F(EventFileTest, HoldsTheVersionAndThenTheScalars) {
  EventFile file(folder_.string());
  file.add_scalar("loss/training", 0.25f, 1);
  file.add_scalar("loss/training", -1.5f, 300);
  file.flush();
  const auto records = records_of(contents(file.path()));
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(decode(records[0])[3].text, "brain.Event:2");
  EXPECT_NE(decode(records[0])[1].number, 0u);

  auto event = decode(records[2]);
  EXPECT_EQ(event[2].number, 300u);
  auto value = decode(decode(event[5].text)[1].text);
  EXPECT_EQ(value[1].text, "loss/training");
  EXPECT_EQ(as_float(value[2].number), -1.5f);
}

TEST_F(EventFileTest, AResumedRunTellsTensorBoardWhereItGoesOn) {
  EventFile file(folder_.string(), 70000);
  const auto records = records_of(contents(file.path()));
  ASSERT_EQ(records.size(), 2u);
  auto event = decode(records[1]);
  EXPECT_EQ(event[2].number, 70000u);
  EXPECT_EQ(decode(event[7].text)[1].number, 1u);  // SessionLog::START
}

TEST_F(EventFileTest, NeverTakesAnExistingFile) {
  EventFile first(folder_.string());
  EventFile second(folder_.string());
  EXPECT_NE(first.path(), second.path());
}

TEST_F(EventFileTest, AFolderThatIsNotThereIsAnError) {
  try {
    EventFile file((folder_ / "missing").string());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_NE(std::string(error.what()).find("missing/events.out.tfevents."), std::string::npos);
  }
}

}  // namespace
}  // namespace gradus::train
