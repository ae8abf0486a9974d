// What a scrape is answered with, by its Accept and Accept-Encoding headers (RFC 9110, 12.5).
// Pure functions that take any bytes; only the first 4 KiB of a header are read.
#pragma once

#include <string_view>

#include "model/exposition.h"
#include "publish/exporter.h"

namespace downsampled {

/// OpenMetrics where the header prefers its version 1.0.0 (or any) to text 0.0.4; of two that it
/// likes as much, the one that it names first. Everything else is answered in text 0.0.4, also what
/// asks for neither, as Prometheus's own client libraries do.
ExpositionFormat negotiate_format(std::string_view accept) noexcept;

/// gzip where the header names it, or `*`, and does not like `identity` better.
Encoding negotiate_encoding(std::string_view accept_encoding) noexcept;

}  // namespace downsampled
