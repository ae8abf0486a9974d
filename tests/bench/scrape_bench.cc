// How many scrapes a second of a page with 100,000 series: our exporter behind our server against
// prometheus-cpp's own Exposer with the same series in its own gauges, in one run, uncompressed, by
// the same client, a connection a scrape (that Exposer keeps none). Prints both and the ratio.
//   scrape_bench [series]
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "model/snapshot.h"
#include "net/http_server.h"
#include "publish/routes.h"

namespace downsampled {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);

double value_of(std::size_t series) { return std::sqrt(static_cast<double>(series)) / 3; }

std::string model_of(std::size_t series) { return fmt::format("model-{:06}", series); }

/// Scrapes and throws the bodies away.
class Scraper {
 public:
  explicit Scraper(std::uint16_t port) {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(port);
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }

  /// The size of the body.
  std::size_t scrape() {
    static constexpr std::string_view kRequest =
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connection, reinterpret_cast<sockaddr*>(&address_), sizeof address_) != 0) fail();
    if (send(connection, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) < 0) fail();
    std::string head;
    std::size_t received = 0;
    ssize_t count = 0;
    while ((count = recv(connection, buffer_.data(), buffer_.size(), 0)) > 0) {
      if (head.find("\r\n\r\n") == std::string::npos) {
        head.append(buffer_.data(), static_cast<std::size_t>(count));
      }
      received += static_cast<std::size_t>(count);
    }
    close(connection);
    const std::size_t length_at = head.find("Content-Length: ");
    if (!head.starts_with("HTTP/1.1 200") || length_at == std::string::npos) fail();
    const std::size_t size = std::strtoul(&head[length_at + 16], nullptr, 10);
    if (received != head.find("\r\n\r\n") + 4 + size) fail();
    return size;
  }

 private:
  [[noreturn]] static void fail() {
    fmt::print(stderr, "a scrape failed\n");
    std::exit(1);
  }

  sockaddr_in address_{};
  std::vector<char> buffer_ = std::vector<char>(1 << 20);
};

/// Scrapes a second, over at least kPatience and three scrapes, after one that does not count.
double measure(const char* name, std::uint16_t port) {
  Scraper scraper(port);
  const std::size_t size = scraper.scrape();
  const SystemClock clock;
  const SteadyTime start = clock.steady_now();
  int scrapes = 0;
  while (scrapes < 3 || clock.steady_now() - start < kPatience) {
    scraper.scrape();
    ++scrapes;
  }
  const std::chrono::duration<double> took = clock.steady_now() - start;
  const double rate = scrapes / took.count();
  fmt::print("{:24} {:8.2f} scrapes/s  {:6.1f} MB a scrape  {:7.1f} MB/s\n", name, rate,
             static_cast<double>(size) / 1e6, static_cast<double>(size) / 1e6 * rate);
  return rate;
}

double measure_ours(std::size_t series) {
  Group group;
  group.stale_after = std::chrono::hours(1);
  Rule rule;
  rule.record = "model_memory_usage_bytes";
  rule.help = "Memory.";
  group.rules.push_back(rule);
  const SystemClock clock;
  RecordedWindow window;
  window.window.end = clock.now();
  for (std::size_t i = 0; i < series; ++i) {
    const std::string model = model_of(i);
    window.samples.push_back(
        {LabelSet({{"name", model}, {"namespace", "seldon"}, {"type", "SeldonDeployment"}}),
         value_of(i)});
  }
  const auto shared = std::make_shared<const Group>(group);
  Exporter exporter({shared}, clock, [](ExpositionFormat) { return "self 1\n"; });
  const SteadyTime start = clock.steady_now();
  exporter.publish({shared, clock.now(), {std::move(window)}});
  const std::chrono::duration<double> took = clock.steady_now() - start;
  fmt::print("rendering and compressing {} series once took {:.0f} ms\n", series,
             took.count() * 1e3);
  Routes routes(exporter, "bench", {});
  ListenSocket socket("127.0.0.1:0");
  const std::uint16_t port = socket.port();
  HttpServer server(
      std::move(socket), [&](const HttpServerRequest& r) { return routes.answer(r); }, clock);
  std::jthread thread([&](std::stop_token stop) { server.run(stop); });
  return measure("downsampled", port);
}

double measure_theirs(std::size_t series) {
  auto registry = std::make_shared<prometheus::Registry>();
  auto& family =
      prometheus::BuildGauge().Name("model_memory_usage_bytes").Help("Memory.").Register(*registry);
  for (std::size_t i = 0; i < series; ++i) {
    family.Add({{"name", model_of(i)}, {"namespace", "seldon"}, {"type", "SeldonDeployment"}})
        .Set(value_of(i));
  }
  prometheus::Exposer exposer("127.0.0.1:0");
  exposer.RegisterCollectable(registry);
  return measure("prometheus-cpp Exposer",
                 static_cast<std::uint16_t>(exposer.GetListeningPorts().at(0)));
}

}  // namespace
}  // namespace downsampled

int main(int argc, char** argv) {
  const std::size_t series = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  const double theirs = downsampled::measure_theirs(series);
  const double ours = downsampled::measure_ours(series);
  fmt::print("ratio {:.1f}\n", ours / theirs);
}
