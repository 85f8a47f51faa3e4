#include "app/kept_given.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "codec/given_record.h"
#include "codec/record_paths.h"

namespace sous::app {
namespace {

std::uint64_t generation_of(const GivenRecord* record) {
  return record == nullptr ? 0 : record->current().generation;
}

/// The newest entry of a record's text; generation 0 where there is no text.
Result<std::uint64_t> generation_in(const std::string& path,
                                    const std::optional<std::string>& text) {
  if (!text) {
    return std::uint64_t{0};
  }
  const auto record = SOUS_TRY(codec::decode_given(path, *text));
  return record.current().generation;
}

bool has(const GivenRecord& record, const GivenEntry& ours) {
  return std::ranges::any_of(record.entries, [&](const GivenEntry& entry) {
    return entry.given == ours.given && entry.image == ours.image;
  });
}

/// Theirs is given again after ours, so that it wins also in a cluster that runs ours already.
GivenRecord with_overtaken(const GivenRecord& theirs, const GivenEntry& ours) {
  GivenRecord out = theirs;
  GivenEntry again = theirs.current();
  GivenEntry lost = ours;
  lost.generation = std::max(again.generation + 1, ours.generation);
  lost.outcome = Outcome::overtaken;
  lost.outcome_reason = fmt::format("given offline as generation {}; generation {} of {} wins",
                                    ours.generation,
                                    again.generation,
                                    again.given.who);
  again.generation = lost.generation + 1;
  again.outcome = Outcome::pending;
  again.outcome_reason.clear();
  out.give(std::move(lost));
  if (!out.removed) {
    out.give(std::move(again));
  }
  return out;
}

}  // namespace

Result<std::optional<RecordEdits>> overtaken_edits(const GdmState& state, const KeptEdit& kept) {
  RecordEdits out;
  std::vector<TextEdit> others;
  bool overtaken = false;
  bool stands = false;  // something that it gave is not overtaken
  for (const TextEdit& edit : kept.edits) {
    if (!edit.path.starts_with(codec::kGivenDirectory) || !edit.to) {
      others.push_back(edit);
      continue;
    }
    const auto ours = SOUS_TRY(codec::decode_given(edit.path, *edit.to));
    const auto before = SOUS_TRY(generation_in(edit.path, edit.from));
    const GivenRecord* now = state.gdm.given_record(ours.deployment);
    if (generation_of(now) == before) {
      others.push_back(edit);
      stands = true;
      continue;
    }
    if (now != nullptr && generation_of(now) == ours.current().generation &&
        has(*now, ours.current())) {
      stands = true;  // it is there: only the answer was lost
      continue;
    }
    overtaken = true;
    const bool gave = ours.current().generation != before;  // else it is how that ended
    if (gave && now != nullptr && !has(*now, ours.current())) {
      out[edit.path] = codec::encode_given(with_overtaken(*now, ours.current()));
    }
  }
  if (!overtaken) {
    return std::optional<RecordEdits>{};
  }
  if (stands) {
    std::vector<FieldConflict> theirs;  // their fields win too
    out.merge(SOUS_TRY(merged_edits(state, others, theirs)));
  }
  return std::optional{std::move(out)};
}

}  // namespace sous::app
