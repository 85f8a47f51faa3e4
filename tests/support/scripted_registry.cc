#include "support/scripted_registry.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::support {
namespace {

constexpr std::string_view kBase = "/v2/app/";

std::vector<std::string> ordered(const std::map<std::string, MadeImage>& images,
                                 ListHabit::Order order) {
  std::vector<std::string> out;
  for (const auto& [tag, image] : images) {
    out.push_back(tag);
  }
  if (order == ListHabit::Order::reversed) {
    std::ranges::reverse(out);
  } else if (order == ListHabit::Order::by_last_character) {
    std::ranges::stable_sort(out, {}, [](const std::string& tag) { return tag.back(); });
  }
  return out;
}

std::string link_to(std::size_t from, const SeenRequest& request, ListHabit::Link form) {
  const std::string host = request.header("Host");
  const std::string query = fmt::format("list?last={}&n=1000", from);
  switch (form) {
    case ListHabit::Link::path:
      return fmt::format("<{}tags/{}>; rel=\"next\"", kBase, query);
    case ListHabit::Link::relative:
      return fmt::format("<{}>; rel=\"next\"", query);
    case ListHabit::Link::absolute:
      return fmt::format("<http://{}{}tags/{}>; rel=\"next\"", host, kBase, query);
    case ListHabit::Link::without_port:
      return fmt::format(
          "<http://{}{}tags/{}>; rel=\"next\"", host.substr(0, host.find(':')), kBase, query);
    case ListHabit::Link::opaque:
      return fmt::format("<{}tags/list?next_page=gAAAA%3D{}>; rel=\"next\"", kBase, from);
    case ListHabit::Link::unquoted:
      return fmt::format("<{}tags/{}> ; title=\"a, b\" ; rel=next", kBase, query);
  }
  return {};
}

/// Where a page begins: the number at the end of `last` or of the opaque parameter.
std::size_t start_of(const std::string& target) {
  for (const std::string_view name : {"last=", "next_page=gAAAA%3D"}) {
    if (const auto at = target.find(name); at != std::string::npos) {
      const auto rest = std::string_view(target).substr(at + name.size());
      return parse_uint(rest.substr(0, rest.find('&'))).value_or(0);
    }
  }
  return 0;
}

ScriptedAnswer page_of(const std::vector<std::string>& tags,
                       const SeenRequest& request,
                       const ListHabit& habit) {
  const std::size_t from = start_of(request.target);
  const std::size_t end = std::min(tags.size(), from + habit.page);
  std::string names;
  for (std::size_t i = from; i < end; ++i) {
    names += fmt::format("{}\"{}\"", i == from ? "" : ",", tags[i]);
  }
  ScriptedAnswer out{.headers = {{"Content-Type", "application/json"}},
                     .body = fmt::format(R"({{"name":"app","tags":[{}]}})", names)};
  if (end < tags.size()) {
    out.headers.emplace_back("Link", link_to(end, request, habit.link));
  }
  return out;
}

}  // namespace

HttpScript scripted_registry(const std::map<std::string, MadeImage>& images,
                             const ListHabit& habit) {
  std::map<std::string, MadeImage> by_name = images;
  std::map<std::string, std::string> blobs;
  for (const auto& [tag, image] : images) {
    by_name.emplace(image.digest.str(), image);
    blobs.emplace(image.config_digest.str(), image.config);
  }
  return [tags = ordered(images, habit.order), by_name, blobs, habit](
             const SeenRequest& request) -> ScriptedAnswer {
    const auto rest_of = [&](std::string_view part) -> std::optional<std::string> {
      const std::string front = fmt::format("{}{}", kBase, part);
      return request.target.starts_with(front) ? std::optional(request.target.substr(front.size()))
                                               : std::nullopt;
    };
    if (rest_of("tags/list")) {
      return page_of(tags, request, habit);
    }
    if (const auto name = rest_of("manifests/"); name && by_name.contains(*name)) {
      const MadeImage& image = by_name.at(*name);
      return {.headers = {{"Content-Type", image.media_type},
                          {"Docker-Content-Digest", image.digest.str()}},
              .body = image.manifest};
    }
    if (const auto name = rest_of("blobs/"); name && blobs.contains(*name)) {
      return {.headers = {{"Content-Type", "application/octet-stream"}}, .body = blobs.at(*name)};
    }
    return {.status = 404,
            .headers = {{"Content-Type", "application/json"}},
            .body = R"({"errors":[{"code":"MANIFEST_UNKNOWN"}]})"};
  };
}

std::vector<ListHabit> list_habits() {
  using Order = ListHabit::Order;
  using Link = ListHabit::Link;
  return {{"one_page", 1000, Order::sorted, Link::path},
          {"unsorted", 1000, Order::by_last_character, Link::path},
          {"pages_of_one", 1, Order::sorted, Link::path},
          {"pages_of_seven", 7, Order::reversed, Link::path},
          {"relative_links", 10, Order::sorted, Link::relative},
          {"absolute_links", 10, Order::by_last_character, Link::absolute},
          {"links_without_port", 10, Order::sorted, Link::without_port},
          {"opaque_links", 10, Order::reversed, Link::opaque},
          {"unquoted_links", 10, Order::sorted, Link::unquoted}};
}

}  // namespace sous::support
