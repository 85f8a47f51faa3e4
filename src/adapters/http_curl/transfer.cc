#include "adapters/http_curl/transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "adapters/http_curl/curl_error.h"
#include "base/text.h"

namespace sous::http_curl {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 256ULL << 10U;
constexpr std::size_t kMaxErrorBody = 64ULL << 10U;       // is kept
constexpr std::uint64_t kLongestErrorBody = 1ULL << 20U;  // is read
constexpr long kBufferBytes = 64L << 10U;

long to_ms(Duration duration) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<long>(std::clamp<std::int64_t>(ms, 1, 1'000'000'000));
}

bool breaks_a_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

bool is_success(int status) { return status >= 200 && status < 300; }

bool wants_length(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

Transfer::Transfer(const CurlConfig& config, CURLSH* share, Clock& clock)
    : config_(config), share_(share), clock_(clock), easy_(curl_easy_init()) {}

Status Transfer::begin(const HttpRequest& request, std::size_t index) {
  request_ = &request;
  index_ = index;
  response_ = {};
  failure_.reset();
  header_bytes_ = 0;
  body_bytes_ = 0;
  sent_ = 0;
  error_text_[0] = 0;
  if (easy_ == nullptr) {
    return Error(Code::internal, "libcurl gives no handle: out of memory");
  }
  target_ = SOUS_TRY(parse_target(request.url));
  CURL* easy = easy_.get();
  curl_easy_reset(easy);
  SOUS_TRY_VOID(set_headers());
  const std::string proxy =
      request.unix_socket.empty() ? proxy_for(config_, target_) : std::string();
  direct_ = proxy.empty() && request.unix_socket.empty();
  set_connection(proxy);
  set_body();
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  touch();
  return ok();
}

Status Transfer::set_headers() {
  headers_.reset();
  bool has_accept = false;
  bool has_type = false;
  const auto append = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer != nullptr) {
      static_cast<void>(headers_.release());  // NOLINT(bugprone-unused-return-value)
      headers_.reset(longer);
    }
  };
  for (const auto& [name, value] : request_->headers) {
    if (name.empty() || breaks_a_line(name) || breaks_a_line(value) ||
        name.find(':') != std::string::npos) {
      return Error(Code::invalid_data, "a request header's name or value is not allowed in HTTP")
          .with(what());
    }
    const std::string lower = to_lower_ascii(name);
    has_accept = has_accept || lower == "accept";
    has_type = has_type || lower == "content-type";
    // A name with `;` is how libcurl is told to send a header without a value.
    append(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  // A name without a value is how it is told not to send one of its own.
  append("Expect:");
  if (!has_accept) {
    append("Accept:");
  }
  if (!has_type) {
    append("Content-Type:");
  }
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  return ok();
}

void Transfer::set_connection(const std::string& proxy) {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_SHARE, share_);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A name that is still being looked up must not hold up the end of a call.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_PROXY, proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, config_.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferBytes);
  curl_easy_setopt(easy,
                   CURLOPT_CONNECTTIMEOUT_MS,
                   to_ms(std::min(config_.connect_limit, request_->stall_limit)));
  curl_easy_setopt(easy,
                   CURLOPT_HTTP_VERSION,
                   static_cast<long>(target_.tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, target_.tls ? 1L : 0L);
  if (!config_.extra_ca_file.empty()) {
    // The system's certificates stay trusted through their directory.
    curl_easy_setopt(easy, CURLOPT_CAINFO, config_.extra_ca_file.c_str());
  }
  if (!request_->unix_socket.empty()) {
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request_->unix_socket.c_str());
  }
  if (direct_) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Transfer::on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  }
}

void Transfer::set_body() {
  CURL* easy = easy_.get();
  const std::string& method = request_->method;
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request_->upload != nullptr) {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(
        easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_->upload_size));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &Transfer::on_upload);
    curl_easy_setopt(easy, CURLOPT_READDATA, this);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &Transfer::on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, kBufferBytes);
  } else if (!request_->body.empty() || wants_length(method)) {
    curl_easy_setopt(
        easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_->body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_->body.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
}

Result<HttpResponse> Transfer::finish(CURLcode code) {
  if (failure_) {
    return std::move(*failure_).with(what());
  }
  if (code != CURLE_OK) {
    return error_of(code, error_text_.data(), target_).with(what());
  }
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  if (response_.status < 100) {
    return Error(Code::invalid_data, "the answer is not HTTP").with(what());
  }
  if (direct_) {
    const char* address = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &address);
    response_.peer = address == nullptr ? std::nullopt : address_kind(address);
  }
  return std::move(response_);
}

Error Transfer::give_up(Code code, std::string why) const {
  return Error(code, std::move(why)).with(what());
}

std::string Transfer::what() const {
  return fmt::format("{} {}", request_->method, target_.shown.empty() ? "(no URL)" : target_.shown);
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t bytes = size * count;
  transfer.touch();
  transfer.header_bytes_ += bytes;
  if (transfer.header_bytes_ > kMaxHeaderBytes) {
    transfer.failure_ = Error(Code::invalid_data,
                              fmt::format("the answer's headers exceed {} bytes", kMaxHeaderBytes));
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.take_header(std::string_view(data, bytes));
  return bytes;
}

void Transfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();  // what came before belonged to an interim answer
    int status = 0;
    const auto blank = line.find(' ');
    if (blank != std::string_view::npos) {
      std::from_chars(line.data() + blank + 1, line.data() + line.size(), status);
    }
    response_.status = status;
    return;
  }
  const bool folded = line.starts_with(' ') || line.starts_with('\t');
  const std::string_view text = trim(line);
  if (text.empty()) {
    return;
  }
  if (folded && !response_.headers.empty()) {
    response_.headers.back().second.append(" ").append(text);
    return;
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    response_.headers.emplace_back(trim(text.substr(0, colon)), trim(text.substr(colon + 1)));
  }
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const bool taken = transfer.take_body(std::string_view(data, size * count));
  transfer.touch();  // after the sink: its own time is not the peer's silence
  return taken ? size * count : CURL_WRITEFUNC_ERROR;
}

bool Transfer::take_body(std::string_view piece) {
  const bool success = is_success(response_.status);
  const std::uint64_t limit = success ? request_->max_body : kLongestErrorBody;
  body_bytes_ += piece.size();
  if (body_bytes_ > limit) {
    failure_ = Error(Code::invalid_data, fmt::format("the answer is longer than {} bytes", limit));
    return false;
  }
  if (!success) {
    response_.body.append(piece.substr(0, kMaxErrorBody - response_.body.size()));
    return true;
  }
  if (!request_->sink) {
    response_.body.append(piece);
    return true;
  }
  if (auto status = request_->sink(piece); !status.has_value()) {
    failure_ = std::move(status.error());
    return false;
  }
  return true;
}

std::size_t Transfer::on_upload(char* buffer, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::uint64_t left = transfer.request_->upload_size - transfer.sent_;
  const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(size * count, left));
  if (room == 0) {
    return 0;
  }
  auto got = transfer.request_->upload->read(std::span<char>(buffer, room));
  transfer.touch();
  if (!got.has_value()) {
    transfer.failure_ = std::move(got.error()).with("reading what is to be sent");
    return CURL_READFUNC_ABORT;
  }
  if (*got == 0) {
    transfer.failure_ = Error(Code::invalid_data,
                              fmt::format("what is to be sent ended after {} of {} bytes",
                                          transfer.sent_,
                                          transfer.request_->upload_size));
    return CURL_READFUNC_ABORT;
  }
  transfer.sent_ += *got;
  return *got;
}

int Transfer::on_seek(void* self, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (origin != SEEK_SET || offset < 0) {
    return CURL_SEEKFUNC_CANTSEEK;
  }
  auto status = transfer.request_->upload->seek(static_cast<std::uint64_t>(offset));
  if (!status.has_value()) {
    transfer.failure_ = std::move(status.error()).with("reading again what is to be sent");
    return CURL_SEEKFUNC_FAIL;
  }
  transfer.sent_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

bool Transfer::address_is_refused(const char* numeric) {
  const auto kind = address_kind(numeric);
  if (!kind || !request_->refused_addresses.has(*kind)) {
    return false;
  }
  failure_ = Error(
      Code::forbidden,
      fmt::format(
          "{} is at {}, an address that must not be reached from there", target_.host, numeric));
  return true;
}

// Connections of before are used again without a new socket, so the address is judged here too.
int Transfer::on_connected(void* self, char* peer, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(self);
  return transfer.address_is_refused(peer) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

curl_socket_t Transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* raw = nullptr;
  if (address->family == AF_INET) {
    raw = &reinterpret_cast<const sockaddr_in*>(&address->addr)->sin_addr;
  } else if (address->family == AF_INET6) {
    raw = &reinterpret_cast<const sockaddr_in6*>(&address->addr)->sin6_addr;
  }
  if (raw != nullptr && inet_ntop(address->family, raw, text.data(), text.size()) != nullptr &&
      static_cast<Transfer*>(self)->address_is_refused(text.data())) {
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace sous::http_curl
