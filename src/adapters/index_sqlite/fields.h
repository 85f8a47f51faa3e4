#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/image_facts.h"

namespace sous::index_sqlite {

/// Lists of texts as one column: each text as `<length>:<bytes>`. Any bytes survive. Decoders fail
/// with invalid_data on anything else.
std::string encode_texts(const std::vector<std::string>& texts);
Result<std::vector<std::string>> decode_texts(std::string_view bytes);

std::string encode_map(const LabelMap& map);
Result<LabelMap> decode_map(std::string_view bytes);

std::string encode_digests(const std::vector<Digest>& digests);
Result<std::vector<Digest>> decode_digests(std::string_view bytes);

std::string encode_children(const std::vector<IndexChild>& children);
Result<std::vector<IndexChild>> decode_children(std::string_view bytes);

}  // namespace sous::index_sqlite
