#pragma once

#include <cstddef>
#include <functional>

#include "app/node.h"

namespace sous::app {

/// How far the reading of a repository has come.
struct ScanProgress {
  std::size_t listed = 0;  // tags
  std::size_t to_read = 0;
  std::size_t read = 0;
};

struct ScanOptions {
  /// Ask of every known tag what it names now, at one request each; a list does not tell.
  bool deep = false;
  /// Nothing but a rule names this repository, so a refusal may mean that it is not there.
  bool never_known = false;
  /// Called again and again while images are read, on the calling thread.
  std::function<void(const ScanProgress&)> progress;
};

/// Reads a registry repository into the index (design.md section 6): its tag list, and of what it
/// names only what the index does not know. What was read stays when it is interrupted. Gaps make
/// the record partial; they are no failure of the call. A repository that does not exist is
/// complete and empty; so is one that refuses us while nothing speaks for its being there
/// (design.md section 6: `never_known`, and the same login works elsewhere on the host). Fails only
/// when the index itself does.
Result<ScanRecord> scan_repository(Node& node,
                                   const ImageRepository& repository,
                                   const Call& call,
                                   const ScanOptions& options = {});

/// Makes sure the index has what tells whose an image is, reading it by digest when it does not.
/// Fails with not_found when the registry has no such image.
Status know_image(Node& node, const ImageByDigest& image, const Call& call);

/// The facts of one image with those of its config, from the index or else read by digest, Sous
/// image or not: proof that both documents are there, before the image enters a lock. Fails with
/// not_found when the registry lacks one of them, and with invalid_data when its own labels are
/// malformed or disagree with its annotations.
Result<ImageFacts> read_image(Node& node, const ImageByDigest& image, const Call& call);

}  // namespace sous::app
