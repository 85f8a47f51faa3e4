#include "adapters/scheduler_singularity/ids.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/md5.h"
#include "base/text.h"

namespace sous::scheduler_singularity {
namespace {

constexpr std::size_t kHashDigits = 32;
constexpr std::size_t kVersionSize = 31;
// Fewer of them would not tell ids apart for certain.
constexpr std::size_t kLeastDigits = kDeployIdSize - kVersionSize - 1;

std::string sanitized(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return !is_alnum(c); }, '_');
  return out;
}

// `repo-dir-flavor-cluster`, each part without dashes.
std::string readable(const DeploymentId& id) {
  const SourceLocation& source = id.manifest.source();
  const std::string_view repo = source.repo();
  return fmt::format("{}-{}-{}-{}",
                     sanitized(repo.substr(repo.rfind('/') + 1)),
                     sanitized(source.offset()),
                     sanitized(id.manifest.flavor()),
                     sanitized(id.cluster.str()));
}

std::string hash_of_attempt(const GdmId& gdm_id,
                            const DeploymentId& id,
                            std::uint64_t generation,
                            std::uint32_t attempt) {
  // No part holds a newline, so the text cannot be read in two ways.
  return Digest::sha256_of(fmt::format("{}\n{}\n{}\n{}", gdm_id, id.str(), generation, attempt))
      .short_hex(kHashDigits);
}

}  // namespace

std::string request_id(const GdmId& gdm_id, const DeploymentId& id) {
  const std::string hash = Digest::sha256_of(gdm_id + "\n" + id.str()).short_hex(kHashDigits);
  return readable(id).substr(0, kRequestIdSize - kHashDigits - 1) + "-" + hash;
}

std::string original_digest(const DeploymentId& id) {
  std::string text = id.manifest.source().str();
  text += '\0';
  text += id.manifest.flavor();
  text += '\0';
  text += id.cluster.str();
  return md5_hex(text);
}

std::string original_request_id(const DeploymentId& id) {
  return (readable(id) + "-" + original_digest(id)).substr(0, kRequestIdSize);
}

std::string deploy_id(const GdmId& gdm_id,
                      const DeploymentId& id,
                      const Version& version,
                      std::uint64_t generation,
                      std::uint32_t attempt) {
  const std::string prefix = sanitized(version.canonical()).substr(0, kVersionSize);
  return (prefix + "_" + hash_of_attempt(gdm_id, id, generation, attempt)).substr(0, kDeployIdSize);
}

bool is_deploy_of(std::string_view deploy,
                  const GdmId& gdm_id,
                  const DeploymentId& id,
                  std::uint64_t generation,
                  std::uint32_t attempt) {
  const auto blank = deploy.rfind('_');
  if (blank == std::string_view::npos) {
    return false;
  }
  const std::string_view digits = deploy.substr(blank + 1);
  return digits.size() >= kLeastDigits &&
         hash_of_attempt(gdm_id, id, generation, attempt).starts_with(digits);
}

}  // namespace sous::scheduler_singularity
