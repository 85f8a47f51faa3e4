#include "app/index_verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "app/image_facts_reader.h"

namespace sous::app {
namespace {

constexpr std::size_t kBatch = 512;

struct KnownTag {
  ImageRepository repository;
  ImageTag tag;
  Digest digest;
};

/// The names of the fields in which a fresh reading differs. The index may know less than all.
std::vector<std::string> differences(const ImageFacts& known, const ImageFacts& read) {
  std::vector<std::string> out;
  const auto compare = [&](const char* name, bool equal) {
    if (!equal) {
      out.emplace_back(name);
    }
  };
  compare("media_type", known.media_type == read.media_type);
  compare("manifest_size", known.manifest_size == read.manifest_size);
  compare("annotations", known.annotations == read.annotations);
  compare("config_digest", !known.config_digest || known.config_digest == read.config_digest);
  compare("children", known.children == read.children);
  compare("labels", !known.labels || known.labels == read.labels);
  compare("diff_ids", !known.diff_ids || known.diff_ids == read.diff_ids);
  compare("created", !known.created || known.created == read.created);
  return out;
}

class Verification {
 public:
  Verification(Node& node, const Call& call) : node_(node), call_(call) {}

  Result<VerifyReport> run(const VerifyScope& scope) {
    const std::uint64_t sent_before = node_.registry.requests_sent();
    auto tags = SOUS_TRY(known_tags(scope));
    if (scope.sample) {
      take_sample(tags, *scope.sample);
    }
    std::map<ImageRepository, std::vector<KnownTag>> by_repository;
    for (auto& tag : tags) {
      by_repository[tag.repository].push_back(std::move(tag));
    }
    for (const auto& [repository, all] : by_repository) {
      const std::span<const KnownTag> rest(all);
      for (std::size_t from = 0; from < rest.size(); from += kBatch) {
        const auto batch = rest.subspan(from, std::min(kBatch, rest.size() - from));
        ask_tags(repository, batch);
        SOUS_TRY_VOID(read_images(repository, batch));
      }
    }
    if (!missing_.empty()) {
      report_.completeness = Completeness::partial(std::move(reason_), std::move(missing_));
    }
    report_.requests = node_.registry.requests_sent() - sent_before;
    return std::move(report_);
  }

 private:
  Result<std::vector<KnownTag>> known_tags(const VerifyScope& scope) {
    auto repositories = scope.repositories;
    if (repositories.empty()) {
      for (auto& scan : SOUS_TRY(node_.index.scans())) {
        repositories.push_back(std::move(scan.repository));
      }
    }
    std::vector<KnownTag> out;
    for (const auto& repository : repositories) {
      for (auto& fact : SOUS_TRY(node_.index.tags(repository))) {
        if (fact.digest && !fact.vanished_at) {
          out.push_back({repository, std::move(fact.tag), std::move(*fact.digest)});
        }
      }
    }
    return out;
  }

  /// Any `count` of them, each as likely as the others.
  void take_sample(std::vector<KnownTag>& tags, std::size_t count) {
    if (tags.size() <= count) {
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::swap(tags[i], tags[i + node_.rng.next() % (tags.size() - i)]);
    }
    tags.erase(tags.begin() + static_cast<std::ptrdiff_t>(count), tags.end());
  }

  void ask_tags(const ImageRepository& repository, std::span<const KnownTag> tags) {
    std::vector<ImageTag> names;
    for (const auto& tag : tags) {
      names.push_back(tag.tag);
    }
    report_.tags += tags.size();
    node_.registry.resolve_all(
        repository,
        names,
        [&](std::size_t n, const Result<Digest>& now) {
          if (now && *now == tags[n].digest) {
            return;
          }
          if (now) {
            report_.moved.push_back({repository, tags[n].tag, tags[n].digest, *now});
          } else if (now.error().code() == Code::not_found) {
            report_.moved.push_back({repository, tags[n].tag, tags[n].digest, std::nullopt});
          } else {
            gap(fmt::format("tag {} of {}", tags[n].tag.str(), repository.str()), now.error());
          }
        },
        call_);
  }

  Status read_images(const ImageRepository& repository, std::span<const KnownTag> tags) {
    std::vector<ManifestKey> keys;
    for (const auto& tag : tags) {
      if (seen_.insert({repository, tag.digest}).second) {
        keys.emplace_back(tag.digest);
      }
    }
    auto images = SOUS_TRY(read_facts(node_, repository, keys, call_, Depth::whole));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const ImageByDigest image{repository, std::get<Digest>(keys[i])};
      if (images[i].facts) {
        SOUS_TRY_VOID(compare(image, *images[i].facts));
      } else if (images[i].facts.error().code() == Code::not_found) {
        report_.gone.push_back(image);
      } else {
        gap("image " + image.str(), images[i].facts.error());
      }
    }
    return ok();
  }

  Status compare(const ImageByDigest& image, const ImageFacts& read) {
    ++report_.images;
    const auto known = SOUS_TRY(node_.index.facts(image.digest));
    if (!known) {
      report_.contradictions.push_back({image, {"facts"}});
      return ok();
    }
    if (auto fields = differences(*known, read); !fields.empty()) {
      report_.contradictions.push_back({image, std::move(fields)});
    }
    return ok();
  }

  void gap(const std::string& what, const Error& error) {
    reason_ = error.text();
    missing_.push_back(fmt::format("{}: {}", what, error.message()));
  }

  Node& node_;
  const Call& call_;
  VerifyReport report_;
  std::set<ImageByDigest> seen_;
  std::string reason_;
  std::vector<std::string> missing_;
};

}  // namespace

Result<VerifyReport> verify_index(Node& node, const VerifyScope& scope, const Call& call) {
  return Verification(node, call).run(scope).with("verifying the index");
}

}  // namespace sous::app
