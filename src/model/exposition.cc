#include "model/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "base/utf8.h"

namespace downsampled {
namespace {

constexpr std::string_view kTotal = "_total";

std::string_view type_name(MetricType type, ExpositionFormat format) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
    case MetricType::summary:
      return "summary";
    case MetricType::unknown:
      return format == ExpositionFormat::text ? "untyped" : "unknown";
  }
  return "untyped";
}

/// A byte that is not UTF-8 becomes U+FFFD: Prometheus would refuse the whole scrape for it.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else if (static_cast<unsigned char>(c) < 0x80) {
      out += c;
    } else if (const std::size_t length = utf8_length(text.substr(i)); length > 0) {
      out += text.substr(i, length);
      i += length - 1;
    } else {
      out += "\xef\xbf\xbd";
    }
  }
}

bool is_legal(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (!first && c >= '0' && c <= '9');
}

bool is_legal_label_name(std::string_view name) {
  if (name.empty()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!is_legal(name[i], i == 0)) return false;
  }
  return true;
}

/// A UTF-8 character of several bytes becomes one underscore: its first byte does, the rest go.
std::string legal_label_name(std::string_view name) {
  std::string legal;
  for (const char c : name) {
    const bool continuation = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (!continuation) legal += is_legal(c, legal.empty()) ? c : '_';
  }
  return legal.empty() ? "_" : legal;
}

void append_value(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  out += out.back() == '{' ? "" : ",";
  out += name;
  out += "=\"";
  append_escaped(out, value, true);
  out += '"';
}

/// The rare way: some name has to be changed, and must not come to one that the set has already.
void append_labels_made_legal(std::string& out, const LabelSet& labels) {
  std::vector<std::string> taken;
  for (const Label& label : labels) {
    if (is_legal_label_name(label.name)) taken.emplace_back(label.name);
  }
  for (const Label& label : labels) {
    std::string name(label.name);
    if (!is_legal_label_name(name)) {
      name = legal_label_name(name);
      while (std::find(taken.begin(), taken.end(), name) != taken.end()) name += '_';
      taken.push_back(name);
    }
    append_label(out, name, label.value);
  }
}

}  // namespace

std::string_view content_type(ExpositionFormat format) noexcept {
  return format == ExpositionFormat::text
             ? "text/plain; version=0.0.4; charset=utf-8"
             : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

void append_header(std::string& out, ExpositionFormat format, const FamilyHeader& header) {
  const bool openmetrics = format == ExpositionFormat::openmetrics;
  std::string_view family = header.name;
  if (openmetrics && header.type == MetricType::counter && family.ends_with(kTotal)) {
    family.remove_suffix(kTotal.size());
  }
  const auto line = std::back_inserter(out);
  fmt::format_to(line, "# TYPE {} {}\n", family, type_name(header.type, format));
  const bool unit_is_suffix = family.size() > header.unit.size() + 1 &&
                              family.ends_with(header.unit) &&
                              family[family.size() - header.unit.size() - 1] == '_';
  if (openmetrics && !header.unit.empty() && unit_is_suffix) {
    fmt::format_to(line, "# UNIT {} {}\n", family, header.unit);
  }
  fmt::format_to(line, "# HELP {} ", family);
  append_escaped(out, header.help, openmetrics);
  out += '\n';
}

void append_series(std::string& out, std::string_view name, const LabelSet& labels) {
  out += name;
  if (labels.empty()) return;
  out += '{';
  if (std::all_of(labels.begin(), labels.end(),
                  [](const Label& label) { return is_legal_label_name(label.name); })) {
    for (const Label& label : labels) append_label(out, label.name, label.value);
  } else {
    append_labels_made_legal(out, labels);
  }
  out += '}';
}

void append_sample(std::string& out, std::string_view name, const LabelSet& labels, double value) {
  append_series(out, name, labels);
  out += ' ';
  append_value(out, value);
  out += '\n';
}

void append_end(std::string& out, ExpositionFormat format) {
  if (format == ExpositionFormat::openmetrics) out += "# EOF\n";
}

std::string format_value(double value) {
  std::string text;
  append_value(text, value);
  return text;
}

}  // namespace downsampled
