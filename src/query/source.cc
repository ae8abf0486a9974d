#include "query/source.h"

#include <fmt/format.h>

namespace downsampled {

// An HTTP client for one request: the one used last, whose connection is the likeliest to be open.
// Given back at the end, however that comes, and the request reported.
class Source::Lease {
 public:
  explicit Lease(Source& source) : source_(source) {
    {
      auto idle = source_.idle_.lock();
      if (!idle->empty()) {
        client_ = std::move(idle->back());
        idle->pop_back();
      }
    }
    if (client_ == nullptr) client_ = std::make_unique<HttpClient>(source_.options_.http);
  }

  ~Lease() {
    const SourceRequest request{failure_, client_->cost()};
    const bool happened = request.failure || request.cost.status != 0;
    if (happened && source_.options_.observer) source_.options_.observer(request);
    source_.idle_.lock()->push_back(std::move(client_));
  }

  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  HttpReply post(const HttpRequest& request, ByteSink& body, std::stop_token stop) {
    HttpReply reply = client_->post(request, body, std::move(stop));
    if (reply.failure) failure_ = reply.failure->reason();
    return reply;
  }

 private:
  Source& source_;
  std::unique_ptr<HttpClient> client_;
  std::optional<Reason> failure_;
};

Source::Source(Options options) : options_(std::move(options)) {}

QueryReply Source::run(const RangeQuery& query, ByteSink& body, std::stop_token stop) {
  const Grid& grid = query.grid;
  HttpRequest request;
  request.url = options_.url + "/api/v1/query_range";
  request.body = form_encoded({{"query", query.expr},
                               {"start", format_seconds(grid.first.time_since_epoch())},
                               {"end", format_seconds(grid.last().time_since_epoch())},
                               {"step", format_seconds(grid.step)},
                               {"timeout", format_seconds(options_.http.timeout)}});
  HttpReply reply = Lease(*this).post(request, body, std::move(stop));
  return {reply.status, std::move(reply.error_body), reply.retry_after, std::move(reply.failure)};
}

std::string format_seconds(Duration duration) {
  const Duration::rep total = duration.count();
  const Duration::rep magnitude = total < 0 ? -total : total;
  const Duration::rep milliseconds = magnitude % 1000;
  std::string text = fmt::format("{}{}", total < 0 ? "-" : "", magnitude / 1000);
  if (milliseconds == 0) return text;
  text += fmt::format(".{:03}", milliseconds);
  return text.substr(0, text.find_last_not_of('0') + 1);
}

}  // namespace downsampled
