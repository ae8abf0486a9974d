// The table of all settings: name, variable, default, bounds and help, one declaration each.
// Flags, their errors, --help and docs/configuration.md are made from it.
// Constant after construction; safe to read from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/setting_kind.h"

namespace downsampled {

/// The section of what only a command needs that asks the source.
inline constexpr std::string_view kSourceSection = "Source";

struct Setting {
  std::string section;
  std::string flag;      ///< `--time-period`; empty: a secret, which is never a flag
  std::string variable;  ///< `TIME_PERIOD`
  std::string standard;  ///< the default, as it would be given; may be empty
  std::string unset;     ///< what holds without a value, where there is no default
  bool repeatable;       ///< a flag that may be given several times
  Kind kind;
  std::string help;  ///< one or two sentences
};

/// All settings, section by section.
const std::vector<Setting>& setting_table();

}  // namespace downsampled
