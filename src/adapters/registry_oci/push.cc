#include "adapters/registry_oci/push.h"

#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "adapters/registry_oci/answers.h"
#include "adapters/registry_oci/manifest_answer.h"
#include "adapters/registry_oci/target.h"
#include "adapters/registry_oci/upload_body.h"
#include "base/text.h"

namespace sous::registry_oci {
namespace {

constexpr const char* kActions = "pull,push";

bool is_success(int status) { return status >= 200 && status < 300; }

// How many bytes `0-41` (or `bytes=0-41`) names from the first on; nothing for `0-0`, which
// registries say of none as well as of one.
std::optional<std::uint64_t> end_of_range(std::string_view range) {
  if (const auto equals = range.find('='); equals != std::string_view::npos) {
    range.remove_prefix(equals + 1);
  }
  const auto dash = range.find('-');
  if (dash == std::string_view::npos || trim(range.substr(0, dash)) != "0") {
    return std::nullopt;
  }
  const auto last = parse_uint(trim(range.substr(dash + 1)));
  if (!last.has_value() || *last == 0 || *last == std::numeric_limits<std::uint64_t>::max()) {
    return std::nullopt;
  }
  return *last + 1;
}

// One blob on its way into one repository.
class BlobPush {
 public:
  BlobPush(Exchange& exchange, const Target& target, const BlobUpload& upload, const Call& call)
      : exchange_(exchange), target_(target), upload_(upload), call_(call) {}

  /// One attempt; another goes on where the last one ended, if the registry knows where that was.
  Result<BlobOutcome> run() {
    if (const auto place = std::exchange(open_, std::nullopt)) {
      if (const auto rest = SOUS_TRY(resumption(*place))) {
        SOUS_TRY_VOID(send(*rest));
        return BlobOutcome::uploaded;
      }
    }
    if (SOUS_TRY(is_there())) {
      return BlobOutcome::was_there;
    }
    auto begun = SOUS_TRY(begin());
    if (std::holds_alternative<BlobOutcome>(begun)) {
      return std::get<BlobOutcome>(begun);
    }
    SOUS_TRY_VOID(send(std::get<Sending>(begun)));
    return BlobOutcome::uploaded;
  }

 private:
  // An upload that is open at the registry.
  struct Sending {
    Url place;
    bool elsewhere = false;
    AddressKinds refused_addresses;
    std::uint64_t offset = 0;  // of the first byte that it does not have
  };

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
  Result<std::variant<BlobOutcome, Sending>> begin() {
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
        return std::variant<BlobOutcome, Sending>(SOUS_TRY(sending(ask.url, response)));
      }
    }
    // Whatever kept it from being mounted, it can still be sent.
    const Ask ask = opening();
    const auto response = SOUS_TRY(exchange_.send(target_.audience, ask, call_));
    if (response.status != 202) {
      return refusal(response, target_.host());
    }
    return std::variant<BlobOutcome, Sending>(SOUS_TRY(sending(ask.url, response)));
  }

  Ask opening() const {
    Ask ask = target_.ask("blobs/uploads/");
    ask.method = "POST";
    return ask;
  }

  // Where the registry wants the bytes.
  Result<Sending> sending(const std::string& opened, const HttpResponse& response) {
    const auto* location = response.header("Location");
    const auto from = SOUS_TRY(Url::parse(opened));
    auto to = location == nullptr ? Result<Url>(Error(Code::invalid_data, "no Location"))
                                  : from.resolve(*location);
    if (!to.has_value()) {
      return Error(Code::unavailable,
                   fmt::format("{} opens an upload without saying where", target_.host()));
    }
    Sending out;
    if (to->host == from.host) {
      // Behind proxies registries write a scheme or port that is not theirs.
      to->scheme = from.scheme;
      to->authority = from.authority;
    } else {
      out.elsewhere = true;
      out.refused_addresses =
          SOUS_TRY(exchange_.hosts()
                       .judge(*to, response.peer)
                       .with(fmt::format("sending where {} says", target_.host())));
    }
    out.place = std::move(*to);
    return out;
  }

  // What is left to be sent of an upload that broke off; nothing when it has to be opened anew.
  Result<std::optional<Sending>> resumption(const Url& place) {
    Ask ask;
    ask.url = place.str();
    const auto response = SOUS_TRY(exchange_.send(target_.audience, std::move(ask), call_));
    const auto* range = response.header("Range");
    const auto end = range == nullptr ? std::nullopt : end_of_range(*range);
    if ((response.status != 204 && response.status != 200) || !end || *end >= upload_.size) {
      return std::optional<Sending>();
    }
    auto out = response.header("Location") == nullptr ? Sending{.place = place}
                                                      : SOUS_TRY(sending(place.str(), response));
    out.offset = *end;
    return std::optional(std::move(out));
  }

  Status send(const Sending& to) {
    UploadBody body(*upload_.source, to.offset, upload_.progress);
    Url url = to.place;
    url.query = with_parameter(url.query, "digest", upload_.digest.str());
    Ask ask;
    ask.url = url.str();
    ask.method = "PUT";
    ask.headers = {{"Content-Type", "application/octet-stream"}};
    if (to.offset > 0) {
      ask.headers.emplace_back("Content-Range", fmt::format("{}-{}", to.offset, upload_.size - 1));
    }
    ask.upload = &body;
    ask.upload_size = upload_.size - to.offset;
    ask.repeatable = false;  // where it broke off has to be asked first
    ask.elsewhere = to.elsewhere;
    ask.refused_addresses = to.refused_addresses;
    auto sent = exchange_.send(target_.audience, std::move(ask), call_);
    if (!sent.has_value()) {
      if (!to.elsewhere) {
        open_ = to.place;
      }
      return std::move(sent.error());
    }
    const HttpResponse& response = *sent;
    if (is_success(response.status)) {
      return ok();
    }
    Error error = refusal(response, target_.host());
    // The registry has forgotten the upload, not the repository; or what it had of it was not this
    // blob's beginning.
    const bool anew = response.status == 404 || to.offset > 0;
    return anew ? std::move(error).as(Code::unavailable) : std::move(error);
  }

  Exchange& exchange_;
  const Target& target_;
  const BlobUpload& upload_;
  const Call& call_;
  std::optional<Url> open_;  // where the last attempt broke off
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
  BlobPush push(exchange, *target, upload, call);
  for (std::uint32_t failures = 1;; ++failures) {
    auto outcome = push.run();
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
