#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "codec/flaw.h"
#include "model/gdm.h"

namespace sous::codec {

/// The texts of a GDM by path, and the records that cannot be given as text with the reason; as the
/// port GdmStore gives them.
using RecordTexts = std::map<std::string, std::shared_ptr<const std::string>, std::less<>>;
using RefusedRecords = std::map<std::string, std::string, std::less<>>;

struct RecordFlaw {
  std::string path;
  Flaw flaw;
};

struct DecodedGdm {
  Gdm gdm;
  std::vector<RecordFlaw> flaws;
};

/// Runs `body(0)` ... `body(count - 1)` in any order, also several at once, and returns when all
/// have ended.
using EachOf = std::function<void(std::size_t count, const std::function<void(std::size_t)>& body)>;

/// One after the other.
void one_by_one(std::size_t count, const std::function<void(std::size_t)>& body);

/// Reads all records. One that cannot be read, or that is about something else than its path says,
/// lands in Gdm::broken with its problems and hides nothing but itself. Many records are read by
/// `each`; what comes of it does not depend on it.
DecodedGdm decode_gdm_with_flaws(const std::string& revision,
                                 const RecordTexts& records,
                                 const RefusedRecords& refused,
                                 const EachOf& each = one_by_one);

/// The same without the flaws.
Gdm decode_gdm(const std::string& revision,
               const RecordTexts& records,
               const RefusedRecords& refused,
               const EachOf& each = one_by_one);

/// Brings `gdm`, which was decoded from `before`, to what `after` says: only records whose text is
/// another object are read. The same as decode_gdm, but for the order of Gdm::broken, which is that
/// of the paths.
void update_gdm(Gdm& gdm,
                const std::string& revision,
                const RecordTexts& before,
                const RefusedRecords& before_refused,
                const RecordTexts& after,
                const RefusedRecords& after_refused);

}  // namespace sous::codec
