// The command `probe`: asks a running daemon whether it is ready, for health checks in containers
// that have no shell.
#pragma once

#include <stop_token>
#include <string>

#include "config/settings.h"

namespace downsampled {

/// Where a daemon with these settings says whether it is ready, as seen from the same machine.
/// Throws Error{config} when its port is any free one.
std::string own_ready_url(const ListenAddress& address);

/// GETs the URL of the settings, or that of own_ready_url(), and prints one line about what came.
/// Sends no credentials and uses no proxy. Returns the exit code: 0 if the answer is 200, else 1.
int run_probe(const Settings& settings, std::stop_token stop);

}  // namespace downsampled
