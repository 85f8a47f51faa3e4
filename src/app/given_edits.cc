#include "app/given_edits.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "app/gdm_access.h"
#include "base/text.h"
#include "codec/given_record.h"
#include "codec/record_paths.h"
#include "engine/given_rules.h"

namespace sous::app {
namespace {

using Change = std::function<Result<GivenRecord>(GivenRecord)>;

Result<std::vector<const GivenRecord*>> selected(const Gdm& gdm, const GivenSelection& selection) {
  std::vector<const GivenRecord*> out;
  for (const ClusterName& cluster : selection.clusters) {
    const GivenRecord* record = gdm.given_record({selection.manifest, cluster});
    if (record == nullptr || record->removed) {
      return Error(Code::not_found,
                   fmt::format("nothing is given for {} in cluster {}",
                               selection.manifest.str(),
                               cluster.str()))
          .hinted("`sous query gdm` shows what is given; `sous deploy` gives a version");
    }
    out.push_back(record);
  }
  if (selection.clusters.empty()) {
    for (const auto& [id, record] : gdm.given) {
      if (id.manifest == selection.manifest && !record.removed) {
        out.push_back(&record);
      }
    }
  }
  if (out.empty()) {
    return Error(Code::not_found, fmt::format("nothing is given for {}", selection.manifest.str()))
        .hinted("`sous query gdm` shows what is given; `sous deploy` gives a version");
  }
  return out;
}

/// Changes the selected records in one commit; returns them afterwards.
Result<std::vector<GivenRecord>> edit_given(Node& node,
                                            const GivenSelection& selection,
                                            const std::string& message,
                                            const Change& change,
                                            const Call& call) {
  std::vector<GivenRecord> out;
  const auto judge = [&](const GdmState& now) -> Result<GdmEdit> {
    out.clear();
    GdmEdit edit{.records = {}, .message = message};
    for (const GivenRecord* record : SOUS_TRY(selected(now.gdm, selection))) {
      out.push_back(SOUS_TRY(change(*record)));
      if (out.back() != *record) {
        edit.records[codec::given_path(record->deployment)] = codec::encode_given(out.back());
      }
    }
    return edit;
  };
  SOUS_TRY_VOID(edit_gdm(node, judge, call));
  return out;
}

std::string where(const GivenSelection& selection) {
  std::string out = selection.manifest.str();
  for (const auto& cluster : selection.clusters) {
    out += fmt::format(
        "{}{}", &cluster == &*selection.clusters.begin() ? " in " : ", ", cluster.str());
  }
  return out;
}

Error held_error(const GivenRecord& record, const Hold& held) {
  return Error(Code::blocked,
               fmt::format(
                   "{} is held by {}: {}", record.deployment.str(), held.held.who, held.held.why))
      .hinted("`sous release` ends the hold; -release does so in the same step");
}

}  // namespace

Result<std::vector<GivenRecord>> hold(Node& node,
                                      const GivenSelection& selection,
                                      const std::string& reason,
                                      const std::optional<WallTime>& until,
                                      const Call& call) {
  if (trim(reason).empty()) {
    return Error(Code::usage, "a reason is needed").hinted("add -reason \"why\"");
  }
  const Hold made{.held = {.who = node.who(), .when = node.clock.wall(), .why = reason},
                  .until = until};
  return edit_given(
      node,
      selection,
      fmt::format("Hold {}\n\n{}", where(selection), reason),
      [&](GivenRecord record) -> Result<GivenRecord> {
        record.hold = made;
        return record;
      },
      call);
}

Result<std::vector<GivenRecord>> release(Node& node,
                                         const GivenSelection& selection,
                                         const Call& call) {
  return edit_given(
      node,
      selection,
      fmt::format("Release {}", where(selection)),
      [&](GivenRecord record) -> Result<GivenRecord> {
        record.hold.reset();
        return record;
      },
      call);
}

Result<std::vector<GivenRecord>> give_failed_again(Node& node,
                                                   const GivenSelection& selection,
                                                   bool release,
                                                   const Call& call) {
  const WallTime now = node.clock.wall();
  const Deed deed{.who = node.who(), .when = now, .why = "sous retry"};
  bool any = false;
  auto out = SOUS_TRY(edit_given(
      node,
      selection,
      fmt::format("Retry {}", where(selection)),
      [&](GivenRecord record) -> Result<GivenRecord> {
        if (record.current().given == deed) {
          any = true;  // an answer was lost: it is written already
          return record;
        }
        if (record.current().outcome != Outcome::failed) {
          return record;
        }
        if (const Hold* held = release ? nullptr : engine::active_hold(&record, now)) {
          return held_error(record, *held);
        }
        any = true;
        if (release) {
          record.hold.reset();
        }
        GivenEntry next = record.current();
        ++next.generation;
        next.given = deed;
        next.outcome = Outcome::pending;
        next.outcome_reason.clear();
        record.give(std::move(next));
        return record;
      },
      call));
  if (!any) {
    return Error(Code::conflict,
                 fmt::format("nothing to retry: generation {} of {} is {}",
                             out.front().current().generation,
                             out.front().deployment.str(),
                             codec::outcome_text(out.front().current().outcome)))
        .hinted("`sous deploy -force` gives a version again that has not failed");
  }
  std::erase_if(out, [&](const GivenRecord& record) { return record.current().given != deed; });
  return out;
}

}  // namespace sous::app
