#include "net/http_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/curl_easy.h"
#include "net/curl_multi.h"
#include "net/http_setup.h"
#include "net/http_transfer.h"
#include "net/url.h"

namespace downsampled {
namespace {

constexpr int kMostRedirects = 5;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// A server's word is not taken for more than a day, nor for a number that overflows.
constexpr curl_off_t kLongestRetryAfter = 24 * 60 * 60;

std::optional<Duration> retry_after(const CurlEasy& easy) {
  const curl_off_t seconds = easy.size(CURLINFO_RETRY_AFTER);
  if (seconds <= 0) return std::nullopt;
  return std::chrono::seconds(std::min<curl_off_t>(seconds, kLongestRetryAfter));
}

// Adds up what a transfer cost when it is over, however it ends.
class CostOf {
 public:
  CostOf(const CurlEasy& easy, const HttpTransfer& transfer, TransferCost& cost)
      : easy_(easy), transfer_(transfer), cost_(cost) {}
  ~CostOf() {
    cost_.status = transfer_.status();
    cost_.wire_bytes +=
        static_cast<std::uint64_t>(easy_.size(CURLINFO_SIZE_DOWNLOAD_T)) + transfer_.header_bytes();
    cost_.body_bytes += transfer_.body_bytes();
    cost_.duration += std::chrono::microseconds(easy_.size(CURLINFO_TOTAL_TIME_T));
  }
  CostOf(const CostOf&) = delete;
  CostOf& operator=(const CostOf&) = delete;

 private:
  const CurlEasy& easy_;
  const HttpTransfer& transfer_;
  TransferCost& cost_;
};

}  // namespace

struct HttpClient::Handles {
  CurlEasy easy;
  CurlMulti multi;  // holds the open connections
};

HttpClient::HttpClient(HttpClientOptions options)
    : options_(std::move(options)), handles_(std::make_unique<Handles>()) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

HttpReply HttpClient::post(const HttpRequest& request, ByteSink& body, std::stop_token stop) {
  return follow(Method::post, request, body, std::move(stop));
}

HttpReply HttpClient::get(const std::string& url, ByteSink& body, std::stop_token stop) {
  return follow(Method::get, {.url = url}, body, std::move(stop));
}

// A request and the redirects that it leads to.
HttpReply HttpClient::follow(Method method, const HttpRequest& request, ByteSink& body,
                             std::stop_token stop) {
  cost_ = {};
  std::optional<Url> url = Url::parse(request.url);
  if (!url) throw Error(Reason::config, "a request needs an http or https URL");
  for (int redirects = 0;; ++redirects) {
    std::string location;
    HttpReply reply = send(method, request, *url, location, body, stop);
    const bool redirected = is_redirect(reply.status) && !location.empty();
    if (!redirected || !options_.follow_redirects || reply.failure) return reply;
    std::optional<Url> target = url->resolve(location);
    std::optional<std::string> refusal =
        target ? redirect_refusal(*url, *target) : "it leads to no http or https URL";
    if (!refusal && redirects == kMostRedirects) refusal = "it is one of too many in a row";
    if (refusal) {
      reply.failure = Error(Reason::redirect,
                            fmt::format("{} redirects{}, which is not followed: {}", url->shown(),
                                        target ? " to " + target->shown() : "", *refusal));
      return reply;
    }
    url = std::move(target);
  }
}

// One request without redirects; `location` is where the reply points to, if anywhere.
HttpReply HttpClient::send(Method method, const HttpRequest& request, const Url& url,
                           std::string& location, ByteSink& body, std::stop_token stop) {
  // A new one each time: after a name lookup that failed, libcurl 7.88 holds on to the old one's
  // buffer and refuses to set its size ever again.
  CurlEasy& easy = handles_->easy = CurlEasy();
  CurlHeaders headers;
  if (method == Method::post) {
    headers.add("Content-Type: " + request.content_type);
    headers.add("Expect:");  // no round trip to ask whether a long body is welcome
    easy.set_post_body(request.body);
  }
  for (const std::string& header : request.headers) headers.add(header);
  const HttpSetup setup(options_, url, easy, headers);
  const Duration spent = std::chrono::floor<Duration>(cost_.duration);
  easy.set_duration(CURLOPT_CONNECTTIMEOUT_MS, options_.connect_timeout);
  easy.set_duration(CURLOPT_TIMEOUT_MS,
                    std::min(options_.timeout, request.timeout.value_or(options_.timeout)) - spent);

  HttpTransfer transfer(easy, body, options_.max_reply_bytes, stop);
  const CostOf cost(easy, transfer, cost_);
  transfer.run(handles_->multi, url.shown());
  location = easy.header("Location");
  return {transfer.status(), conceal(std::move(transfer.error_body()), setup.secrets()),
          retry_after(easy), transfer.failure()};
}

std::string form_encoded(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    if (!form.empty()) form += '&';
    form += curl_escaped(name) + '=' + curl_escaped(value);
  }
  return form;
}

}  // namespace downsampled
