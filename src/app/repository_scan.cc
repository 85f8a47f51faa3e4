#include "app/repository_scan.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "app/image_facts_reader.h"

namespace sous::app {
namespace {

/// Images read and stored at once: so many are in memory, and are read again by whoever is
/// interrupted.
constexpr std::size_t kBatch = 512;
/// A record names so many gaps one by one.
constexpr std::size_t kMostNamed = 50;

bool is_refusal(const Error& error) {
  return error.code() == Code::unauthorized || error.code() == Code::forbidden;
}

/// Calls `body` with parts of `all`, of kBatch items at most, until one fails.
template <typename Item, typename Body>
Status for_each_batch(std::span<const Item> all, const Body& body) {
  for (std::size_t from = 0; from < all.size(); from += kBatch) {
    SOUS_TRY_VOID(body(all.subspan(from, std::min(kBatch, all.size() - from))));
  }
  return ok();
}

/// One reading of one repository.
class Scan {
 public:
  Scan(Node& node, const ImageRepository& repository, const Call& call, const ScanOptions& options)
      : node_(node), repository_(repository), call_(call), options_(options) {
    record_.started_at = node.clock.wall();
  }

  Result<ScanRecord> run() {
    const std::uint64_t sent_before = node_.registry.requests_sent();
    for (auto& fact : SOUS_TRY(node_.index.tags(repository_))) {
      ImageTag name = fact.tag;
      known_.emplace(std::move(name), std::move(fact));
    }
    auto list = node_.registry.list_tags(repository_, call_);
    if (list) {
      if (!list->completeness.is_complete()) {
        gap(list->completeness.reason(), list->completeness.missing());
      }
      record_.tags = list->tags.size();
      SOUS_TRY_VOID(read_tags(list->tags));
    } else if (!SOUS_TRY(is_absent(list.error()))) {
      gap_of("the tag list", list.error());
    }
    record_.finished_at = node_.clock.wall();
    record_.requests = node_.registry.requests_sent() - sent_before;
    record_.completeness = completeness();
    SOUS_TRY_VOID(node_.index.put_scan(record_, tags_));
    return record_;
  }

 private:
  /// Nothing was ever pushed there; or the registry does not tell whether, and there is no reason
  /// to think so.
  Result<bool> is_absent(const Error& error) {
    if (error.code() == Code::not_found) {
      return true;
    }
    return is_refusal(error) && options_.never_known && known_.empty() &&
           SOUS_TRY(login_works_elsewhere());
  }

  /// Whether the login that was refused here is the one with which another repository of the host
  /// was last read.
  Result<bool> login_works_elsewhere() {
    const auto login = login_for(repository_);
    if (!login) {
      return false;
    }
    const auto scans = SOUS_TRY(node_.index.scans());
    return std::ranges::any_of(scans, [&](const ScanRecord& scan) {
      return scan.repository.host == repository_.host && scan.tags > 0 &&
             scan.completeness.is_complete() && login_for(scan.repository) == login;
    });
  }

  /// The stored login as one text; nothing where there is none, or none that can be read.
  std::optional<std::string> login_for(const ImageRepository& repository) {
    const auto stored = node_.credentials.find(repository.host, repository.path, call_);
    if (!stored || !stored->credential) {
      return std::nullopt;
    }
    const Credential& login = *stored->credential;
    return login.user + '\0' + login.password.reveal() + '\0' + login.identity_token.reveal();
  }

  Status read_tags(const std::vector<ImageTag>& listed) {
    std::vector<ManifestKey> fresh;
    std::vector<ImageTag> again;
    tags_.reserve(listed.size());
    for (const ImageTag& tag : listed) {
      const auto old = known_.find(tag);
      if (old == known_.end() || old->second.vanished_at) {
        fresh.emplace_back(tag);
      } else if (options_.deep) {
        again.push_back(tag);
      } else {
        record_.saved += old->second.requests;
        tags_.push_back(old->second);
      }
    }
    progress_ = {.listed = listed.size(), .to_read = fresh.size() + again.size(), .read = 0};
    SOUS_TRY_VOID(for_each_batch(std::span<const ImageTag>(again),
                                 [&](auto batch) { return look_again(batch, fresh); }));
    return for_each_batch(std::span<const ManifestKey>(fresh),
                          [&](auto batch) { return read_fresh(batch); });
  }

  bool is_over() const {
    return call_.stop.stop_requested() || call_.deadline.passed(node_.clock.now());
  }

  /// Nothing more is asked once the time is up.
  template <typename Batch>
  bool given_up(const Batch& batch) {
    if (!is_over()) {
      return false;
    }
    const std::string_view why = call_.stop.stop_requested() ? "cancelled" : "the time was up";
    gap(std::string(why),
        {fmt::format("{} further tags of {}: {}", batch.size(), repository_.str(), why)});
    return true;
  }

  void report(std::size_t count) {
    progress_.read += count;
    if (options_.progress) {
      options_.progress(progress_);
    }
  }

  /// Asks what known tags name now; those that name something else are fresh.
  Status look_again(std::span<const ImageTag> tags, std::vector<ManifestKey>& fresh) {
    if (given_up(tags)) {
      return ok();
    }
    const WallTime now = node_.clock.wall();
    const std::size_t moved_before = fresh.size();
    node_.registry.resolve_all(
        repository_,
        tags,
        [&](std::size_t n, const Result<Digest>& answer) {
          TagFact fact = known_.at(tags[n]);
          if (answer ? answer == fact.digest : !fact.digest && is_broken_for_good(answer.error())) {
            fact.seen_at = now;
            record_.saved += fact.requests > 0 ? fact.requests - 1 : 0;
            tags_.push_back(std::move(fact));
          } else if (answer) {
            fresh.emplace_back(tags[n]);
          } else {
            unreadable(tags[n], answer.error(), 1);
          }
        },
        call_);
    report(tags.size() - (fresh.size() - moved_before));
    return ok();
  }

  Status read_fresh(std::span<const ManifestKey> keys) {
    if (given_up(keys)) {
      return ok();
    }
    const std::size_t first = tags_.size();
    std::vector<ImageFacts> readable;
    auto images = SOUS_TRY(read_facts(node_, repository_, keys, call_));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto& tag = std::get<ImageTag>(keys[i]);
      if (!images[i].facts) {
        unreadable(tag, images[i].facts.error(), images[i].requests);
        continue;
      }
      tags_.push_back({.tag = tag,
                       .digest = images[i].facts->digest,
                       .broken = {},
                       .seen_at = record_.started_at,
                       .vanished_at = {},
                       .requests = images[i].requests});
      readable.push_back(std::move(*images[i].facts));
    }
    SOUS_TRY_VOID(
        node_.index.put_facts(readable, {repository_, "manifests by tag", node_.clock.wall()}));
    SOUS_TRY_VOID(node_.index.put_tags(repository_, std::span(tags_).subspan(first)));
    report(keys.size());
    return ok();
  }

  void unreadable(const ImageTag& tag, const Error& error, std::uint32_t requests) {
    if (is_broken_for_good(error)) {
      tags_.push_back({.tag = tag,
                       .digest = {},
                       .broken = error.text(),
                       .seen_at = record_.started_at,
                       .vanished_at = {},
                       .requests = requests});
    } else {
      gap_of("tag " + tag.str(), error);
    }
  }

  void gap(std::string reason, std::vector<std::string> missing) {
    reason_ = std::move(reason);
    gaps_ += missing.size();
    const std::size_t room = kMostNamed - std::min(missing_.size(), kMostNamed);
    missing.resize(std::min(missing.size(), room));
    std::ranges::move(missing, std::back_inserter(missing_));
  }

  void gap_of(std::string_view what, const Error& error) {
    gap(error.text(),
        {fmt::format("{} of {}: {}{}{}",
                     what,
                     repository_.str(),
                     error.message(),
                     is_refusal(error) && !error.hint().empty() ? "; " : "",
                     is_refusal(error) ? error.hint() : "")});
  }

  Completeness completeness() {
    if (gaps_ == 0) {
      return Completeness::complete();
    }
    if (gaps_ > missing_.size()) {
      missing_.push_back(
          fmt::format("and {} more of {}", gaps_ - missing_.size(), repository_.str()));
    }
    return Completeness::partial(reason_, missing_);
  }

  Node& node_;
  const ImageRepository& repository_;
  const Call& call_;
  const ScanOptions& options_;
  ScanProgress progress_;
  std::map<ImageTag, TagFact> known_;
  ScanRecord record_{.repository = repository_};
  std::vector<TagFact> tags_;
  std::string reason_;
  std::vector<std::string> missing_;
  std::size_t gaps_ = 0;
};

}  // namespace

Result<ScanRecord> scan_repository(Node& node,
                                   const ImageRepository& repository,
                                   const Call& call,
                                   const ScanOptions& options) {
  return Scan(node, repository, call, options)
      .run()
      .with(fmt::format("scanning {}", repository.str()));
}

Status know_image(Node& node, const ImageByDigest& image, const Call& call) {
  if (SOUS_TRY(node.index.facts(image.digest))) {
    return ok();
  }
  const ManifestKey key = image.digest;
  auto read = SOUS_TRY(read_facts(node, image.repository, std::span(&key, 1), call));
  const std::vector<ImageFacts> facts{
      SOUS_TRY(std::move(read.front().facts).with("reading image " + image.str()))};
  return node.index.put_facts(facts, {image.repository, "manifest by digest", node.clock.wall()});
}

Result<ImageFacts> read_image(Node& node, const ImageByDigest& image, const Call& call) {
  std::vector<ImageFacts> facts;
  if (auto known = SOUS_TRY(node.index.facts(image.digest)); known && known->labels) {
    facts.push_back(std::move(*known));
  } else {
    auto read = SOUS_TRY(read_whole_facts(node, image, call));
    facts.push_back(SOUS_TRY(std::move(read.facts).with("reading image " + image.str())));
    SOUS_TRY_VOID(
        node.index.put_facts(facts, {image.repository, "manifest by digest", node.clock.wall()}));
  }
  const auto identity = read_identity(facts.front());
  if (const auto* other = std::get_if<NotSous>(&identity); other != nullptr && other->unreliable) {
    return Error(
        Code::invalid_data,
        fmt::format("the labels of image {} cannot be relied on: {}", image.str(), other->reason));
  }
  return std::move(facts.front());
}

}  // namespace sous::app
