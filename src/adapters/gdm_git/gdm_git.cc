#include "adapters/gdm_git/gdm_git.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/gdm_git/history.h"
#include "adapters/gdm_git/import.h"
#include "adapters/gdm_git/remote.h"
#include "adapters/gdm_git/work_tree.h"
#include "base/text.h"
#include "model/record_path.h"

namespace sous::gdm_git {
namespace {

// How long we look for the outcome of a change when the caller's own time is over.
constexpr Duration kVerifyLimit = std::chrono::seconds(10);

// For a lock that somebody else had.
constexpr Duration kShortWait = std::chrono::milliseconds(5);
constexpr std::uint32_t kSyncMode = 0600;

bool is_away(Code code) {
  return code == Code::unavailable || code == Code::timeout || code == Code::unauthorized;
}

bool is_revision(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

Error moved_on(const std::string& base, const std::string& newest) {
  const auto name = [](const std::string& revision) {
    return revision.empty() ? std::string("the empty GDM") : revision.substr(0, 12);
  };
  return Error(Code::conflict,
               "the GDM is at " + name(newest) + " now, not at " + name(base) + " any more")
      .hinted("read it again and repeat the command");
}

Status check_change(const GdmChange& change) {
  for (const auto& [path, text] : change.records) {
    SOUS_TRY_VOID(check_record_path(path));
    if (text) {
      SOUS_TRY_VOID(check_record_text(path, *text));
    }
  }
  return ok();
}

Result<bool> has_commit(const GitCommand& git, const std::string& revision, const Call& call) {
  return SOUS_TRY(git.run({"cat-file", "-e", revision + "^{commit}"}, call)).exit_code == 0;
}

// Moves a ref as a compare-and-set and drops our temporary one. False: the ref was not at `from`.
Result<bool> move_ref(const GitCommand& git,
                      const std::string& ref,
                      const std::string& from,
                      const std::string& to,
                      const std::string& temporary_ref,
                      const Call& call) {
  GitInput input;
  input.text = from.empty() ? "create " + ref + " " + to + "\n"
                            : "update " + ref + " " + to + " " + from + "\n";
  input.text += "delete " + temporary_ref + "\n";
  const auto result =
      SOUS_TRY(git.run({"update-ref", "-m", "sous: commit", "--stdin"}, call, input));
  if (result.exit_code == 0) {
    return true;
  }
  if (result.err.contains("but expected") || result.err.contains("reference already exists") ||
      result.err.contains("unable to resolve reference")) {
    return false;
  }
  return git_failed("update-ref", result);
}

void drop_ref(const GitCommand& git, const std::string& ref, const Call& call) {
  // A ref that stays behind holds a few objects and nothing else.
  static_cast<void>(git.run({"update-ref", "-d", ref}, call));
}

}  // namespace

GitGdmStore::GitGdmStore(Config config, const Parts& parts)
    : config_(std::move(config)),
      processes_(parts.processes),
      files_(parts.files),
      clock_(parts.clock),
      rng_(parts.rng),
      events_(parts.events) {}

// ---- finding the newest state ----------------------------------------------

GitGdmStore::Opened GitGdmStore::open_as(Repository repository) const {
  GitCommand git(processes_, clock_, repository.git_dir);
  return Opened{.repository = std::move(repository), .git = std::move(git), .branch = {}};
}

Result<std::optional<GitGdmStore::Opened>> GitGdmStore::open(const Call& call) {
  auto found = SOUS_TRY(find_repository(files_, config_.location, config_.clones));
  if (!found) {
    return std::optional<Opened>();
  }
  auto opened = open_as(std::move(*found));
  opened.branch = SOUS_TRY(read_branch(opened.git, config_.location, call));
  return std::optional<Opened>(std::move(opened));
}

Result<GitGdmStore::Opened> GitGdmStore::open_or_make(const Call& call) {
  auto opened = SOUS_TRY(open(call));
  if (!opened) {
    SOUS_TRY_VOID(make_repository(processes_, files_, config_.location, config_.clones, call));
    opened = SOUS_TRY(open(call));
  }
  if (!opened) {
    return Error(Code::internal, "the GDM's repository vanished while it was made");
  }
  return std::move(*opened);
}

Call GitGdmStore::remote_call(const Call& call) const {
  return Call{call.deadline.trimmed(clock_.now() + config_.remote_limit), call.stop};
}

// The remote answered and has no such branch: fine for an empty one, never for one that had it.
Status GitGdmStore::judge_missing_branch(Opened& opened, const Call& call) {
  const auto state =
      SOUS_TRY(ask_remote(processes_, files_, opened.git, *opened.branch.remote, call));
  if (state.revision.empty() && !opened.branch.tracked_revision.empty()) {
    return Error(Code::unavailable,
                 "the GDM's remote is empty now, but was at " +
                     opened.branch.tracked_revision.substr(0, 12) + " when last read")
        .hinted("restore the remote from a clone: `git -C " + opened.repository.git_dir +
                " push REMOTE " + opened.branch.remote->tracked_ref + ":" + state.branch + "`");
  }
  return ok();
}

// Fetches; the result says why the state may be old, empty when it is the newest.
Result<std::string> GitGdmStore::refresh(Opened& opened, const Call& call) {
  const auto limited = remote_call(call);
  const auto fetched = fetch(opened.git, *opened.branch.remote, limited);
  if (fetched && *fetched == Fetched::no_such_branch) {
    SOUS_TRY_VOID(judge_missing_branch(opened, limited));
    return std::string();
  }
  if (fetched) {
    opened.branch = SOUS_TRY(read_branch(opened.git, config_.location, call));
    return std::string();
  }
  if (!is_away(fetched.error().code()) || call.deadline.passed(clock_.now()) ||
      opened.branch.tracked_revision.empty()) {
    return fetched.error();
  }
  return fetched.error().text();
}

Result<GitGdmStore::Newest> GitGdmStore::newest(const Call& call) {
  Newest out;
  if (config_.location.is_url()) {
    out.opened = SOUS_TRY(open_or_make(call));
  } else {
    out.opened = SOUS_TRY(open(call));
  }
  if (out.opened && out.opened->branch.remote) {
    out.stale = SOUS_TRY(refresh(*out.opened, call));
  }
  return out;
}

// ---- reading ----------------------------------------------------------------

Result<GdmSnapshot> GitGdmStore::load(const GitCommand& git,
                                      const std::string& revision,
                                      const Call& call) {
  std::shared_ptr<const LoadedSnapshot> known;
  {
    auto cache = cache_.lock();
    known = cache->newest;
  }
  if (known && known->snapshot.revision == revision) {
    return known->snapshot;
  }
  auto loaded = std::make_shared<const LoadedSnapshot>(
      SOUS_TRY(load_snapshot(git, revision, known.get(), call)));
  {
    auto cache = cache_.lock();
    cache->newest = loaded;
  }
  return loaded->snapshot;
}

Result<GdmSnapshot> GitGdmStore::read(const Call& call) {
  const auto state = SOUS_TRY(newest(call));
  GdmSnapshot snapshot;
  if (state.opened && !state.opened->branch.revision().empty()) {
    snapshot = SOUS_TRY(load(state.opened->git, state.opened->branch.revision(), call));
  }
  snapshot.stale = state.stale;
  return snapshot;
}

Result<GdmSnapshot> GitGdmStore::read_at(const std::string& revision, const Call& call) {
  const Error unknown = Error(Code::not_found, "the GDM has no revision `" + revision + "`")
                            .hinted("a revision is a full commit hash of the GDM's repository");
  if (!is_revision(revision)) {
    return unknown;
  }
  auto opened = SOUS_TRY(open(call));
  if (!opened || !SOUS_TRY(has_commit(opened->git, revision, call))) {
    const auto state = SOUS_TRY(newest(call));
    opened = state.opened;
    if (!opened || !SOUS_TRY(has_commit(opened->git, revision, call))) {
      return unknown;
    }
  }
  return load(opened->git, revision, call);
}

Result<GdmHistory> GitGdmStore::history(const std::optional<std::string>& path,
                                        std::size_t limit,
                                        const Call& call) {
  if (path) {
    SOUS_TRY_VOID(check_record_path(*path));
  }
  const auto state = SOUS_TRY(newest(call));
  if (!state.opened || state.opened->branch.revision().empty()) {
    return GdmHistory{.entries = {}, .stale = state.stale};
  }
  auto entries =
      SOUS_TRY(read_history(state.opened->git, state.opened->branch.revision(), path, limit, call));
  return GdmHistory{.entries = std::move(entries), .stale = state.stale};
}

// ---- writing ----------------------------------------------------------------

Result<std::string> GitGdmStore::commit(const std::string& base,
                                        const GdmChange& change,
                                        const Call& call) {
  SOUS_TRY_VOID(check_change(change));
  if (!base.empty() && !is_revision(base)) {
    return Error(Code::conflict, "`" + base + "` is no revision of the GDM");
  }
  auto opened = SOUS_TRY(open_or_make(call));
  return opened.branch.remote ? commit_there(opened, base, change, call)
                              : commit_here(opened, base, change, call);
}

std::string GitGdmStore::nonce() {
  const auto number = rng_.next();
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return to_hex(bytes);
}

// Whether every record that is written is there already, as far as we know without asking.
bool GitGdmStore::replaces_only(const std::string& base, const GdmChange& change) {
  std::shared_ptr<const LoadedSnapshot> known;
  {
    auto cache = cache_.lock();
    known = cache->newest;
  }
  return known && known->snapshot.revision == base &&
         std::ranges::all_of(change.records, [&](const auto& record) {
           return !record.second || known->snapshot.records.contains(record.first);
         });
}

Status GitGdmStore::check_clashes(const GitCommand& git,
                                  const std::string& base,
                                  const GdmChange& change,
                                  const Call& call) {
  if (replaces_only(base, change)) {
    return ok();
  }
  std::set<std::string, std::less<>> paths;
  if (!base.empty()) {
    paths = SOUS_TRY(read_paths(git, base, call));
  }
  for (const auto& [path, text] : change.records) {
    if (text) {
      paths.insert(path);
    } else {
      paths.erase(path);
    }
  }
  return check_record_clashes(paths);
}

Result<std::string> GitGdmStore::make_commit(const Opened& opened,
                                             const std::string& ref,
                                             const std::string& base,
                                             const GdmChange& change,
                                             const Call& call) {
  SOUS_TRY_VOID(check_clashes(opened.git, base, change, call));
  const NewCommit commit{
      .base = base, .ref = ref, .nonce = ref.substr(ref.rfind('/') + 1), .when = clock_.wall()};
  return import_commit(opened.git, commit, change, call);
}

Result<std::string> GitGdmStore::commit_here(Opened& opened,
                                             const std::string& base,
                                             const GdmChange& change,
                                             const Call& call) {
  if (opened.branch.local_revision != base) {
    return moved_on(base, opened.branch.local_revision);
  }
  const auto asked = clock_.now();
  const auto lock = SOUS_TRY(work_tree_lock(opened, call));
  if (clock_.now() - asked > kShortWait) {
    // Whoever had the lock has most likely moved the branch: seen now, it costs the others nothing.
    opened.branch = SOUS_TRY(read_branch(opened.git, config_.location, call));
    if (opened.branch.local_revision != base) {
      return moved_on(base, opened.branch.local_revision);
    }
  }
  const auto temporary = "refs/sous/new/" + nonce();
  auto revision = SOUS_TRY(make_commit(opened, temporary, base, change, call));
  const auto moved = move_ref(opened.git, opened.branch.local_ref, base, revision, temporary, call);
  if (!moved) {
    return moved.error().code() == Code::unavailable
               ? moved.error()
               : Error(moved.error())
                     .as(Code::unverified)
                     .with("the GDM may or may not have taken " + revision.substr(0, 12));
  }
  if (!*moved) {
    drop_ref(opened.git, temporary, call);
    return moved_on(base, SOUS_TRY(read_branch(opened.git, config_.location, call)).local_revision);
  }
  SOUS_TRY_VOID(sync_branch(opened));
  follow(opened, base, revision, call);
  tidy(opened.git, revision, call);
  return revision;
}

// git syncs what a ref's file holds before it takes its name, but not the directory with the names:
// a power failure after our answer would bring the old commit back. A durable write beside it syncs
// that directory. Git reads no file there whose name begins with a dot.
Status GitGdmStore::sync_branch(const Opened& opened) {
  const auto& ref = opened.branch.local_ref;
  const auto directory = opened.repository.git_dir + "/" + ref.substr(0, ref.rfind('/'));
  const auto info = files_.info(directory);
  if (info && (!*info || (*info)->type != FileInfo::Type::directory)) {
    return ok();  // a linked work tree: its branches are in the repository that it belongs to
  }
  if (auto synced = files_.write(directory + "/.sous-synced", "", kSyncMode); !synced) {
    return std::move(synced.error())
        .as(Code::unverified)
        .with("the change was made, but may not outlive a power failure");
  }
  return ok();
}

Status GitGdmStore::have_base(Opened& opened, const std::string& base, const Call& call) {
  if (base.empty() || base == opened.branch.tracked_revision ||
      SOUS_TRY(has_commit(opened.git, base, call))) {
    return ok();
  }
  SOUS_TRY_VOID(fetch(opened.git, *opened.branch.remote, call));
  return ok();
}

Result<std::string> GitGdmStore::commit_there(Opened& opened,
                                              const std::string& base,
                                              const GdmChange& change,
                                              const Call& call) {
  auto& remote = *opened.branch.remote;
  auto asked = ask_remote(processes_, files_, opened.git, remote, remote_call(call));
  if (!asked) {
    // Nothing was begun, so a remote that is too slow is one that is away.
    const bool slow = asked.error().code() == Code::timeout;
    return std::move(asked.error()).as(slow ? Code::unavailable : asked.error().code());
  }
  if (asked->revision != base) {
    return moved_on(base, asked->revision);
  }
  SOUS_TRY_VOID(have_base(opened, base, remote_call(call)));
  const auto temporary = "refs/sous/new/" + nonce();
  auto revision = SOUS_TRY(make_commit(opened, temporary, base, change, call));
  remote.branch = asked->branch;
  const auto pushed =
      push(opened.git, remote.place, remote.branch, base, revision, remote_call(call));
  const auto outcome = pushed ? pushed->outcome : PushOutcome::unknown;
  const auto reason = pushed ? pushed->reason : pushed.error().text();
  if (outcome == PushOutcome::unknown) {
    SOUS_TRY_VOID(verify_push(opened, base, revision, reason));
  } else if (outcome != PushOutcome::done) {
    drop_ref(opened.git, temporary, call);
  }
  switch (outcome) {
    case PushOutcome::conflict:
      return Error(Code::conflict, "somebody else changed the GDM at the same moment")
          .hinted("read it again and repeat the command");
    case PushOutcome::refused:
      return Error(Code::forbidden, "the GDM's remote refused the change: " + reason)
          .hinted("whoever runs the remote must let you push to " + remote.branch);
    case PushOutcome::unreachable:
      return Error(Code::unavailable, "the GDM's remote cannot be used: " + reason);
    case PushOutcome::done:
    case PushOutcome::unknown:
      break;
  }
  take_over_push(opened, temporary, revision, call);
  return revision;
}

// The push broke off: only the remote knows. Asked with a time of its own, because the caller's may
// be what ended the push.
Status GitGdmStore::verify_push(const Opened& opened,
                                const std::string& base,
                                const std::string& revision,
                                const std::string& reason) {
  const Call call{Deadline::at(clock_.now() + kVerifyLimit), {}};
  const auto fetched = fetch(opened.git, *opened.branch.remote, call);
  const auto seen = read_branch(opened.git, config_.location, call);
  if (fetched && *fetched == Fetched::done && seen) {
    const auto ours =
        opened.git.run({"merge-base", "--is-ancestor", revision, seen->tracked_revision}, call);
    if (ours && ours->exit_code == 0) {
      return ok();
    }
    if (ours && ours->exit_code == 1 && seen->tracked_revision != base) {
      return moved_on(base, seen->tracked_revision);
    }
  }
  return Error(Code::unverified,
               "it cannot be told whether the GDM's remote took commit " + revision.substr(0, 12) +
                   ": " + reason)
      .hinted("look at `sous plan` once the remote answers again");
}

void GitGdmStore::take_over_push(const Opened& opened,
                                 const std::string& temporary_ref,
                                 const std::string& revision,
                                 const Call& call) {
  const auto& branch = opened.branch;
  GitInput input;
  input.text =
      "update " + branch.remote->tracked_ref + " " + revision + "\ndelete " + temporary_ref + "\n";
  const auto updated = opened.git.run({"update-ref", "--stdin"}, call, input);
  if (!updated || updated->exit_code != 0) {
    warn("gdm.not_tracked", "the change is at the remote, but could not be noted here");
  }
  if (!branch.local_ref.empty()) {
    go_along(opened, revision, call);
  }
}

// The checked-out branch takes the remote's commits, unless it has some of its own.
void GitGdmStore::go_along(const Opened& opened, const std::string& revision, const Call& call) {
  const auto lock = work_tree_lock(opened, call);
  const auto now = read_branch(opened.git, config_.location, call);
  if (!lock || !now) {
    warn("gdm.work_tree_behind",
         "the branch in `" + opened.repository.git_dir +
             "` is older than the GDM; `git pull` brings it along");
    return;
  }
  const auto& local = now->local_revision;
  const auto is_below = [&](const std::string& below, const std::string& above) {
    const auto result = opened.git.run({"merge-base", "--is-ancestor", below, above}, call);
    return result && result->exit_code == 0;
  };
  if (!local.empty() && is_below(revision, local)) {
    return;  // another thread or process was there first
  }
  if (!local.empty() && !is_below(local, revision)) {
    warn("gdm.local_commits",
         "branch " + now->local_ref + " in `" + opened.repository.git_dir +
             "` has commits that the remote has not: they do not count");
    return;
  }
  const auto moved = opened.git.run({"update-ref", now->local_ref, revision, local}, call);
  if (moved && moved->exit_code == 0) {
    follow(opened, local, revision, call);
  }
}

// Index and files follow one commit after the other, or they would end between two of them.
Result<std::unique_ptr<FileLock>> GitGdmStore::work_tree_lock(const Opened& opened,
                                                              const Call& call) {
  if (opened.repository.work_tree.empty()) {
    return std::unique_ptr<FileLock>();
  }
  SOUS_TRY_VOID(files_.make_directories(config_.clones));
  return files_.lock(config_.clones + "/" + clone_name(config_.location) + ".lock", call);
}

// ---- what comes after a commit and cannot undo it ---------------------------

void GitGdmStore::follow(const Opened& opened,
                         const std::string& from,
                         const std::string& to,
                         const Call& call) {
  if (opened.repository.work_tree.empty()) {
    return;
  }
  const auto left = follow_commit(opened.git, opened.repository.work_tree, from, to, call);
  if (!left) {
    warn("gdm.work_tree_behind",
         "the files in `" + opened.repository.work_tree +
             "` are older than the GDM: " + left.error().text());
  } else if (!left->empty()) {
    warn("gdm.edits_kept",
         "files in `" + opened.repository.work_tree +
             "` with edits of yours were left as they are: " + join(*left, ", "));
  }
}

// Commits of Sous write loose objects; about one commit in 256 looks whether they should be packed.
void GitGdmStore::tidy(const GitCommand& git, const std::string& revision, const Call& call) {
  if (revision.starts_with("00")) {
    static_cast<void>(git.run({"gc", "--auto", "--quiet"}, call));
  }
}

void GitGdmStore::warn(std::string_view name, std::string text) {
  events_.emit(Event{.level = Level::warning,
                     .name = name,
                     .text = std::move(text),
                     .fields = {{"gdm", config_.location.display()}}});
}

}  // namespace sous::gdm_git
