#include <optional>

#include <fmt/format.h>

#include "app/manifests.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/gdm_edit.h"
#include "cli/exit_status.h"
#include "cli/gdm_views.h"
#include "cli/selection.h"
#include "codec/record_paths.h"
#include "model/record_path.h"

namespace sous::cli {

Answer edit_answer(Session& session, const std::string& subject, const app::EditOutcome& outcome) {
  if (outcome.pending) {
    session.output().note("the GDM's remote does not answer: " + outcome.state.snapshot.stale);
  }
  return {.json = edit_json(subject, outcome),
          .text = edit_text(subject, outcome),
          .status = outcome.pending ? kNotVerified : kDone};
}

namespace {

constexpr std::uint32_t kMode = 0600;

/// The editor as words: it may have arguments (`code --wait`).
std::vector<std::string> editor_of(const Environment& environment) {
  const std::string line =
      environment.variable("VISUAL").value_or(environment.variable("EDITOR").value_or("vi"));
  std::vector<std::string> out;
  for (const auto word : split(line, ' ')) {
    if (!word.empty()) {
      out.emplace_back(word);
    }
  }
  return out.empty() ? std::vector<std::string>{"vi"} : out;
}

/// The text in a file of its own while somebody edits it. The file goes with this, unless it is
/// kept because its text would be lost.
class Draft {
 public:
  static Result<Draft> make(app::Node& node, const std::string& name, std::string_view text) {
    Draft out(node, SOUS_TRY(node.files.make_temporary("sous-edit")), name);
    SOUS_TRY_VOID(node.files.write(out.path(), text, kMode));
    return out;
  }

  Draft(Draft&& other) noexcept
      : node_(other.node_), directory_(std::move(other.directory_)), name_(std::move(other.name_)) {
    other.directory_.clear();
  }

  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  Draft& operator=(Draft&&) = delete;

  ~Draft() {
    if (!directory_.empty()) {
      static_cast<void>(node_.files.remove_tree(directory_));
    }
  }

  std::string path() const { return directory_ + "/" + name_; }

  /// Runs the editor; the text afterwards.
  Result<std::string> edited(Session& session) const {
    auto argv = editor_of(session.environment());
    argv.push_back(path());
    const int status = SOUS_TRY(session.wiring().run_on_terminal(argv));
    if (status != 0) {
      return Error(Code::failed, fmt::format("the editor {} ended with status {}", argv[0], status))
          .hinted("nothing was changed; VISUAL or EDITOR names another editor");
    }
    return node_.files.read(path(), kMaxRecordBytes);
  }

  /// Leaves the file, and says where.
  Error keep(Error why) {
    const std::string kept = path();
    directory_.clear();
    return std::move(why).hinted(fmt::format(
        "your text is kept in {}; correct it and run `sous manifest set < {}`", kept, kept));
  }

 private:
  Draft(app::Node& node, std::string directory, std::string name)
      : node_(node), directory_(std::move(directory)), name_(std::move(name)) {}

  app::Node& node_;
  std::string directory_;  // empty: nothing to remove
  std::string name_;
};

bool wants_to_go_back_in(Session& session, const Error& why) {
  if (!session.environment().in_is_terminal) {
    return false;
  }
  session.output().note(why.text());
  for (const auto& detail : why.details()) {
    session.output().note(detail);
  }
  session.output().note("Edit it again? [Y/n]");
  const auto answer = session.wiring().read_line();
  return answer && !to_lower_ascii(trim(*answer)).starts_with('n');
}

/// The text that the user leaves, checked; nothing when it was not changed.
Result<std::optional<std::string>> edited_text(Session& session,
                                               const app::GdmState& base,
                                               const ManifestId& id,
                                               const std::string& text,
                                               Draft& draft) {
  while (true) {
    auto now = draft.edited(session);
    if (!now) {
      return draft.keep(now.error());
    }
    if (*now == text) {
      return std::optional<std::string>{};
    }
    const auto good = app::check_manifest(base, id, *now);
    if (good) {
      return std::optional{std::move(*now)};
    }
    if (!wants_to_go_back_in(session, good.error())) {
      return draft.keep(good.error());
    }
  }
}

Result<Answer> run(Session& session) {
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto id = SOUS_TRY(selected_manifest(session, node, call));
  auto base = SOUS_TRY(app::read_records(node, call));
  if (!base.snapshot.stale.empty()) {
    base = SOUS_TRY(app::with_kept_edits(node, std::move(base)));
  }
  const auto manifest = SOUS_TRY(app::get_manifest(node, id, std::nullopt, call));
  const std::string* text = base.text(manifest.path);
  if (text == nullptr) {
    return Error(Code::conflict, "the manifest was deleted at this moment");
  }
  const std::string before = *text;
  const std::string name = id.source().repo().substr(id.source().repo().rfind('/') + 1) + ".yaml";
  auto draft = SOUS_TRY(Draft::make(node, name, before));
  const auto after = SOUS_TRY(edited_text(session, base, id, before, draft));
  if (!after) {
    return edit_answer(session, id.str(), {.state = std::move(base)});
  }
  // However long the edit took, writing gets its own time; Ctrl-C was the editor's.
  const Call write{SOUS_TRY(session.call(node)).deadline, {}};
  const auto outcome =
      app::set_manifest(node, {.id = id, .text = *after, .base = &base, .verbatim = true}, write);
  if (!outcome) {
    return draft.keep(outcome.error());
  }
  return edit_answer(session, id.str(), *outcome);
}

}  // namespace

CommandSpec manifest_edit_command() {
  return {
      .path = "manifest edit",
      .summary = "Edit a manifest in your editor",
      .description =
          "Opens a manifest in $VISUAL, else $EDITOR, else vi, checks what you leave, and offers\n"
          "to go back in when it cannot be accepted. What others change meanwhile is kept: only\n"
          "a field that both changed is a conflict (6). A text that was not accepted is kept in\n"
          "a file.",
      .words = {},
      .flags = location_flags() + flavor_flag(),
      .examples = {{"EDITOR='code --wait' sous manifest edit", "with another editor"}},
      .run = run};
}

}  // namespace sous::cli
