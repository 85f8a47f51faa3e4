#include "model/manifest_id.h"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "model/name_text.h"

namespace sous {
namespace {

constexpr std::size_t kMaxFlavor = 100;
constexpr std::size_t kMaxCluster = 100;

// The next `~` that separates; one after a `/` begins a part of a path instead.
std::size_t find_separator(std::string_view text, std::size_t from) {
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '~' && (i == 0 || text[i - 1] != '/')) {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

Result<ClusterName> ClusterName::parse(std::string_view text) {
  ClusterName name;
  name.text_ = SOUS_TRY(name_text("cluster name", text, kMaxCluster));
  if (name.text_.empty()) {
    return Error(Code::invalid_data, "a cluster name is empty");
  }
  if (name.str().find_first_of(":/") != std::string::npos || has_space(name.str())) {
    return Error(
        Code::invalid_data,
        fmt::format("cluster name {} holds a colon, a slash or white space", quote(name.str())));
  }
  return name;
}

Result<ManifestId> ManifestId::parse(std::string_view text) {
  const std::size_t separator = find_separator(text, 0);
  if (separator == std::string_view::npos) {
    return ManifestId{SOUS_TRY(SourceLocation::parse(text))};
  }
  if (find_separator(text, separator + 1) != std::string_view::npos) {
    return Error(Code::invalid_data,
                 fmt::format("illegal manifest ID {} (contains more than one ~)", quote(text)));
  }
  return make(SOUS_TRY(SourceLocation::parse(text.substr(0, separator))),
              text.substr(separator + 1))
      .with([&] { return fmt::format("manifest ID {}", quote(text)); });
}

Result<ManifestId> ManifestId::make(SourceLocation source, std::string_view flavor) {
  ManifestId id{std::move(source)};
  id.flavor_ = SOUS_TRY(name_text("flavor", flavor, kMaxFlavor));
  if (id.flavor().find_first_of("~,/") != std::string::npos) {
    return Error(Code::invalid_data,
                 fmt::format("flavor {} holds a ~, a comma or a slash", quote(id.flavor())));
  }
  return id;
}

std::string ManifestId::str() const {
  return flavor_.empty() ? source_.str() : source_.str() + '~' + flavor();
}

Result<DeploymentId> DeploymentId::parse(std::string_view text) {
  if (text.empty()) {
    return Error(Code::invalid_data, "empty string not valid").with("deployment ID");
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return Error(Code::invalid_data, fmt::format("{} does not contain a colon", quote(text)))
        .with("deployment ID");
  }
  ClusterName cluster = SOUS_TRY(ClusterName::parse(text.substr(0, colon)).with([&] {
    return fmt::format("deployment ID {}", quote(text));
  }));
  auto manifest = SOUS_TRY(ManifestId::parse(text.substr(colon + 1)));
  return DeploymentId{.manifest = std::move(manifest), .cluster = std::move(cluster)};
}

std::string DeploymentId::str() const { return cluster.str() + ':' + manifest.str(); }

}  // namespace sous
