#include "model/label_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace downsampled {
namespace {

void append(std::string& packed, std::string_view text) {
  std::size_t length = text.size();
  while (length >= 0x80) {
    packed.push_back(static_cast<char>(length | 0x80));
    length >>= 7;
  }
  packed.push_back(static_cast<char>(length));
  packed.append(text);
}

std::size_t packed_size(std::string_view text) {
  std::size_t size = text.size() + 1;
  for (std::size_t length = text.size(); length >= 0x80; length >>= 7) ++size;
  return size;
}

std::string_view take(const char*& position) {
  std::size_t length = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(*position++);
    length |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  const std::string_view text(position, length);
  position += length;
  return text;
}

/// As take(), of bytes that may be anything. Only the shortest form of a length is one, or two sets
/// with the same labels could differ.
std::optional<std::string_view> take_checked(std::string_view& rest) {
  std::uint64_t length = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (rest.empty() || shift > 56) return std::nullopt;
    const auto byte = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    length |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte == 0 && shift > 0) return std::nullopt;
    if (byte < 0x80) break;
  }
  if (length > rest.size()) return std::nullopt;
  const std::string_view text = rest.substr(0, length);
  rest.remove_prefix(length);
  return text;
}

}  // namespace

std::optional<LabelSet> LabelSet::from_packed(std::string packed) {
  std::optional<std::string_view> before;
  for (std::string_view rest = packed; !rest.empty();) {
    const auto name = take_checked(rest);
    const auto value = name ? take_checked(rest) : std::nullopt;
    if (!value || value->empty() || (before && *name <= *before)) return std::nullopt;
    before = name;
  }
  LabelSet labels;
  labels.packed_ = std::move(packed);
  return labels;
}

void LabelSet::Iterator::read() {
  next_ = position_;
  if (position_ == end_) return;
  label_.name = take(next_);
  label_.value = take(next_);
}

LabelSet::LabelSet(std::vector<Label> labels) {
  // Servers mostly send them sorted.
  if (!std::is_sorted(labels.begin(), labels.end())) std::sort(labels.begin(), labels.end());
  std::size_t size = 0;
  for (const Label& label : labels) {
    if (!label.value.empty()) size += packed_size(label.name) + packed_size(label.value);
  }
  packed_.reserve(size);
  for (const Label& label : labels) {
    if (label.value.empty()) continue;
    append(packed_, label.name);
    append(packed_, label.value);
  }
}

std::string_view LabelSet::get(std::string_view name) const {
  for (const Label& label : *this) {
    if (label.name == name) return label.value;
  }
  return {};
}

bool operator<(const LabelSet& a, const LabelSet& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

std::string_view first_duplicate(std::vector<Label> labels) {
  std::sort(labels.begin(), labels.end());
  const auto twice =
      std::adjacent_find(labels.begin(), labels.end(),
                         [](const Label& a, const Label& b) { return a.name == b.name; });
  return twice == labels.end() ? std::string_view{} : twice->name;
}

std::string to_string(const LabelSet& labels) {
  std::string text = "{";
  for (const Label& label : labels) {
    if (text.size() > 1) text += ',';
    fmt::format_to(std::back_inserter(text), "{}={:?}", label.name, label.value);
  }
  return text + '}';
}

}  // namespace downsampled
