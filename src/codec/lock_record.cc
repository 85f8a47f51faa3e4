#include "codec/lock_record.h"

#include <set>
#include <utility>

#include "base/text.h"
#include "codec/deed_record.h"
#include "codec/source_record.h"

namespace sous::codec {
namespace {

constexpr std::string_view kFinal = "final";
constexpr std::string_view kProvisional = "provisional";
constexpr std::string_view kBuilt = "built";
constexpr std::string_view kAdded = "added";

// One of two words.
template <typename T>
T choice(YamlFields& fields,
         std::string_view key,
         std::pair<std::string_view, T> first,
         std::pair<std::string_view, T> second) {
  fields.required(key);
  const auto text = fields.text(key);
  if (text && *text != first.first && *text != second.first) {
    fields.problem(key,
                   quote(*text) + " is neither " + std::string(first.first) + " nor " +
                       std::string(second.first));
  }
  return text && *text == second.first ? second.second : first.second;
}

// A digest and a revision together, without which an entry means nothing.
struct Identity {
  Digest digest;
  Revision revision;
};

std::optional<Identity> read_identity(YamlFields& fields) {
  auto digest = fields.required_parsed("digest", Digest::parse);
  auto revision = fields.required_parsed("revision", Revision::parse);
  if (!digest || !revision) {
    return std::nullopt;
  }
  return Identity{*digest, std::move(*revision)};
}

std::vector<ImageRepository> read_images(YamlFields& fields) {
  std::vector<ImageRepository> out;
  for (const std::string& text : fields.texts("images")) {
    if (auto image = ImageRepository::parse(text)) {
      out.push_back(std::move(*image));
    } else {
      fields.problem("images", image.error().text());
    }
  }
  return out;
}

template <typename Read>
auto read_all(YamlFields& record, std::string_view key, Read read) {
  std::vector<typename decltype(read(record))::value_type> out;
  for (const YamlNode* item : record.items(key)) {
    YamlFields fields(*item, std::string(key), record.diagnostics());
    if (auto entry = read(fields)) {
      out.push_back(std::move(*entry));
    }
  }
  return out;
}

std::optional<EndedWithdrawal> read_ended_withdrawal(YamlFields& fields) {
  Deed withdrawn = decode_required_deed(fields, "withdrawn");
  return EndedWithdrawal{std::move(withdrawn), decode_required_deed(fields, "restored")};
}

std::optional<Registration> read_registration(YamlFields& fields) {
  auto identity = read_identity(fields);
  Advisories advisories;
  for (std::string& advisory : fields.texts("advisories")) {
    advisories.add(advisory);
  }
  const auto origin = choice(fields,
                             "origin",
                             std::pair{kBuilt, Registration::Origin::built},
                             std::pair{kAdded, Registration::Origin::added});
  auto images = read_images(fields);
  Deed registered = decode_required_deed(fields, "registered");
  const auto built_at = fields.parsed("built_at", parse_rfc3339);
  const auto layers = fields.parsed("layers", Digest::parse);
  const auto config_digest = fields.parsed("config_digest", Digest::parse);
  const auto rebuild_of = fields.parsed("rebuild_of", Digest::parse);
  auto withdrawn = decode_deed(fields, "withdrawn");
  auto ended = read_all(fields, "ended_withdrawals", read_ended_withdrawal);
  if (!identity) {
    return std::nullopt;
  }
  return Registration{.digest = identity->digest,
                      .revision = std::move(identity->revision),
                      .advisories = std::move(advisories),
                      .images = std::move(images),
                      .kind = fields.text_or_empty("kind"),
                      .origin = origin,
                      .built_at = built_at,
                      .layers = layers,
                      .config_digest = config_digest,
                      .rebuild_of = rebuild_of,
                      .remote_url = fields.text_or_empty("remote_url"),
                      .registered = std::move(registered),
                      .withdrawn = std::move(withdrawn),
                      .ended_withdrawals = std::move(ended)};
}

std::optional<Lock> read_lock(YamlFields& fields) {
  auto identity = read_identity(fields);
  const auto state = choice(fields,
                            "state",
                            std::pair{kProvisional, Lock::State::provisional},
                            std::pair{kFinal, Lock::State::final_});
  Deed made = decode_required_deed(fields, "made");
  if (!identity) {
    return std::nullopt;
  }
  return Lock{.digest = identity->digest,
              .revision = std::move(identity->revision),
              .state = state,
              .made = std::move(made),
              .evidence = fields.text_or_empty("evidence")};
}

std::optional<SupersededLock> read_superseded(YamlFields& fields) {
  auto lock = read_lock(fields);
  Deed ended = decode_required_deed(fields, "ended");
  if (!lock) {
    return std::nullopt;
  }
  return SupersededLock{.lock = std::move(*lock), .ended = std::move(ended)};
}

void check_laws(YamlFields& record, const LockFile& file) {
  std::set<Digest> registered;
  for (const Registration& registration : file.registrations) {
    if (!registered.insert(registration.digest).second) {
      record.problem("registrations", registration.digest.str() + " is registered twice");
    }
  }
  std::set<Revision> revisions;
  std::size_t final_locks = 0;
  for (const Lock& lock : file.locks) {
    final_locks += lock.state == Lock::State::final_ ? 1U : 0U;
    if (!revisions.insert(lock.revision).second) {
      record.problem("locks", "revision " + lock.revision.str() + " has two locks");
    }
  }
  if (final_locks > 1) {
    record.problem("locks", "there are two final locks");
  }
}

void add_digest(YamlValue& out, std::string_view key, const std::optional<Digest>& digest) {
  if (digest) {
    out.add(key, YamlValue::of(digest->str()));
  }
}

template <typename Items, typename Encode>
void add_all(YamlValue& out, std::string_view key, const Items& items, Encode encode) {
  if (items.empty()) {
    return;
  }
  YamlValue list = YamlValue::sequence();
  for (const auto& item : items) {
    list.items.push_back(encode(item));
  }
  out.add(key, std::move(list));
}

YamlValue encode_ended_withdrawal(const EndedWithdrawal& ended) {
  YamlValue out = YamlValue::mapping();
  out.add("withdrawn", encode_deed(ended.withdrawn));
  out.add("restored", encode_deed(ended.restored));
  return out;
}

YamlValue encode_registration(const Registration& registration) {
  YamlValue out = YamlValue::mapping();
  out.add("digest", YamlValue::of(registration.digest.str()));
  out.add("revision", YamlValue::of(registration.revision.str()));
  if (!registration.advisories.empty()) {
    YamlValue advisories = YamlValue::sequence();
    for (const std::string& advisory : registration.advisories.texts()) {
      advisories.items.push_back(YamlValue::of(advisory));
    }
    out.add("advisories", std::move(advisories));
  }
  YamlValue images = YamlValue::sequence();
  for (const ImageRepository& image : registration.images) {
    images.items.push_back(YamlValue::of(image.str()));
  }
  out.add("images", std::move(images));
  out.add_text("kind", registration.kind);
  const bool built = registration.origin == Registration::Origin::built;
  out.add("origin", YamlValue::of(built ? kBuilt : kAdded));
  if (registration.built_at) {
    out.add("built_at", YamlValue::of(format_rfc3339(*registration.built_at)));
  }
  add_digest(out, "layers", registration.layers);
  add_digest(out, "config_digest", registration.config_digest);
  add_digest(out, "rebuild_of", registration.rebuild_of);
  out.add_text("remote_url", registration.remote_url);
  out.add("registered", encode_deed(registration.registered));
  if (registration.withdrawn) {
    out.add("withdrawn", encode_deed(*registration.withdrawn));
  }
  add_all(out, "ended_withdrawals", registration.ended_withdrawals, encode_ended_withdrawal);
  return out;
}

YamlValue encode_lock(const Lock& lock) {
  YamlValue out = YamlValue::mapping();
  out.add("digest", YamlValue::of(lock.digest.str()));
  out.add("revision", YamlValue::of(lock.revision.str()));
  out.add("state", YamlValue::of(lock.state == Lock::State::final_ ? kFinal : kProvisional));
  out.add("made", encode_deed(lock.made));
  out.add_text("evidence", lock.evidence);
  return out;
}

YamlValue encode_superseded(const SupersededLock& superseded) {
  YamlValue out = encode_lock(superseded.lock);
  out.add("ended", encode_deed(superseded.ended));
  return out;
}

}  // namespace

Result<LockFile> decode_lock_file(const std::string& path, std::string_view text) {
  const YamlNode root = SOUS_TRY(parse_yaml(path, text));
  Diagnostics diagnostics(path, text);
  YamlFields record(root, "", diagnostics);
  check_record_format(record);
  auto source = decode_required_source(record);
  LockFile out{.source = source.value_or(SourceId()),
               .registrations = read_all(record, "registrations", read_registration),
               .locks = read_all(record, "locks", read_lock),
               .superseded = read_all(record, "superseded", read_superseded)};
  check_laws(record, out);
  if (!diagnostics.empty()) {
    return diagnostics.error();
  }
  return out;
}

std::string encode_lock_file(const LockFile& file) {
  YamlValue out = YamlValue::mapping();
  out.add("format", YamlValue::number(kRecordFormat));
  out.add("source", encode_source(file.source));
  add_all(out, "registrations", file.registrations, encode_registration);
  add_all(out, "locks", file.locks, encode_lock);
  add_all(out, "superseded", file.superseded, encode_superseded);
  return yaml_block(out);
}

}  // namespace sous::codec
