// A server that answers from series which the test gives it, or fails on command, and writes down
// what it was asked.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "query/querier.h"
#include "support/series.h"

namespace downsampled::test {

class FakeQuerier final : public Querier {
 public:
  struct Asked {
    std::string expr;
    Grid grid;
  };

  std::map<std::string, std::vector<OwnedSeries>> answers;  ///< by expression
  std::function<std::optional<QueryReply>(const RangeQuery&)> fail = [](const RangeQuery&) {
    return std::nullopt;
  };
  /// After so many bytes of an answer the connection breaks.
  std::function<std::optional<std::size_t>(const RangeQuery&)> breaks = [](const RangeQuery&) {
    return std::nullopt;
  };
  std::vector<Asked> asked;
  std::map<std::string, std::string, std::less<>> pages;  ///< of the server itself, by name

  QueryReply status(std::string_view page, ByteSink& body, std::stop_token) override {
    const auto found = pages.find(page);
    if (found == pages.end()) return {.status = 404};
    body.write(found->second);
    return {.status = 200};
  }

  QueryReply run(const RangeQuery& query, ByteSink& body, std::stop_token stop) override {
    if (stop.stop_requested()) throw Error(Reason::canceled, "stopped");
    asked.push_back({std::string(query.expr), query.grid});
    if (std::optional<QueryReply> failure = fail(query)) return *failure;
    const std::string answer = matrix(query);
    if (const auto bytes = breaks(query)) {
      body.write(std::string_view(answer).substr(0, *bytes));
      return {.status = 200, .failure = Error(Reason::transfer_broken, "broke off")};
    }
    body.write(answer);
    return {.status = 200};
  }

 private:
  std::string matrix(const RangeQuery& query) const {
    std::string json = R"({"status":"success","data":{"resultType":"matrix","result":[)";
    const auto found = answers.find(std::string(query.expr));
    bool first = true;
    for (const OwnedSeries& series :
         found == answers.end() ? std::vector<OwnedSeries>{} : found->second) {
      const std::string values = values_of(series, query.grid);
      if (values.empty()) continue;
      json += fmt::format(R"({}{{"metric":{{{}}},"values":[{}]}})", first ? "" : ",",
                          labels_of(series.labels), values);
      first = false;
    }
    return json + "]}}";
  }

  static std::string labels_of(const LabelSet& labels) {
    std::string json;
    for (const Label& label : labels) {
      json += fmt::format(R"({}"{}":"{}")", json.empty() ? "" : ",", label.name, label.value);
    }
    return json;
  }

  static std::string values_of(const OwnedSeries& series, const Grid& grid) {
    std::string json;
    for (const Sample& sample : series.samples) {
      if (sample.time < grid.first || sample.time > grid.last()) continue;
      json += fmt::format(R"({}[{}.{:03},"{}"])", json.empty() ? "" : ",",
                          sample.time.time_since_epoch().count() / 1000,
                          sample.time.time_since_epoch().count() % 1000, sample.value);
    }
    return json;
  }
};

}  // namespace downsampled::test
