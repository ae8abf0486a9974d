// What is to be recorded, exactly as the rule files say it with every default filled in: a rule and
// the group it stands in. Plain data, never changed after it was loaded; shared between threads.
// The keys and their meaning: queries/README.md.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/timestamp.h"

namespace downsampled {

struct Aggregate {
  enum Kind { avg, min, max, sum, count, last, stddev, stdvar, integral, quantile };

  constexpr Aggregate(Kind which, double which_quantile = 0) : kind(which), q(which_quantile) {}

  Kind kind;
  double q;  ///< of a quantile, 0 <= q <= 1; otherwise 0

  friend bool operator==(const Aggregate&, const Aggregate&) = default;
};

/// What a covered grid point without a sample counts as.
enum class Absent { skip, zero };

/// As rule files have it, one text for one aggregate: `avg`, `quantile(0.99)`.
std::string to_string(Aggregate aggregate);
std::string_view to_string(Absent absent) noexcept;

/// Labels as a rule gives them: sorted by name; an empty value removes the label.
using RuleLabels = std::vector<std::pair<std::string, std::string>>;

struct Rule {
  std::string record;
  std::string expr;
  std::string coverage;  ///< empty: every grid point is covered
  RuleLabels labels;     ///< the group's and the rule's own, the rule's winning
  Aggregate aggregate = Aggregate::avg;
  Absent absent = Absent::skip;
  Duration window{};
  bool partial = false;
  std::string help;  ///< never empty: generated where the file says nothing
  std::string unit;  ///< may be empty
  std::size_t line = 0;

  friend bool operator==(const Rule&, const Rule&) = default;
};

struct Group {
  std::string name;
  std::string file;
  std::size_t line = 0;
  Duration interval{};
  Duration eval_offset{};
  Duration query_offset{};
  Duration step{};
  Duration stale_after{};
  std::string source;
  std::size_t limit = 0;  ///< output series a rule may have; 0: any number
  std::vector<Rule> rules;

  /// `file;name`, as Prometheus labels its rule groups.
  std::string id() const { return file + ";" + name; }

  friend bool operator==(const Group&, const Group&) = default;
};

/// In the order of their files.
using Groups = std::vector<std::shared_ptr<const Group>>;

}  // namespace downsampled
