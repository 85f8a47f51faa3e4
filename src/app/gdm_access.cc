#include "app/gdm_access.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/parallel.h"
#include "codec/definitions_record.h"
#include "codec/gdm_decode.h"
#include "codec/record_paths.h"
#include "engine/retry.h"

namespace sous::app {
namespace {

// Losing a race costs one read; with this many racers in a row something else is wrong.
constexpr engine::RetryPolicy kRaces{
    .base = std::chrono::milliseconds(20), .ceiling = std::chrono::seconds(1), .max_attempts = 200};

constexpr std::size_t kDecoders = 4;  // threads
constexpr std::size_t kFewestDigits = 7;
constexpr std::size_t kSearchedHistory = 10'000;  // entries looked through for an abbreviation

constexpr std::string_view kLocalDefinitions =
    R"(# What is true for every manifest: the clusters and their defaults.
Clusters:
  # This machine. Sous made this entry when it made the GDM. Every advisory is allowed here, so that
  # a developer can try what is not released yet; other clusters start with none.
  local:
    Kind: podman
    BaseURL: unix://{}
    MachineID: {}
    AllowedAdvisories:
{})";

std::string new_uuid(Rng& rng) {
  std::uint64_t high = rng.next();
  std::uint64_t low = rng.next();
  high = (high & ~0xF000ULL) | 0x4000ULL;                  // version 4
  low = (low & ~(0xC000ULL << 48U)) | (0x8000ULL << 48U);  // RFC 4122 variant
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
                     high >> 32U,
                     (high >> 16U) & 0xFFFFU,
                     high & 0xFFFFU,
                     low >> 48U,
                     low & 0xFFFFFFFFFFFFULL);
}

std::string local_definitions(const Settings& settings) {
  std::string advisories;
  for (const auto advisory : all_known_advisories()) {
    if (advisory != KnownAdvisory::support_container &&
        advisory != KnownAdvisory::is_a_build_image) {
      advisories += fmt::format("      - {}\n", advisory_text(advisory));
    }
  }
  return fmt::format(kLocalDefinitions, settings.podman_socket, settings.machine_id, advisories);
}

/// Nothing is written that would be a broken record.
Status check_readable(const GdmEdit& edit) {
  codec::RecordTexts texts;
  for (const auto& [path, text] : edit.records) {
    if (text) {
      texts[path] = std::make_shared<const std::string>(*text);
    }
  }
  std::vector<std::string> problems;
  std::string paths;
  for (const auto& broken : codec::decode_gdm({}, texts, {}).broken) {
    paths += (paths.empty() ? "" : ", ") + broken.path;
    std::ranges::copy(broken.problems, std::back_inserter(problems));
  }
  if (problems.empty()) {
    return ok();
  }
  return Error(Code::invalid_data, fmt::format("{} could not be read again", paths))
      .hinted("nothing was changed")
      .detailed(std::move(problems));
}

Result<GdmState> committed(Node& node,
                           const GdmState& base,
                           const GdmEdit& edit,
                           const Call& call) {
  SOUS_TRY_VOID(check_readable(edit));
  const GdmChange change{.records = edit.records,
                         .author = edit.author.value_or(node.settings.user),
                         .message = edit.message};
  return with_edit(base, SOUS_TRY(node.gdm.commit(base.snapshot.revision, change, call)), edit);
}

Result<GdmState> read_state(Node& node, const Call& call) {
  return decode_state(node.executor, SOUS_TRY(node.gdm.read(call).with("reading the GDM")));
}

Error no_gdm(const GdmState& state) {
  if (!state.snapshot.records.empty()) {
    return Error(Code::not_found, "this GDM was made by another program and has no id yet")
        .hinted("any edit of it takes it over, as `sous update`, `sous init` or `sous build`");
  }
  return Error(Code::not_found, "there is no GDM yet")
      .hinted("make one with `sous init` in the checkout of a service");
}

}  // namespace

GdmState decode_state(Executor& executor, GdmSnapshot snapshot) {
  const auto each = [&](std::size_t count, const std::function<void(std::size_t)>& body) {
    for_each_parallel(
        executor, "decode", count, kDecoders, Call{}, [&](std::size_t i, const Call& /*call*/) {
          body(i);
        });
  };
  Gdm gdm = codec::decode_gdm(snapshot.revision, snapshot.records, snapshot.refused, each);
  return {std::move(snapshot), std::move(gdm)};
}

GdmState newer_state(GdmState known, GdmSnapshot snapshot) {
  codec::update_gdm(known.gdm,
                    snapshot.revision,
                    known.snapshot.records,
                    known.snapshot.refused,
                    snapshot.records,
                    snapshot.refused);
  known.snapshot = std::move(snapshot);
  return known;
}

const std::string* GdmState::text(std::string_view path) const {
  const auto found = snapshot.records.find(path);
  return found == snapshot.records.end() ? nullptr : found->second.get();
}

GdmState with_edit(const GdmState& base, std::string revision, const GdmEdit& edit) {
  GdmState out = base;
  GdmSnapshot& next = out.snapshot;
  next.revision = std::move(revision);
  for (const auto& [path, text] : edit.records) {
    if (text) {
      next.records[path] = std::make_shared<const std::string>(*text);
    } else {
      next.records.erase(path);
    }
    next.refused.erase(path);
  }
  codec::update_gdm(out.gdm,
                    next.revision,
                    base.snapshot.records,
                    base.snapshot.refused,
                    next.records,
                    next.refused);
  return out;
}

Result<GdmState> read_gdm_at(Node& node, const std::string& revision, const Call& call) {
  auto exact = node.gdm.read_at(revision, call);
  if (exact || exact.error().code() != Code::not_found || revision.size() < kFewestDigits) {
    return decode_state(node.executor, SOUS_TRY(std::move(exact)));
  }
  std::optional<std::string> found;
  for (const auto& entry :
       SOUS_TRY(node.gdm.history(std::nullopt, kSearchedHistory, call)).entries) {
    if (!entry.revision.starts_with(revision)) {
      continue;
    }
    if (found) {
      return Error(Code::usage, fmt::format("{} names several revisions of the GDM", revision))
          .hinted("give more of its digits");
    }
    found = entry.revision;
  }
  return found ? decode_state(node.executor, SOUS_TRY(node.gdm.read_at(*found, call)))
               : decode_state(node.executor, SOUS_TRY(std::move(exact)));
}

Result<GdmState> read_gdm(Node& node, const Call& call) {
  auto state = SOUS_TRY(read_state(node, call));
  if (state.text(codec::kFormatPath) == nullptr) {
    return no_gdm(state);
  }
  return state;
}

Result<GdmState> read_records(Node& node, const Call& call) {
  auto state = SOUS_TRY(read_state(node, call));
  return state.snapshot.records.empty() ? Result<GdmState>(no_gdm(state)) : std::move(state);
}

Result<GdmState> edit_gdm(Node& node, const JudgeEdit& judge, const Call& call) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    const auto state = SOUS_TRY(read_state(node, call));
    if (!state.snapshot.stale.empty()) {
      return Error(Code::unavailable,
                   fmt::format("the GDM's remote does not answer: {}", state.snapshot.stale))
          .hinted("nothing was changed; try again when it answers");
    }
    const auto edit = SOUS_TRY(judge(state));
    if (edit.records.empty()) {
      return state;
    }
    auto next = committed(node, state, edit, call);
    if (next ||
        (next.error().code() != Code::conflict && next.error().code() != Code::unverified)) {
      return std::move(next).with("writing the GDM");
    }
    // `conflict` here only says that somebody was faster, `unverified` that the answer was lost.
    // Either way `judge` tells on the newest state whether the change still holds, or is there.
    const auto delay = engine::retry_delay(kRaces, Code::unavailable, attempt, node.rng.next());
    if (!delay) {
      return std::move(next).with(fmt::format("writing the GDM, {} times overtaken", attempt));
    }
    SOUS_TRY_VOID(node.clock.sleep(*delay, call));
  }
}

GdmEdit first_records(Node& node, const GdmState& state) {
  GdmEdit edit;
  if (state.text(codec::kFormatPath) != nullptr) {
    return edit;
  }
  edit.records[std::string(codec::kFormatPath)] = codec::encode_format({.id = new_uuid(node.rng)});
  edit.message = "Start the GDM";
  if (state.text(codec::kDefinitionsPath) == nullptr) {
    edit.records[std::string(codec::kDefinitionsPath)] = local_definitions(node.settings);
  }
  return edit;
}

Result<GdmState> ensure_gdm(Node& node, const Call& call) {
  return edit_gdm(
      node,
      [&](const GdmState& state) -> Result<GdmEdit> { return first_records(node, state); },
      call);
}

Result<GdmState> gdm_as_if_ensured(Node& node, const Call& call) {
  const auto state = SOUS_TRY(read_state(node, call));
  return with_edit(state, state.snapshot.revision, first_records(node, state));
}

}  // namespace sous::app
