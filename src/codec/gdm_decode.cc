#include "codec/gdm_decode.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

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

/// What the text of one record says. Nothing at all for a file that is nobody's business.
struct RecordValue {
  std::variant<std::monostate, GdmFormat, Definitions, Manifest, LockFile, GivenRecord> value;
  Flaws flaws = {};
};

Error misplaced(const std::string& what) {
  return Error(Code::invalid_data, "it is about " + what + ", which belongs under another path");
}

Result<RecordValue> read_manifest(const std::string& path, const std::string& text) {
  const ManifestId id = SOUS_TRY(manifest_of_path(path));
  auto manifest = SOUS_TRY(decode_manifest(path, text));
  if (manifest.value.id != id) {
    return misplaced("manifest " + manifest.value.id.str());
  }
  return RecordValue{std::move(manifest.value), std::move(manifest.flaws)};
}

Result<RecordValue> read_lock_file(const std::string& path, const std::string& text) {
  const SourceId source = SOUS_TRY(lock_of_path(path));
  LockFile file = SOUS_TRY(decode_lock_file(path, text));
  if (file.source != source) {
    return misplaced("source " + file.source.str());
  }
  return RecordValue{std::move(file)};
}

Result<RecordValue> read_given(const std::string& path, const std::string& text) {
  const DeploymentId id = SOUS_TRY(given_of_path(path));
  GivenRecord record = SOUS_TRY(decode_given(path, text));
  if (record.deployment != id) {
    return misplaced("deployment " + record.deployment.str());
  }
  return RecordValue{std::move(record)};
}

Result<RecordValue> read_record(const std::string& path, const std::string& text) {
  if (path == kFormatPath) {
    return RecordValue{SOUS_TRY(decode_format(path, text))};
  }
  if (path == kDefinitionsPath) {
    auto definitions = SOUS_TRY(decode_definitions(path, text));
    return RecordValue{std::move(definitions.value), std::move(definitions.flaws)};
  }
  if (path.starts_with(kManifestsDirectory)) {
    return read_manifest(path, text);
  }
  if (path.starts_with(kLocksDirectory)) {
    return read_lock_file(path, text);
  }
  if (path.starts_with(kGivenDirectory)) {
    return read_given(path, text);
  }
  return RecordValue{};
}

/// Puts records together.
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

  void add(const std::string& path, Result<RecordValue> record) {
    if (!record) {
      broken(path, record.error());
      return;
    }
    for (Flaw& flaw : record->flaws) {
      out_.flaws.push_back({path, std::move(flaw)});
    }
    std::visit([&](auto&& value) { put(std::forward<decltype(value)>(value)); },
               std::move(record->value));
  }

  void refuse(const std::string& path, const std::string& reason) {
    out_.gdm.broken.push_back(BrokenRecord{
        .path = path, .manifest = named_manifest(path), .problems = {path + ":1:1: " + reason}});
  }

  DecodedGdm take() { return std::move(out_); }

 private:
  void put(std::monostate /*nothing*/) {}

  void put(const GdmFormat& format) { out_.gdm.id = format.id; }

  void put(Definitions&& definitions) { out_.gdm.definitions = std::move(definitions); }

  void put(Manifest&& manifest) {
    const ManifestId id = manifest.id;
    out_.gdm.manifests.emplace(id, std::move(manifest));
  }

  void put(LockFile&& file) {
    const SourceId source = file.source;
    out_.gdm.locks.emplace(source, std::move(file));
  }

  void put(GivenRecord&& record) {
    const DeploymentId id = record.deployment;
    out_.gdm.given.emplace(id, std::move(record));
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

// So many records are worth a thread.
constexpr std::size_t kBatch = 250;

/// Reads in batches, and puts together in the order of the paths.
void read_all(const RecordTexts& records, const EachOf& each, Reader& reader) {
  std::vector<const RecordTexts::value_type*> entries;
  entries.reserve(records.size());
  for (const auto& entry : records) {
    entries.push_back(&entry);
  }
  std::vector<std::optional<Result<RecordValue>>> values(entries.size());
  const auto read_batch = [&](std::size_t batch) {
    const std::size_t end = std::min(entries.size(), (batch + 1) * kBatch);
    for (std::size_t i = batch * kBatch; i < end; ++i) {
      values[i] = read_record(entries[i]->first, *entries[i]->second);
    }
  };
  const std::size_t batches = (entries.size() + kBatch - 1) / kBatch;
  if (batches > 1) {
    each(batches, read_batch);
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    // A thread that ran out of memory left some: no record may be missing without a word.
    reader.add(
        entries[i]->first,
        values[i] ? std::move(*values[i]) : read_record(entries[i]->first, *entries[i]->second));
    values[i].reset();
  }
}

}  // namespace

void one_by_one(std::size_t count, const std::function<void(std::size_t)>& body) {
  for (std::size_t i = 0; i < count; ++i) {
    body(i);
  }
}

DecodedGdm decode_gdm_with_flaws(const std::string& revision,
                                 const RecordTexts& records,
                                 const RefusedRecords& refused,
                                 const EachOf& each) {
  Gdm gdm;
  gdm.revision = revision;
  Reader reader(std::move(gdm));
  read_all(records, each, reader);
  for (const auto& [path, reason] : refused) {
    reader.refuse(path, reason);
  }
  return reader.take();
}

Gdm decode_gdm(const std::string& revision,
               const RecordTexts& records,
               const RefusedRecords& refused,
               const EachOf& each) {
  return decode_gdm_with_flaws(revision, records, refused, each).gdm;
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
      reader.add(path, read_record(path, *found->second));
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
