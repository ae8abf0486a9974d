// A URL by libcurl's own parser, so that what we check is what it will request: where a redirect
// leads, and how an address may be shown. A value; no I/O.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

namespace downsampled {

class Url {
 public:
  /// Empty unless it is an absolute http or https URL with a host.
  static std::optional<Url> parse(const std::string& text);

  /// Where `location` leads from here, relative or absolute, without credentials and fragment;
  /// empty when it is no http or https URL.
  std::optional<Url> resolve(const std::string& location) const;

  std::string scheme() const { return part(CURLUPART_SCHEME); }
  std::string host() const;       ///< in lower case
  std::string port() const;       ///< the scheme's own where none is written
  std::string authority() const;  ///< host, and port where one is written
  std::string text() const;
  /// The same with another host; empty when that is none.
  std::optional<Url> with_host(const std::string& host) const;
  /// For messages: without credentials, query and fragment.
  std::string shown() const;

 private:
  using Handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

  explicit Url(Handle handle) : handle_(std::move(handle)) {}
  Handle copy() const;
  std::string part(CURLUPart part, unsigned flags = 0) const;
  static std::optional<Url> with(Handle handle, const std::string& text);

  Handle handle_;
};

/// Why a redirect must not be followed; empty when it may. Credentials go along with a redirect,
/// so it must stay on the same host and port (http may become https there, never the reverse).
std::optional<std::string> redirect_refusal(const Url& from, const Url& to);

}  // namespace downsampled
