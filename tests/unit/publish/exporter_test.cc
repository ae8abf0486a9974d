#include "publish/exporter.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "support/command.h"
#include "support/golden.h"
#include "support/inflate.h"
#include "support/manual_clock.h"
#include "support/recorded.h"

namespace downsampled {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kSlot{hours(489000)};  // a full hour in 2025

std::string no_self_metrics(ExpositionFormat) { return {}; }

std::string joined(const std::vector<std::shared_ptr<const std::string>>& parts) {
  std::string body;
  for (const auto& part : parts) body += *part;
  return body;
}

std::string text_of(Exporter& exporter, ExpositionFormat format = ExpositionFormat::text) {
  return joined(exporter.scrape(format, Encoding::identity));
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// An exporter of groups `a` and `b`, which share the family `shared`, half a minute after kSlot.
struct Fixture {
  std::shared_ptr<const Group> a = group_of("a", {"only_a", "shared"});
  std::shared_ptr<const Group> b = group_of("b", {"shared", "only_other"});
  test::ManualClock clock{kSlot + seconds(30)};
  Exporter exporter{{a, b}, clock, no_self_metrics};
};

TEST_CASE("a page of two groups is as the golden file says, with one block a family") {
  Fixture f;
  f.exporter.publish(snapshot_of(f.b, kSlot, {0.1, 1e300, -0.0}));
  f.exporter.publish(snapshot_of(f.a, kSlot, {1, NAN, INFINITY}));
  const std::string text = text_of(f.exporter);
  CHECK(text == golden("page.txt", text));
  const std::string openmetrics = text_of(f.exporter, ExpositionFormat::openmetrics);
  CHECK(openmetrics == golden("page.openmetrics", openmetrics));
}

TEST_CASE("nothing published: an empty page that is still a page") {
  Fixture f;
  CHECK(text_of(f.exporter).empty());
  CHECK(text_of(f.exporter, ExpositionFormat::openmetrics) == "# EOF\n");
  CHECK(gunzip(joined(f.exporter.scrape(ExpositionFormat::text, Encoding::gzip))).empty());
}

TEST_CASE("the self-metrics come last, made fresh on every scrape") {
  test::ManualClock clock(kSlot);
  int scrapes = 0;
  const auto group = group_of("g", {"z"});
  Exporter exporter({group}, clock, [&](ExpositionFormat format) {
    return std::string(format == ExpositionFormat::text ? "text " : "openmetrics ") +
           std::to_string(++scrapes) + "\n";
  });
  exporter.publish(snapshot_of(group, kSlot, {1}));
  CHECK(text_of(exporter).ends_with("z{group=\"g\",model=\"0\"} 1\ntext 1\n"));
  CHECK(text_of(exporter).ends_with("text 2\n"));
  CHECK(text_of(exporter, ExpositionFormat::openmetrics).ends_with("openmetrics 3\n# EOF\n"));
}

TEST_CASE("the gzip body is one member that unpacks to the plain body") {
  test::ManualClock clock(kSlot);
  std::vector<std::shared_ptr<const Group>> groups;
  for (int i = 0; i < 20; ++i) groups.push_back(group_of("g" + std::to_string(i), {"m", "n"}));
  Exporter exporter(groups, clock, [](ExpositionFormat) { return "self 1\n"; });
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::vector<double> values(i * 100);
    for (std::size_t j = 0; j < values.size(); ++j) values[j] = std::sqrt(static_cast<double>(j));
    exporter.publish(snapshot_of(groups[i], kSlot, values));
  }
  for (const auto format : {ExpositionFormat::text, ExpositionFormat::openmetrics}) {
    const std::string plain = text_of(exporter, format);
    const std::string packed = joined(exporter.scrape(format, Encoding::gzip));
    REQUIRE(plain.size() > 1'000'000);
    CHECK(packed.size() < plain.size() / 3);
    CHECK(gunzip(packed) == plain);
    const CommandResult python = run_command(
        "/usr/bin/python3 -c 'import gzip, sys; "
        "sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))'",
        packed);
    CHECK(python.status == 0);
    CHECK(python.output == plain);
  }
}

TEST_CASE("a rule that failed keeps its last window, one that found nothing shows nothing") {
  Fixture f;
  f.exporter.publish(snapshot_of(f.a, kSlot, {1}));
  Snapshot next = snapshot_of(f.a, kSlot + hours(1), {2});
  next.windows[0].reset();
  f.exporter.publish(next);
  CHECK(contains(text_of(f.exporter), "only_a{group=\"a\",model=\"0\"} 1\n"));
  CHECK(contains(text_of(f.exporter), "shared{group=\"a\",model=\"0\"} 2\n"));
  CHECK(f.exporter.status()[0].failed_rules == 1);
  f.exporter.publish(snapshot_of(f.a, kSlot + hours(2), {}));
  CHECK(text_of(f.exporter).empty());  // the headers are gone too
}

TEST_CASE(
    "a rule that failed does not keep the window of a later slot, after the clock was set back") {
  Fixture f;
  f.exporter.publish(snapshot_of(f.a, kSlot + hours(2), {1}));
  Snapshot earlier = snapshot_of(f.a, kSlot, {2});
  earlier.windows[0].reset();
  f.exporter.publish(earlier);
  CHECK_FALSE(contains(text_of(f.exporter), "only_a{"));
  CHECK(contains(text_of(f.exporter), "shared{group=\"a\",model=\"0\"} 2\n"));
}

TEST_CASE("a series that is gone from the result is gone from the page") {
  Fixture f;
  f.exporter.publish(snapshot_of(f.a, kSlot, {1, 2}));
  CHECK(contains(text_of(f.exporter), "model=\"1\""));
  f.exporter.publish(snapshot_of(f.a, kSlot + hours(1), {1}));
  CHECK_FALSE(contains(text_of(f.exporter), "model=\"1\""));
}

TEST_CASE("a window leaves stale_after after its slot was due, and not a millisecond before") {
  Fixture f;
  f.exporter.publish(snapshot_of(f.a, kSlot, {1}));
  f.exporter.publish(snapshot_of(f.b, kSlot + hours(1), {2}));
  CHECK(contains(text_of(f.exporter), "only_a"));
  f.clock.advance(hours(3) - milliseconds(1));
  CHECK(contains(text_of(f.exporter), "only_a"));
  CHECK(f.exporter.status()[0].series == 2);
  f.clock.advance(milliseconds(1));
  const std::string text = text_of(f.exporter);
  CHECK_FALSE(contains(text, "group=\"a\""));
  CHECK(contains(text, "shared{group=\"b\",model=\"0\"} 2\n"));
  CHECK(gunzip(joined(f.exporter.scrape(ExpositionFormat::text, Encoding::gzip))) == text);
  CHECK(f.exporter.status()[0].series == 0);
  f.clock.advance(hours(1));
  CHECK(text_of(f.exporter).empty());
}

TEST_CASE("a failed rule's window expires by its own age") {
  Fixture f;
  f.exporter.publish(snapshot_of(f.a, kSlot, {1}));
  for (int i = 1; i <= 3; ++i) {
    Snapshot next = snapshot_of(f.a, kSlot + hours(i), {2});
    next.windows[0].reset();
    f.clock.advance(hours(1));
    f.exporter.publish(next);
    CHECK(contains(text_of(f.exporter), "only_a") == (i < 3));
  }
}

TEST_CASE("what is printed by once is what an exporter shows") {
  Fixture f;
  const std::vector<Snapshot> snapshots = {snapshot_of(f.a, kSlot, {1, 2}),
                                           snapshot_of(f.b, kSlot, {3})};
  for (const Snapshot& snapshot : snapshots) f.exporter.publish(snapshot);
  CHECK(render_text(snapshots) == text_of(f.exporter));
  CHECK(contains(render_text({snapshot_of(f.a, Timestamp{}, {1})}), "only_a"));  // never too old
}

TEST_CASE("a scrape sees all of a group at one slot, however often it is published") {
  Fixture f;
  std::atomic<bool> done = false;
  f.exporter.publish(snapshot_of(f.a, kSlot, std::vector<double>(50, 0)));
  f.exporter.publish(snapshot_of(f.b, kSlot, std::vector<double>(50, 0)));
  const auto publish = [&](const std::shared_ptr<const Group>& group) {
    for (int i = 1; i <= 300; ++i) {
      f.exporter.publish(snapshot_of(group, kSlot, std::vector<double>(50, i)));
    }
  };
  const auto scrape = [&](Encoding encoding, std::atomic<int>& torn) {
    while (!done) {
      std::string body = joined(f.exporter.scrape(ExpositionFormat::text, encoding));
      if (encoding == Encoding::gzip) body = gunzip(std::move(body));
      std::map<std::string, std::set<std::string>> values;  // by group
      std::istringstream lines(body);
      int series = 0;
      for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        ++series;
        values[contains(line, "group=\"a\"") ? "a" : "b"].insert(line.substr(line.rfind(' ')));
      }
      if (series != 200 || values["a"].size() != 1 || values["b"].size() != 1) ++torn;
    }
  };
  std::atomic<int> torn = 0;
  {
    std::jthread plain([&] { scrape(Encoding::identity, torn); });
    std::jthread packed([&] { scrape(Encoding::gzip, torn); });
    {
      std::jthread a([&] { publish(f.a); });
      std::jthread b([&] { publish(f.b); });
    }
    done = true;
  }
  CHECK(torn == 0);
  CHECK(contains(text_of(f.exporter), "only_a{group=\"a\",model=\"49\"} 300\n"));
}

TEST_CASE("what is restored is shown at once, and is no evaluation") {
  Fixture f;
  f.exporter.replace({f.a, f.b}, {snapshot_of(f.a, kSlot, {1, 2})});
  CHECK(contains(text_of(f.exporter), "only_a{group=\"a\",model=\"1\"} 2\n"));
  CHECK(gunzip(joined(f.exporter.scrape(ExpositionFormat::text, Encoding::gzip))) ==
        text_of(f.exporter));
  CHECK_FALSE(f.exporter.status()[0].slot);
  CHECK(f.exporter.status()[0].failed_rules == 0);
  CHECK(f.exporter.status()[0].series == 4);
}

TEST_CASE("what is restored stays until the group publishes, rule by rule, or it expires") {
  Fixture f;
  f.exporter.replace({f.a, f.b}, {snapshot_of(f.a, kSlot, {1})});
  Snapshot next = snapshot_of(f.a, kSlot + hours(1), {2});
  next.windows[0].reset();
  f.exporter.publish(next);
  CHECK(contains(text_of(f.exporter), "only_a{group=\"a\",model=\"0\"} 1\n"));
  CHECK(contains(text_of(f.exporter), "shared{group=\"a\",model=\"0\"} 2\n"));
  CHECK(f.exporter.status()[0].slot == kSlot + hours(1));
  CHECK(f.exporter.status()[0].failed_rules == 1);
  f.clock.advance(hours(3));
  CHECK_FALSE(contains(text_of(f.exporter), "only_a{"));
}

TEST_CASE("a slot that was restored and is published again without its windows has not failed") {
  Fixture f;
  f.exporter.replace({f.a, f.b}, {snapshot_of(f.a, kSlot, {1})});
  f.exporter.publish({.group = f.a, .slot = kSlot, .windows = {std::nullopt, std::nullopt}});
  CHECK(f.exporter.status()[0].failed_rules == 0);
  CHECK(contains(text_of(f.exporter), "only_a{group=\"a\",model=\"0\"} 1\n"));
}

TEST_CASE("what is restored long after it was recorded is not shown") {
  Fixture f;
  f.clock.advance(hours(30));
  f.exporter.replace({f.a, f.b}, {snapshot_of(f.a, kSlot, {1})});
  CHECK(text_of(f.exporter).empty());
}

TEST_CASE("groups that are replaced: what stays shows what it did, what is new what it recorded") {
  Fixture f;
  f.exporter.publish(snapshot_of(f.a, kSlot, {1}));
  f.exporter.publish(snapshot_of(f.b, kSlot, {2}));
  const auto page = f.exporter.scrape(ExpositionFormat::text, Encoding::gzip);
  const std::string before = gunzip(joined(page));
  const auto other_b = group_of("b", {"shared", "new_one"});
  f.exporter.replace({other_b, f.a}, {snapshot_of(other_b, kSlot, {3})});
  CHECK(text_of(f.exporter) ==
        gunzip(joined(f.exporter.scrape(ExpositionFormat::text, Encoding::gzip))));
  CHECK(contains(text_of(f.exporter), "only_a{group=\"a\",model=\"0\"} 1\n"));
  CHECK(contains(text_of(f.exporter), "new_one{group=\"b\",model=\"0\"} 3\n"));
  CHECK_FALSE(contains(text_of(f.exporter), "only_other"));
  CHECK(gunzip(joined(page)) == before);  // which is still being sent
  const std::vector<GroupStatus> status = f.exporter.status();
  REQUIRE(status.size() == 2);
  CHECK_FALSE(status[0].slot);
  CHECK(status[1].slot == kSlot);
}

TEST_CASE("a group that takes another's place shows what the same rules did, recorded or not") {
  Fixture f;
  f.exporter.publish(snapshot_of(f.b, kSlot, {2}));
  Group edited = *f.b;
  edited.limit = 7;
  edited.rules[1].expr = "another";
  std::swap(edited.rules[0], edited.rules[1]);
  const auto other_b = std::make_shared<const Group>(edited);
  f.exporter.replace({f.a, other_b}, {});
  CHECK(contains(text_of(f.exporter), "shared{group=\"b\",model=\"0\"} 2\n"));
  CHECK_FALSE(contains(text_of(f.exporter), "only_other"));
}

TEST_CASE("once ready, always") {
  Fixture f;
  CHECK_FALSE(f.exporter.ready());
  f.exporter.publish(snapshot_of(f.a, kSlot, {1}));
  f.exporter.publish(snapshot_of(f.a, kSlot, {1}));
  CHECK_FALSE(f.exporter.ready());
  f.exporter.replace({f.a, f.b, group_of("c", {"m"})}, {});
  CHECK_FALSE(f.exporter.ready());
  f.exporter.replace({f.a, f.b}, {});
  f.exporter.publish(snapshot_of(f.b, kSlot, {1}));
  CHECK(f.exporter.ready());
  f.exporter.replace({f.a, f.b, group_of("c", {"m"})}, {});
  CHECK(f.exporter.ready());
}

TEST_CASE("a group that was replaced while it was evaluated publishes nothing any more") {
  Fixture f;
  const auto other_b = group_of("b", {"shared", "only_other"});
  f.exporter.replace({f.a, other_b}, {});
  f.exporter.publish(snapshot_of(f.b, kSlot, {2}));
  CHECK(text_of(f.exporter).empty());
  CHECK_FALSE(f.exporter.status()[1].slot);
}

TEST_CASE("promtool finds nothing wrong with a page") {
  if (!has_command("promtool")) {
    MESSAGE("skipped: promtool is not installed");
    return;
  }
  Fixture f;
  f.exporter.publish(snapshot_of(f.a, kSlot, {0.1, NAN, -INFINITY}));
  f.exporter.publish(snapshot_of(f.b, kSlot, {5e-324}));
  const CommandResult result = run_command("promtool check metrics", text_of(f.exporter));
  CHECK_MESSAGE(result.status == 0, result.output);
  CHECK(
      run_command("promtool check metrics", text_of(f.exporter) + "# TYPE only_a gauge\n").status !=
      0);
}

}  // namespace
}  // namespace downsampled
