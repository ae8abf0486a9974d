#include "base/error.h"

namespace downsampled {

std::string_view to_string(Reason reason) noexcept {
  switch (reason) {
    case Reason::config:
      return "config";
    case Reason::io:
      return "io";
    case Reason::damaged:
      return "damaged";
    case Reason::resolve:
      return "resolve";
    case Reason::connect:
      return "connect";
    case Reason::tls:
      return "tls";
    case Reason::timeout:
      return "timeout";
    case Reason::unauthorized:
      return "unauthorized";
    case Reason::throttled:
      return "throttled";
    case Reason::unavailable:
      return "unavailable";
    case Reason::http_status:
      return "http_status";
    case Reason::redirect:
      return "redirect";
    case Reason::query_too_large:
      return "query_too_large";
    case Reason::query_error:
      return "query_error";
    case Reason::transfer_broken:
      return "transfer_broken";
    case Reason::reply_too_large:
      return "reply_too_large";
    case Reason::malformed_reply:
      return "malformed_reply";
    case Reason::partial_answer:
      return "partial_answer";
    case Reason::duplicate_series:
      return "duplicate_series";
    case Reason::limit_exceeded:
      return "limit_exceeded";
    case Reason::canceled:
      return "canceled";
  }
  return "unknown";
}

}  // namespace downsampled
