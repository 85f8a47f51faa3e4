#include "app/artifact_add.h"
#include "app/lock_edits.h"
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

Result<Answer> run_restore(Session& session) {
  const auto reason = SOUS_TRY(needed_reason(session));
  app::Node& node = *SOUS_TRY(session.node_that_writes());
  const Call call = SOUS_TRY(session.call(node));
  const auto [source, digest] =
      SOUS_TRY(selected_registration(session, node, *session.arguments().word(0), call));
  return version_answer(SOUS_TRY(app::restore_artifact(node, source, digest, reason, call)),
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
          .summary = "Take the withdrawal of an image back",
          .description =
              "Makes a withdrawn artifact a candidate again. That it was withdrawn, and\n"
              "why, is kept. What runs is not touched: deploy again.",
          .words = {digest_word()},
          .flags = location_flags() + tag_flag() + reason_flag(),
          .examples = {},
          .run = run_restore};
}

}  // namespace sous::cli
