#include <fmt/format.h>

#include "net/http_transfer.h"

namespace downsampled {
namespace {

// A time limit ran out: what were we waiting for?
Reason timeout_reason(const CurlEasy& easy) {
  if (easy.size(CURLINFO_PRETRANSFER_TIME_T) > 0) return Reason::timeout;
  return easy.size(CURLINFO_NAMELOOKUP_TIME_T) > 0 ? Reason::connect : Reason::resolve;
}

// A new TLS connection that breaks before the reply: in TLS 1.3 the server looks at our certificate
// when the handshake is over for us.
bool refused_after_handshake(const CurlEasy& easy, int status) {
  return status == 0 && easy.number(CURLINFO_NUM_CONNECTS) > 0 &&
         easy.size(CURLINFO_APPCONNECT_TIME_T) > 0;
}

Reason reason_of(CURLcode code, const CurlEasy& easy, int status) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
      return Reason::config;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
      return Reason::resolve;
    case CURLE_COULDNT_CONNECT:
      return Reason::connect;
    case CURLE_OPERATION_TIMEDOUT:
      return timeout_reason(easy);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
      return Reason::tls;
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_UNSUPPORTED_PROTOCOL:  // also what is not HTTP/1 at all: HTTP/0.9, in libcurl's
                                      // words
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_OUT_OF_MEMORY:
      return Reason::malformed_reply;  // a header line longer than libcurl takes
    default:
      if (refused_after_handshake(easy, status)) return Reason::tls;
      return status == 0 ? Reason::connect : Reason::transfer_broken;
  }
}

std::string_view what_happened(Reason reason) {
  switch (reason) {
    case Reason::config:
      return "cannot be requested";
    case Reason::resolve:
      return "has a host name without an address";
    case Reason::connect:
      return "cannot be reached";
    case Reason::tls:
      return "cannot be trusted, or TLS failed";
    case Reason::timeout:
      return "did not answer in time";
    case Reason::malformed_reply:
      return "did not answer in HTTP as it should";
    default:
      return "broke off inside its reply";
  }
}

}  // namespace

Error transfer_error(CURLcode code, const CurlEasy& easy, int status, const std::string& shown_url,
                     std::string_view detail) {
  const Reason reason = reason_of(code, easy, status);
  return Error(reason, fmt::format("{} {}: {}", shown_url, what_happened(reason),
                                   detail.empty() ? curl_easy_strerror(code) : detail));
}

}  // namespace downsampled
