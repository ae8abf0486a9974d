#include "net/url.h"

#include <fmt/format.h>

#include <new>
#include <string_view>

#include "base/lower_case.h"

namespace downsampled {
namespace {

void drop(CURLU* handle, std::initializer_list<CURLUPart> parts) {
  for (const CURLUPart part : parts) curl_url_set(handle, part, nullptr, 0);
}

}  // namespace

std::optional<Url> Url::with(Handle handle, const std::string& text) {
  if (handle == nullptr) throw std::bad_alloc();
  if (curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  Url url(std::move(handle));
  const std::string scheme = url.scheme();
  if ((scheme != "http" && scheme != "https") || url.host().empty()) return std::nullopt;
  return url;
}

std::optional<Url> Url::parse(const std::string& text) {
  return with(Handle(curl_url(), curl_url_cleanup), text);
}

std::optional<Url> Url::resolve(const std::string& location) const {
  std::optional<Url> target = with(copy(), location);
  if (target) {
    drop(target->handle_.get(), {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT});
  }
  return target;
}

Url::Handle Url::copy() const { return Handle(curl_url_dup(handle_.get()), curl_url_cleanup); }

std::string Url::part(CURLUPart part, unsigned flags) const {
  char* found = nullptr;
  if (curl_url_get(handle_.get(), part, &found, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> text(found, curl_free);
  return text.get();
}

std::string Url::host() const { return lower_case(std::string_view(part(CURLUPART_HOST))); }

std::string Url::port() const { return part(CURLUPART_PORT, CURLU_DEFAULT_PORT); }

std::string Url::authority() const {
  const std::string written = part(CURLUPART_PORT);
  return written.empty() ? host() : host() + ':' + written;
}

std::optional<Url> Url::with_host(const std::string& host) const {
  Url other(copy());
  if (curl_url_set(other.handle_.get(), CURLUPART_HOST, host.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  return other;
}

std::string Url::text() const { return part(CURLUPART_URL); }

std::string Url::shown() const {
  Url plain(copy());
  drop(plain.handle_.get(),
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT});
  return plain.text();
}

std::optional<std::string> redirect_refusal(const Url& from, const Url& to) {
  if (from.scheme() == "https" && to.scheme() == "http") return "it leaves https for http";
  if (from.host() != to.host()) return fmt::format("it leads to another host, {}", to.host());
  const bool upgrade = from.scheme() != to.scheme();
  const bool standard_port = upgrade && to.port() == "443";
  if (from.port() != to.port() && !standard_port) {
    return fmt::format("it leads to another port, {}:{}", to.host(), to.port());
  }
  return std::nullopt;
}

}  // namespace downsampled
