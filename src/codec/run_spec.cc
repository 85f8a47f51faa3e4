#include "codec/run_spec.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "codec/json.h"

namespace sous::codec {
namespace {

constexpr std::size_t kMaxImages = 100;

/// Collects what is wrong, each with the place.
class Flaws {
 public:
  void add(const std::string& place, std::string_view flaw) {
    texts_.push_back(place.empty() ? std::string(flaw) : fmt::format("{}: {}", place, flaw));
  }

  bool empty() const { return texts_.empty(); }

  Error error() && {
    return Error(Code::invalid_data, "the run spec is invalid: " + texts_.front())
        .hinted("correct the file that SOUS_RUN_IMAGE_SPEC names")
        .detailed(std::move(texts_));
  }

 private:
  std::vector<std::string> texts_;
};

std::string text_of(const Json& json,
                    std::string_view name,
                    const std::string& place,
                    Flaws& flaws) {
  const Json* member = json.find(name);
  if (member == nullptr || member->is_null()) {
    return {};
  }
  const auto* text = member->as_string();
  if (text == nullptr) {
    flaws.add(place, fmt::format("{} is no text", name));
    return {};
  }
  return *text;
}

const Json::Array* list_of(const Json& json,
                           std::string_view name,
                           const std::string& place,
                           Flaws& flaws) {
  const Json* member = json.find(name);
  if (member == nullptr || member->is_null()) {
    return nullptr;
  }
  if (member->as_array() == nullptr) {
    flaws.add(place, fmt::format("{} is no list", name));
  }
  return member->as_array();
}

/// Whether an engine takes a path of a COPY as it is: no variable, pattern or escape in it.
bool is_literal_path(std::string_view path) {
  return !path.empty() && is_plain_text(path) &&
         path.find_first_of("$*?[]\\\"") == std::string_view::npos;
}

std::string path_of(const Json& files,
                    std::string_view side,
                    const std::string& place,
                    Flaws& flaws) {
  const Json* where = files.find(side);
  const std::string path = where == nullptr ? std::string() : text_of(*where, "dir", place, flaws);
  if (path.empty()) {
    flaws.add(place, fmt::format("{}.dir is missing", side));
  } else if (!is_literal_path(path)) {
    flaws.add(
        place,
        fmt::format(
            "{}.dir {} has a character that a COPY would not take as it is", side, quote(path)));
  }
  return path;
}

std::string from_of(const Json& json, const std::string& place, Flaws& flaws) {
  static const Json kNothing;
  const Json* member = json.find("image");
  const Json& image = member == nullptr ? kNothing : *member;
  if (to_lower_ascii(text_of(image, "type", place, flaws)) != "docker") {
    flaws.add(place, "image.type is not docker");
  }
  const std::string from = text_of(image, "from", place, flaws);
  const bool one_word = std::ranges::all_of(from, [](char c) {
    return is_alnum(c) || std::string_view("-_./:@").find(c) != std::string_view::npos;
  });
  if (from.empty()) {
    flaws.add(place, "image.from is missing");
  } else if (!one_word || from.starts_with('-')) {
    flaws.add(place, fmt::format("image.from {} is no name of an image", quote(from)));
  }
  return from;
}

RunSpecImage read_image(const Json& json,
                        const std::string& place,
                        const std::string& build_offset,
                        Flaws& flaws) {
  RunSpecImage out{.kind = text_of(json, "kind", place, flaws),
                   .offset = build_offset,
                   .from = from_of(json, place, flaws),
                   .files = {},
                   .exec = {}};
  if (const Json* offset = json.find("offset"); offset != nullptr && !offset->is_null()) {
    out.offset = text_of(json, "offset", place, flaws);
  }
  const auto* files = list_of(json, "files", place, flaws);
  for (std::size_t i = 0; files != nullptr && i < files->size(); ++i) {
    const std::string at = fmt::format("{}{}files[{}]", place, place.empty() ? "" : ".", i);
    auto source = path_of((*files)[i], "source", at, flaws);
    auto dest = path_of((*files)[i], "dest", at, flaws);
    out.files.push_back({std::move(source), std::move(dest)});
  }
  if (out.files.empty()) {
    flaws.add(place, "files is empty");
  }
  const auto* exec = list_of(json, "exec", place, flaws);
  for (std::size_t i = 0; exec != nullptr && i < exec->size(); ++i) {
    if (const auto* word = (*exec)[i].as_string()) {
      out.exec.push_back(*word);
    } else {
      flaws.add(place, fmt::format("exec[{}] is no text", i));
    }
  }
  if (exec == nullptr || exec->empty()) {
    flaws.add(place, "exec is empty");
  }
  return out;
}

void refuse_twins(const std::vector<RunSpecImage>& images, Flaws& flaws) {
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!seen.emplace(images[i].offset, images[i].kind).second) {
      flaws.add(fmt::format("images[{}]", i), "another image has the same offset and kind");
    }
  }
}

bool has_top_level_form(const Json& json) {
  return std::ranges::any_of(
      std::to_array<std::string_view>({"kind", "offset", "image", "files", "exec"}),
      [&](std::string_view name) { return json.find(name) != nullptr; });
}

std::string json_list(const std::vector<std::string>& words) {
  Json list = Json::array();
  for (const auto& word : words) {
    list.push(word);
  }
  return list.dump();
}

}  // namespace

Result<std::vector<RunSpecImage>> parse_run_spec(std::string_view text,
                                                 const std::string& build_offset) {
  const Json json = SOUS_TRY(parse_json(text).with("the run spec"));
  Flaws flaws;
  std::vector<RunSpecImage> out;
  const auto* images = list_of(json, "images", "", flaws);
  if (json.as_object() == nullptr) {
    flaws.add("", "it is no object");
  } else if (json.find("images") != nullptr && has_top_level_form(json)) {
    flaws.add("", "it describes an image beside the list images: only one of both is possible");
  } else if (images != nullptr) {
    if (images->empty() || images->size() > kMaxImages) {
      flaws.add("", fmt::format("images holds {}, not 1 to {}", images->size(), kMaxImages));
    }
    for (std::size_t i = 0; i < std::min(images->size(), kMaxImages); ++i) {
      out.push_back(read_image((*images)[i], fmt::format("images[{}]", i), build_offset, flaws));
    }
    refuse_twins(out, flaws);
  } else if (flaws.empty()) {
    out.push_back(read_image(json, "", build_offset, flaws));
  }
  if (!flaws.empty()) {
    return std::move(flaws).error();
  }
  return out;
}

Result<std::map<std::string, std::string>> config_environment(std::string_view config) {
  const Json json = SOUS_TRY(parse_json(config).with("the image config"));
  const Json* inner = json.find("config");
  const Json* list = inner == nullptr ? nullptr : inner->find("Env");
  std::map<std::string, std::string> out;
  if (list == nullptr || list->is_null()) {
    return out;
  }
  if (list->as_array() == nullptr) {
    return Error(Code::invalid_data, "the environment of the image config is no list");
  }
  for (const Json& item : *list->as_array()) {
    const auto* variable = item.as_string();
    if (variable == nullptr) {
      return Error(Code::invalid_data, "a variable of the image config is no text");
    }
    const std::size_t end = std::min(variable->find('='), variable->size());
    out[variable->substr(0, end)] = end < variable->size() ? variable->substr(end + 1) : "";
  }
  return out;
}

std::string run_image_dockerfile(
    const RunSpecImage& image,
    const std::string& builder,
    const std::vector<std::pair<std::string, std::string>>& arguments) {
  std::string out = fmt::format("FROM {}\n", image.from);
  // The JSON form takes spaces and quotes as they are.
  for (const auto& files : image.files) {
    out += fmt::format("COPY --from={} {}\n", builder, json_list({files.source, files.dest}));
  }
  for (const auto& [name, value] : arguments) {
    out += fmt::format("ENV {}={}\n", name, value);
  }
  return out + fmt::format("CMD {}\n", json_list(image.exec));
}

Result<std::string> one_file_dockerfile(const std::string& path,
                                        const std::string& builder,
                                        const std::string& name) {
  if (!is_literal_path(path)) {
    return Error(Code::invalid_data,
                 fmt::format("SOUS_RUN_IMAGE_SPEC is {}, which a COPY would not take as it is",
                             quote(path)));
  }
  return fmt::format("FROM scratch\nCOPY --from={} {}\n", builder, json_list({path, "/" + name}));
}

}  // namespace sous::codec
