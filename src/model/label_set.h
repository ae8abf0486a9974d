// The identity of a series: label names and values, sorted by name, each name once, no empty value
// (in Prometheus an empty label value is the same as none).
// Kept as one packed string (as Prometheus's own `stringlabels`): one allocation a set, equality is
// memcmp, and a hundred thousand sets cost their text and little more. Immutable value type.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace downsampled {

inline constexpr std::string_view kMetricName = "__name__";

/// A label as a view into the set, or into whatever text the set is to be made of.
struct Label {
  std::string_view name;
  std::string_view value;

  friend auto operator<=>(const Label&, const Label&) = default;
};

class LabelSet {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Label;
    using difference_type = std::ptrdiff_t;
    using pointer = const Label*;
    using reference = const Label&;

    Iterator() = default;
    Iterator(const char* position, const char* end) : position_(position), end_(end) { read(); }

    reference operator*() const noexcept { return label_; }
    pointer operator->() const noexcept { return &label_; }
    Iterator& operator++() {
      position_ = next_;
      read();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.position_ == b.position_;
    }

   private:
    void read();

    const char* position_ = nullptr;
    const char* next_ = nullptr;
    const char* end_ = nullptr;
    Label label_;
  };

  LabelSet() = default;

  /// Sorts, and drops labels with an empty value. The names must be unique: see first_duplicate().
  explicit LabelSet(std::vector<Label> labels);
  LabelSet(std::initializer_list<Label> labels) : LabelSet(std::vector<Label>(labels)) {}

  /// The set as bytes, for a file: (length name length value)*, names rising, the lengths as
  /// base-128 varints (https://protobuf.dev/programming-guides/encoding/).
  std::string_view packed() const noexcept { return packed_; }
  /// The set that has these bytes, which may be anything; none when no set has them.
  static std::optional<LabelSet> from_packed(std::string packed);

  Iterator begin() const { return {packed_.data(), packed_.data() + packed_.size()}; }
  Iterator end() const {
    return {packed_.data() + packed_.size(), packed_.data() + packed_.size()};
  }
  bool empty() const noexcept { return packed_.empty(); }

  /// The value of `name`, empty when there is none.
  std::string_view get(std::string_view name) const;

  std::size_t hash() const noexcept { return std::hash<std::string>{}(packed_); }

  friend bool operator==(const LabelSet&, const LabelSet&) = default;
  /// Some total order, always the same, at the price of a memcmp.
  static bool packed_order(const LabelSet& a, const LabelSet& b) { return a.packed_ < b.packed_; }
  /// Label by label, first names then values: the order of series on every page of ours.
  friend bool operator<(const LabelSet& a, const LabelSet& b);

 private:
  std::string packed_;
};

/// The first name that stands twice in `labels`, empty when all are unique.
std::string_view first_duplicate(std::vector<Label> labels);

/// `{a="1",b="2"}`, for logs and errors.
std::string to_string(const LabelSet& labels);

struct LabelSetHash {
  std::size_t operator()(const LabelSet& labels) const noexcept { return labels.hash(); }
};

}  // namespace downsampled
