#include "adapters/registry_oci/pull.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "adapters/registry_oci/answers.h"
#include "adapters/registry_oci/manifest_answer.h"
#include "adapters/registry_oci/mirrors.h"

namespace sous::registry_oci {
namespace {

std::string key_text(const ManifestKey& key) {
  const auto* tag = std::get_if<ImageTag>(&key);
  return tag != nullptr ? tag->str() : std::get<Digest>(key).str();
}

/// Passes bytes on, and knows their digest in the end.
class CheckedSink final : public ByteSink {
 public:
  CheckedSink(ByteSink& into, const Digest& wanted)
      : into_(into), wanted_(wanted), hasher_(wanted.algorithm()) {}

  Status write(std::string_view bytes) override {
    hasher_.update(bytes);
    return into_.write(bytes);
  }

  Status restart() override {
    hasher_ = Hasher(wanted_.algorithm());
    return into_.restart();
  }

  /// What was written since the last restart has the digest.
  Status check(const std::string& host) {
    const Digest got = hasher_.finish();
    hasher_ = Hasher(wanted_.algorithm());
    return check_same(got, wanted_, host);
  }

 private:
  ByteSink& into_;
  const Digest& wanted_;
  Hasher hasher_;
};

// Of one thing that is not there a mirror can be asked again for the next.
bool says_nothing_of_the_mirror(Code code) {
  return code == Code::not_found || code == Code::cancelled;
}

}  // namespace

Ask manifest_ask(const OciConfig& config,
                 const Target& target,
                 const std::string& method,
                 const ManifestKey& key) {
  Ask ask = target.ask("manifests/" + key_text(key));
  ask.method = method;
  ask.headers = {{"Accept", accept_manifests()}};
  ask.max_body = config.max_manifest_bytes;
  return ask;
}

std::string shown(const ImageRepository& repository, const ManifestKey& key) {
  const bool is_tag = std::holds_alternative<ImageTag>(key);
  return fmt::format("{}{}{}", repository.str(), is_tag ? ":" : "@", key_text(key));
}

/// Many questions of one kind about one repository.
template <typename Value>
class Pull::Batch {
 public:
  struct Kind {
    std::size_t count = 0;
    std::function<bool(std::size_t)> by_digest;
    std::function<Ask(const Target&, std::size_t)> ask;
    std::function<Result<Value>(const Target&, std::size_t, Result<HttpResponse>)> read;
    std::function<void(std::size_t, Result<Value>)> done;
  };

  Batch(Pull& pull, const Target& origin, const Kind& kind, const Call& call)
      : pull_(pull), origin_(origin), kind_(kind), call_(call) {
    for (std::size_t i = 0; i < kind.count; ++i) {
      left_.push_back(i);
    }
  }

  void run() {
    for (const auto& mirror : mirrors_of(pull_.config_.mirrors, origin_.repository)) {
      if (auto target = target_of(pull_.exchange_.hosts(), mirror, kPull)) {
        target->audience.patient = false;
        ask_mirror(*target);
      }
    }
    const std::vector<std::size_t> asked = std::move(left_);
    send(origin_, asked, [this](std::size_t i, Result<Value> value) {
      kind_.done(i, std::move(value));
    });
  }

 private:
  void ask_mirror(const Target& mirror) {
    const auto rest = std::ranges::stable_partition(left_, kind_.by_digest);
    const std::vector<std::size_t> asked(left_.begin(), rest.begin());
    left_.erase(left_.begin(), rest.begin());
    if (asked.empty() || pull_.exchange_.rests(mirror.base)) {
      left_.insert(left_.end(), asked.begin(), asked.end());
      return;
    }
    bool failed = false;
    send(mirror, asked, [&](std::size_t i, Result<Value> value) {
      if (value.has_value()) {
        kind_.done(i, std::move(value));
        return;
      }
      left_.push_back(i);
      if (!failed && !says_nothing_of_the_mirror(value.error().code())) {
        failed = true;
        tell(mirror, value.error());
      }
    });
    if (failed) {
      pull_.exchange_.rest(mirror.base, pull_.config_.mirror_rest);
    }
  }

  void tell(const Target& mirror, const Error& error) {
    pull_.events_.emit(
        {.level = Level::warning,
         .name = "registry.mirror_failed",
         .text = fmt::format("the mirror {} is passed over: {}", mirror.host(), error.message()),
         .fields = {{"host", mirror.host()}}});
  }

  template <typename Done>
  void send(const Target& target, const std::vector<std::size_t>& asked, const Done& done) {
    std::vector<Ask> asks;
    asks.reserve(asked.size());
    for (const std::size_t i : asked) {
      asks.push_back(kind_.ask(target, i));
    }
    pull_.exchange_.send_all(
        target.audience,
        std::move(asks),
        [&](std::size_t at, Result<HttpResponse> response) {
          done(asked[at], kind_.read(target, asked[at], std::move(response)));
        },
        call_);
  }

  Pull& pull_;
  const Target& origin_;
  const Kind& kind_;
  const Call& call_;
  std::vector<std::size_t> left_;
};

void Pull::manifests(const Target& origin,
                     std::span<const ManifestKey> keys,
                     const Registry::OnManifest& done,
                     const Call& call) {
  const auto read = [&](const Target& target,
                        std::size_t i,
                        Result<HttpResponse> response) -> Result<RawManifest> {
    auto answer = SOUS_TRY(std::move(response));
    if (answer.status != 200) {
      return refusal(answer, target.host());
    }
    return read_manifest(std::move(answer), keys[i], target.host(), events_);
  };
  Batch<RawManifest>(
      *this,
      origin,
      {.count = keys.size(),
       .by_digest = [&](std::size_t i) { return std::holds_alternative<Digest>(keys[i]); },
       .ask = [&](const Target& target,
                  std::size_t i) { return manifest_ask(config_, target, "GET", keys[i]); },
       .read = read,
       .done =
           [&](std::size_t i, Result<RawManifest> manifest) {
             done(
                 i,
                 std::move(manifest).with("reading manifest " + shown(origin.repository, keys[i])));
           }},
      call)
      .run();
}

void Pull::blobs(const Target& origin,
                 std::span<const Digest> digests,
                 std::uint64_t max_bytes,
                 const Registry::OnBlob& done,
                 const Call& call) {
  const auto ask = [&](const Target& target, std::size_t i) {
    Ask out = target.ask("blobs/" + digests[i].str());
    out.max_body = max_bytes;
    return out;
  };
  const auto read = [&](const Target& target,
                        std::size_t i,
                        Result<HttpResponse> response) -> Result<std::string> {
    auto answer = SOUS_TRY(std::move(response));
    if (answer.status != 200) {
      return refusal(answer, target.host());
    }
    SOUS_TRY_VOID(check_digest(answer.body, digests[i], target.host()));
    return std::move(answer.body);
  };
  Batch<std::string>(
      *this,
      origin,
      {.count = digests.size(),
       .by_digest = [](std::size_t) { return true; },
       .ask = ask,
       .read = read,
       .done =
           [&](std::size_t i, Result<std::string> blob) {
             done(i, std::move(blob).with("reading blob " + shown(origin.repository, digests[i])));
           }},
      call)
      .run();
}

Status Pull::blob_into(const Target& origin,
                       const Digest& digest,
                       std::uint64_t max_bytes,
                       ByteSink& into,
                       const Call& call) {
  struct Passed {};

  CheckedSink sink(into, digest);
  const auto ask = [&](const Target& target, std::size_t) {
    Ask out = target.ask("blobs/" + digest.str());
    out.max_body = max_bytes;
    out.sink = &sink;
    return out;
  };
  const auto read =
      [&](const Target& target, std::size_t, Result<HttpResponse> response) -> Result<Passed> {
    const auto answer = SOUS_TRY(std::move(response));
    if (answer.status != 200) {
      return refusal(answer, target.host());
    }
    SOUS_TRY_VOID(sink.check(target.host()));
    return Passed{};
  };
  Status out = Error(Code::internal, "a blob was neither read nor refused");
  Batch<Passed>(*this,
                origin,
                {.count = 1,
                 .by_digest = [](std::size_t) { return true; },
                 .ask = ask,
                 .read = read,
                 .done =
                     [&](std::size_t, const Result<Passed>& passed) {
                       out = passed.has_value() ? ok() : Status(passed.error());
                     }},
                call)
      .run();
  return std::move(out).with("reading blob " + shown(origin.repository, digest));
}

}  // namespace sous::registry_oci
