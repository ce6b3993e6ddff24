#include "gradus/io/metadata.h"

#include <gtest/gtest.h>

#include "gradus/base/error.h"

namespace gradus::io {
namespace {

TEST(Metadata, HoldsTextsSortedByName) {
  Metadata metadata{{"b", "2"}, {"a", "1"}};
  metadata.set("c", "3");
  metadata.set("a", "one");
  std::string all;
  for (const auto& [name, text] : metadata) all += name + '=' + text + ' ';
  EXPECT_EQ(all, "a=one b=2 c=3 ");
}

TEST(Metadata, FindsAndForgets) {
  Metadata metadata{{"epoch", "3"}, {"note", ""}};
  ASSERT_NE(metadata.find("epoch"), nullptr);
  EXPECT_EQ(*metadata.find("epoch"), "3");
  EXPECT_EQ(metadata.find("e"), nullptr);
  EXPECT_EQ(metadata.find("zebra"), nullptr);
  metadata.erase("epoch");
  metadata.erase("never there");
  EXPECT_EQ(metadata, (Metadata{{"note", ""}}));
  metadata.erase("note");
  EXPECT_TRUE(metadata.empty());
}

TEST(Metadata, RefusesANameGivenTwice) {
  try {
    Metadata({{"a", "1"}, {"b", "2"}, {"a", "3"}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "metadata: the name 'a' is given twice");
  }
}

}  // namespace
}  // namespace gradus::io
