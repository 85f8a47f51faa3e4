#include "cli/plan_file.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "codec/json.h"

namespace sous::cli {
namespace {

using codec::Json;

constexpr std::size_t kMaxBytes = std::size_t{64} << 20U;
constexpr std::array kKinds{ActionKind::create,
                            ActionKind::update,
                            ActionKind::scale,
                            ActionKind::replace_image,
                            ActionKind::remove,
                            ActionKind::nothing,
                            ActionKind::blocked,
                            ActionKind::undecided};

/// The members of one object; a failure names the place.
class Members {
 public:
  Members(const Json& json, std::string place) : json_(json), place_(std::move(place)) {}

  Error bad(std::string_view name, std::string_view what) const {
    return {Code::invalid_data, fmt::format("{}: `{}` {}", place_, name, what)};
  }

  Result<std::string> text(std::string_view name) const {
    const Json* found = json_.find(name);
    if (found == nullptr || found->as_string() == nullptr) {
      return bad(name, "is no text");
    }
    return *found->as_string();
  }

  /// Text, or nothing for null.
  Result<std::optional<std::string>> optional_text(std::string_view name) const {
    const Json* found = json_.find(name);
    if (found == nullptr) {
      return bad(name, "is missing");
    }
    if (found->is_null()) {
      return std::optional<std::string>{};
    }
    return std::optional{SOUS_TRY(text(name))};
  }

  template <typename Parse>
  auto parsed(std::string_view name, Parse parse) const -> decltype(parse(std::string_view{})) {
    const std::string value = SOUS_TRY(text(name));
    return parse(std::string_view(value)).with(fmt::format("{}: `{}`", place_, name));
  }

  Result<std::optional<Digest>> digest(std::string_view name) const {
    const auto value = SOUS_TRY(optional_text(name));
    if (!value) {
      return std::optional<Digest>{};
    }
    return std::optional{
        SOUS_TRY(Digest::parse(*value).with(fmt::format("{}: `{}`", place_, name)))};
  }

  Result<std::uint64_t> number(std::string_view name) const {
    const Json* found = json_.find(name);
    const auto value = found != nullptr ? found->as_uint() : std::nullopt;
    if (!value) {
      return bad(name, "is no number");
    }
    return *value;
  }

  Result<Members> object(std::string_view name) const {
    const Json* found = json_.find(name);
    if (found == nullptr || found->as_object() == nullptr) {
      return bad(name, "is no object");
    }
    return Members(*found, fmt::format("{}.{}", place_, name));
  }

 private:
  const Json& json_;
  std::string place_;
};

Result<ActionKind> kind_of(const Members& members) {
  const std::string text = SOUS_TRY(members.text("action"));
  for (const ActionKind kind : kKinds) {
    if (text == action_text(kind)) {
      return kind;
    }
  }
  return members.bad("action", fmt::format("is none that this Sous knows: {}", quote(text)));
}

Result<app::SavedAction> action_of(const Members& members) {
  auto manifest = SOUS_TRY(members.parsed("manifest", ManifestId::parse));
  auto cluster = SOUS_TRY(members.parsed("cluster", ClusterName::parse));
  app::SavedAction out{.id = {std::move(manifest), std::move(cluster)}};
  out.kind = SOUS_TRY(kind_of(members));
  out.version = SOUS_TRY(members.parsed("version", Version::parse));
  out.to = SOUS_TRY(members.digest("to_digest"));
  out.reason = SOUS_TRY(members.text("reason"));
  const Members precondition = SOUS_TRY(members.object("precondition"));
  auto manifest_revision = SOUS_TRY(precondition.optional_text("manifest_revision"));
  auto lock_revision = SOUS_TRY(precondition.optional_text("lock_revision"));
  const auto generation = SOUS_TRY(precondition.number("generation"));
  const auto observed_digest = SOUS_TRY(precondition.digest("observed_digest"));
  out.precondition = {.manifest_revision = std::move(manifest_revision).value_or(""),
                      .lock_revision = std::move(lock_revision).value_or(""),
                      .generation = generation,
                      .observed_digest = observed_digest};
  return out;
}

}  // namespace

Result<std::vector<app::SavedAction>> parse_plan(std::string_view text) {
  const Json json = SOUS_TRY(codec::parse_json(text, kMaxBytes));
  const Json* format = json.find("format");
  if (format == nullptr || format->as_uint() != 1) {
    return Error(Code::invalid_data, "it is no plan of format 1")
        .hinted("`sous plan -o json` writes one");
  }
  const Json* actions = json.find("actions");
  if (actions == nullptr || actions->as_array() == nullptr) {
    return Error(Code::invalid_data, "it has no list of actions")
        .hinted("`sous plan -o json` writes one");
  }
  std::vector<app::SavedAction> out;
  for (const Json& action : *actions->as_array()) {
    out.push_back(SOUS_TRY(action_of(Members(action, fmt::format("actions[{}]", out.size())))));
  }
  return out;
}

}  // namespace sous::cli
