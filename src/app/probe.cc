#include "app/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "app/print.h"
#include "base/error.h"
#include "net/http_client.h"
#include "query/one_line.h"

namespace downsampled {
namespace {

// Kubernetes and Docker give a probe some seconds; a daemon that cannot answer by then is not well.
constexpr Duration kPatience = std::chrono::seconds(5);

constexpr int kOk = 200;

/// Keeps the start of a body: the rest is of no interest, however long.
class FirstBytes final : public ByteSink {
 public:
  void write(std::string_view bytes) override {
    text += bytes.substr(0, kMost - std::min(kMost, text.size()));
  }

  std::string text;

 private:
  static constexpr std::size_t kMost = 1024;
};

std::string first_line(std::string_view body) { return one_line(body.substr(0, body.find('\n'))); }

}  // namespace

std::string own_ready_url(const ListenAddress& address) {
  if (address.port == 0) {
    throw Error(Reason::config,
                "probe: no URL is given, and --web.listen-address (LISTEN_ADDRESS) has port 0, "
                "which is any free one; want downsampled probe URL");
  }
  std::string host = address.host;
  if (host.empty() || host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  const bool ipv6 = host.find(':') != std::string::npos;
  if (const std::size_t zone = host.find('%'); zone != host.npos) host.insert(zone + 1, "25");
  return fmt::format("http://{}:{}/-/ready", ipv6 ? '[' + host + ']' : host, address.port);
}

int run_probe(const Settings& settings, std::stop_token stop) {
  const std::string url =
      settings.probe_url ? *settings.probe_url : own_ready_url(settings.listen_address);
  HttpClient client({.user_agent = "downsampled/" DOWNSAMPLED_VERSION,
                     .proxy = {.from_environment = false},
                     .connect_timeout = kPatience,
                     .timeout = kPatience});
  FirstBytes body;
  const HttpReply reply = client.get(url, body, std::move(stop));
  const bool ok = reply.status == kOk && !reply.failure;
  const std::string line =
      reply.failure
          ? reply.failure->message() + '\n'
          : fmt::format("{} answered {}: {}\n", url, reply.status,
                        first_line(reply.error_body.empty() ? body.text : reply.error_body));
  print(ok ? stdout : stderr, line);
  return ok ? 0 : 1;
}

}  // namespace downsampled
