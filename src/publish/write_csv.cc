#include <algorithm>
#include <string>
#include <vector>

#include "base/duration.h"
#include "base/utf8.h"
#include "publish/text_pieces.h"
#include "publish/write_history.h"

namespace downsampled {
namespace {

/// Quoted only where it must be.
void append_field(std::string& out, std::string_view text) {
  const bool quotes = text.find_first_of(",\"\r\n") != text.npos;
  if (quotes) out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else {
      if (text.front() == '"') out += '"';
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  if (quotes) out += '"';
}

/// What the columns of the labels are called: no name twice, and none that of another column.
std::vector<std::string> columns(const std::vector<std::string>& names) {
  std::vector<std::string> columns = names;
  for (std::string& column : columns) {
    if (column != "time" && column != "value") continue;
    while (std::find(names.begin(), names.end(), column) != names.end()) column += '_';
  }
  return columns;
}

/// As format_timestamp(), with the milliseconds of a whole second too if `milliseconds`.
std::string time_field(Timestamp time, bool milliseconds) {
  std::string text = format_timestamp(time);
  const bool has_them = text.find('.') != text.npos;
  if (milliseconds && !has_them) text.insert(text.size() - 1, ".000");
  return text;
}

}  // namespace

void write_csv(const History& history, const TextOut& out) {
  TextPieces pieces(out);
  const std::vector<std::string> names = history.label_names();
  pieces.next() += "time,value";
  for (const std::string& column : columns(names)) append_field(pieces.next() += ',', column);
  pieces.next() += "\r\n";
  history.for_each_series([&](const LabelSet& labels, std::span<const Sample> samples) {
    std::string rest;  // the same in every row of the series
    for (const std::string& name : names) append_field(rest += ',', labels.get(name));
    rest += "\r\n";
    for (const Sample& sample : samples) {
      std::string& text = pieces.next();
      text += time_field(sample.time, !history.whole_seconds());
      text += ',';
      text += format_value(sample.value);
      text += rest;
    }
  });
  pieces.flush();
}

}  // namespace downsampled
