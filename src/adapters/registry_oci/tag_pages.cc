#include "adapters/registry_oci/tag_pages.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "adapters/registry_oci/answers.h"
#include "adapters/registry_oci/link_header.h"
#include "base/text.h"

namespace sous::registry_oci {
namespace {

namespace json = boost::json;

struct Page {
  std::vector<ImageTag> tags;
  std::vector<std::string> unusable;
  std::optional<std::string> next;  // path and query at the registry itself
};

bool names_page_size(int status) {
  return status >= 400 && status < 500 && status != 401 && status != 403 && status != 404 &&
         status != 429;
}

Status read_names(const HttpResponse& response, const std::string& host, Page& page) {
  if (is_web_page(response)) {
    return Error(Code::invalid_data,
                 fmt::format("{} answered with a web page, not a tag list", host))
        .hinted("something between here and the registry answers in its place: check the address");
  }
  json::error_code failure;
  const json::value value = json::parse(response.body, failure);
  if (failure || !value.is_object()) {
    return Error(Code::invalid_data,
                 fmt::format("{} answered with something that is no tag list", host));
  }
  const auto* tags = value.get_object().if_contains("tags");
  if (tags == nullptr || tags->is_null()) {
    return ok();
  }
  if (!tags->is_array()) {
    return Error(Code::invalid_data, fmt::format("the tag list of {} holds no list", host));
  }
  for (const auto& item : tags->get_array()) {
    if (!item.is_string()) {
      return Error(Code::invalid_data, fmt::format("a tag in the list of {} is no text", host));
    }
    const std::string_view text(item.get_string().data(), item.get_string().size());
    if (auto tag = ImageTag::parse(text); tag.has_value()) {
      page.tags.push_back(std::move(*tag));
    } else {
      page.unusable.emplace_back(text.substr(0, 128));
    }
  }
  return ok();
}

// Only path and query of the link count: some registries write a host or port that is not theirs.
Status read_next(const HttpResponse& response, const Url& current, Page& page) {
  for (const auto& [name, value] : response.headers) {
    if (page.next || to_lower_ascii(name) != "link") {
      continue;
    }
    if (const auto link = SOUS_TRY(next_link(value))) {
      page.next = SOUS_TRY(current.resolve(*link)).path_and_query();
    }
  }
  return ok();
}

class Reading {
 public:
  Reading(const OciConfig& config,
          Exchange& exchange,
          Profiles& profiles,
          EventSink& events,
          const Target& target,
          const Call& call)
      : config_(config),
        exchange_(exchange),
        profiles_(profiles),
        events_(events),
        target_(target),
        call_(call) {}

  Result<TagList> run() {
    Url url = SOUS_TRY(Url::parse(target_.base + "tags/list"));
    auto response = SOUS_TRY(first_page(url));
    std::set<std::string> seen{url.path_and_query()};
    for (std::uint32_t pages = 1;; ++pages) {
      Page page;
      auto names = read_names(response, target_.host(), page);
      if (!names.has_value()) {
        if (pages == 1) {
          return std::move(names.error());
        }
        return ended(names.error().message());
      }
      auto link = read_next(response, url, page);
      take(std::move(page.tags), page.unusable);
      if (!link.has_value()) {
        return ended(link.error().message());
      }
      if (!page.next) {
        return finished(Completeness::complete());
      }
      if (!seen.insert(*page.next).second) {
        return ended(fmt::format("{} leads back to a page that was read", target_.host()));
      }
      if (pages >= config_.max_pages) {
        return ended(fmt::format("more than {} pages", config_.max_pages));
      }
      url = SOUS_TRY(Url::parse(url.origin() + *page.next));
      auto next = get(url);
      if (!next.has_value() && next.error().code() == Code::cancelled) {
        return std::move(next.error());
      }
      if (!next.has_value()) {
        return ended(next.error().text());
      }
      if (next->status != 200) {
        return ended(refusal(*next, target_.host()).message());
      }
      response = std::move(*next);
    }
  }

 private:
  Result<HttpResponse> get(const Url& url) {
    Ask ask;
    ask.url = url.str();
    ask.headers = {{"Accept", "application/json"}};
    ask.max_body = config_.max_page_bytes;
    return exchange_.send(target_.audience, std::move(ask), call_);
  }

  Result<HttpResponse> first_page(Url& url) {
    const bool sized = config_.page_size > 0 && !profiles_.of(target_.host()).refuses_page_size;
    if (sized) {
      url.query = fmt::format("n={}", config_.page_size);
    }
    auto response = SOUS_TRY(get(url));
    if (sized && names_page_size(response.status)) {
      url.query.clear();
      response = SOUS_TRY(get(url));
      if (response.status == 200) {
        profiles_.learn(target_.host(), [](Profile& p) { p.refuses_page_size = true; });
      }
    }
    if (response.status != 200) {
      return refusal(response, target_.host());
    }
    return response;
  }

  void take(std::vector<ImageTag> tags, const std::vector<std::string>& unusable) {
    std::ranges::move(tags, std::back_inserter(tags_));
    for (const auto& text : unusable) {
      events_.emit({.level = Level::warning,
                    .name = "registry.odd_tag",
                    .text = fmt::format("{} lists a tag that no image can have; left out",
                                        target_.repository.str()),
                    .fields = {{"tag", text}}});
    }
  }

  TagList ended(const std::string& why) {
    const std::string after =
        tags_.empty() ? "the first page" : "the page with " + tags_.back().str();
    return finished(Completeness::partial(
        why, {fmt::format("tags of {} after {}", target_.repository.str(), after)}));
  }

  TagList finished(Completeness completeness) {
    std::ranges::sort(tags_);
    const auto rest = std::ranges::unique(tags_);
    tags_.erase(rest.begin(), rest.end());
    return {std::move(tags_), std::move(completeness)};
  }

  const OciConfig& config_;
  Exchange& exchange_;
  Profiles& profiles_;
  EventSink& events_;
  const Target& target_;
  const Call& call_;
  std::vector<ImageTag> tags_;
};

}  // namespace

Result<TagList> read_tags(const OciConfig& config,
                          Exchange& exchange,
                          Profiles& profiles,
                          EventSink& events,
                          const Target& target,
                          const Call& call) {
  return Reading(config, exchange, profiles, events, target, call).run();
}

}  // namespace sous::registry_oci
