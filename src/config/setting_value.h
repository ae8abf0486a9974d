// How the text of a setting becomes its value. Pure functions that throw Error{config}
// with `name: "text" is not what would be right`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/settings.h"

namespace downsampled {

/// A text and where it was given: `--step` or `STEP`.
struct Given {
  std::string_view name;
  std::string_view text;
};

/// `--step: "x" is not a duration`, to be thrown.
Error refused(const Given& given, std::string_view accepts);

/// A Prometheus duration of at least `least`; `accepts` is what the error asks for.
Duration parse_duration_setting(const Given& given, Duration least, std::string_view accepts);

std::size_t parse_whole_number(const Given& given, std::size_t least, std::size_t most,
                               std::string_view accepts);

/// `65536`, `64KiB`, `10 MB`: KB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024. Not 0.
std::size_t parse_bytes(const Given& given, std::string_view accepts);

/// `host:port`, `[2001:db8::1]:port`, `:port`.
ListenAddress parse_listen_address(const Given& given);

/// What is wrong with an http or https URL, which may have neither credentials, for which the text
/// says what to give instead, nor a query or fragment. Never shows what stands before an `@` or
/// after a `?`: it may be a secret.
std::optional<std::string> url_problem(std::string_view url,
                                       std::string_view instead_of_credentials);

/// The URL without slashes at its end and without `/api/v1`.
std::string base_of_api(std::string_view url);

/// The base of the API: without a trailing slash and without `/api/v1`. Errors never show what
/// stands before an `@` or after a `?`: it may be a secret.
std::string parse_prometheus_url(const Given& given);

/// An http or https URL as it stands. The error shows as little as that of parse_prometheus_url().
std::string parse_probe_url(const Given& given);

/// Any text without a colon.
std::string parse_username(const Given& given);

/// The token as it goes into a header. The error never shows it.
std::string parse_token(const Given& given);

}  // namespace downsampled
