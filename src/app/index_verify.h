#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/node.h"

namespace sous::app {

struct VerifyScope {
  std::vector<ImageRepository> repositories;  // empty: all that were ever read
  std::optional<std::size_t> sample;          // so many tags, taken at random; absent: all
};

/// An image that is not what the index says.
struct Contradiction {
  ImageByDigest image;
  std::vector<std::string> fields;  // of the facts, e.g. `labels`
};

/// A tag that names another image now. No mistake of the index: tags move.
struct MovedTag {
  ImageRepository repository;
  ImageTag tag;
  Digest known;
  std::optional<Digest> now;  // absent: there is no such tag any more
};

struct VerifyReport {
  std::uint64_t tags = 0;    // asked for
  std::uint64_t images = 0;  // read again
  std::vector<Contradiction> contradictions;
  std::vector<MovedTag> moved;
  std::vector<ImageByDigest> gone;  // no registry answer but 404
  Completeness completeness;
  std::uint64_t requests = 0;
};

/// Reads again what the index knows of tags and their images, and says where the registries
/// disagree. Changes nothing. What cannot be read makes the answer partial. Fails only when the
/// index does.
Result<VerifyReport> verify_index(Node& node, const VerifyScope& scope, const Call& call);

}  // namespace sous::app
