#include "codec/gdm_decode.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "codec/definitions_record.h"
#include "codec/given_record.h"
#include "codec/lock_record.h"
#include "codec/manifest_record.h"
#include "codec/record_paths.h"

namespace sous::codec {
namespace {

/// Whose record it would be: without it the plan would take an unreadable manifest for a removed
/// one, and end what it deployed.
std::optional<ManifestId> named_manifest(const std::string& path) {
  if (path.starts_with(kManifestsDirectory)) {
    if (auto id = manifest_of_path(path)) {
      return std::move(*id);
    }
  } else if (path.starts_with(kGivenDirectory)) {
    if (auto id = given_of_path(path)) {
      return std::move(id->manifest);
    }
  }
  return std::nullopt;
}

/// The keys whose entries are not the same in two maps.
template <typename Map, typename Same>
std::vector<std::string> differing(const Map& before, const Map& after, const Same& same) {
  std::vector<std::string> out;
  auto left = before.begin();
  auto right = after.begin();
  while (left != before.end() || right != after.end()) {
    if (left != before.end() && right != after.end() && left->first == right->first) {
      if (!same(*left, *right)) {
        out.push_back(left->first);
      }
      ++left;
      ++right;
    } else if (right == after.end() || (left != before.end() && left->first < right->first)) {
      out.push_back((left++)->first);
    } else {
      out.push_back((right++)->first);
    }
  }
  return out;
}

class Reader {
 public:
  explicit Reader(Gdm gdm) { out_.gdm = std::move(gdm); }

  /// Takes out what a record said.
  void forget(const std::string& path) {
    Gdm& gdm = out_.gdm;
    std::erase_if(gdm.broken, [&](const BrokenRecord& broken) { return broken.path == path; });
    if (path == kFormatPath) {
      gdm.id.clear();
    } else if (path == kDefinitionsPath) {
      gdm.definitions = {};
    } else if (path.starts_with(kManifestsDirectory)) {
      if (const auto id = manifest_of_path(path)) {
        gdm.manifests.erase(*id);
      }
    } else if (path.starts_with(kLocksDirectory)) {
      if (const auto source = lock_of_path(path)) {
        gdm.locks.erase(*source);
      }
    } else if (path.starts_with(kGivenDirectory)) {
      if (const auto id = given_of_path(path)) {
        gdm.given.erase(*id);
      }
    }
  }

  void read(const std::string& path, const std::string& text) {
    const Status status = read_record(path, text);
    if (!status) {
      broken(path, status.error());
    }
  }

  void refuse(const std::string& path, const std::string& reason) {
    out_.gdm.broken.push_back(BrokenRecord{
        .path = path, .manifest = named_manifest(path), .problems = {path + ":1:1: " + reason}});
  }

  DecodedGdm take() { return std::move(out_); }

 private:
  Status read_record(const std::string& path, const std::string& text) {
    if (path == kFormatPath) {
      out_.gdm.id = SOUS_TRY(decode_format(path, text)).id;
    } else if (path == kDefinitionsPath) {
      out_.gdm.definitions = noted(path, SOUS_TRY(decode_definitions(path, text)));
    } else if (path.starts_with(kManifestsDirectory)) {
      return read_manifest(path, text);
    } else if (path.starts_with(kLocksDirectory)) {
      return read_lock_file(path, text);
    } else if (path.starts_with(kGivenDirectory)) {
      return read_given(path, text);
    }
    return ok();  // other files are nobody's business
  }

  Status read_manifest(const std::string& path, const std::string& text) {
    const ManifestId id = SOUS_TRY(manifest_of_path(path));
    Manifest manifest = noted(path, SOUS_TRY(decode_manifest(path, text)));
    if (manifest.id != id) {
      return misplaced("manifest " + manifest.id.str());
    }
    out_.gdm.manifests.emplace(id, std::move(manifest));
    return ok();
  }

  Status read_lock_file(const std::string& path, const std::string& text) {
    const SourceId source = SOUS_TRY(lock_of_path(path));
    LockFile file = SOUS_TRY(decode_lock_file(path, text));
    if (file.source != source) {
      return misplaced("source " + file.source.str());
    }
    out_.gdm.locks.emplace(source, std::move(file));
    return ok();
  }

  Status read_given(const std::string& path, const std::string& text) {
    const DeploymentId id = SOUS_TRY(given_of_path(path));
    GivenRecord record = SOUS_TRY(decode_given(path, text));
    if (record.deployment != id) {
      return misplaced("deployment " + record.deployment.str());
    }
    out_.gdm.given.emplace(id, std::move(record));
    return ok();
  }

  static Error misplaced(const std::string& what) {
    return Error(Code::invalid_data, "it is about " + what + ", which belongs under another path");
  }

  template <typename T>
  T noted(const std::string& path, Decoded<T> decoded) {
    for (Flaw& flaw : decoded.flaws) {
      out_.flaws.push_back({path, std::move(flaw)});
    }
    return std::move(decoded.value);
  }

  void broken(const std::string& path, const Error& error) {
    std::vector<std::string> problems = error.details();
    if (problems.empty()) {
      problems.push_back(path + ":1:1: " + error.text());
    }
    out_.gdm.broken.push_back(BrokenRecord{
        .path = path, .manifest = named_manifest(path), .problems = std::move(problems)});
  }

  DecodedGdm out_;
};

}  // namespace

DecodedGdm decode_gdm_with_flaws(const std::string& revision,
                                 const RecordTexts& records,
                                 const RefusedRecords& refused) {
  Gdm gdm;
  gdm.revision = revision;
  Reader reader(std::move(gdm));
  for (const auto& [path, text] : records) {
    reader.read(path, *text);
  }
  for (const auto& [path, reason] : refused) {
    reader.refuse(path, reason);
  }
  return reader.take();
}

Gdm decode_gdm(const std::string& revision,
               const RecordTexts& records,
               const RefusedRecords& refused) {
  return decode_gdm_with_flaws(revision, records, refused).gdm;
}

void update_gdm(Gdm& gdm,
                const std::string& revision,
                const RecordTexts& before,
                const RefusedRecords& before_refused,
                const RecordTexts& after,
                const RefusedRecords& after_refused) {
  Reader reader(std::move(gdm));
  const auto unchanged = [](const auto& a, const auto& b) { return a.second == b.second; };
  for (const auto& path : differing(before, after, unchanged)) {
    reader.forget(path);
    if (const auto found = after.find(path); found != after.end()) {
      reader.read(path, *found->second);
    }
  }
  for (const auto& path : differing(before_refused, after_refused, unchanged)) {
    if (!after.contains(path)) {
      reader.forget(path);
    }
    if (const auto found = after_refused.find(path); found != after_refused.end()) {
      reader.refuse(path, found->second);
    }
  }
  gdm = reader.take().gdm;
  gdm.revision = revision;
  std::ranges::stable_sort(gdm.broken, {}, &BrokenRecord::path);
}

}  // namespace sous::codec
