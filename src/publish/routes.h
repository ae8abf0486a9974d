// What the exporter's port answers: /metrics, /-/healthy, /healthz, /-/ready, and a landing page
// at /. Called on the server's thread.
#pragma once

#include <string>

#include "net/http_server.h"
#include "publish/exporter.h"

namespace downsampled {

class Routes {
 public:
  /// The exporter must outlive this.
  Routes(Exporter& exporter, std::string version);

  /// Ready means that every group has been evaluated once, whatever came of it.
  HttpServerResponse answer(const HttpServerRequest& request);

 private:
  HttpServerResponse metrics(const HttpServerRequest& request);
  HttpServerResponse ready() const;

  Exporter& exporter_;
  const std::string version_;
};

}  // namespace downsampled
