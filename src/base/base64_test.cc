#include "base/base64.h"

#include <gtest/gtest.h>

namespace sous {
namespace {

TEST(Base64, VectorsOfRfc4648) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"},
                                                      {"\xff\xfe\xfd", "//79"}};
  for (const auto& [plain, coded] : rows) {
    EXPECT_EQ(to_base64(plain), coded);
    EXPECT_EQ(from_base64(coded).value(), plain);
  }
}

TEST(Base64, ReadsUnpaddedAndRefusesOtherText) {
  EXPECT_EQ(from_base64("Zg").value(), "f");
  for (const auto* text : {"Z", "Zg=a", "Z g=", "Zg===", "_-"}) {
    EXPECT_EQ(from_base64(text).error().code(), Code::invalid_data) << text;
  }
}

}  // namespace
}  // namespace sous
