#include "app/pending_builds.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/gdm_access.h"
#include "codec/pending_record.h"

namespace sous::app {
namespace {

constexpr std::uint64_t kMaxRecord = 1ULL << 20U;
constexpr std::uint32_t kOwnerOnly = 0600;

PendingOutcome outcome_of(const PendingBuild& pending, PendingOutcome::State state) {
  return {.state = state,
          .source = pending.stamp.source,
          .kind = pending.kind,
          .image = {},
          .tags = {},
          .rebuild_of = {},
          .why = {}};
}

PendingOutcome failed(const PendingBuild& pending, const Error& error) {
  const bool may_come = is_transient(error.code()) || error.code() == Code::unauthorized ||
                        error.code() == Code::forbidden;
  auto out = outcome_of(pending,
                        may_come ? PendingOutcome::State::waiting : PendingOutcome::State::refused);
  out.why = error.text();
  return out;
}

Result<Published> finish(Node& node,
                         const BuildSpace& space,
                         const PendingBuild& pending,
                         const Call& call) {
  Node author = node;
  author.settings.user = {pending.author_name, pending.author_email};
  const std::string layout = fmt::format("{}/{}", space.path(), pending.layout);
  auto stored = SOUS_TRY(read_layout(author, layout));
  const Publication publication{.repository = pending.repository,
                                .layout = std::move(stored),
                                .stamp = pending.stamp,
                                .kind = pending.kind,
                                .remote_url = pending.remote_url,
                                .anyway = pending.anyway};
  return publish(author, publication, {}, call);
}

/// The records of what a build waits for: file name and content.
std::vector<std::pair<std::string, PendingBuild>> records_of(Node& node, const BuildSpace& space) {
  std::vector<std::pair<std::string, PendingBuild>> out;
  const auto entries = node.files.list(space.path());
  if (!entries) {
    return out;
  }
  for (const auto& entry : *entries) {
    if (!entry.name.starts_with(kPendingPrefix)) {
      continue;
    }
    const std::string path = space.path() + "/" + entry.name;
    const auto text = node.files.read(path, kMaxRecord);
    if (!text) {
      continue;
    }
    // One that cannot be read is a newer version's, or was damaged: it stays for a person to see.
    if (auto record = codec::decode_pending_build(path, *text)) {
      out.emplace_back(path, std::move(*record));
    }
  }
  return out;
}

class Finisher {
 public:
  Finisher(Node& node, const Call& call) : node_(node), call_(call) {}

  void finish_space(BuildSpace& space) {
    for (const auto& [path, pending] : records_of(node_, space)) {
      if (const Error* silent = gdm_silent()) {
        outcomes_.push_back(failed(pending, *silent));
      } else if (pending.gdm_id == gdm_->gdm.id) {
        finish_one(space, path, pending);
      }
    }
    const auto left = node_.files.list(space.path());
    if (left && std::ranges::none_of(*left, [](const DirectoryEntry& entry) {
          return entry.name.starts_with(kPendingPrefix);
        })) {
      space.drop();
    }
  }

  std::vector<PendingOutcome> take() { return std::move(outcomes_); }

 private:
  /// Why the GDM cannot be written to; it is asked once.
  const Error* gdm_silent() {
    if (!gdm_ && !silent_) {
      auto state = read_gdm(node_, call_);
      if (!state) {
        silent_ = state.error();
      } else if (!state->snapshot.stale.empty()) {
        silent_ = Error(Code::unavailable, "the GDM's remote does not answer");
      } else {
        gdm_ = std::move(*state);
      }
    }
    return silent_ ? &*silent_ : nullptr;
  }

  void finish_one(const BuildSpace& space, const std::string& path, const PendingBuild& pending) {
    auto published = finish(node_, space, pending, call_);
    if (published && published->away) {
      outcomes_.push_back(failed(pending, *published->away));
      return;
    }
    if (!published) {
      outcomes_.push_back(failed(pending, published.error()));
      if (outcomes_.back().state == PendingOutcome::State::refused) {
        (void)node_.files.remove(path);
      }
      return;
    }
    auto out = outcome_of(pending, PendingOutcome::State::finished);
    out.image = ImageByDigest{pending.repository, published->image.manifest.digest};
    out.tags = std::move(published->tags);
    out.rebuild_of = published->image.stamp.rebuild_of;
    outcomes_.push_back(std::move(out));
    (void)node_.files.remove(path);
  }

  Node& node_;
  const Call& call_;
  std::optional<GdmState> gdm_;
  std::optional<Error> silent_;
  std::vector<PendingOutcome> outcomes_;
};

}  // namespace

Status keep_pending(Node& node,
                    BuildSpace& space,
                    const Publication& publication,
                    const ArtifactStamp& stamp,
                    const std::string& gdm_id) {
  const std::string& directory = publication.layout.directory;
  const PendingBuild pending{.gdm_id = gdm_id,
                             .stamp = stamp,
                             .kind = publication.kind,
                             .repository = publication.repository,
                             .remote_url = publication.remote_url,
                             .anyway = publication.anyway,
                             .layout = directory.substr(directory.rfind('/') + 1),
                             .author_name = node.settings.user.name,
                             .author_email = node.settings.user.email};
  const std::string path =
      fmt::format("{}/{}{}.yaml", space.path(), kPendingPrefix, pending.layout);
  SOUS_TRY_VOID(node.files.write(path, codec::encode_pending_build(pending), kOwnerOnly));
  space.keep();
  return ok();
}

std::vector<PendingOutcome> finish_pending_builds(Node& node, const Call& call) {
  Finisher finisher(node, call);
  const auto names = BuildSpace::kept(node);
  if (!names) {
    return {};
  }
  for (const auto& name : *names) {
    const auto space = BuildSpace::reopen(node, name);
    if (space && *space) {
      finisher.finish_space(**space);
    }
  }
  return finisher.take();
}

}  // namespace sous::app
