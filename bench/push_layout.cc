// Pushes an OCI image layout as `sous build` does: push_layout LAYOUT HOST/REPOSITORY
// bench/push_bench measures it beside skopeo.
#include <cstdio>
#include <string>

#include "adapters/files_posix/file_system.h"
#include "adapters/http_curl/curl_http_client.h"
#include "adapters/registry_oci/oci_registry.h"
#include "adapters/system_posix/clock.h"
#include "adapters/system_posix/executor.h"
#include "adapters/system_posix/rng.h"
#include "codec/oci.h"

namespace sous {
namespace {

constexpr std::uint64_t kMaxDocument = 8ULL << 20U;

class NoCredentials final : public Credentials {
 public:
  Result<StoredLogin> find(const std::string&, const std::string&, const Call&) override {
    return StoredLogin{};
  }
};

class Silence final : public EventSink {
 public:
  void emit(const Event&) override {}
};

std::string blob_path(const std::string& layout, const Digest& digest) {
  return layout + "/blobs/sha256/" + digest.hex();
}

Status push(const std::string& layout, const std::string& name) {
  const auto repository = SOUS_TRY(ImageRepository::parse(name));
  system_posix::SystemClock clock;
  system_posix::SystemRng rng;
  Silence events;
  NoCredentials credentials;
  system_posix::ThreadExecutor executor(events);
  files_posix::PosixFileSystem files(clock, "/tmp");
  http_curl::CurlHttpClient http({}, clock);
  registry_oci::OciRegistry registry({}, http, credentials, clock, rng, executor, events);
  const Call call;
  const auto index = SOUS_TRY(files.read(layout + "/index.json", kMaxDocument));
  const auto of_manifest = SOUS_TRY(codec::parse_layout_index(index));
  const auto manifest = SOUS_TRY(files.read(blob_path(layout, of_manifest.digest), kMaxDocument));
  auto parsed = SOUS_TRY(codec::parse_image_manifest(manifest));
  parsed.layers.push_back(parsed.config);
  for (const auto& layer : parsed.layers) {
    const auto source = SOUS_TRY(files.open(blob_path(layout, layer.digest)));
    SOUS_TRY_VOID(registry.push_blob(
        repository,
        {.digest = layer.digest, .size = layer.size, .source = source.get(), .mount_from = {}},
        call));
  }
  return registry.push_manifest(repository,
                                {of_manifest.digest, of_manifest.media_type, manifest},
                                ImageTag::parse("v1").value(),
                                call);
}

}  // namespace
}  // namespace sous

int main(int argc, char** argv) {
  if (argc != 3) {
    static_cast<void>(std::fputs("usage: push_layout LAYOUT HOST/REPOSITORY\n", stderr));
    return 64;
  }
  const auto pushed = sous::push(argv[1], argv[2]);
  if (!pushed.has_value()) {
    static_cast<void>(std::fprintf(stderr, "%s\n", pushed.error().text().c_str()));
    return 1;
  }
  return 0;
}
