#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/given.h"

namespace sous::codec {

/// The stable name of an outcome, as it stands in records and answers.
std::string_view outcome_text(Outcome outcome);

/// A given record as text (docs/formats/given.md). `path` names the text in messages. Fails with
/// invalid_data, every problem a detail; also where there is no entry, where generations do not
/// rise, or where the format is a newer one.
Result<GivenRecord> decode_given(const std::string& path, std::string_view text);
std::string encode_given(const GivenRecord& record);

}  // namespace sous::codec
