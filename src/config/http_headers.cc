#include "config/http_headers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/lower_case.h"

namespace downsampled {
namespace {

struct Reserved {
  std::string_view name;  // in lower case; with a `-` at its end, all that start so
  std::string_view remedy;
};

constexpr Reserved kReserved[] = {
    {"authorization", "want basic_auth or authorization"},
    {"proxy-authorization", "want the user and password in proxy_url"},
    {"host", "want that host in url, and the address to connect to in proxy_url"},
    {"content-", "the daemon says itself what it sends; want it removed"},
    {"accept-encoding", "the daemon says itself what it can unpack; want it removed"},
    {"user-agent", "the daemon says itself who it is; want it removed"},
    {"connection", "connections are the daemon's own; want it removed"},
    {"keep-alive", "connections are the daemon's own; want it removed"},
    {"transfer-encoding", "the daemon says itself what it sends; want it removed"},
    {"expect", "the daemon says itself what it sends; want it removed"},
    {"te", "connections are the daemon's own; want it removed"},
    {"trailer", "the daemon says itself what it sends; want it removed"},
    {"upgrade", "connections are the daemon's own; want it removed"},
};

}  // namespace

bool is_http_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const bool letter_or_digit =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter_or_digit || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_header_value(std::string_view text) {
  return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::optional<std::string> header_problem(std::string_view name) {
  if (!is_http_token(name)) return "is not the name of a header; want one such as X-Scope-OrgID";
  const std::string lower = lower_case(name);
  for (const Reserved& reserved : kReserved) {
    const bool all = reserved.name.ends_with('-');
    if (all ? lower.starts_with(reserved.name) : lower == reserved.name) {
      return fmt::format("cannot be set here: {}", reserved.remedy);
    }
  }
  return std::nullopt;
}

}  // namespace downsampled
