#pragma once

#include <span>
#include <vector>

#include "adapters/source_git/git.h"
#include "ports/source_inspector.h"

namespace sous::source_git {

/// SourceInspector::names_directory: three runs of git, four with tags of tags. The directories of
/// the first tag's tree are read in full, those of every other one as the difference to the one
/// before.
Result<std::vector<bool>> names_directory(const Git& git,
                                          std::span<const TaggedName> names,
                                          const Call& call);

}  // namespace sous::source_git
