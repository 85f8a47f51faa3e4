#include "adapters/index_sqlite/fields.h"

#include <gtest/gtest.h>

namespace sous::index_sqlite {
namespace {

using namespace std::string_literals;

TEST(Fields, AnyBytesSurvive) {
  const std::vector<std::string> texts{"", "a", "3:abc", "\0"s, "\xff\n:"};
  EXPECT_EQ(decode_texts(encode_texts(texts)).value(), texts);
  const LabelMap map{{"", ""}, {"1:a", "\0b"s}, {"c", ""}};
  EXPECT_EQ(decode_map(encode_map(map)).value(), map);
  const std::vector<IndexChild> children{{Digest::sha256_of("a"), "linux/arm/v7"},
                                         {Digest::sha256_of("b"), ""}};
  EXPECT_EQ(decode_children(encode_children(children)).value(), children);
  const std::vector<Digest> digests{Digest::sha256_of("b"), Digest::sha256_of("a")};
  EXPECT_EQ(decode_digests(encode_digests(digests)).value(), digests);
  EXPECT_EQ(encode_texts({}), "");
}

TEST(Fields, RefuseOtherBytes) {
  for (const auto* bytes : {"a",
                            "1",
                            ":",
                            "1:",
                            "2:a",
                            "1:ab",
                            "-1:a",
                            " 1:a",
                            "99999999999:a",
                            "18446744073709551615:",
                            "1:a2"}) {
    EXPECT_FALSE(decode_texts(bytes)) << bytes;
  }
  EXPECT_FALSE(decode_map("1:a"));
  EXPECT_FALSE(decode_digests("1:a"));
  EXPECT_FALSE(decode_children("1:a1:b"));
}

}  // namespace
}  // namespace sous::index_sqlite
