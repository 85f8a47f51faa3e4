#include "app/lock_edits.h"

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "app/gdm_access.h"
#include "app/repository_scan.h"
#include "base/text.h"
#include "codec/lock_record.h"
#include "codec/record_paths.h"
#include "engine/registration.h"

namespace sous::app {
namespace {

constexpr std::size_t kFewestDigits = 7;

using Change = std::function<Result<LockFile>(LockFile, Deed)>;

Error nothing_registered(const SourceId& source) {
  return Error(Code::not_found, fmt::format("nothing was registered for {}", source.str()))
      .hinted("`sous artifact list` shows what is known");
}

/// Changes one lock file by compare-and-set. The moment of the deed is that of the first attempt.
Result<LockFile> edit_lock_file(Node& node,
                                const SourceId& source,
                                const std::string& message,
                                const std::string& reason,
                                const Change& change,
                                const Call& call) {
  if (trim(reason).empty()) {
    return Error(Code::usage, "a reason is needed").hinted("add -reason \"why\"");
  }
  const Deed deed{.who = node.who(), .when = node.clock.wall(), .why = reason};
  const auto judge = [&](const GdmState& state) -> Result<GdmEdit> {
    const LockFile* file = state.gdm.lock_file(source);
    if (file == nullptr) {
      return nothing_registered(source);
    }
    const LockFile changed = SOUS_TRY(change(*file, deed));
    if (changed == *file) {
      return GdmEdit{};
    }
    return GdmEdit{.records = {{codec::lock_path(source), codec::encode_lock_file(changed)}},
                   .message = fmt::format("{}\n\n{}", message, reason)};
  };
  const auto after = SOUS_TRY(edit_gdm(node, judge, call));
  return *after.gdm.lock_file(source);
}

/// What enters a lock was read by digest once.
Status read_registered(Node& node, const SourceId& source, const Digest& digest, const Call& call) {
  const auto state = SOUS_TRY(read_gdm(node, call));
  const LockFile* file = state.gdm.lock_file(source);
  const Registration* known = file != nullptr ? file->registration_of(digest) : nullptr;
  if (known != nullptr && !known->images.empty()) {
    SOUS_TRY_VOID(read_image(node, {known->images.front(), digest}, call));
  }
  return ok();
}

bool matches(const Digest& digest, std::string_view wanted) {
  return digest.str() == wanted ||
         (wanted.size() >= kFewestDigits && digest.hex().starts_with(wanted));
}

}  // namespace

Result<LockFile> supersede_lock(Node& node,
                                const SourceId& source,
                                const Digest& to,
                                const std::string& reason,
                                const Call& call) {
  SOUS_TRY_VOID(read_registered(node, source, to, call));
  return edit_lock_file(
      node,
      source,
      fmt::format("Supersede the lock of {} by {}", source.str(), to.short_hex()),
      reason,
      [&](LockFile file, Deed deed) -> Result<LockFile> {
        if (const Lock* lock = file.final_lock(); lock != nullptr && lock->digest == to) {
          return file;  // it stands there already
        }
        return engine::with_superseded_lock(std::move(file), to, std::move(deed));
      },
      call);
}

Result<LockFile> withdraw_artifact(Node& node,
                                   const SourceId& source,
                                   const Digest& digest,
                                   const std::string& reason,
                                   const Call& call) {
  return edit_lock_file(
      node,
      source,
      fmt::format("Withdraw {} of {}", digest.short_hex(), source.str()),
      reason,
      [&](LockFile file, Deed deed) -> Result<LockFile> {
        const Registration* registration = file.registration_of(digest);
        if (registration != nullptr && registration->withdrawn) {
          return file;
        }
        return engine::with_withdrawal(std::move(file), digest, std::move(deed));
      },
      call);
}

Result<LockFile> restore_artifact(Node& node,
                                  const SourceId& source,
                                  const Digest& digest,
                                  const std::string& reason,
                                  const Call& call) {
  return edit_lock_file(
      node,
      source,
      fmt::format("Restore {} of {}", digest.short_hex(), source.str()),
      reason,
      [&](LockFile file, Deed deed) {
        return engine::with_restoration(std::move(file), digest, std::move(deed));
      },
      call);
}

Result<std::pair<SourceId, Digest>> find_registration(Node& node,
                                                      const SourceLocation& location,
                                                      const std::optional<Version>& version,
                                                      const std::string& digest,
                                                      const Call& call) {
  const auto state = SOUS_TRY(read_gdm(node, call));
  std::optional<std::pair<SourceId, Digest>> found;
  for (const auto& [source, file] : state.gdm.locks) {
    if (source.location != location || (version && source.version != *version)) {
      continue;
    }
    for (const auto& registration : file.registrations) {
      if (!matches(registration.digest, digest)) {
        continue;
      }
      if (found) {
        return Error(Code::usage, fmt::format("{} names several artifacts", quote(digest)))
            .hinted("give more of its digits, or -tag for the version");
      }
      found = {source, registration.digest};
    }
  }
  if (!found) {
    return Error(Code::not_found,
                 fmt::format("no artifact of {}{} has the digest {}",
                             location.str(),
                             version ? " " + version->canonical() : "",
                             quote(digest)))
        .hinted("`sous artifact list` shows those that are registered");
  }
  return std::move(*found);
}

}  // namespace sous::app
