#pragma once

#include <string>

namespace sous::golden {

/// Compares `actual` with the file `data/<name>` beside the tests. With SOUS_TEST_ACCEPT=1 in the
/// environment it writes the file instead, and the test reports itself as skipped, so that an
/// accepting run never passes by accident.
void expect_golden(const std::string& name, const std::string& actual);

}  // namespace sous::golden
