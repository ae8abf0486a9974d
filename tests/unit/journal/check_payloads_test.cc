#include "journal/check_payloads.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>

#include "journal/store.h"
#include "support/temporary_folder.h"
#include "unit/journal/rows.h"

namespace downsampled {
namespace {

using namespace test;

/// Two rules of two keys, with windows, panes and two lists of label sets.
struct Checked {
  Checked() {
    const RuleKey other = rule_key_of("s", "f");
    for (const RuleKey& rule : {kRule, other}) {
      add_windows(store, rule, {window_at(1, {1}), window_at(2, {1, 2})});
      add_pane(store, rule.panes, pane_at(1, {1}));
    }
  }

  std::optional<Reason> reason(const std::stop_token& stop = {}) {
    return reason_of([&] { check_payloads(store.database(), stop); });
  }

  Store store{":memory:"};
};

TEST_CASE("rows that are whole are not complained about") { CHECK_FALSE(Checked().reason()); }

TEST_CASE("a changed payload is found in every table that has some") {
  for (const char* change : {"UPDATE window SET payload = substr(payload, 2) WHERE seq = 2",
                             "UPDATE pane SET payload = payload || x'00' WHERE id = 2",
                             "UPDATE series_list SET payload = x'' WHERE id = 2",
                             "UPDATE series_list SET payload = zeroblob(40) WHERE id = 1"}) {
    CAPTURE(change);
    Checked checked;
    checked.store.database().script(change);
    CHECK(checked.reason() == Reason::damaged);
  }
}

TEST_CASE("a row that has come to another owner is found, and one whose owner is gone") {
  for (const char* change : {"UPDATE window SET rule = 3 - rule", "UPDATE rule SET record = 'x'",
                             "UPDATE pane SET pane_key = 3 - pane_key WHERE id = 1",
                             "UPDATE pane_key SET step = 5000 WHERE id = 2",
                             "PRAGMA foreign_keys = off; DELETE FROM rule WHERE id = 1"}) {
    CAPTURE(change);
    Checked checked;
    if (std::string_view(change).find("3 - ") != std::string_view::npos) {
      checked.store.database().script(
          "DELETE FROM window WHERE rule = 2; DELETE FROM pane WHERE id = 2");
    }
    checked.store.database().script(change);
    CHECK(checked.reason() == Reason::damaged);
  }
}

TEST_CASE("rows of new rules that come while it is checked are not complained about") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  Store store(file);
  std::jthread writer([&](const std::stop_token& stop) {
    Store other(file);
    for (int n = 1; !stop.stop_requested(); ++n) {
      add_windows(other, rule_key_of("r" + std::to_string(n)), {window_at(n, {1})});
    }
  });
  while (store.counts().windows < 150) {
    REQUIRE_FALSE(reason_of([&] { check_payloads(store.database(), {}); }));
    store.count_rows();
  }
}

TEST_CASE("the check ends when it is told to") {
  std::stop_source stop;
  stop.request_stop();
  CHECK(Checked().reason(stop.get_token()) == Reason::canceled);
}

}  // namespace
}  // namespace downsampled
