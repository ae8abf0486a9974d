// A light look at PromQL: strings, comments and brackets, and nothing of its grammar, which is the
// server's business. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace downsampled {

/// What can never work, as the end of a sentence about the expression: it is empty, a string has no
/// end, brackets do not match, or `@ start()` or `@ end()` stand in it (their meaning would change
/// with every cut of the range into requests).
std::optional<std::string> promql_problem(std::string_view expression);

/// The expression on one line, without comments, and cut after about `most` bytes with an `…`.
std::string promql_one_line(std::string_view expression, std::size_t most);

}  // namespace downsampled
