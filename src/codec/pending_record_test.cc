#include "codec/pending_record.h"

#include <gtest/gtest.h>

namespace sous::codec {
namespace {

PendingBuild pending() {
  return {.gdm_id = "0b9f3e5c-0000-4000-8000-000000000000",
          .stamp = {.source = SourceId::parse("github.com/user/project,1.2.3,svc").value(),
                    .revision = Revision::parse(std::string(40, 'b')).value(),
                    .advisories = {KnownAdvisory::ephemeral_tag, KnownAdvisory::rebuilt},
                    .built_at = parse_rfc3339("2026-11-21T22:26:42.000001Z").value(),
                    .rebuild_of = Digest::sha256_of("a")},
          .kind = "test",
          .repository = ImageRepository::parse("registry.example:5000/user/project").value(),
          .remote_url = "https://github.com/user/project.git",
          .anyway = true,
          .layout = "layout",
          .author_name = "Ann",
          .author_email = "ann@example.org"};
}

TEST(PendingRecord, ReadsWhatItWrites) {
  const std::string text = encode_pending_build(pending());
  const auto read = decode_pending_build("f", text);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(encode_pending_build(*read), text);
  EXPECT_EQ(read->stamp.source, pending().stamp.source);
  EXPECT_EQ(read->stamp.built_at, pending().stamp.built_at);
  EXPECT_EQ(read->stamp.rebuild_of, pending().stamp.rebuild_of);
  EXPECT_TRUE(read->anyway);
  EXPECT_EQ(read->author_email, "ann@example.org");
}

TEST(PendingRecord, ALayoutOutsideTheBuildIsRefused) {
  for (const std::string_view outside : {"..", "a/b", "/etc", ""}) {
    PendingBuild bad = pending();
    bad.layout = outside;
    const auto read = decode_pending_build("f", encode_pending_build(bad));
    ASSERT_FALSE(read) << outside;
    EXPECT_EQ(read.error().code(), Code::invalid_data);
  }
}

TEST(PendingRecord, EveryProblemIsNamed) {
  const auto read = decode_pending_build("f", "format: 2\nrevision: x\n");
  ASSERT_FALSE(read);
  EXPECT_GE(read.error().details().size() + read.error().text().size(), 5U);
  EXPECT_FALSE(decode_pending_build("f", "[]"));
}

}  // namespace
}  // namespace sous::codec
