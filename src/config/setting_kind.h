// The kinds of settings that the tables of settings and of subcommands are written in. Each ties a
// parser and its bounds to the member of Settings that takes the value, and says the bounds in
// words. Pure functions; the tables are their only users.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/setting_value.h"
#include "config/settings.h"

namespace downsampled {

/// What a setting takes, and where it goes.
struct Kind {
  std::string placeholder;  ///< `DURATION`; empty for a switch, which is given without a value
  std::string accepts;      ///< ends the sentence `"x" is not …`
  std::function<void(Settings&, const Given&)> assign;
};

/// A duration of at least `least`, which is 0 or 1ms ("over 0").
Kind duration_kind(Duration Settings::*member, Duration least);
Kind duration_kind(std::optional<Duration> Settings::*member, Duration least);
Kind whole_number_kind(std::size_t Settings::*member, std::size_t least, std::size_t most);
Kind bytes_kind(std::size_t Settings::*member);
Kind url_kind(std::string Settings::*member);
Kind address_kind(ListenAddress Settings::*member);
/// A user name for basic authentication: without `:` (RFC 7617).
Kind username_kind(std::string Settings::*member);
Kind token_kind(std::string Settings::*member);
/// A file that can be read now.
Kind file_kind(std::string Settings::*member);
/// A directory, or a path where nothing is yet.
Kind directory_kind(std::string Settings::*member);
/// A file to be written; whether it can be is seen then.
Kind output_file_kind(std::string Settings::*member);
/// Globs of files, comma separated; added to those already there.
Kind globs_kind(std::vector<std::string> Settings::*member);
Kind switch_kind(bool Settings::*member);
Kind log_level_kind(log::Level Settings::*member);
Kind log_format_kind(log::Format Settings::*member);
/// RFC 3339 or Unix seconds.
Kind time_kind(std::optional<Timestamp> Settings::*member);
/// The name that rules record.
Kind record_kind(std::string Settings::*member);
Kind history_format_kind(HistoryFormat Settings::*member);

}  // namespace downsampled
