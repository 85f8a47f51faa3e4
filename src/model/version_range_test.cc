#include "model/version_range.h"

#include <gtest/gtest.h>

namespace sous {
namespace {

bool contains(const std::string& range, const std::string& version) {
  return VersionRange::parse(range).value().contains(Version::parse(version).value());
}

TEST(VersionRange, AllComparisonsMustHold) {
  EXPECT_TRUE(contains(">=1.2 <2", "1.2.0"));
  EXPECT_TRUE(contains(">=1.2,<2", "1.99.99"));
  EXPECT_FALSE(contains(">=1.2 <2", "1.1.9"));
  EXPECT_FALSE(contains(">=1.2 <2", "2.0.0"));
  EXPECT_TRUE(contains("> 1.2", "1.2.1"));
  EXPECT_FALSE(contains(">1.2", "1.2.0"));
  EXPECT_TRUE(contains("<=1.2", "1.2.0"));
  EXPECT_FALSE(contains("<=1.2", "1.2.1"));
}

TEST(VersionRange, AVersionAloneIsThatVersion) {
  EXPECT_TRUE(contains("1.2.3", "1.2.3+91495f1"));
  EXPECT_TRUE(contains("=1.2.3", "1.2.3"));
  EXPECT_FALSE(contains("1.2.3", "1.2.4"));
}

TEST(VersionRange, APrereleaseComesBeforeItsVersion) {
  EXPECT_TRUE(contains("<2", "2.0.0-rc.1"));
  EXPECT_FALSE(contains(">=2", "2.0.0-rc.1"));
}

TEST(VersionRange, RefusesWhatIsNone) {
  for (const char* bad : {"", " , ", ">", "<<1", "one", ">=1.2 <", "1..2"}) {
    const auto range = VersionRange::parse(bad);
    ASSERT_FALSE(range) << bad;
    EXPECT_EQ(range.error().code(), Code::invalid_data);
  }
  std::string many;
  for (int i = 0; i < 17; ++i) {
    many += "<2 ";
  }
  EXPECT_FALSE(VersionRange::parse(many));
}

}  // namespace
}  // namespace sous
