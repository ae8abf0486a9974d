#include "net/http_server.h"

#include <microhttpd.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <exception>
#include <map>
#include <system_error>

#include "base/error.h"
#include "base/log.h"

// libmicrohttpd loads GnuTLS and starts it, TLS or not, in a constructor: about 1 MB of memory that
// a server of plain http never uses. The first definition is the switch that gnutls.h describes for
// GnuTLS's own constructor, the second takes the place of libmicrohttpd's call. Nothing else here
// uses GnuTLS (libcurl is OpenSSL's); TLS on this server begins with deleting both.
extern "C" {
int _gnutls_global_init_skip() { return 1; }
int gnutls_global_init() { return 0; }
}

namespace downsampled {
namespace {

Error system_error(const char* what) {
  return Error(Reason::io, what + (": " + std::generic_category().message(errno)));
}

/// What a poll() waits for beside sockets: readable once signal() was called, from any thread.
class Event {
 public:
  Event() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_ < 0) throw system_error("cannot make an eventfd");
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { close(descriptor_); }

  int descriptor() const noexcept { return descriptor_; }
  void signal() const noexcept { eventfd_write(descriptor_, 1); }

 private:
  const int descriptor_;
};

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

MHD_Result add_header(void* headers, MHD_ValueKind, const char* name, std::size_t name_size,
                      const char* value, std::size_t value_size) {
  using Headers = decltype(HttpServerRequest::headers);
  static_cast<Headers*>(headers)->emplace_back(std::string(name, name_size),
                                               value ? std::string(value, value_size) : "");
  return MHD_YES;
}

HttpServerRequest request_of(MHD_Connection* connection, const char* method, const char* path) {
  HttpServerRequest request{method, path, {}};
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_header, &request.headers);
  return request;
}

bool has_body(const HttpServerRequest& request) {
  const std::string length = request.header("Content-Length");
  return !request.header("Transfer-Encoding").empty() || !(length.empty() || length == "0");
}

/// What is left to send of a response. The library reads it from the first byte to the last.
struct Reading {
  decltype(HttpServerResponse::body) parts;
  std::size_t part = 0;    ///< the one that comes next
  std::size_t offset = 0;  ///< in that part
};

ssize_t read_on(void* from, std::uint64_t, char* to, std::size_t size) {
  auto& reading = *static_cast<Reading*>(from);
  std::size_t copied = 0;
  while (copied < size && reading.part < reading.parts.size()) {
    const std::string& part = *reading.parts[reading.part];
    const std::size_t count = part.copy(to + copied, size - copied, reading.offset);
    copied += count;
    reading.offset += count;
    if (reading.offset < part.size()) break;
    ++reading.part;
    reading.offset = 0;
  }
  return copied > 0 ? static_cast<ssize_t>(copied) : MHD_CONTENT_READER_END_OF_STREAM;
}

void delete_reading(void* reading) { delete static_cast<Reading*>(reading); }

struct DestroyResponse {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using Response = std::unique_ptr<MHD_Response, DestroyResponse>;

/// The library's form of a response. It keeps the body alive until the last byte is sent, and
/// copies it in pieces. (Given as an iovec, the parts would need none; but version 0.9.75 aborts
/// the program when their addresses do not fit into what the request left of its connection's
/// memory.)
Response response_of(HttpServerResponse&& from) {
  constexpr std::size_t piece = 64 * 1024;
  auto reading = std::make_unique<Reading>(Reading{std::move(from.body)});
  std::size_t size = 0;
  for (const auto& part : reading->parts) size += part->size();
  Response response(
      MHD_create_response_from_callback(size, piece, read_on, reading.get(), delete_reading));
  if (!response) throw Error(Reason::io, "libmicrohttpd cannot make a response");
  reading.release();
  for (const auto& [name, value] : from.headers) {
    MHD_add_response_header(response.get(), name.c_str(), value.c_str());
  }
  return response;
}

void log_message(void*, const char* format, std::va_list arguments) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  std::string_view message(text);
  while (message.ends_with('\n')) message.remove_suffix(1);
  log::debug("http server", {{"message", message}});
}

}  // namespace

std::string HttpServerRequest::header(std::string_view name) const {
  std::string joined;
  for (const auto& [key, value] : headers) {
    if (!same_name(key, name)) continue;
    if (!joined.empty()) joined += ", ";
    joined += value;
  }
  return joined;
}

/// The library's daemon with its callbacks; all of them run on the thread of run().
class HttpServer::Daemon {
 public:
  Daemon(ListenSocket socket, HttpHandler handler, const Clock& clock, HttpServerLimits limits)
      : handler_(std::move(handler)), clock_(clock), limits_(limits) {
    daemon_ = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, nullptr, nullptr, &Daemon::on_request, this,
        MHD_OPTION_EXTERNAL_LOGGER, log_message, nullptr,  // first: it logs the other options
        MHD_OPTION_LISTEN_SOCKET, socket.descriptor(), MHD_OPTION_CONNECTION_LIMIT,
        static_cast<unsigned>(limits.connections), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        limits.connection_memory, MHD_OPTION_NOTIFY_CONNECTION, &Daemon::on_connection, this,
        MHD_OPTION_NOTIFY_COMPLETED, &Daemon::on_completed, this, MHD_OPTION_END);
    if (!daemon_) throw Error(Reason::io, "libmicrohttpd cannot start on " + socket.address());
    socket.release();  // the daemon closes it
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() { stop(); }

  void run(std::stop_token stop_token) {
    const Event stopped;
    const std::stop_callback wake(stop_token, [&stopped] { stopped.signal(); });
    const int epoll = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    pollfd waiting[] = {{epoll, POLLIN, 0}, {stopped.descriptor(), POLLIN, 0}};
    while (!stop_token.stop_requested()) {
      if (poll(waiting, std::size(waiting), next_wait()) < 0 && errno != EINTR) {
        throw system_error("the http server cannot wait");
      }
      cut_off_overdue();
      run_once();
    }
    stop();
  }

 private:
  void stop() {
    if (daemon_) MHD_stop_daemon(std::exchange(daemon_, nullptr));
  }

  /// Where a connection goes, runs again: when there were too many of them, the library listens
  /// for more only from its next run on, and nothing else may ever wake us.
  void run_once() {
    std::size_t connections = 0;
    do {
      connections = waiting_since_.size();
      MHD_run(daemon_);
    } while (waiting_since_.size() < connections);
  }

  /// Milliseconds until something is due, rounded up; -1: nothing is.
  int next_wait() const {
    MHD_UNSIGNED_LONG_LONG pending = 0;
    if (MHD_get_timeout(daemon_, &pending) == MHD_YES && pending == 0) return 0;
    if (waiting_since_.empty()) return -1;
    SteadyTime oldest = SteadyTime::max();
    for (const auto& [connection, since] : waiting_since_) oldest = std::min(oldest, since);
    const auto left = std::chrono::ceil<Duration>(oldest + limits_.patience - clock_.steady_now());
    return static_cast<int>(std::clamp<Duration::rep>(left.count(), 0, INT_MAX));
  }

  /// Shuts the sockets of clients down that took too long; the library then sees them closed.
  void cut_off_overdue() {
    const SteadyTime now = clock_.steady_now();
    for (auto& [connection, since] : waiting_since_) {
      if (now - since < limits_.patience) continue;
      since = now;
      const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
      if (info) shutdown(info->connect_fd, SHUT_RDWR);
    }
  }

  static void on_connection(void* self, MHD_Connection* connection, void**,
                            MHD_ConnectionNotificationCode code) noexcept {
    auto& daemon = *static_cast<Daemon*>(self);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      daemon.waiting_since_[connection] = daemon.clock_.steady_now();
    } else {
      daemon.waiting_since_.erase(connection);
    }
  }

  static void on_completed(void* self, MHD_Connection* connection, void**,
                           MHD_RequestTerminationCode) noexcept {
    auto& daemon = *static_cast<Daemon*>(self);
    daemon.waiting_since_[connection] = daemon.clock_.steady_now();
  }

  /// Called once when the headers are there, and again when the body is. An answer on the first
  /// call makes the library drop the body and the connection: right where there is a body, and a
  /// waste of the connection where there is none.
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* path,
                               const char* method, const char*, const char*, std::size_t*,
                               void** seen) noexcept {
    auto& daemon = *static_cast<Daemon*>(self);
    const HttpServerRequest request = request_of(connection, method, path);
    if (!std::exchange(*seen, self) && !has_body(request)) return MHD_YES;
    daemon.waiting_since_[connection] = daemon.clock_.steady_now();
    return daemon.answer(connection, request);
  }

  /// No exception may cross the library: a request that fails is answered and logged here.
  MHD_Result answer(MHD_Connection* connection, const HttpServerRequest& request) noexcept {
    try {
      return queue(connection, handler_(request));
    } catch (const std::exception& error) {
      log::error("request failed", {{"path", request.path}, {"error", error.what()}});
      return queue(connection, {500,
                                {{"Content-Type", "text/plain; charset=utf-8"}},
                                {std::make_shared<std::string>("This request failed here; the log "
                                                               "says why.\n")}});
    }
  }

  static MHD_Result queue(MHD_Connection* connection, HttpServerResponse&& response) {
    const auto status = static_cast<unsigned>(response.status);
    return MHD_queue_response(connection, status, response_of(std::move(response)).get());
  }

  // Constant after construction.
  const HttpHandler handler_;
  const Clock& clock_;
  const HttpServerLimits limits_;

  MHD_Daemon* daemon_ = nullptr;
  // Since when a connection owes us a whole request, or we owe it a whole response.
  std::map<MHD_Connection*, SteadyTime> waiting_since_;
};

HttpServer::HttpServer(ListenSocket socket, HttpHandler handler, const Clock& clock,
                       HttpServerLimits limits)
    : daemon_(std::make_unique<Daemon>(std::move(socket), std::move(handler), clock, limits)) {}

HttpServer::~HttpServer() = default;

void HttpServer::run(std::stop_token stop) { daemon_->run(std::move(stop)); }

}  // namespace downsampled
