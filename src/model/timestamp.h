// Timestamp and Duration, for those who speak of samples and windows and not of clocks.
#pragma once

#include "base/clock.h"  // IWYU pragma: export
