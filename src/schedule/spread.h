// How groups that share their slots are kept from asking all in one instant. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/clock.h"

namespace downsampled {

/// How long after its slots the group is evaluated: by the hash of its id, as Prometheus shifts its
/// groups, so that replicas and restarts behave alike. Within 10 ms a group besides this one, but
/// never more than a twentieth of the interval, nor than 5 s; a group alone is not delayed.
/// The source's concurrency bounds how many queries it has at once; this, how many it gets a
/// second.
Duration spread(std::string_view group_id, Duration interval, std::size_t groups);

}  // namespace downsampled
