#include "app/build.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "app/build_order.h"
#include "app/build_space.h"
#include "app/comparison.h"
#include "app/gdm_access.h"
#include "app/image_search.h"
#include "app/pending_builds.h"
#include "app/publish.h"
#include "engine/choice.h"
#include "engine/registration.h"
#include "model/image_name.h"

namespace sous::app {
namespace {

Status refuse_advisories(const Advisories& advisories) {
  if (advisories.empty()) {
    return ok();
  }
  std::vector<std::string> details(advisories.texts().begin(), advisories.texts().end());
  return Error(Code::blocked, "Strict built encountered advisories: " + advisories.label())
      .hinted("put right what they name, or build without -strict")
      .detailed(std::move(details));
}

/// The newest state that can be had. With the remote away the last fetched one will do: the
/// registration is judged again where it is made.
Result<GdmState> last_known_gdm(Node& node, const Call& call) {
  auto state = read_gdm(node, call);
  if (state || state.error().code() != Code::not_found) {
    return state;
  }
  return ensure_gdm(node, call);
}

/// What the records say of a build before it is registered.
Result<engine::BuildJudgement> judge(Node& node,
                                     const GdmState& state,
                                     const engine::NewBuild& build,
                                     const Call& call) {
  const LockFile* file = state.gdm.lock_file(build.source);
  KnownImages known;
  if (file == nullptr || file->registrations.empty()) {
    known = SOUS_TRY(search(node, state.gdm, build.source, {}, call));
  }
  return engine::judge_build(build, file, known.found, known.scanned);
}

engine::NewBuild new_build(const engine::SourceContext& context, bool anyway) {
  return {.source = context.source,
          .revision = *context.revision,
          .advisories = context.advisories,
          .layers = {},
          .anyway = anyway};
}

void tell(const BuildProgress& progress, std::string_view step) {
  if (progress.step) {
    progress.step(step);
  }
}

/// Removes the intermediate images of a build, whatever became of it.
class Intermediates {
 public:
  Intermediates(Node& node, std::string name) : node_(node), name_(std::move(name)) {}

  ~Intermediates() {
    constexpr Duration kLimit = std::chrono::minutes(1);
    const Call call{.deadline = Deadline::at(node_.clock.now() + kLimit), .stop = {}};
    (void)node_.builder.discard(name_, call);
  }

  Intermediates(const Intermediates&) = delete;
  Intermediates& operator=(const Intermediates&) = delete;

 private:
  Node& node_;
  std::string name_;
};

/// An image that the engine made, and what it is.
struct Made {
  SourceId source;
  std::string kind;
  BuiltLayout layout;
};

/// One build of a source, from its facts to its images.
class Builder {
 public:
  Builder(Node& node, const BuildRequest& request, const BuildProgress& progress, const Call& call)
      : node_(node), request_(request), progress_(progress), call_(call) {}

  Result<BuildReport> run() {
    reading_ = SOUS_TRY(read_source(node_, request_.directory, request_.source, call_));
    SOUS_TRY_VOID(examine());
    SOUS_TRY_VOID(node_.builder.probe(call_));
    space_ = SOUS_TRY(BuildSpace::make(node_, call_));
    const Intermediates intermediates(node_, space_->name());
    const auto made = SOUS_TRY(make());
    BuildReport out{
        .revision = *reading_.context.revision, .products = {}, .notes = reading_.context.notes};
    std::vector<Publication> publications;
    for (const Made& one : made) {
      publications.push_back(SOUS_TRY(publication_of(one)));
    }
    for (const auto& publication : publications) {
      tell(progress_, fmt::format("pushing to {}", publication.repository.str()));
      out.products.push_back(SOUS_TRY(published(publication)));
    }
    const auto asked_for = std::ranges::find_if(out.products, [&](const BuiltProduct& product) {
      return product.kind.empty() && product.source.location == reading_.context.source.location;
    });
    if (asked_for != out.products.end()) {
      std::rotate(out.products.begin(), asked_for, asked_for + 1);
    }
    return out;
  }

 private:
  /// Everything that can stop the build before anything is built.
  Status examine() {
    engine::SourceContext& context = reading_.context;
    if (request_.strict) {
      SOUS_TRY_VOID(refuse_advisories(context.advisories));
    }
    state_ = SOUS_TRY(last_known_gdm(node_, call_));
    judgement_ = SOUS_TRY(judge(node_, state_, new_build(context, request_.anyway), call_));
    if (judgement_.tag_mismatch) {
      context.advisories.add(KnownAdvisory::tag_mismatch);
    }
    return request_.strict ? refuse_advisories(context.advisories) : ok();
  }

  Result<std::vector<Made>> make() {
    const engine::SourceContext& context = reading_.context;
    auto order = SOUS_TRY(source_order(node_,
                                       reading_,
                                       request_.pull && !request_.source.developer_build,
                                       space_->name(),
                                       space_->path()));
    order.keep = true;
    tell(progress_, fmt::format("building {} with {}", context.source.str(), node_.builder.name()));
    SOUS_TRY_VOID(
        node_.builder.build(order, progress_.engine_line, call_).with("building the image"));
    auto layout = SOUS_TRY(read_layout(node_, order.layout).with("reading what the engine built"));
    const auto spec = SOUS_TRY(run_spec_path(layout));
    if (spec) {
      return make_products(order, *spec);
    }
    std::vector<Made> out;
    out.push_back({without_build(context.source), {}, std::move(layout)});
    return out;
  }

  Result<std::vector<Made>> make_products(const BuildOrder& source, const std::string& spec) {
    const auto images =
        SOUS_TRY(read_run_spec(node_, source, spec, reading_, space_->path(), call_));
    std::vector<Made> out;
    for (const auto& image : images) {
      const auto order =
          SOUS_TRY(product_order(node_, source, image, out.size() + 1, reading_, space_->path()));
      auto location =
          SOUS_TRY(SourceLocation::make(reading_.context.source.location.repo(), image.offset)
                       .with("the run spec"));
      const SourceId product{std::move(location), reading_.context.source.version};
      tell(progress_,
           fmt::format(
               "building {}{}{}", product.str(), image.kind.empty() ? "" : ", kind ", image.kind));
      SOUS_TRY_VOID(node_.builder.build(order, progress_.engine_line, call_)
                        .with(fmt::format("building image {} of the run spec", out.size() + 1)));
      auto layout =
          SOUS_TRY(read_layout(node_, order.layout).with("reading what the engine built"));
      out.push_back({without_build(product), image.kind, std::move(layout)});
    }
    return out;
  }

  static SourceId without_build(const SourceId& source) {
    return {source.location, source.version.without_build()};
  }

  Result<Publication> publication_of(const Made& made) {
    const engine::SourceContext& context = reading_.context;
    auto repository =
        SOUS_TRY(image_repository(node_.settings.registry, made.source.location, made.kind));
    Publication out{.repository = std::move(repository),
                    .layout = made.layout,
                    .stamp = {.source = made.source,
                              .revision = *context.revision,
                              .advisories = context.advisories,
                              .built_at = node_.clock.wall(),
                              .rebuild_of = {}},
                    .kind = made.kind,
                    .remote_url = context.remote_url,
                    .anyway = request_.anyway};
    if (!made.kind.empty()) {
      out.stamp.advisories.add(KnownAdvisory::support_container);
    }
    auto judgement = judgement_;
    if (made.source.location != context.source.location || !made.kind.empty()) {
      auto build = new_build(context, request_.anyway);
      build.source = made.source;
      build.kind = made.kind;
      judgement = SOUS_TRY(judge(node_, state_, build, call_));
    }
    out.stamp = judged_stamp(std::move(out.stamp), judgement);
    return out;
  }

  Result<BuiltProduct> published(const Publication& publication) {
    auto published = SOUS_TRY(publish(node_, publication, progress_.step, call_));
    const ArtifactStamp& stamp = published.image.stamp;
    if (published.away) {
      SOUS_TRY_VOID(keep_pending(node_, *space_, publication, stamp, state_.gdm.id)
                        .with("keeping the build, which the GDM does not have yet"));
    }
    BuiltProduct out{.source = stamp.source,
                     .kind = publication.kind,
                     .image = {publication.repository, published.image.manifest.digest},
                     .tags = std::move(published.tags),
                     .advisories = stamp.advisories,
                     .rebuild_of = stamp.rebuild_of,
                     .identical = {},
                     .difference = {},
                     .canonical = {},
                     .pending = published.away ? published.away->text() : ""};
    const Gdm& gdm = published.state ? published.state->gdm : state_.gdm;
    if (const LockFile* file = gdm.lock_file(stamp.source)) {
      compare(*file, publication.repository, published.image, out);
    }
    return out;
  }

  /// What cannot be read is not said.
  void compare(const LockFile& file,
               const ImageRepository& repository,
               const StampedImage& image,
               BuiltProduct& out) {
    const engine::Choice choice = engine::choose(engine::registered_only(file));
    const auto* decided = std::get_if<Decided>(&choice.verdict);
    if (decided != nullptr && out.kind.empty()) {
      out.canonical = decided->image;
    }
    const Registration* known = out.rebuild_of ? file.registration_of(*out.rebuild_of) : nullptr;
    if (known == nullptr) {
      return;
    }
    const auto difference = difference_to(node_, repository, *known, image, call_);
    if (difference) {
      out.identical = !*difference;
      out.difference = difference->value_or("");
    }
  }

  Node& node_;
  const BuildRequest& request_;
  const BuildProgress& progress_;
  const Call& call_;
  SourceReading reading_;
  GdmState state_;
  engine::BuildJudgement judgement_;
  std::unique_ptr<BuildSpace> space_;
};

}  // namespace

bool BuildReport::is_pending() const {
  return std::ranges::any_of(products,
                             [](const BuiltProduct& product) { return !product.pending.empty(); });
}

Result<BuildReport> build(Node& node,
                          const BuildRequest& request,
                          const BuildProgress& progress,
                          const Call& call) {
  return Builder(node, request, progress, call).run();
}

Result<std::vector<CommandLine>> build_commands(Node& node,
                                                const BuildRequest& request,
                                                const Call& call) {
  const auto reading = SOUS_TRY(read_source(node, request.directory, request.source, call));
  const std::string name = fmt::format("sous-build-{:016x}", node.rng.next());
  const auto order = SOUS_TRY(
      source_order(node, reading, request.pull && !request.source.developer_build, name, "."));
  return node.builder.commands(order);
}

}  // namespace sous::app
