#include "config/setting_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/duration.h"

namespace downsampled {
namespace {

/// The digits that are all of `text`; empty when it is anything else or too large.
std::optional<std::size_t> whole_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  const auto number = whole_number(text);
  if (!number || *number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

struct ByteUnit {
  std::string_view name;
  std::size_t bytes;
};

constexpr ByteUnit kByteUnits[] = {{"", 1},
                                   {"B", 1},
                                   {"KB", 1000},
                                   {"MB", 1000 * 1000},
                                   {"GB", 1000 * 1000 * 1000},
                                   {"KiB", 1 << 10},
                                   {"MiB", 1 << 20},
                                   {"GiB", 1 << 30}};

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// `host`, `host:port`, `[v6]:port`: what may follow `http://`.
bool is_authority(std::string_view text) {
  std::string_view port = "0";
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == text.npos || close == 1) return false;
    text.remove_prefix(close + 1);
    if (text.empty()) return true;
    if (text.front() != ':') return false;
    port = text.substr(1);
  } else if (const std::size_t colon = text.find(':'); colon != text.npos) {
    if (colon == 0) return false;
    port = text.substr(colon + 1);
  } else {
    return !text.empty();
  }
  return port_number(port).has_value();
}

/// The URL without what may be a secret: a password can hold any character, `?` and `/` included.
std::string shown_url(std::string_view url) {
  const std::size_t at = url.rfind('@');
  if (at == url.npos) return std::string(url.substr(0, url.find_first_of("?#")));
  const std::size_t scheme = url.find("://");
  const std::string_view front = scheme < at ? url.substr(0, scheme + 3) : "";
  const std::string_view back = url.substr(at);
  return fmt::format("{}...{}", front, back.substr(0, back.find_first_of("?#")));
}

/// The URL as it stands, which has no credentials, no query and no fragment.
std::string_view checked_url(const Given& given, std::string_view instead_of_credentials) {
  if (const auto problem = url_problem(given.text, instead_of_credentials)) {
    throw Error(Reason::config, fmt::format("{}: {}", given.name, *problem));
  }
  return given.text;
}

}  // namespace

std::optional<std::string> url_problem(std::string_view url,
                                       std::string_view instead_of_credentials) {
  const auto wrong = [&](std::string_view what) {
    return fmt::format("{:?} {}", shown_url(url), what);
  };
  if (!(url.starts_with("http://") || url.starts_with("https://"))) {
    return wrong("is not a URL that starts with http:// or https://");
  }
  if (url.find('@') != url.npos) {
    return wrong(fmt::format("holds credentials; {}", instead_of_credentials));
  }
  if (url.find_first_of("?#") != url.npos) {
    return wrong("holds a query or a fragment (cut off here); give the URL up to its path");
  }
  const std::size_t host = url.find("://") + 3;
  const std::string_view authority = url.substr(host, url.find('/', host) - host);
  if (!printable(url) || !is_authority(authority)) {
    return wrong("is not a URL such as http://localhost:9090 or https://host/prefix");
  }
  return std::nullopt;
}

std::string base_of_api(std::string_view url) {
  const auto drop_slashes = [&] {
    while (url.ends_with('/')) url.remove_suffix(1);
  };
  drop_slashes();
  if (url.ends_with("/api/v1")) url.remove_suffix(std::string_view("/api/v1").size());
  drop_slashes();
  return std::string(url);
}

Error refused(const Given& given, std::string_view accepts) {
  return Error(Reason::config, fmt::format("{}: {:?} is not {}", given.name, given.text, accepts));
}

Duration parse_duration_setting(const Given& given, Duration least, std::string_view accepts) {
  const auto duration = parse_duration(given.text);
  if (!duration || *duration < least) throw refused(given, accepts);
  return *duration;
}

std::size_t parse_whole_number(const Given& given, std::size_t least, std::size_t most,
                               std::string_view accepts) {
  const auto number = whole_number(given.text);
  if (!number || *number < least || *number > most) throw refused(given, accepts);
  return *number;
}

std::size_t parse_bytes(const Given& given, std::string_view accepts) {
  const std::size_t digits =
      std::min(given.text.find_first_not_of("0123456789"), given.text.size());
  const auto number = whole_number(given.text.substr(0, digits));
  std::string_view unit = given.text.substr(digits);
  if (unit.size() > 1 && unit.front() == ' ') unit.remove_prefix(1);
  const auto* known = std::find_if(std::begin(kByteUnits), std::end(kByteUnits),
                                   [&](const ByteUnit& one) { return one.name == unit; });
  if (!number || *number == 0 || known == std::end(kByteUnits) ||
      *number > std::numeric_limits<std::size_t>::max() / known->bytes) {
    throw refused(given, accepts);
  }
  return *number * known->bytes;
}

ListenAddress parse_listen_address(const Given& given) {
  constexpr std::string_view accepts =
      "an address such as :8000, 127.0.0.1:8000 or [::1]:8000 (port 0 is any free port)";
  const std::size_t colon = given.text.rfind(':');
  if (colon == given.text.npos || !printable(given.text)) throw refused(given, accepts);
  std::string_view host = given.text.substr(0, colon);
  const auto port = port_number(given.text.substr(colon + 1));
  if (!port) throw refused(given, accepts);
  if (host.starts_with('[')) {
    if (host.size() < 4 || !host.ends_with(']')) throw refused(given, accepts);
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != host.npos) {
    throw refused(given, accepts);
  }
  return {std::string(host), *port};
}

std::string parse_probe_url(const Given& given) {
  return std::string(checked_url(given, "a probe sends none"));
}

std::string parse_prometheus_url(const Given& given) {
  return base_of_api(
      checked_url(given, "give them in --prometheus.username and --prometheus.password-file"));
}

std::string parse_username(const Given& given) {
  if (given.text.find(':') != given.text.npos) throw refused(given, "a user name without a colon");
  return std::string(given.text);
}

std::string parse_token(const Given& given) {
  if (!printable(given.text)) {
    throw Error(Reason::config,
                fmt::format("{}: the token holds a space, a line end or another character that "
                            "cannot stand in a header",
                            given.name));
  }
  return std::string(given.text);
}

}  // namespace downsampled
