#include "publish/routes.h"

#include <fmt/format.h>

#include <utility>

#include "publish/landing_page.h"
#include "publish/negotiate.h"

namespace downsampled {
namespace {

constexpr const char* kPlain = "text/plain; charset=utf-8";

HttpServerResponse text_response(int status, std::string_view content_type, std::string body) {
  return {status,
          {{"Content-Type", std::string(content_type)},
           {"X-Content-Type-Options", "nosniff"},
           {"Cache-Control", "no-store"}},
          {std::make_shared<std::string>(std::move(body))}};
}

HttpServerResponse use(const char* what, const char* methods) {
  HttpServerResponse response = text_response(405, kPlain, fmt::format("Use {}.\n", what));
  response.headers.emplace_back("Allow", methods);
  return response;
}

}  // namespace

Routes::Routes(Exporter& exporter, std::string version, Reload reload)
    : exporter_(exporter), version_(std::move(version)), reload_(std::move(reload)) {}

HttpServerResponse Routes::answer(const HttpServerRequest& request) {
  const std::string& path = request.path;
  if (path == "/-/reload") return reload(request);
  const bool health = path == "/-/healthy" || path == "/healthz";
  if (!health && path != "/" && path != "/metrics" && path != "/-/ready") {
    return text_response(404, kPlain, "There is nothing here; see /metrics.\n");
  }
  if (request.method != "GET" && request.method != "HEAD") return use("GET", "GET, HEAD");
  if (health) return text_response(200, kPlain, "downsampled is alive.\n");
  if (path == "/-/ready") return ready();
  if (path == "/metrics") return metrics(request);
  return text_response(200, "text/html; charset=utf-8", landing_page(version_, exporter_.status()));
}

HttpServerResponse Routes::metrics(const HttpServerRequest& request) {
  const ExpositionFormat format = negotiate_format(request.header("Accept"));
  const Encoding encoding = negotiate_encoding(request.header("Accept-Encoding"));
  HttpServerResponse response{200,
                              {{"Content-Type", std::string(content_type(format))},
                               {"X-Content-Type-Options", "nosniff"},
                               {"Vary", "Accept, Accept-Encoding"}},
                              exporter_.scrape(format, encoding)};
  if (encoding == Encoding::gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  return response;
}

HttpServerResponse Routes::reload(const HttpServerRequest& request) const {
  if (!reload_) {
    return text_response(403, kPlain,
                         "Reloading by HTTP is off; --web.enable-lifecycle (ENABLE_LIFECYCLE) "
                         "allows it, and SIGHUP always does it.\n");
  }
  if (request.method != "POST" && request.method != "PUT") return use("POST", "POST, PUT");
  const std::optional<std::string> wrong = reload_();
  if (!wrong) return text_response(200, kPlain, "Reloaded.\n");
  return text_response(500, kPlain,
                       "Not reloaded; what was read before still holds:\n" + *wrong + "\n");
}

HttpServerResponse Routes::ready() const {
  if (exporter_.ready()) return text_response(200, kPlain, "downsampled is ready.\n");
  std::string waiting;
  for (const GroupStatus& status : exporter_.status()) {
    if (status.slot) continue;
    waiting += (waiting.empty() ? "" : ", ") + status.group->id();
  }
  return text_response(503, kPlain,
                       "Not ready: these groups have not been evaluated yet: " + waiting + ".\n");
}

}  // namespace downsampled
