// Gathers a document's text and hands it on in pieces of about 64 KiB, so that a long document
// takes neither its length in memory nor a system call a line. Lives for one call on one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace downsampled {

class TextPieces {
 public:
  /// `out` must outlive this.
  explicit TextPieces(const std::function<void(std::string_view)>& out) : out_(out) {}

  /// Where the next line is appended. Valid until the next call.
  std::string& next() {
    if (text_.size() >= kPiece) flush();
    return text_;
  }

  /// Hands on what is left; to be called at the document's end.
  void flush() {
    if (!text_.empty()) out_(text_);
    text_.clear();
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{64} << 10;

  const std::function<void(std::string_view)>& out_;
  std::string text_;
};

}  // namespace downsampled
