// Archives are assembled by hand from PKWARE's description; some are NumPy's own.
#include "gradus/io/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "gradus/core/array.h"
#include "tests/io/gzip_bytes.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_folder.h"

namespace gradus::io {
namespace {

using gradus::testing::error_of;
using gradus::testing::read_text;
using gradus::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class T>
std::string raw_of(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

std::string npy_of_bytes(const std::string& data) {
  const std::string header =
      "{'descr': '|u1', 'fortran_order': False, 'shape': (" + std::to_string(data.size()) + ",)}\n";
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header +
         data;
}

/// What the fields of one member say; the defaults are derived from the contents.
struct Member {
  std::string name;
  std::string contents;
  std::string stored = contents;  // as it lies in the archive
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::uint32_t size = static_cast<std::uint32_t>(contents.size());
  std::uint32_t checksum = static_cast<std::uint32_t>(crc32(
      0, reinterpret_cast<const Bytef*>(contents.data()), static_cast<uInt>(contents.size())));
};

std::string archive_of(const std::vector<Member>& members, const std::string& comment = "") {
  std::string archive, directory;
  for (const Member& m : members) {
    const std::string fields = raw_of<std::uint16_t>(20) + raw_of(m.flags) + raw_of(m.method) +
                               raw_of<std::uint32_t>(0x00210000) + raw_of(m.checksum) +
                               raw_of(static_cast<std::uint32_t>(m.stored.size())) +
                               raw_of(m.size) + raw_of(static_cast<std::uint16_t>(m.name.size())) +
                               raw_of<std::uint16_t>(0);
    directory += "PK\1\2" + raw_of<std::uint16_t>(20) + fields + std::string(10, '\0') +
                 raw_of(static_cast<std::uint32_t>(archive.size())) + m.name;
    archive += "PK\3\4" + fields + m.name + m.stored;
  }
  const auto count = static_cast<std::uint16_t>(members.size());
  const auto begin = static_cast<std::uint32_t>(archive.size());
  return archive + directory + "PK\5\6" + std::string(4, '\0') + raw_of(count) + raw_of(count) +
         raw_of(static_cast<std::uint32_t>(directory.size())) + raw_of(begin) +
         raw_of(static_cast<std::uint16_t>(comment.size())) + comment;
}

NamedTensors npz_of(const std::string& bytes) {
  return parse_npz(copy_bytes("a.npz", std::as_bytes(std::span(bytes.data(), bytes.size()))));
}

std::string npz_fault(const std::string& bytes, ErrorCode code = ErrorCode::format) {
  const Error error = error_of([&] { npz_of(bytes); });
  EXPECT_EQ(error.code(), code) << error.what();
  EXPECT_THAT(error.message(), ::testing::StartsWith("a.npz"));
  return error.what();
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// np.savez_compressed(a=np.arange(6, dtype='<f4').reshape(2, 3), b=np.array([True, False]))
const char* const kCompressedByNumPy =
    "504b03042d0000000800000021004fe9002affffffffffffffff05001400612e6e70790100100098000000000000"
    "0055000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f"
    "5f94920a12774bcc294e058a17672416a402f91a463a0ac69a3a0ab50a64032e063068b007120e4004c40d40bcc0"
    "0100504b03042d000000080000002100ee19bb5dffffffffffffffff05001400622e6e7079010010008200000000"
    "00000046000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e9364a8aea3a09e965f54529498"
    "179f5f94920a12774bcc294e058a17672416a402f91a463a9a3a0ab50a14002e460600504b01022d032d00000008"
    "00000021004fe9002a5500000098000000050000000000000000000000800100000000612e6e7079504b01022d03"
    "2d000000080000002100ee19bb5d460000008200000005000000000000000000000080018c000000622e6e707950"
    "4b0506000000000200020066000000090100000000";
// np.savez(x=np.int64(7))
const char* const kStoredByNumPy =
    "504b03042d00000000000000210023b8f06cffffffffffffffff05001400782e6e70790100100088000000000000"
    "008800000000000000934e554d5059010076007b276465736372273a20273c6938272c2027666f727472616e5f6f"
    "72646572273a2046616c73652c20277368617065273a2028292c207d202020202020202020202020202020202020"
    "20202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a07"
    "00000000000000504b01022d032d00000000000000210023b8f06c88000000880000000500000000000000000000"
    "00800100000000782e6e7079504b0506000000000100010033000000bf0000000000";

TEST(Npz, ReadsArchivesOfNumPy) {
  const NamedTensors compressed = npz_of(from_hex(kCompressedByNumPy));
  ASSERT_EQ(compressed.size(), 2u);
  EXPECT_EQ(compressed[0].first, "a");
  EXPECT_EQ(compressed[0].second.signature(), "f32[2, 3]");
  EXPECT_THAT(compressed[0].second.to_vector<float>(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(compressed[1].first, "b");
  EXPECT_THAT(compressed[1].second.to_vector<bool>(), ElementsAre(true, false));
  const NamedTensors stored = npz_of(from_hex(kStoredByNumPy));
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].second.signature(), "i64[]");
  EXPECT_EQ(stored[0].second.item<std::int64_t>(), 7);
}

TEST(Npz, ReadsArchivesMadeByHand) {
  const std::string first = npy_of_bytes("abc");
  const std::string second = npy_of_bytes(std::string(1000, 'z'));
  const NamedTensors tensors =
      npz_of(archive_of({{"x.npy", first}, {"sub/y.npy", second, raw_deflate(second), 8}},
                        "a comment, PK\5\6 in it"));
  EXPECT_EQ(tensors[0].first, "x");
  EXPECT_THAT(tensors[0].second.to_vector<int>(), ElementsAre('a', 'b', 'c'));
  EXPECT_EQ(tensors[1].first, "sub/y");
  EXPECT_EQ(tensors[1].second.signature(), "u8[1000]");
  EXPECT_TRUE(npz_of(archive_of({})).empty());
}

TEST(Npz, RefusesWhatIsNoZipArchive) {
  EXPECT_EQ(npz_fault(""), "read_npz: a.npz: byte 0: it does not end like a zip archive");
  EXPECT_EQ(npz_fault(npy_of_bytes("abc")),
            "read_npz: a.npz: byte 69: it does not end like a zip archive");
  const std::string whole = archive_of({{"x.npy", npy_of_bytes("abc")}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(npz_fault(whole.substr(0, size)), HasSubstr("does not end like a zip archive"));
  }
  EXPECT_THAT(npz_fault(whole + "x"), HasSubstr("does not end like a zip archive"));
  EXPECT_THAT(npz_fault("x" + whole), HasSubstr("does not fit before it"));
}

TEST(Npz, RefusesMembersThatLie) {
  const std::string npy = npy_of_bytes(std::string(100, 'q'));
  const std::string deflated = raw_deflate(npy);
  const auto size = static_cast<std::uint32_t>(npy.size());
  const auto fault = [](Member member) { return npz_fault(archive_of({std::move(member)})); };
  EXPECT_EQ(fault({"x.npy", npy, npy, 0, 0, 7}),
            "read_npz: a.npz: entry 'x.npy': it is stored, and its two sizes differ");
  EXPECT_THAT(fault({"x.npy", npy, deflated, 8, 0, size + 2}),
              HasSubstr("entry 'x.npy': it holds " + std::to_string(size) + " bytes, not " +
                        std::to_string(size + 2)));
  EXPECT_THAT(fault({"x.npy", npy, deflated, 8, 0, size - 1}),
              HasSubstr("there are more data than the header says"));
  EXPECT_THAT(fault({"x.npy", npy, deflated, 8, 0, 4'000'000'000u}),
              HasSubstr("cannot hold the 4000000000 that it promises"));
  EXPECT_THAT(fault({"x.npy", npy, deflated.substr(0, 20), 8}),
              HasSubstr("a.npz/x.npy: byte 55: the compressed data end too early"));
  EXPECT_THAT(fault({"x.npy", npy, deflated + "123", 8}),
              HasSubstr("3 bytes follow the compressed data"));
  EXPECT_THAT(fault({"x.npy", npy, npy, 0, 0, size, 12345}), HasSubstr("its checksum is wrong"));
  EXPECT_THAT(fault({"x.npy", npy, deflated, 8, 0, size, 12345}),
              HasSubstr("its checksum is wrong"));
  EXPECT_THAT(fault({"x.npy", npy, npy, 0, 1}), HasSubstr("it is encrypted"));
  EXPECT_THAT(fault({"x.npy", npy, npy, 12}), HasSubstr("it is compressed by method 12"));
  EXPECT_THAT(fault({"x.txt", npy}), HasSubstr("entry 'x.txt': it is not a .npy file"));
  EXPECT_THAT(fault({"\xff.npy", npy}), HasSubstr("the name of an entry is not UTF-8"));
  EXPECT_THAT(fault({"x.npy", "not NumPy"}),
              HasSubstr("read_npy: a.npz/x.npy: byte 0: it does not begin like a .npy file"));
}

TEST(Npz, RefusesTwoMembersOfOneNameAndMembersThatShareBytes) {
  const Member member = {"x.npy", npy_of_bytes("abc")};
  EXPECT_THAT(npz_fault(archive_of({member, member})),
              HasSubstr("another entry has the same name"));
  std::string shared = archive_of({member, {"y.npy", npy_of_bytes("abc")}});
  const std::size_t second_header = shared.rfind("PK\1\2") + 42;
  std::memset(shared.data() + second_header, 0, 4);  // the second lies where the first does
  EXPECT_THAT(npz_fault(shared), HasSubstr("its bytes run into what follows it"));
}

TEST(Npz, RefusesADirectoryThatLies) {
  const std::string whole = archive_of({{"x.npy", npy_of_bytes("abc")}});
  const std::size_t end = whole.size() - 22;
  const auto changed = [&](std::size_t place, const std::string& bytes) {
    std::string copy = whole;
    copy.replace(place, bytes.size(), bytes);
    return npz_fault(copy);
  };
  EXPECT_THAT(changed(end + 10, raw_of<std::uint16_t>(9)), HasSubstr("cannot hold 9 entries"));
  EXPECT_THAT(changed(end + 10, raw_of<std::uint16_t>(0)), HasSubstr("longer than its entries"));
  EXPECT_THAT(changed(end + 16, raw_of<std::uint32_t>(1 << 30)),
              HasSubstr("does not fit before it"));
  EXPECT_THAT(changed(end + 16, raw_of<std::uint32_t>(0xffffffff)),
              HasSubstr("the record of 64-bit sizes is missing"));
  EXPECT_THAT(changed(end + 4, raw_of<std::uint16_t>(1)), HasSubstr("several disks"));
  const std::size_t entry = whole.rfind("PK\1\2");
  EXPECT_THAT(changed(entry + 28, raw_of<std::uint16_t>(999)), HasSubstr("ends beyond it"));
  EXPECT_THAT(changed(entry + 42, raw_of<std::uint32_t>(4)), HasSubstr("no header at byte 4"));
  EXPECT_THAT(changed(0, "XX"), HasSubstr("there is no header at byte 0"));
  EXPECT_THAT(changed(28, raw_of<std::uint16_t>(999)), HasSubstr("run beyond the archive"));
}

TEST(NpzWriter, RoundTripsStoredAndCompressed) {
  const TemporaryFolder folder;
  const NamedTensors tensors = {{"weights", Tensor{{1, 2}, {3, 4}}},
                                {"empty", Tensor::from(std::vector<float>{}, {0})},
                                {"\xc3\xa9t\xc3\xa9/count", Tensor(std::int64_t{5})}};
  for (const auto compression :
       {NpzOptions::Compression::stored, NpzOptions::Compression::deflated}) {
    const std::string path = folder / "a.npz";
    write_npz(path, tensors, {.compression = compression});
    const NamedTensors back = read_npz(path);
    ASSERT_EQ(back.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(back[i].first, tensors[i].first);
      EXPECT_EQ(back[i].second.signature(), tensors[i].second.signature());
      EXPECT_EQ(back[i].second.to_vector<float>(), tensors[i].second.to_vector<float>());
    }
  }
}

TEST(NpzWriter, AlignsWhatIsStoredSoThatReadingMapsIt) {
  const TemporaryFolder folder;
  write_npz(folder / "a.npz", {{"a", Tensor::from<std::uint8_t>({1}, {1})}, {"b", Tensor{1, 2}}});
  const NamedTensors back = read_npz(folder / "a.npz");
  EXPECT_EQ(back[0].second.array().buffer.data(), back[1].second.array().buffer.data());
  EXPECT_EQ((back[1].second.array().bytes() - back[1].second.array().buffer.data()) % 64, 0);
}

TEST(NpzWriter, IsReadByPythonsZipModule) {
  if (std::system("python3 -c 'import zipfile' 2>/dev/null") != 0) GTEST_SKIP() << "no python3";
  const TemporaryFolder folder;
  write_npz(folder / "a.npz", {{"a", Tensor{1.5f}}, {"b", Tensor{1, 2}}},
            {.compression = NpzOptions::Compression::deflated});
  const std::string script =
      "import zipfile,struct; z=zipfile.ZipFile('" + folder / "a.npz" +
      "'); assert z.testzip() is None; assert z.namelist()==['a.npy','b.npy']; "
      "assert struct.unpack('<2f', z.read('b.npy')[-8:])==(1.0,2.0)";
  EXPECT_EQ(std::system(("python3 -c \"" + script + "\"").c_str()), 0);
}

TEST(NpzWriter, RefusesNamesTheFormatCannotHoldAndKeepsTheOldFile) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.npz", "old");
  const auto message = [&](const NamedTensors& tensors) {
    return std::string(error_of([&] { write_npz(path, tensors); }).what());
  };
  EXPECT_THAT(message({{"a", Tensor{1}}, {"a", Tensor{1}}}),
              HasSubstr("two tensors are named 'a'"));
  EXPECT_THAT(message({{"", Tensor{1}}}), HasSubstr("a name is empty or too long"));
  EXPECT_THAT(message({{"a", Tensor()}}), HasSubstr("tensor 'a' is undefined"));
  EXPECT_THAT(message({{"a", Tensor::scalar(1, DType::bf16)}}),
              HasSubstr("a.npz: tensor 'a': NumPy has no element type bf16"));
  EXPECT_EQ(read_text(path), "old");
}

}  // namespace
}  // namespace gradus::io
