#include "base/percent.h"

#include <gtest/gtest.h>

namespace sous {
namespace {

TEST(PercentEncoded, KeepsWhatIsUnreservedAndWhatIsAskedFor) {
  EXPECT_EQ(percent_encoded("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encoded("a/b c?"), "a%2Fb%20c%3F");
  EXPECT_EQ(percent_encoded("a/b:c", "/"), "a/b%3Ac");
  EXPECT_EQ(percent_encoded("\xC3\xA9\n"), "%C3%A9%0A");
}

}  // namespace
}  // namespace sous
