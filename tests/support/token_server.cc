#include "support/token_server.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "adapters/system_posix/clock.h"
#include "base/base64.h"
#include "base/text.h"
#include "support/certificate.h"

namespace sous::support {
namespace {

constexpr std::int64_t kLifetime = 300;  // seconds

std::string url_base64(std::string_view bytes) {
  std::string out = to_base64(bytes);
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  out.erase(std::ranges::find(out, '='), out.end());
  return out;
}

// RSA over SHA-256, as JSON web tokens call it RS256.
std::string signature_of(const std::string& text, const std::string& key_pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())), &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  std::vector<unsigned char> out(1024);
  std::size_t size = out.size();
  const std::vector<unsigned char> bytes(text.begin(), text.end());
  if (key == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), out.data(), &size, bytes.data(), bytes.size()) != 1) {
    throw std::runtime_error("openssl signs no token");
  }
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

// `%3A` and `%2F`, which is all that our own client writes.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      unsigned code = 0;
      std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16);
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// One `repository:name:pull,push` as an entry of the token's `access`.
std::string access_of(const std::string& scope) {
  const auto first = scope.find(':');
  const auto last = scope.rfind(':');
  std::string actions;
  for (const auto action : split(std::string_view(scope).substr(last + 1), ',')) {
    actions += fmt::format("{}\"{}\"", actions.empty() ? "" : ",", action);
  }
  return fmt::format(R"({{"type":"repository","name":"{}","actions":[{}]}})",
                     scope.substr(first + 1, last - first - 1),
                     actions);
}

}  // namespace

TokenServer::TokenServer() {
  make_certificate(directory_, KeyKind::rsa);
  key_ = read_file(directory_ / "key.pem");
  const std::string pem = read_file(certificate_file());
  for (const auto line : split(pem, '\n')) {
    if (!line.starts_with("-----")) {
      certificate_ += trim(line);
    }
  }
  server_ = std::make_unique<ScriptedHttp>(
      [this](const SeenRequest& request) { return answer(request); });
}

ScriptedAnswer TokenServer::answer(const SeenRequest& request) const {
  const std::string login = "Basic " + to_base64(fmt::format("{}:{}", kUser, kPassword));
  if (request.header("Authorization") != login) {
    return {.status = 401, .headers = {{"Content-Type", "application/json"}}, .body = "{}"};
  }
  std::string access;
  const std::string target = request.target;
  for (const auto field : split(std::string_view(target).substr(target.find('?') + 1), '&')) {
    if (field.starts_with("scope=")) {
      access += (access.empty() ? "" : ",") + access_of(percent_decoded(field.substr(6)));
    }
  }
  return {.headers = {{"Content-Type", "application/json"}},
          .body = fmt::format(R"({{"token":"{}","expires_in":{}}})", token_for(access), kLifetime)};
}

std::string TokenServer::token_for(const std::string& access) const {
  system_posix::SystemClock clock;
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(clock.wall().time_since_epoch()).count();
  const std::string header =
      fmt::format(R"({{"typ":"JWT","alg":"RS256","x5c":["{}"]}})", certificate_);
  const std::string claims = fmt::format(
      R"({{"iss":"{}","sub":"{}","aud":"{}","exp":{},"nbf":{},"iat":{},"jti":"1","access":[{}]}})",
      kIssuer,
      kUser,
      kService,
      now + kLifetime,
      now - 10,
      now,
      access);
  const std::string text = url_base64(header) + "." + url_base64(claims);
  return text + "." + url_base64(signature_of(text, key_));
}

}  // namespace sous::support
