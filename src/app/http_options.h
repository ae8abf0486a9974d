// From a server's settings to what the HTTP client takes. Pure functions.
#pragma once

#include "config/source_settings.h"
#include "net/http_client.h"

namespace downsampled {

/// All but the bounds, which are the caller's.
HttpClientOptions http_options(const HttpSettings& settings);

/// Keeps out of messages what may be a key; a short text is none, and would hide too much.
void conceal_long(HttpClientOptions& options, const std::string& text);

}  // namespace downsampled
