#include "publish/landing_page.h"

#include <fmt/format.h>

#include <iterator>

#include "base/duration.h"

namespace downsampled {
namespace {

constexpr std::string_view kTop = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>downsampled</title>
<style>
body {{ font-family: sans-serif; margin: 2em; }}
td, th {{ padding: 0.2em 1em 0.2em 0; text-align: left; }}
</style>
</head>
<body>
<h1>downsampled</h1>
<p>The downsampling daemon for Prometheus, version {}.</p>
<ul>
<li><a href="metrics">Metrics</a></li>
<li><a href="-/ready">Ready?</a></li>
<li><a href="-/healthy">Healthy?</a></li>
</ul>
<h2>Groups</h2>
<table>
<tr><th>Group</th><th>File</th><th>Interval</th>
<th>Last evaluation</th><th>Rules failed</th><th>Series</th></tr>
)";

constexpr std::string_view kRow =
    "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{} of {}</td><td>{}</td></tr>\n";

constexpr std::string_view kBottom = "</table>\n</body>\n</html>\n";

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

}  // namespace

std::string landing_page(std::string_view version, const std::vector<GroupStatus>& groups) {
  std::string page = fmt::format(kTop, escaped(version));
  for (const GroupStatus& status : groups) {
    const Group& group = *status.group;
    fmt::format_to(std::back_inserter(page), kRow, escaped(group.name), escaped(group.file),
                   format_duration(group.interval),
                   status.slot ? format_timestamp(*status.slot) : "none yet", status.failed_rules,
                   group.rules.size(), status.series);
  }
  page += kBottom;
  return page;
}

}  // namespace downsampled
