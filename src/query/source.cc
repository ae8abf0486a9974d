#include "query/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"

namespace downsampled {
namespace {

std::string query_url(const std::string& base, const HeaderFields& params) {
  const std::string url = base + "/api/v1/query_range";
  if (params.empty()) return url;
  return url + '?' + form_encoded({params.begin(), params.end()});
}

}  // namespace

// An HTTP client for one request, waited for while all are busy. Given back at the end, however
// that comes, and the request reported.
class Source::Lease {
 public:
  Lease(Source& source, const std::stop_token& stop) : source_(source) {
    auto idle = source_.idle_.take(stop);
    if (!idle) throw Error(Reason::canceled, "stopped while waiting for a connection");
    client_ = std::move(*idle);
    if (client_ == nullptr) client_ = std::make_unique<HttpClient>(source_.options_.http);
  }

  ~Lease() {
    const SourceRequest request{failure_, client_->cost()};
    const bool happened = request.failure || request.cost.status != 0;
    if (happened && source_.options_.observer) source_.options_.observer(request);
    source_.idle_.put(std::move(client_));
  }

  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  QueryReply post(const HttpRequest& request, ByteSink& body, std::stop_token stop) {
    return noted(client_->post(request, body, std::move(stop)));
  }
  QueryReply get(const std::string& url, ByteSink& body, std::stop_token stop) {
    return noted(client_->get(url, body, std::move(stop)));
  }

 private:
  QueryReply noted(HttpReply reply) {
    if (reply.failure) failure_ = reply.failure->reason();
    return {reply.status, std::move(reply.error_body), reply.retry_after, std::move(reply.failure)};
  }

  Source& source_;
  std::unique_ptr<HttpClient> client_;
  std::optional<Reason> failure_;
};

Source::Source(Options options)
    : options_(std::move(options)), query_url_(query_url(options_.url, options_.params)) {
  for (std::size_t count = 0; count < options_.concurrency; ++count) idle_.put(nullptr);
}

QueryReply Source::run(const RangeQuery& query, ByteSink& body, std::stop_token stop) {
  const Grid& grid = query.grid;
  const Duration timeout =
      std::min(options_.http.timeout, query.timeout.value_or(options_.http.timeout));
  // The server gets a little less time than we wait, so that it can say that it took too long: to
  // be told from a server that hangs, which no smaller query would mend.
  const Duration of_server = timeout * 9 / 10;
  HttpRequest request;
  request.timeout = timeout;
  request.url = query_url_;
  request.body = form_encoded({{"query", query.expr},
                               {"start", format_seconds(grid.first.time_since_epoch())},
                               {"end", format_seconds(grid.last().time_since_epoch())},
                               {"step", format_seconds(grid.step)},
                               {"timeout", format_seconds(of_server)}});
  return Lease(*this, stop).post(request, body, std::move(stop));
}

QueryReply Source::status(std::string_view page, ByteSink& body, std::stop_token stop) {
  return Lease(*this, stop)
      .get(fmt::format("{}/api/v1/status/{}", options_.url, page), body, std::move(stop));
}

std::string format_seconds(Duration duration) {
  std::string text;
  append_seconds(text, duration);
  if (text.find('.') != text.npos) text.resize(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace downsampled
