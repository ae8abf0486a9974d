// Evaluates the slots that standard input names, in that order, under a clock that stands where
// each slot is due: weeks of live evaluations in seconds, by the daemon's own Evaluations. Settings
// are the daemon's, from the environment. A line of the input is one of
//
//   watch METRIC              of which the following answers have the sum over its children
//   slot GROUP MILLISECONDS   evaluates the group (its number) at that slot
//   prune                     deletes from the journal what is past the retention
//   reopen RULES              forgets everything but the journal, and reads these rules
//   reload RULES              reads these rules while it runs
//
// A slot is answered by the line `FAILED PUBLISHED SUM...`: rules without a window, windows that
// were published, and the watched metrics, which begin anew with a reopening.
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "app/evaluations.h"
#include "config/rule_file.h"
#include "model/window.h"
#include "pipeline/fill.h"
#include "support/manual_clock.h"

namespace downsampled::test {
namespace {

constexpr int kMostAttempts = 5;

class SlotDriver {
 public:
  SlotDriver(const Settings& settings, ManualClock& clock) : settings_(settings), clock_(clock) {
    reopen(settings.rules);
  }

  void reopen(const std::vector<std::string>& rules) {
    evaluations_.reset();  // the journal is locked by whoever has it open
    groups_ = load(rules);
    evaluations_ = std::make_unique<Evaluations>(
        settings_, groups_, clock_,
        Journal::Options{.directory = settings_.storage_path,
                         .owner = Journal::Owner::daemon,
                         .retention = settings_.storage_retention,
                         .pane_retention = panes(),
                         .memory_retention = settings_.catch_up_max_age},
        [this](const Snapshot& snapshot) { published_ += published(snapshot); });
  }

  void reload(const std::vector<std::string>& rules) {
    groups_ = evaluations_->replace(settings_.sources, load(rules));
    evaluations_->journal().keep_panes(panes());
  }

  void prune() {
    while (evaluations_->journal().prune()) continue;
  }

  void watch(std::string metric) { watched_.push_back(std::move(metric)); }

  std::string evaluate(std::size_t group, Timestamp slot) {
    clock_.set(slot + groups_.at(group)->query_offset);
    published_ = 0;
    Outcome outcome = attempt(group, slot);
    if (outcome.filling > 0) {
      fill_windows(groups_[group], slot);
      outcome = attempt(group, slot);
    }
    std::string answer = fmt::format("{} {}", outcome.failed + outcome.filling, published_);
    for (const std::string& metric : watched_) answer += fmt::format(" {}", sum(metric));
    return answer + '\n';
  }

 private:
  Groups load(const std::vector<std::string>& rules) const {
    return load_rule_files(rules, {settings_.time_period, settings_.query_offset, settings_.step})
        .groups;
  }

  PaneRetention panes() const { return pane_retention(groups_, settings_.catch_up_max_age); }

  /// As the daemon does, without the pauses between its attempts.
  Outcome attempt(std::size_t group, Timestamp slot) {
    Due due{.group = groups_.at(group), .slot = slot};
    while (true) {
      const Outcome outcome = evaluations_->at(due.group).evaluate(
          due, {clock_.steady_now() + settings_.query_timeout, {}});
      if (!outcome.retry || ++due.attempt == kMostAttempts) return outcome;
    }
  }

  /// What catch-up does beside the slots.
  void fill_windows(const std::shared_ptr<const Group>& group, Timestamp slot) {
    for (const Rule& rule : group->rules) {
      const PaneRange panes = panes_of(pane_key(*group, rule), window_ending(slot, rule.window));
      fill(*group, rule, panes, evaluations_->at(group).stages(), settings_.query_timeout, {},
           [](const Filled&) {});
    }
  }

  static std::size_t published(const Snapshot& snapshot) {
    std::size_t windows = 0;
    for (const auto& window : snapshot.windows) windows += window.has_value();
    return windows;
  }

  double sum(const std::string& name) const {
    double sum = 0;
    for (const auto& family : evaluations_->metrics().Collect()) {
      if (family.name != name) continue;
      for (const auto& metric : family.metric) sum += metric.counter.value + metric.gauge.value;
    }
    return sum;
  }

  const Settings& settings_;
  ManualClock& clock_;
  Groups groups_;
  std::unique_ptr<Evaluations> evaluations_;
  std::vector<std::string> watched_;
  std::size_t published_ = 0;
};

void obey(SlotDriver& driver, const std::string& line) {
  std::istringstream words(line);
  std::string command;
  std::string word;
  words >> command;
  std::size_t group = 0;
  Duration::rep slot = 0;
  if (command == "watch" && words >> word) {
    driver.watch(word);
  } else if (command == "prune") {
    driver.prune();
  } else if (command == "reopen" && words >> word) {
    driver.reopen({word});
  } else if (command == "reload" && words >> word) {
    driver.reload({word});
  } else if (command == "slot" && words >> group >> slot) {
    std::cout << driver.evaluate(group, Timestamp(Duration(slot)));
  } else {
    throw Error(Reason::config, "no such command: " + line);
  }
}

int run() {
  const char* const arguments[] = {"slot_driver"};
  const Settings settings = parse_settings(1, arguments, process_environment);
  log::configure(settings.log_level, settings.log_format);
  ManualClock clock{Timestamp()};
  SlotDriver driver(settings, clock);
  for (std::string line; std::getline(std::cin, line);) obey(driver, line);
  return 0;
}

}  // namespace
}  // namespace downsampled::test

int main() {
  try {
    return downsampled::test::run();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
