// What the exporter's port answers: /metrics, /-/healthy, /healthz, /-/ready, /-/reload, and a
// landing page at /. Called on the server's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "net/http_server.h"
#include "publish/exporter.h"

namespace downsampled {

class Routes {
 public:
  /// Reads the configuration again; what is wrong with it, if anything is.
  using Reload = std::function<std::optional<std::string>()>;

  /// The exporter must outlive this. Without `reload`, /-/reload is forbidden.
  Routes(Exporter& exporter, std::string version, Reload reload);

  HttpServerResponse answer(const HttpServerRequest& request);

 private:
  HttpServerResponse metrics(const HttpServerRequest& request);
  HttpServerResponse ready() const;
  HttpServerResponse reload(const HttpServerRequest& request) const;

  Exporter& exporter_;
  const std::string version_;
  const Reload reload_;
};

}  // namespace downsampled
