#include "adapters/registry_oci/push.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "adapters/registry_oci/answers.h"
#include "adapters/registry_oci/manifest_answer.h"
#include "adapters/registry_oci/target.h"

namespace sous::registry_oci {
namespace {

constexpr const char* kActions = "pull,push";

bool is_success(int status) { return status >= 200 && status < 300; }

// One blob on its way into one repository.
class BlobPush {
 public:
  BlobPush(Exchange& exchange, const Target& target, const BlobUpload& upload, const Call& call)
      : exchange_(exchange), target_(target), upload_(upload), call_(call) {}

  Result<BlobOutcome> run() {
    if (SOUS_TRY(is_there())) {
      return BlobOutcome::was_there;
    }
    auto begun = SOUS_TRY(begin());
    if (std::holds_alternative<BlobOutcome>(begun)) {
      return std::get<BlobOutcome>(begun);
    }
    SOUS_TRY_VOID(send(std::get<Ask>(begun)));
    return BlobOutcome::uploaded;
  }

 private:
  Result<bool> is_there() {
    Ask ask = target_.ask("blobs/" + upload_.digest.str());
    ask.method = "HEAD";
    const auto response = SOUS_TRY(exchange_.send(target_.audience, std::move(ask), call_));
    if (response.status == 200) {
      return true;
    }
    if (response.status == 404 || response.status == 405) {
      return false;
    }
    return refusal(response, target_.host());
  }

  // Opens an upload, or has the registry take the blob from a repository it knows it in.
  Result<std::variant<BlobOutcome, Ask>> begin() {
    const auto& from = upload_.mount_from;
    if (from && canonical_host(from->host) == target_.host() &&
        from->path != target_.repository.path) {
      const std::string source = Hosts::repository_name(*from);
      Audience audience = target_.audience;
      audience.scopes.push_back(fmt::format("repository:{}:pull", source));
      Ask ask = opening();
      ask.url +=
          "?" + with_parameter(with_parameter("", "mount", upload_.digest.str()), "from", source);
      const auto response = SOUS_TRY(exchange_.send(audience, ask, call_));
      if (response.status == 201) {
        return BlobOutcome::mounted;
      }
      if (response.status == 202) {
        return sending(ask.url, response);
      }
    }
    // Whatever kept it from being mounted, it can still be sent.
    const Ask ask = opening();
    const auto response = SOUS_TRY(exchange_.send(target_.audience, ask, call_));
    if (response.status != 202) {
      return refusal(response, target_.host());
    }
    return sending(ask.url, response);
  }

  Ask opening() const {
    Ask ask = target_.ask("blobs/uploads/");
    ask.method = "POST";
    return ask;
  }

  // The request with the bytes, to where the registry says.
  Result<std::variant<BlobOutcome, Ask>> sending(const std::string& opened,
                                                 const HttpResponse& response) {
    const auto* location = response.header("Location");
    const auto from = SOUS_TRY(Url::parse(opened));
    auto to = location == nullptr ? Result<Url>(Error(Code::invalid_data, "no Location"))
                                  : from.resolve(*location);
    if (!to.has_value()) {
      return Error(Code::unavailable,
                   fmt::format("{} opens an upload without saying where", target_.host()));
    }
    Ask ask;
    if (to->host == from.host) {
      // Behind proxies registries write a scheme or port that is not theirs.
      to->scheme = from.scheme;
      to->authority = from.authority;
    } else {
      ask.elsewhere = true;
      ask.refused_addresses =
          SOUS_TRY(exchange_.hosts()
                       .judge(*to, response.peer)
                       .with(fmt::format("sending where {} says", target_.host())));
    }
    to->query = with_parameter(to->query, "digest", upload_.digest.str());
    ask.url = to->str();
    ask.method = "PUT";
    ask.headers = {{"Content-Type", "application/octet-stream"}};
    ask.upload = upload_.source;
    ask.upload_size = upload_.size;
    ask.repeatable = false;  // an upload that broke off is opened anew
    return ask;
  }

  Status send(const Ask& ask) {
    const auto response = SOUS_TRY(exchange_.send(target_.audience, ask, call_));
    if (is_success(response.status)) {
      return ok();
    }
    Error error = refusal(response, target_.host());
    // The registry has forgotten the upload, not the repository.
    return response.status == 404 ? std::move(error).as(Code::unavailable) : std::move(error);
  }

  Exchange& exchange_;
  const Target& target_;
  const BlobUpload& upload_;
  const Call& call_;
};

Status put_manifest(Exchange& exchange,
                    const Target& target,
                    const std::string& name,
                    const RawManifest& manifest,
                    bool is_tag,
                    const Call& call) {
  Ask ask = target.ask("manifests/" + name);
  ask.method = "PUT";
  ask.headers = {{"Content-Type", manifest.media_type}};
  ask.body = manifest.bytes;
  const auto response = SOUS_TRY(exchange.send(target.audience, std::move(ask), call));
  if (is_success(response.status)) {
    return ok();
  }
  Error error = refusal(response, target.host());
  const int status = response.status;
  const bool immutable = status == 403 || status == 405 || status == 409 || status == 412 ||
                         registry_error_code(response) == "TAG_INVALID";
  if (is_tag && immutable) {
    // By digest it was taken a moment ago, so it is the tag that is refused.
    return Error(Code::forbidden,
                 fmt::format(
                     "{} does not let the tag {} be set: {}", target.host(), name, error.message()))
        .hinted("the image itself is there and can be named by its digest");
  }
  return error;
}

}  // namespace

Result<BlobOutcome> push_blob(const OciConfig& config,
                              Exchange& exchange,
                              const ImageRepository& repository,
                              const BlobUpload& upload,
                              const Call& call) {
  const auto what = [&] {
    return fmt::format("pushing blob {} to {}", upload.digest.str(), repository.str());
  };
  auto target = target_of(exchange.hosts(), repository, kActions);
  if (!target.has_value()) {
    return std::move(target.error()).with(what());
  }
  for (std::uint32_t failures = 1;; ++failures) {
    auto outcome = BlobPush(exchange, *target, upload, call).run();
    if (outcome.has_value() || !is_transient(outcome.error().code()) ||
        failures >= config.max_attempts) {
      return std::move(outcome).with(what());
    }
    exchange.back_off(target->base, failures);
  }
}

Status push_manifest(Exchange& exchange,
                     const ImageRepository& repository,
                     const RawManifest& manifest,
                     const std::optional<ImageTag>& tag,
                     const Call& call) {
  const auto what = [&] {
    return fmt::format("pushing manifest {} to {}", manifest.digest.str(), repository.str());
  };
  const auto push = [&]() -> Status {
    SOUS_TRY_VOID(check_digest(manifest.bytes, manifest.digest, "the caller"));
    const auto target = SOUS_TRY(target_of(exchange.hosts(), repository, kActions));
    SOUS_TRY_VOID(
        put_manifest(exchange, target, manifest.digest.str(), manifest, /*is_tag=*/false, call));
    return tag ? put_manifest(exchange, target, tag->str(), manifest, /*is_tag=*/true, call) : ok();
  };
  return push().with(what());
}

}  // namespace sous::registry_oci
