#include "base/digest.h"

#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

namespace sous {
namespace {

// FIPS 180-2, appendix B.1 and C.1.
constexpr std::string_view kAbc256 =
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kAbc512 =
    "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

TEST(DigestTest, computes_published_vectors) {
  EXPECT_EQ(Digest::sha256_of("abc").str(), kAbc256);
  EXPECT_EQ(Digest::sha256_of("").hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Hasher hasher(Digest::Algorithm::sha512);
  hasher.update("abc");
  EXPECT_EQ(hasher.finish().str(), kAbc512);
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(DigestTest, piecewise_equals_whole) {
  Hasher hasher;
  hasher.update("a");
  hasher.update("");
  hasher.update("bc");
  Hasher moved = std::move(hasher);
  EXPECT_EQ(moved.finish(), Digest::sha256_of("abc"));
}

TEST(DigestTest, parses_and_prints_back) {
  for (const std::string_view text : {kAbc256, kAbc512}) {
    const auto digest = Digest::parse(text);
    ASSERT_TRUE(digest.has_value()) << text;
    EXPECT_EQ(digest->str(), text);
  }
  EXPECT_EQ(Digest::parse(kAbc256).value().short_hex(), "ba7816bf8f01");
  EXPECT_EQ(Digest::parse(kAbc512)->algorithm(), Digest::Algorithm::sha512);
}

TEST(DigestTest, takes_raw_bytes) {
  std::array<std::uint8_t, 32> bytes{};
  bytes[0] = 0xAB;
  EXPECT_EQ(Digest::sha256(bytes).hex(), "ab" + std::string(62, '0'));
}

TEST(DigestTest, refuses_what_is_no_digest) {
  const std::string hex(64, 'a');
  for (const std::string& text : std::vector<std::string>{"",
                                                          hex,
                                                          "sha256:",
                                                          "sha256:" + hex.substr(1),
                                                          "sha256:" + hex + "a",
                                                          "sha256:" + std::string(64, 'A'),
                                                          "sha256:" + std::string(64, 'g'),
                                                          "SHA256:" + hex,
                                                          "sha512:" + hex,
                                                          "md5:" + std::string(32, 'a'),
                                                          " sha256:" + hex,
                                                          "sha256:" + std::string(64, '\0')}) {
    const auto digest = Digest::parse(text);
    ASSERT_FALSE(digest.has_value()) << text;
    EXPECT_EQ(digest.error().code(), Code::invalid_data);
  }
  EXPECT_NE(Digest::parse("sha256:x").error().message().find("64 lower-case hex digits"),
            std::string::npos);
}

TEST(DigestTest, algorithms_are_told_apart) {
  const Digest short_one = Digest::parse("sha256:" + std::string(64, '0')).value();
  const Digest long_one = Digest::parse("sha512:" + std::string(128, '0')).value();
  EXPECT_NE(short_one, long_one);
  EXPECT_EQ((std::unordered_set<Digest>{short_one, long_one, short_one}.size()), 2U);
}

TEST(DigestTest, each_thread_computes_for_itself) {
  std::string other;
  std::thread thread([&] { other = Digest::sha256_of("abc").str(); });
  const std::string mine = Digest::sha256_of("abc").str();
  thread.join();
  EXPECT_EQ(other, mine);
}

}  // namespace
}  // namespace sous
