#include "adapters/credentials_docker/auth_file.h"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/base64.h"
#include "base/text.h"

namespace sous::credentials_docker {
namespace {

namespace json = boost::json;

Result<json::object> parse_object(std::string_view text, const char* what) {
  json::error_code failure;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failure);
  if (failure || !value.is_object()) {
    return Error(Code::invalid_data, fmt::format("{} is not a JSON object", what));
  }
  return std::move(value.get_object());
}

std::string text_at(const json::object& object, json::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) {
    return {};
  }
  return {value->get_string().data(), value->get_string().size()};
}

const json::object* object_at(const json::object& object, json::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

std::string text_of(json::string_view text) { return {text.data(), text.size()}; }

// The name becomes part of a program's name.
bool is_helper_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::ranges::all_of(name, [](char c) {
    return is_alnum(c) || c == '-' || c == '_' || c == '.';
  });
}

Result<std::string> helper_name(std::string name) {
  if (!is_helper_name(name)) {
    return Error(Code::invalid_data, "the name of a credential helper is no plain word");
  }
  return name;
}

// Nothing when the entry only says that a helper knows the registry.
Result<std::optional<Credential>> read_login(const json::object& entry, const std::string& name) {
  Credential out;
  out.identity_token = Secret(text_at(entry, "identitytoken"));
  const std::string auth = text_at(entry, "auth");
  if (!auth.empty()) {
    auto plain = from_base64(auth);
    const auto colon = plain.has_value() ? plain->find(':') : std::string::npos;
    if (colon == std::string::npos) {
      return Error(Code::invalid_data,
                   fmt::format("the entry of {} is not base64 of `user:password`", name));
    }
    out.user = plain->substr(0, colon);
    std::string password = plain->substr(colon + 1);
    password.resize(std::min(password.size(), password.find('\0')));  // old docker pads with zeros
    out.password = Secret(std::move(password));
  } else {
    out.user = text_at(entry, "username");
    out.password = Secret(text_at(entry, "password"));
  }
  if (out.identity_token.empty() && (out.user.empty() || out.password.empty())) {
    return std::optional<Credential>();
  }
  return std::optional<Credential>(std::move(out));
}

}  // namespace

std::optional<std::string> plain_name(std::string_view key) {
  const auto scheme = key.find("://");
  const bool is_url = scheme != std::string_view::npos;
  if (is_url) {
    key.remove_prefix(scheme + 3);
  }
  while (key.ends_with('/')) {
    key.remove_suffix(1);
  }
  const auto slash = key.find('/');
  std::string_view path = slash == std::string_view::npos ? "" : key.substr(slash);
  std::string host = to_lower_ascii(key.substr(0, slash));
  if (path == "/v1" || path == "/v2") {
    path = "";
  }
  // Only docker writes URLs, and it means whole hosts by them.
  if (host.empty() || (is_url && !path.empty())) {
    return std::nullopt;
  }
  if (host == "index.docker.io" || host == "registry-1.docker.io") {
    host = "docker.io";
  }
  return host.append(path);
}

bool AuthFile::divides(const std::string& host) const {
  const auto has_part = [part = host + "/"](const auto& entries) {
    const auto at = entries.lower_bound(part);
    return at != entries.end() && at->first.starts_with(part);
  };
  return has_part(logins) || has_part(helpers);
}

Result<AuthFile> parse_auth_file(std::string_view text) {
  const json::object root = SOUS_TRY(parse_object(text, "the file"));
  AuthFile out;
  if (const auto* auths = object_at(root, "auths")) {
    for (const auto& [key, value] : *auths) {
      const auto name = plain_name(text_of(key));
      if (!name || !value.is_object()) {
        continue;
      }
      auto login = SOUS_TRY(read_login(value.get_object(), *name));
      if (login) {
        out.logins.emplace(*name, std::move(*login));
      }
    }
  }
  if (const auto* helpers = object_at(root, "credHelpers")) {
    for (const auto& [key, value] : *helpers) {
      const auto name = plain_name(text_of(key));
      if (name && value.is_string()) {
        out.helpers.emplace(*name, SOUS_TRY(helper_name(text_of(value.get_string()))));
      }
    }
  }
  if (std::string store = text_at(root, "credsStore"); !store.empty()) {
    out.store = SOUS_TRY(helper_name(std::move(store)));
  }
  return out;
}

Result<Credential> parse_helper_answer(std::string_view text) {
  const json::object root = SOUS_TRY(parse_object(text, "the helper's answer"));
  Credential out;
  out.user = text_at(root, "Username");
  Secret secret(text_at(root, "Secret"));
  if (secret.empty()) {
    return Error(Code::invalid_data, "the helper's answer holds no secret");
  }
  if (out.user == "<token>") {
    out.user.clear();
    out.identity_token = std::move(secret);
  } else {
    out.password = std::move(secret);
  }
  return out;
}

}  // namespace sous::credentials_docker
