#include "app/record_edits.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/kept_edit.h"
#include "app/kept_given.h"
#include "codec/json.h"

namespace sous::app {
namespace {

constexpr std::size_t kSearchedHistory = 200;  // entries looked through for who changed a field

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::vector<TextEdit> text_edits(const GdmState& base, const GdmEdit& edit) {
  std::vector<TextEdit> out;
  for (const auto& [path, text] : edit.records) {
    const std::string* from = base.text(path);
    out.push_back({path, from == nullptr ? std::nullopt : std::optional{*from}, text});
  }
  return out;
}

std::string short_value(const std::optional<codec::YamlValue>& value) {
  constexpr std::size_t kLongest = 60;
  std::string text = codec::shown(value);
  if (text.size() > kLongest) {
    text = text.substr(0, kLongest) + "...";
  }
  return text.empty() ? "nothing" : text;
}

/// Whether a commit changed what the conflict is about, and to what.
std::optional<codec::YamlChange> change_by(const GdmSnapshot& before,
                                           const GdmSnapshot& after,
                                           const FieldConflict& conflict) {
  const auto text = [&](const GdmSnapshot& snapshot) {
    const auto found = snapshot.records.find(conflict.path);
    return found == snapshot.records.end() ? std::nullopt : std::optional{*found->second};
  };
  const auto from = text(before);
  const auto to = text(after);
  if (from == to) {
    return std::nullopt;
  }
  if (!from || !to || conflict.change.path.empty()) {
    return codec::YamlChange{};
  }
  const auto changes = codec::yaml_changes(*from, *to);
  if (!changes) {
    return codec::YamlChange{};
  }
  const auto& field = conflict.change.path;
  const auto found = std::ranges::find_if(*changes, [&](const codec::YamlChange& change) {
    const auto shared = std::min(change.path.size(), field.size());
    return std::equal(
        field.begin(), field.begin() + static_cast<std::ptrdiff_t>(shared), change.path.begin());
  });
  return found == changes->end() ? std::nullopt : std::optional{*found};
}

/// `Ann <ann@x> made it 1.3.0 on ... (commit abc)`, where the history can tell.
std::string who_changed(Node& node,
                        const std::string& base,
                        const FieldConflict& conflict,
                        const Call& call) {
  const auto history = node.gdm.history(conflict.path, kSearchedHistory, call);
  if (!history) {
    return "somebody else changed it";
  }
  for (const auto& entry : history->entries) {
    if (entry.revision == base) {
      break;
    }
    const auto after = node.gdm.read_at(entry.revision, call);
    const auto before = entry.parent.empty() ? Result<GdmSnapshot>(GdmSnapshot{})
                                             : node.gdm.read_at(entry.parent, call);
    const auto change = before && after ? change_by(*before, *after, conflict) : std::nullopt;
    if (change) {
      const std::string value =
          change->path.empty() ? "changed it" : fmt::format("made it {}", short_value(change->to));
      return fmt::format("{} <{}> {} at {} (revision {:.12}: {})",
                         entry.author.name,
                         entry.author.email,
                         value,
                         format_rfc3339(entry.when),
                         entry.revision,
                         first_line(entry.message));
    }
  }
  return "somebody else changed it";
}

Error conflict_error(Node& node,
                     const std::string& base,
                     const std::vector<FieldConflict>& conflicts,
                     const Call& call) {
  std::vector<std::string> details;
  for (const auto& conflict : conflicts) {
    const auto& change = conflict.change;
    details.push_back(
        change.path.empty()
            ? fmt::format("{}: {}", conflict.path, who_changed(node, base, conflict, call))
            : fmt::format("{}: {}: {}; you would make {} {}",
                          conflict.path,
                          change.field(),
                          who_changed(node, base, conflict, call),
                          short_value(change.from),
                          short_value(change.to)));
  }
  return Error(Code::conflict, "somebody else changed the same fields meanwhile")
      .hinted("nothing was changed; look at it again and repeat the command if you still want it")
      .detailed(std::move(details));
}

/// One edit on its way: what it was made on, and what it changes.
struct Begun {
  std::string revision;
  GdmEdit edit;
  std::vector<TextEdit> texts;
};

Result<Begun> begin(Node& node, const JudgeEdit& compute, const GdmState& base) {
  auto edit = SOUS_TRY(compute(base));
  Begun out{.revision = base.snapshot.revision, .edit = std::move(edit), .texts = {}};
  if (!out.edit.records.empty()) {
    out.edit.records.merge(first_records(node, base).records);
  }
  out.texts = text_edits(base, out.edit);
  return out;
}

/// Makes what was begun on the newest state.
Result<EditOutcome> write_begun(Node& node,
                                const JudgeEdit& begin_on,
                                std::optional<Begun>& begun,
                                const Call& call) {
  std::vector<FieldConflict> conflicts;
  bool changed = false;
  const auto judge = [&](const GdmState& state) -> Result<GdmEdit> {
    if (!begun) {
      begun = SOUS_TRY(begin(node, begin_on, state));
    }
    conflicts.clear();
    GdmEdit out = begun->edit;
    out.records = SOUS_TRY(merged_edits(state, begun->texts, conflicts));
    if (!conflicts.empty()) {
      return Error(Code::conflict, "somebody else changed the same fields meanwhile");
    }
    changed = changed || !out.records.empty();
    return out;
  };
  auto done = edit_gdm(node, judge, call);
  if (!done) {
    return conflicts.empty() ? std::move(done.error())
                             : conflict_error(node, begun->revision, conflicts, call);
  }
  return EditOutcome{.state = std::move(*done), .changed = changed, .pending = false};
}

/// Keeps an edit that the remote could not be given. Fails with `why` where nothing is away.
Result<EditOutcome> keep_for_later(Node& node,
                                   const JudgeEdit& compute,
                                   const GdmState* base,
                                   const Error& why,
                                   const Call& call) {
  auto newest = read_records(node, call);
  if (!newest || newest->snapshot.stale.empty()) {
    return why;
  }
  auto state = SOUS_TRY(with_kept_edits(node, std::move(*newest)));
  const Begun begun = SOUS_TRY(begin(node, compute, base == nullptr ? state : *base));
  std::vector<FieldConflict> conflicts;
  GdmEdit edit = begun.edit;
  edit.records = SOUS_TRY(merged_edits(state, begun.texts, conflicts));
  if (!conflicts.empty()) {
    return conflict_error(node, begun.revision, conflicts, call);
  }
  if (edit.records.empty()) {
    return EditOutcome{.state = std::move(state), .changed = false, .pending = false};
  }
  auto after = SOUS_TRY(keep_edit(node, state, edit));
  return EditOutcome{.state = std::move(after), .changed = true, .pending = true};
}

struct Completion {
  enum class End : std::uint8_t { judged, other_gdm, away };

  End end = End::judged;
  Status status;
  bool overtaken = false;
};

/// Tries to write one edit that was kept.
Completion complete(Node& node, const KeptEdit& kept, const Call& call) {
  bool other_gdm = false;
  bool overtaken = false;
  std::vector<FieldConflict> conflicts;
  const auto judge = [&](const GdmState& state) -> Result<GdmEdit> {
    GdmEdit edit{.records = {}, .message = kept.message, .author = kept.author};
    conflicts.clear();
    other_gdm = state.gdm.id != kept.gdm;
    if (other_gdm) {
      return edit;
    }
    auto lost = SOUS_TRY(overtaken_edits(state, kept));
    overtaken = overtaken || lost;
    if (lost) {
      edit.records = std::move(*lost);
      edit.message += " (overtaken)";
    } else {
      edit.records = SOUS_TRY(merged_edits(state, kept.edits, conflicts));
    }
    if (!conflicts.empty()) {
      return Error(Code::conflict, "the same fields were changed meanwhile");
    }
    return edit;
  };
  const auto done = edit_gdm(node, judge, call);
  if (done) {
    return {.end = other_gdm ? Completion::End::other_gdm : Completion::End::judged,
            .status = ok(),
            .overtaken = overtaken};
  }
  if (!conflicts.empty()) {
    return {.end = Completion::End::judged, .status = conflict_error(node, {}, conflicts, call)};
  }
  // What can never be written is put aside, or it would stand in the way of the others.
  const Code code = done.error().code();
  const bool never = code == Code::unsupported || code == Code::invalid_data;
  return {.end = never ? Completion::End::judged : Completion::End::away, .status = done.error()};
}

}  // namespace

Result<GdmState> keep_edit(Node& node, const GdmState& state, const GdmEdit& edit) {
  auto after = with_edit(state, state.snapshot.revision, edit);
  for (const auto& [path, text] : edit.records) {
    const auto broken = std::ranges::find(after.gdm.broken, path, &BrokenRecord::path);
    if (broken != after.gdm.broken.end()) {
      return Error(Code::invalid_data, fmt::format("{} could not be read again", path))
          .detailed(broken->problems);
    }
  }
  SOUS_TRY_VOID(keep(node,
                     {.file = {},
                      .gdm = state.gdm.id,
                      .author = edit.author.value_or(node.settings.user),
                      .when = node.clock.wall(),
                      .message = edit.message,
                      .edits = text_edits(state, edit)}));
  return after;
}

Result<EditOutcome> edit_records(Node& node,
                                 const JudgeEdit& compute,
                                 const Call& call,
                                 const GdmState* base) {
  std::optional<Begun> begun;
  if (base != nullptr) {
    begun = SOUS_TRY(begin(node, compute, *base));
  }
  auto done = write_begun(node, compute, begun, call);
  if (!done && done.error().code() == Code::unavailable) {
    return keep_for_later(node, compute, base, done.error(), call);
  }
  return done;
}

Result<std::vector<CompletedEdit>> complete_edits(Node& node, const Call& call) {
  std::vector<CompletedEdit> out;
  if (SOUS_TRY(read_kept(node)).empty()) {
    return out;
  }
  const auto lock = SOUS_TRY(node.files.lock(kept_directory(node) + "/lock", call));
  for (const KeptEdit& kept : SOUS_TRY(read_kept(node))) {
    const Completion completion = complete(node, kept, call);
    if (completion.end == Completion::End::away) {
      break;
    }
    if (completion.end == Completion::End::other_gdm) {
      continue;  // it waits until this machine works on that GDM again
    }
    CompletedEdit done{first_line(kept.message), completion.status, {}, completion.overtaken};
    if (done.status) {
      SOUS_TRY_VOID(node.files.remove(kept_directory(node) + "/" + kept.file));
    } else {
      done.file = SOUS_TRY(put_aside(node, kept));
    }
    out.push_back(std::move(done));
  }
  return out;
}

Result<KeptEdits> kept_edits(Node& node) {
  const auto waiting = SOUS_TRY(read_kept(node));
  KeptEdits out{.waiting = waiting.size(), .put_aside = 0};
  if (!node.settings.state_directory.empty()) {
    if (const auto aside = node.files.list(aside_directory(node))) {
      out.put_aside = aside->size();
    }
  }
  return out;
}

Result<GdmState> with_kept_edits(Node& node, GdmState state) {
  for (const KeptEdit& kept : SOUS_TRY(read_kept(node))) {
    if (kept.gdm != state.gdm.id) {
      continue;
    }
    std::vector<FieldConflict> conflicts;  // told when it is written
    const auto records = merged_edits(state, kept.edits, conflicts);
    if (records && conflicts.empty() && !records->empty()) {
      state =
          with_edit(state, state.snapshot.revision, {.records = *records, .message = kept.message});
    }
  }
  return state;
}

}  // namespace sous::app
