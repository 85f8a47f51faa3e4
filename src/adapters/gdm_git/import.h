#pragma once

#include <string>

#include "adapters/gdm_git/git_command.h"
#include "ports/gdm_store.h"

namespace sous::gdm_git {

struct NewCommit {
  std::string base;  // empty: the first commit
  std::string ref;   // a ref of our own that is set to the commit
  std::string nonce;
  WallTime when;
};

/// The input of `git fast-import` that makes the commit.
std::string import_stream(const NewCommit& commit, const GdmChange& change);

/// Writes blobs, trees and the commit in one process; the result is the commit's hash. Nothing but
/// `commit.ref` points at it.
Result<std::string> import_commit(const GitCommand& git,
                                  const NewCommit& commit,
                                  const GdmChange& change,
                                  const Call& call);

}  // namespace sous::gdm_git
