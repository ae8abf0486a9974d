// Reads the reply to a range query as it arrives, in chunks of any size, and hands on one complete
// series at a time: memory follows the largest series, not the reply.
// How: the walker below knows the few levels of the document and can stop at any byte. Samples,
// nearly all of the bytes, are scanned in place (sample_scanner); every other value is small: its
// end is found (value_framer), then simdjson reads and validates it (json_reader).
// Accepts only valid JSON that is a successful matrix; keys may stand in any order.
// One thread. After an exception the decoder is of no further use.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_sink.h"
#include "decode/envelope.h"
#include "decode/json_reader.h"
#include "decode/place.h"
#include "decode/reply_buffer.h"
#include "decode/reply_grammar.h"
#include "decode/sample_scanner.h"
#include "decode/value_framer.h"
#include "model/series.h"

namespace downsampled {

struct DecodeLimits {
  std::uint64_t max_reply_bytes;   ///< of the reply as JSON text, unpacked
  std::uint64_t max_series_bytes;  ///< of one series in it
};

struct ReplySummary {
  std::uint64_t series = 0;
  std::uint64_t samples = 0;
  std::uint64_t histograms = 0;  ///< native histogram samples, which were skipped
  std::uint64_t bytes = 0;
  std::uint64_t label_bytes = 0;  ///< of these, those of the label sets
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
  bool partial = false;  ///< VictoriaMetrics: some of its storage nodes did not answer
};

class RangeDecoder final : public ByteSink {
 public:
  /// No value but the samples and histograms of a series may be longer than this.
  static constexpr std::size_t kMaxValueBytes = 1 << 20;

  /// `on_series` is called once a series, in the order of the reply; what it throws goes through.
  RangeDecoder(DecodeLimits limits, std::function<void(const Series&)> on_series);

  /// Throws Error{malformed_reply, reply_too_large, query_error}: no reply is valid before
  /// finish().
  void write(std::string_view bytes) override;

  /// Says that all bytes were written. Throws Error{malformed_reply} if the document is incomplete.
  void finish();

  /// Complete after finish().
  const ReplySummary& summary() const noexcept { return summary_; }

 private:
  enum class Expect { value, first, key, colon, separator, nothing };

  bool step();
  bool read_value(char first);
  bool read_key();
  bool read_member(char first);
  void read_reply_member(std::string_view json);
  void read_data_member(std::string_view json);
  void read_series_member(std::string_view json);
  bool read_metric_at_once();
  bool read_samples();
  bool read_histogram();
  std::optional<std::string_view> frame();

  void skip(Expect next);
  bool open(Level level);
  bool close();
  void end_series();
  void check_series_bytes(const char* end) const;

  Place place() const { return place(buffer_.begin()); }
  Place place(const char* position) const;
  [[noreturn]] void fail(std::string_view what) const { malformed(place(), what); }

  const DecodeLimits limits_;
  const std::function<void(const Series&)> on_series_;
  ReplyBuffer buffer_;
  ValueFramer framer_;
  JsonReader reader_;

  Level level_ = Level::document;
  Expect expect_ = Expect::value;
  Key key_ = Key::unknown;                // of the member that is being read
  std::array<unsigned, kLevels> seen_{};  // by level: the keys that were there, as bits
  std::uint64_t series_begin_ = 0;        // offset in the reply

  Envelope envelope_;
  Series series_;
  std::vector<Sample> samples_;
  std::vector<Timestamp> histograms_;
  ReplySummary summary_;
};

}  // namespace downsampled
