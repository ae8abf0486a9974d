// What `journal status` prints: a journal's size, and what it has of each rule. Pure but for the
// journal.
#pragma once

#include <cstdint>
#include <string>

#include "journal/store.h"

namespace downsampled {

/// For people; of a journal that may be written meanwhile.
std::string status_text(Store& store);

/// `3.2 MiB`, `512 B`.
std::string format_size(std::uintmax_t bytes);

}  // namespace downsampled
