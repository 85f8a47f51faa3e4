#include "golden.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace sous::golden {

void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(SOUS_TEST_DATA_DIR) + "/data/" + name;
  const char* accept = std::getenv("SOUS_TEST_ACCEPT");  // NOLINT(concurrency-mt-unsafe)
  if (accept != nullptr && std::string_view(accept) == "1") {
    support::write_file(path, actual);
    GTEST_SKIP() << "accepted " << name;
  }
  ASSERT_TRUE(std::filesystem::exists(path)) << path << " is missing; SOUS_TEST_ACCEPT=1 writes it";
  EXPECT_EQ(actual, support::read_file(path)) << "in " << path;
}

}  // namespace sous::golden
