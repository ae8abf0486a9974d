#include "config/setting_kind.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/duration.h"

namespace downsampled {
namespace {

template <typename T>
Kind duration_of(T Settings::*member, Duration least) {
  const std::string accepts = least > Duration::zero() ? "a duration over 0, such as 90s or 1h30m"
                                                       : "a duration such as 0s, 90s or 1h30m";
  return {"DURATION", accepts, [=](Settings& settings, const Given& given) {
            settings.*member = parse_duration_setting(given, least, accepts);
          }};
}

/// A value that any text but a few can be: `parse` says which.
template <typename T>
Kind parsed_by(T (*parse)(const Given&), T Settings::*member, std::string placeholder,
               std::string accepts) {
  return {std::move(placeholder), std::move(accepts),
          [=](Settings& settings, const Given& given) { settings.*member = parse(given); }};
}

template <typename T>
Kind choice_of(T Settings::*member, std::vector<std::pair<std::string, T>> choices) {
  std::string placeholder;
  std::string accepts;
  for (const auto& choice : choices) {
    placeholder += (placeholder.empty() ? "" : "|") + choice.first;
    accepts += (accepts.empty() ? "one of " : ", ") + choice.first;
  }
  return {placeholder, accepts, [=](Settings& settings, const Given& given) {
            for (const auto& choice : choices) {
              if (choice.first == given.text) {
                settings.*member = choice.second;
                return;
              }
            }
            throw refused(given, accepts);
          }};
}

}  // namespace

Kind duration_kind(Duration Settings::*member, Duration least) {
  return duration_of(member, least);
}

Kind duration_kind(std::optional<Duration> Settings::*member, Duration least) {
  return duration_of(member, least);
}

Kind whole_number_kind(std::size_t Settings::*member, std::size_t least, std::size_t most) {
  const std::string accepts = fmt::format("a whole number from {} to {}", least, most);
  return {fmt::format("{}..{}", least, most), accepts, [=](Settings& settings, const Given& given) {
            settings.*member = parse_whole_number(given, least, most, accepts);
          }};
}

Kind bytes_kind(std::size_t Settings::*member) {
  const std::string accepts =
      "a number of bytes over 0, such as 65536, 64KiB or 10MB (KB MB GB KiB MiB GiB)";
  return {"BYTES", accepts, [=](Settings& settings, const Given& given) {
            settings.*member = parse_bytes(given, accepts);
          }};
}

Kind url_kind(std::string Settings::*member) {
  return parsed_by(parse_prometheus_url, member, "URL",
                   "an http or https URL without credentials, query or fragment");
}

Kind address_kind(ListenAddress Settings::*member) {
  return parsed_by(parse_listen_address, member, "ADDRESS",
                   "an address such as :8000, 127.0.0.1:8000 or [::1]:8000");
}

Kind username_kind(std::string Settings::*member) {
  return parsed_by(parse_username, member, "NAME", "a user name (without a colon)");
}

Kind token_kind(std::string Settings::*member) {
  return parsed_by(parse_token, member, "TOKEN", "a token of printable characters");
}

Kind file_kind(std::string Settings::*member) {
  const std::string accepts = "a file that can be read";
  return {"FILE", accepts, [=](Settings& settings, const Given& given) {
            settings.*member = given.text;
            std::ifstream file(settings.*member);
            if (!file || file.peek() == std::ifstream::traits_type::eof()) {
              throw refused(given, accepts + " (or it is empty)");
            }
          }};
}

Kind directory_kind(std::string Settings::*member) {
  return {"DIRECTORY", "a directory", [=](Settings& settings, const Given& given) {
            settings.*member = given.text;
            std::error_code error;
            const auto status = std::filesystem::status(settings.*member, error);
            if (std::filesystem::exists(status) && !std::filesystem::is_directory(status)) {
              throw refused(given, "a directory");
            }
          }};
}

Kind output_file_kind(std::string Settings::*member) {
  return {"FILE", "a file to be written",
          [=](Settings& settings, const Given& given) { settings.*member = given.text; }};
}

Kind globs_kind(std::vector<std::string> Settings::*member) {
  const std::string accepts = "a comma separated list of files or globs";
  return {"GLOBS", accepts, [=](Settings& settings, const Given& given) {
            std::string_view rest = given.text;
            while (true) {
              const std::size_t comma = rest.find(',');
              const std::string_view glob = rest.substr(0, comma);
              if (glob.empty()) throw refused(given, accepts);
              (settings.*member).emplace_back(glob);
              if (comma == rest.npos) return;
              rest.remove_prefix(comma + 1);
            }
          }};
}

Kind switch_kind(bool Settings::*member) {
  Kind kind = choice_of<bool>(member, {{"true", true}, {"false", false}});
  kind.placeholder.clear();
  return kind;
}

Kind log_level_kind(log::Level Settings::*member) {
  using log::Level;
  return choice_of<Level>(member, {{"debug", Level::debug},
                                   {"info", Level::info},
                                   {"warn", Level::warn},
                                   {"error", Level::error}});
}

Kind log_format_kind(log::Format Settings::*member) {
  using log::Format;
  return choice_of<Format>(member, {{"logfmt", Format::logfmt}, {"json", Format::json}});
}

Kind time_kind(std::optional<Timestamp> Settings::*member) {
  const std::string accepts = "a time such as 2026-01-02T03:04:05Z or 1767323045 (Unix seconds)";
  return {"TIME", accepts, [=](Settings& settings, const Given& given) {
            settings.*member = parse_timestamp(given.text);
            if (!(settings.*member)) throw refused(given, accepts);
          }};
}

Kind record_kind(std::string Settings::*member) {
  return {"RECORD", "the name that a rule records",
          [=](Settings& settings, const Given& given) { settings.*member = given.text; }};
}

Kind history_format_kind(HistoryFormat Settings::*member) {
  using enum HistoryFormat;
  return choice_of<HistoryFormat>(member,
                                  {{"csv", csv}, {"json", json}, {"openmetrics", openmetrics}});
}

}  // namespace downsampled
