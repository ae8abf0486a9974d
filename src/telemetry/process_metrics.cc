#include "telemetry/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include "telemetry/values.h"

namespace downsampled {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

void add(Families& families, prometheus::MetricType type, std::string name, std::string help,
         double value) {
  families.push_back(single_value(type, std::move(name), std::move(help), value));
}

/// The fields of proc(5)'s /proc/self/stat that are read here.
struct Stat {
  double user_ticks = 0;      // field 14
  double system_ticks = 0;    // field 15
  double start_ticks = 0;     // field 22, since the machine started
  double virtual_bytes = 0;   // field 23
  double resident_pages = 0;  // field 24
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  // The second field is the program's name in parentheses, which may itself hold anything.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  const auto skip = [&](int count) {
    while (count-- > 0) fields >> skipped;
  };
  Stat stat;
  skip(11);
  fields >> stat.user_ticks >> stat.system_ticks;
  skip(6);
  fields >> stat.start_ticks >> stat.virtual_bytes >> stat.resident_pages;
  return fields ? std::optional(stat) : std::nullopt;
}

/// Unix time at which the machine started.
std::optional<double> read_boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string key; file >> key;) {
    double seconds = 0;
    if (key == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

std::optional<double> count_open_descriptors() {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return std::nullopt;
  double count = -1;  // one of them is the directory that is being read
  for (; entries != std::filesystem::directory_iterator(); entries.increment(error)) ++count;
  return error ? std::nullopt : std::optional(count);
}

void add_stat(Families& families) {
  const std::optional<Stat> stat = read_stat();
  if (!stat) return;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  using prometheus::MetricType;
  add(families, MetricType::Counter, "process_cpu_seconds_total",
      "Total user and system CPU time spent in seconds.",
      (stat->user_ticks + stat->system_ticks) / ticks);
  add(families, MetricType::Gauge, "process_resident_memory_bytes",
      "Resident memory size in bytes.",
      stat->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
  add(families, MetricType::Gauge, "process_virtual_memory_bytes", "Virtual memory size in bytes.",
      stat->virtual_bytes);
  if (const std::optional<double> boot = read_boot_time()) {
    add(families, MetricType::Gauge, "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.",
        *boot + stat->start_ticks / ticks);
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  Families families;
  add_stat(families);
  if (const std::optional<double> count = count_open_descriptors()) {
    add(families, prometheus::MetricType::Gauge, "process_open_fds",
        "Number of open file descriptors.", *count);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    add(families, prometheus::MetricType::Gauge, "process_max_fds",
        "Maximum number of open file descriptors.", static_cast<double>(limit.rlim_cur));
  }
  return families;
}

}  // namespace downsampled
