// How far a long piece of work is, on standard error: a bar on a terminal, else a line every ten
// seconds. One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace downsampled {

class Progress {
 public:
  /// `total` of what `noun` says in the plural, not 0. `clock` must outlive this.
  Progress(std::size_t total, std::string noun, const Clock& clock);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// So many are done now; shown when it is time.
  void show(std::size_t done);

  /// `320 of 720 windows, 45/s, 9s left`.
  std::string text(std::size_t done) const;

 private:
  const std::size_t total_;
  const std::string noun_;
  const Clock& clock_;
  const SteadyTime start_;
  const bool terminal_;
  SteadyTime shown_;
};

inline constexpr std::chrono::milliseconds kRedraw{200};  ///< of a bar, at most as often

/// A bar and a text in the last line of a terminal, where what is logged next takes their place.
void draw_bar(std::size_t done, std::size_t total, std::string_view text);
void clear_bar();

/// `[#####-----]`, of so many characters between the brackets; done <= total. Of the usual width it
/// leaves room for some text in a line of 80.
std::string progress_bar(std::size_t done, std::size_t total, std::size_t width = 24);

}  // namespace downsampled
