// Appends windows of 100,000 series to a journal on disk, and prints what one takes, against the
// same window as exposition text that is written to a file and synced. Not a Google Benchmark: each
// append makes the file longer, so the runs are counted and not repeated until they are stable.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "journal/journal.h"
#include "model/exposition.h"

namespace downsampled {
namespace {

constexpr std::size_t kSeries = 100'000;
constexpr int kWindows = 20;
constexpr int kPanes = 5;
constexpr Duration kInterval = std::chrono::hours(1);

const RuleKey kRule{.panes = {.source = "default",
                              .expr = "e",
                              .step = std::chrono::seconds(15),
                              .interval = kInterval,
                              .width = kInterval},
                    .record = "model_cpu_usage_cores",
                    .window = kInterval};

/// Labels as of pods: a deployment has ten, with Kubernetes's random suffixes.
std::vector<LabelSet> pod_labels(std::mt19937_64& random) {
  constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  std::vector<LabelSet> labels;
  std::string hash;
  for (std::size_t i = 0; i < kSeries; ++i) {
    const auto letters = [&](std::size_t count) {
      std::string text;
      while (text.size() < count) text += kLetters[random() % kLetters.size()];
      return text;
    };
    if (i % 10 == 0) hash = letters(10);
    const std::string deployment = fmt::format("classifier-{}", i / 10);
    const std::string pod = fmt::format("{}-default-0-{}-{}", deployment, hash, letters(5));
    const std::string space = fmt::format("team-{}", i / 1000);
    labels.push_back(LabelSet({{"container", "classifier"},
                               {"deployment", deployment},
                               {"namespace", space},
                               {"pod", pod}}));
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

RecordedWindow window(const std::vector<LabelSet>& labels, int number, std::mt19937_64& random) {
  std::uniform_real_distribution<double> noise(0.1, 4.0);
  const Timestamp end = Timestamp(std::chrono::hours(500'000) + number * kInterval);
  RecordedWindow made{
      .window = {end - kInterval, end}, .points = 240, .covered = 240, .samples = {}};
  for (const LabelSet& set : labels) made.samples.push_back({set, noise(random)});
  return made;
}

/// What such a window is made of: of every series 240 noisy samples.
std::shared_ptr<const Pane> pane_of(const RecordedWindow& window, std::mt19937_64& random) {
  std::uniform_real_distribution<double> noise(0.1, 4.0);
  Pane pane{.window = window.window,
            .fields = {.sum = true},
            .coverage = {.points = 240, .covered = 240, .newest = window.window.end}};
  for (const RecordedSample& sample : window.samples) {
    PaneSeries series{.labels = sample.labels};
    for (int index = 0; index < 240; ++index) {
      const Timestamp time = window.window.start + (index + 1) * std::chrono::seconds(15);
      series.partial.add({time, noise(random)}, pane.fields);
      series.presence.add(index);
    }
    pane.series.push_back(std::move(series));
  }
  std::sort(pane.series.begin(), pane.series.end(), [](const auto& a, const auto& b) {
    return LabelSet::packed_order(a.labels, b.labels);
  });
  return std::make_shared<const Pane>(std::move(pane));
}

double milliseconds(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double write_text(const RecordedWindow& window, const std::string& file, std::size_t& bytes) {
  const auto start = std::chrono::steady_clock::now();
  std::string text;
  for (const RecordedSample& sample : window.samples) {
    append_sample(text, kRule.record, sample.labels, sample.value);
  }
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const bool written =
      write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written || fdatasync(descriptor) != 0) throw Error(Reason::io, file);
  close(descriptor);
  bytes = text.size();
  return milliseconds(start);
}

double middle(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

void print_row(const char* what, double time, double bytes, double baseline) {
  fmt::print("{:44} {:>8.1f} {:>15.1f} {:>7.2f}\n", what, time, bytes / kSeries, time / baseline);
}

void bench(const std::string& directory) {
  std::mt19937_64 random(1);
  const std::vector<LabelSet> labels = pod_labels(random);
  const SystemClock clock;
  Journal journal({.directory = directory, .retention = Duration::max() / 4}, clock);
  std::vector<double> appends;
  std::vector<double> texts;
  std::size_t text_bytes = 0;
  std::uintmax_t first_size = 0;
  double first = 0;
  const auto size = [&] { return Store(Journal::file_in(directory)).size(); };
  for (int number = 0; number < kWindows; ++number) {
    const RecordedWindow made = window(labels, number, random);
    texts.push_back(write_text(made, directory + "/text", text_bytes));
    const auto start = std::chrono::steady_clock::now();
    journal.add({.panes = {}, .windows = {{kRule, "file;group", &made}}});
    (number == 0 ? first : appends.emplace_back()) = milliseconds(start);
    if (number == 0) first_size = size();
  }
  const double text = middle(texts);
  const auto later = static_cast<double>(size() - first_size) / (kWindows - 1);
  const std::uintmax_t before_panes = size();
  std::vector<double> with_panes;
  for (int number = kWindows; number < kWindows + kPanes; ++number) {
    const RecordedWindow made = window(labels, number, random);
    const auto pane = pane_of(made, random);
    const auto start = std::chrono::steady_clock::now();
    journal.add({.panes = {{kRule.panes, pane}}, .windows = {{kRule, "file;group", &made}}});
    with_panes.push_back(milliseconds(start));
  }
  const auto with_pane = static_cast<double>(size() - before_panes) / kPanes;
  fmt::print("{:44} {:>8} {:>15} {:>7}\n", "one window of 100,000 series", "ms", "bytes a series",
             "ratio");
  print_row("as text, synced (baseline)", text, static_cast<double>(text_bytes), text);
  print_row("appended, the label sets being new", first, static_cast<double>(first_size), text);
  print_row("appended, the label sets known (median)", middle(appends), later, text);
  print_row("the same with its pane, kept for a day", middle(with_panes), with_pane, text);
  const auto start = std::chrono::steady_clock::now();
  const auto read = journal.newest_window(kRule);
  if (!read || read->samples.size() != kSeries) throw Error(Reason::damaged, "not read back");
  print_row("read back", milliseconds(start), later, text);
}

}  // namespace
}  // namespace downsampled

int main() {
  std::string directory = std::filesystem::temp_directory_path() / "journal_bench_XXXXXX";
  if (!mkdtemp(directory.data())) return 1;
  downsampled::bench(directory);
  std::filesystem::remove_all(directory);
}
