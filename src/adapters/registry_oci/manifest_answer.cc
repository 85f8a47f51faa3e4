#include "adapters/registry_oci/manifest_answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/registry_oci/answers.h"

namespace sous::registry_oci {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kTypes{
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
};
constexpr std::string_view kSchema1 = "application/vnd.docker.distribution.manifest.v1+";

bool is_known(std::string_view type) { return std::ranges::find(kTypes, type) != kTypes.end(); }

Error schema1(const std::string& host) {
  return Error(Code::invalid_data,
               fmt::format("{} has this image in Docker's schema 1, whose digest does not last",
                           host))
      .hinted("push the image again with a current tool");
}

std::string header_type(const HttpResponse& response) {
  const auto* type = response.header("Content-Type");
  return type == nullptr ? std::string() : plain_media_type(*type);
}

// The `mediaType` that the body itself names; it may be left out.
Result<std::string> body_type(const std::string& body, const std::string& host) {
  json::error_code failure;
  const json::value value = json::parse(body, failure);
  if (failure || !value.is_object()) {
    return Error(Code::invalid_data,
                 fmt::format("{} answered with something that is no manifest", host));
  }
  const auto& object = value.get_object();
  const auto* version = object.if_contains("schemaVersion");
  if (version != nullptr && version->is_int64() && version->get_int64() == 1) {
    return schema1(host);
  }
  const auto* type = object.if_contains("mediaType");
  if (type == nullptr || !type->is_string()) {
    return std::string();
  }
  return plain_media_type(std::string_view(type->get_string().data(), type->get_string().size()));
}

Result<std::string> media_type(const HttpResponse& response, const std::string& host) {
  const std::string header = header_type(response);
  if (header.starts_with(kSchema1)) {
    return schema1(host);
  }
  const std::string body = SOUS_TRY(body_type(response.body, host));
  if (is_known(header) && !body.empty() && body != header) {
    return Error(Code::invalid_data,
                 fmt::format("{} sends a manifest as {} that calls itself {}", host, header, body));
  }
  const std::string& type = body.empty() ? header : body;
  if (!is_known(type)) {
    return Error(Code::invalid_data,
                 fmt::format("{} has a manifest of the unknown type `{}`", host, type));
  }
  return type;
}

}  // namespace

const std::string& accept_manifests() {
  static const std::string all = fmt::format("{}", fmt::join(kTypes, ", "));
  return all;
}

Status check_digest(std::string_view body, const Digest& digest, const std::string& host) {
  Hasher hasher(digest.algorithm());
  hasher.update(body);
  return check_same(hasher.finish(), digest, host);
}

Status check_same(const Digest& computed, const Digest& wanted, const std::string& host) {
  if (computed != wanted) {
    return Error(Code::invalid_data,
                 fmt::format(
                     "{} sent bytes with the digest {} for {}", host, computed.str(), wanted.str()))
        .hinted(fmt::format("what {} stores is damaged or was changed on the way", host));
  }
  return ok();
}

Result<RawManifest> read_manifest(HttpResponse response,
                                  const ManifestKey& key,
                                  const std::string& host,
                                  EventSink& events) {
  if (is_web_page(response)) {
    return Error(Code::invalid_data,
                 fmt::format("{} answered with a web page, not a manifest", host))
        .hinted("something between here and the registry answers in its place: check the address");
  }
  // A tag may stand for bytes of any kind; for a digest the bytes come first.
  const auto* wanted = std::get_if<Digest>(&key);
  if (wanted != nullptr) {
    SOUS_TRY_VOID(check_digest(response.body, *wanted, host));
  }
  std::string type = SOUS_TRY(media_type(response, host));
  const Digest digest = wanted != nullptr ? *wanted : Digest::sha256_of(response.body);
  const auto* said = response.header("Docker-Content-Digest");
  if (wanted == nullptr && said != nullptr && *said != digest.str() &&
      said->starts_with("sha256:")) {
    events.emit({.level = Level::warning,
                 .name = "registry.wrong_digest_header",
                 .text = fmt::format("{} names another digest than its bytes have", host),
                 .fields = {{"header", said->substr(0, 80)}, {"computed", digest.str()}}});
  }
  return RawManifest{digest, std::move(type), std::move(response.body)};
}

Result<std::optional<Digest>> read_head(const HttpResponse& response, const std::string& host) {
  if (header_type(response).starts_with(kSchema1)) {
    return schema1(host);
  }
  const auto* said = response.header("Docker-Content-Digest");
  auto digest = said == nullptr ? Result<Digest>(Error(Code::not_found, "")) : Digest::parse(*said);
  return digest.has_value() ? std::optional<Digest>(*digest) : std::nullopt;
}

}  // namespace sous::registry_oci
