#include "app/build.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "app/gdm_access.h"
#include "app/image_search.h"
#include "app/publish.h"
#include "base/text.h"
#include "engine/choice.h"
#include "engine/registration.h"
#include "model/image_name.h"

namespace sous::app {
namespace {

constexpr std::array<std::string_view, 2> kBuildFiles{"Dockerfile", "Containerfile"};
constexpr std::uint64_t kMaxDockerfile = 1ULL << 20U;
constexpr std::uint64_t kMaxConfig = 8ULL << 20U;

std::string source_directory(const SourceReading& reading) {
  const std::string& offset = reading.context.source.location.offset();
  return offset.empty() ? reading.facts.root : reading.facts.root + "/" + offset;
}

Result<std::string> find_build_file(Node& node, const std::string& directory) {
  for (const auto name : kBuildFiles) {
    std::string path = fmt::format("{}/{}", directory, name);
    if (SOUS_TRY(node.files.info(path))) {
      return path;
    }
  }
  return Error(Code::usage, fmt::format("there is no Dockerfile in {}", directory))
      .hinted("add one, or name the directory: `sous build PATH`");
}

/// Whether a Dockerfile takes a build argument: a line `ARG <name>`, with or without a default.
bool declares(std::string_view dockerfile, std::string_view name) {
  for (std::size_t at = 0; at < dockerfile.size();) {
    const std::size_t end = std::min(dockerfile.find('\n', at), dockerfile.size());
    std::string_view line = trim(dockerfile.substr(at, end - at));
    at = end + 1;
    if (!line.starts_with("ARG ") && !line.starts_with("arg ")) {
      continue;
    }
    line = trim(line.substr(4));
    if (line == name || (line.starts_with(name) && line[name.size()] == '=')) {
      return true;
    }
  }
  return false;
}

Result<BuildOrder> build_order(Node& node,
                               const SourceReading& reading,
                               const BuildRequest& request,
                               const std::string& scratch) {
  const std::string directory = source_directory(reading);
  BuildOrder out{.context = directory,
                 .dockerfile = SOUS_TRY(find_build_file(node, directory)),
                 .build_args = {},
                 .timestamp = reading.facts.head_time,
                 .pull = request.pull && !request.source.developer_build,
                 .layout = scratch + "/layout",
                 .name = fmt::format("sous-build-{:016x}", node.rng.next())};
  const auto text = SOUS_TRY(node.files.read(out.dockerfile, kMaxDockerfile));
  if (declares(text, "APP_VERSION")) {
    out.build_args.emplace_back("APP_VERSION", reading.context.source.version.canonical());
  }
  if (declares(text, "APP_REVISION")) {
    out.build_args.emplace_back("APP_REVISION", reading.context.revision->str());
  }
  return out;
}

Status refuse_advisories(const Advisories& advisories) {
  if (advisories.empty()) {
    return ok();
  }
  std::vector<std::string> details(advisories.texts().begin(), advisories.texts().end());
  return Error(Code::blocked, "Strict built encountered advisories: " + advisories.label())
      .hinted("put right what they name, or build without -strict")
      .detailed(std::move(details));
}

/// What is known of the version before anything is built.
struct Ground {
  GdmState state;
  KnownImages known;
  engine::BuildJudgement judgement;
};

Result<Ground> ground(Node& node,
                      const engine::SourceContext& context,
                      const BuildRequest& request,
                      const Call& call) {
  Ground out{.state = SOUS_TRY(ensure_gdm(node, call)), .known = {}, .judgement = {}};
  const LockFile* file = out.state.gdm.lock_file(context.source);
  if (file == nullptr || file->registrations.empty()) {
    out.known = SOUS_TRY(search(node, out.state.gdm, context.source, std::nullopt, call));
  }
  const engine::NewBuild build{.source = context.source,
                               .revision = *context.revision,
                               .advisories = context.advisories,
                               .layers = {},
                               .anyway = request.anyway};
  out.judgement = SOUS_TRY(engine::judge_build(build, file, out.known.found, out.known.scanned));
  return out;
}

/// A directory for one build, gone with it.
class Scratch {
 public:
  Scratch(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  ~Scratch() { (void)files_.remove_tree(path_); }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const { return path_; }

 private:
  FileSystem& files_;
  std::string path_;
};

/// Whether a rebuild is the same as what it rebuilds (design.md section 8). What cannot be read is
/// not said.
void compare_with(Node& node,
                  const ImageRepository& repository,
                  const StampedImage& image,
                  const LockFile& file,
                  BuildReport& report,
                  const Call& call) {
  const Registration* known = file.registration_of(*report.rebuild_of);
  if (known == nullptr || !known->layers || !known->config_digest) {
    return;
  }
  if (*known->layers != layers_proof(*image.facts.diff_ids)) {
    report.identical = false;
    report.difference = "layers";
    return;
  }
  const auto config = node.registry.blob(repository, *known->config_digest, kMaxConfig, call);
  if (!config) {
    return;
  }
  if (const auto difference = codec::config_difference(*config, image.config)) {
    report.identical = !*difference;
    report.difference = difference->value_or("");
  }
}

void tell(const BuildProgress& progress, std::string_view step) {
  if (progress.step) {
    progress.step(step);
  }
}

BuildReport report_of(Node& node,
                      const Publication& publication,
                      Published published,
                      std::vector<std::string> notes,
                      const Call& call) {
  const ArtifactStamp& stamp = published.image.stamp;
  BuildReport out{.source = stamp.source,
                  .revision = stamp.revision,
                  .image = {publication.repository, published.image.manifest.digest},
                  .tags = std::move(published.tags),
                  .advisories = stamp.advisories,
                  .rebuild_of = stamp.rebuild_of,
                  .identical = {},
                  .difference = {},
                  .canonical = {},
                  .notes = std::move(notes)};
  const LockFile& file = *published.state.gdm.lock_file(stamp.source);
  const engine::Choice choice = engine::choose(engine::registered_only(file));
  if (const auto* decided = std::get_if<Decided>(&choice.verdict)) {
    out.canonical = decided->image;
  }
  if (out.rebuild_of) {
    compare_with(node, publication.repository, published.image, file, out, call);
  }
  return out;
}

}  // namespace

Result<BuildReport> build(Node& node,
                          const BuildRequest& request,
                          const BuildProgress& progress,
                          const Call& call) {
  auto reading = SOUS_TRY(read_source(node, request.directory, request.source, call));
  engine::SourceContext& context = reading.context;
  if (request.strict) {
    SOUS_TRY_VOID(refuse_advisories(context.advisories));
  }
  const auto before = SOUS_TRY(ground(node, context, request, call));
  if (before.judgement.tag_mismatch) {
    context.advisories.add(KnownAdvisory::tag_mismatch);
  }
  if (request.strict) {
    SOUS_TRY_VOID(refuse_advisories(context.advisories));
  }
  SOUS_TRY_VOID(node.builder.probe(call));
  auto directory = SOUS_TRY(node.files.make_temporary("sous-build"));
  const Scratch scratch(node.files, std::move(directory));
  const auto order = SOUS_TRY(build_order(node, reading, request, scratch.path()));
  tell(progress, fmt::format("building {} with {}", context.source.str(), node.builder.name()));
  SOUS_TRY_VOID(node.builder.build(order, progress.engine_line, call).with("building the image"));

  Publication publication{
      .repository = SOUS_TRY(image_repository(node.settings.registry, context.source.location, "")),
      .layout = SOUS_TRY(read_layout(node, order.layout).with("reading what the engine built")),
      .stamp = {.source = {context.source.location, context.source.version.without_build()},
                .revision = *context.revision,
                .advisories = context.advisories,
                .built_at = node.clock.wall(),
                .rebuild_of = {}},
      .remote_url = context.remote_url,
      .anyway = request.anyway};
  const bool dirty = context.advisories.contains(KnownAdvisory::dirty_workspace);
  if (before.judgement.rebuild_of && !dirty) {
    publication.stamp.advisories.add(KnownAdvisory::rebuilt);
    publication.stamp.rebuild_of = before.judgement.rebuild_of;
  }
  tell(progress, fmt::format("pushing to {}", publication.repository.str()));
  auto published = SOUS_TRY(publish(node, publication, call));
  return report_of(node, publication, std::move(published), context.notes, call);
}

Result<std::vector<CommandLine>> build_commands(Node& node,
                                                const BuildRequest& request,
                                                const Call& call) {
  const auto reading = SOUS_TRY(read_source(node, request.directory, request.source, call));
  const auto order = SOUS_TRY(build_order(node, reading, request, "."));
  return node.builder.commands(order);
}

}  // namespace sous::app
