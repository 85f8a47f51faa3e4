#include <fmt/format.h>

#include "app/artifact_add.h"
#include "app/image_restore.h"
#include "app/lock_edits.h"
#include "app/queries.h"
#include "cli/commands/commands.h"
#include "cli/image_texts.h"
#include "cli/json_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

Answer version_answer(const LockFile& file, const Session& session) {
  return {.json = lock_json(file), .text = lock_text(file, session.style())};
}

Result<app::AddRequest> add_request(Session& session, app::Node& node, const Call& call) {
  const Arguments& arguments = session.arguments();
  auto image = ImageRef::parse(*arguments.word(0));
  if (!image) {
    return std::move(image.error()).as(Code::usage);
  }
  app::AddRequest out{.source = {SOUS_TRY(selected_location(session, node, call)), {}},
                      .revision = {},
                      .image = std::move(*image),
                      .advisories = {}};
  auto version = SOUS_TRY(tag_version(session, out.source.location.offset()));
  if (!version) {
    return Error(Code::usage, "-tag is needed: which version the image is");
  }
  out.source.version = std::move(*version);
  if (const auto text = arguments.value("revision")) {
    auto revision = Revision::parse(*text);
    if (!revision) {
      return std::move(revision.error()).with("-revision").as(Code::usage);
    }
    out.revision = std::move(*revision);
  }
  for (const auto& text : arguments.values("advisory")) {
    const Advisories several = Advisories::parse_label(text);
    for (const auto& one : several.texts()) {
      out.advisories.add(one);
    }
  }
  return out;
}

Result<Answer> run_add(Session& session) {
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto request = SOUS_TRY(add_request(session, node, call));
  return version_answer(SOUS_TRY(app::add_artifact(node, request, call)), session);
}

Result<Answer> run_withdraw(Session& session) {
  const auto reason = SOUS_TRY(needed_reason(session));
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto [source, digest] =
      SOUS_TRY(selected_registration(session, node, *session.arguments().word(0), call));
  return version_answer(SOUS_TRY(app::withdraw_artifact(node, source, digest, reason, call)),
                        session);
}

/// `podman` and `buildah` are the storage of this machine; a path, or `oci:PATH`, is an image
/// layout; everything else is a registry.
Result<app::ImagePlace> place_of(const Session& session, const std::string& text) {
  if (text == "podman" || text == "buildah") {
    return app::ImagePlace{app::EngineStorage{}};
  }
  constexpr std::string_view kLayout = "oci:";
  const bool is_layout = text.starts_with(kLayout);
  if (is_layout || text.starts_with('/') || text.starts_with('.')) {
    const std::string path = is_layout ? text.substr(kLayout.size()) : text;
    return app::ImagePlace{app::LayoutDirectory{session.absolute(path)}};
  }
  auto base = RegistryBase::parse(text);
  if (!base) {
    return std::move(base.error()).with("-from").as(Code::usage);
  }
  return app::ImagePlace{std::move(*base)};
}

std::string restored_text(const app::RestoredImage& restored) {
  std::string tags;
  for (const ImageTag& tag : restored.tags) {
    tags += (tags.empty() ? "" : ", ") + tag.str();
  }
  return fmt::format("{} is back, from {}{}",
                     restored.image.str(),
                     restored.from,
                     tags.empty() ? "" : ", with the tags " + tags);
}

/// Brings the image itself back, takes its withdrawal back, or both.
Result<Answer> run_restore(Session& session) {
  const Arguments& arguments = session.arguments();
  const auto from = arguments.value("from");
  const auto place = from ? std::optional{SOUS_TRY(place_of(session, *from))} : std::nullopt;
  const auto reason =
      from ? arguments.value("reason").value_or("") : SOUS_TRY(needed_reason(session));
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  constexpr Duration kLimit = std::chrono::minutes(30);
  const Call call = SOUS_TRY(session.call(node, kLimit));
  const auto [source, digest] =
      SOUS_TRY(selected_registration(session, node, *arguments.word(0), call));
  if (place) {
    const auto on_step = [&](std::string_view step) { session.output().note(std::string(step)); };
    const auto restored =
        SOUS_TRY(app::restore_image(node, {source, digest, *place}, on_step, call));
    session.output().note(restored_text(restored));
  }
  return version_answer(place && reason.empty()
                            ? SOUS_TRY(app::query_lock(node, source, call))
                            : SOUS_TRY(app::restore_artifact(node, source, digest, reason, call)),
                        session);
}

WordSpec digest_word() {
  return {.name = "DIGEST", .help = "the artifact, seven digits or more", .required = true};
}

}  // namespace

CommandSpec artifact_add_command() {
  return {.path = "artifact add",
          .summary = "Make an image known that was built elsewhere",
          .description =
              "Registers an image of a registry as an artifact of a version, with the advisory\n"
              "`added artifact`. Manifest and config are read first. For an image without Sous's\n"
              "labels the registration is its identity; one that is labelled as something else is\n"
              "refused. Adding the same again changes nothing.",
          .words = {{.name = "IMAGE",
                     .help = "host/path@digest, or host/path:tag for what the tag names now",
                     .required = true}},
          .flags = location_flags() + tag_flag() + revision_flag() +
                   FlagSpec{.name = "advisory",
                            .value = "TEXT",
                            .help = "something that speaks against it",
                            .repeatable = true},
          .examples = {{"sous artifact add registry.example.com/old/shop:1.2.0 -tag 1.2.0 "
                        "-revision $(git rev-parse 1.2.0^{})",
                        "an image of another build system"}},
          .run = run_add};
}

CommandSpec artifact_withdraw_command() {
  return {.path = "artifact withdraw",
          .summary = "Mark a registered image as no candidate",
          .description =
              "Marks a registration as no candidate any more. It is kept, with the\n"
              "reason. An image that a version is locked to is refused.",
          .words = {digest_word()},
          .flags = location_flags() + tag_flag() + reason_flag(),
          .examples = {},
          .run = run_withdraw};
}

CommandSpec artifact_restore_command() {
  return {.path = "artifact restore",
          .summary = "Bring an image back, or take its withdrawal back",
          .description =
              "With -from, brings back a registered image that its registry has lost: the very\n"
              "bytes, from another registry or a mirror, from the storage of podman and buildah\n"
              "on this machine, or from the directory of an OCI image layout, to where its\n"
              "registration names it. Every part is checked by its digest.\n"
              "With -reason, makes a withdrawn artifact a candidate again. That it was withdrawn,\n"
              "and why, is kept. What runs is not touched: deploy again.",
          .words = {digest_word()},
          .flags = location_flags() + tag_flag() + reason_flag() +
                   FlagSpec{.name = "from",
                            .value = "PLACE",
                            .help = "HOST[/PREFIX], podman, buildah, or a directory"},
          .examples = {{"sous artifact restore 4f6c0a91b2d3 -tag 1.2.0 -from mirror.example.com",
                        "an image that was deleted from its registry"}},
          .run = run_restore};
}

}  // namespace sous::cli
