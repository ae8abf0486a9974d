#include "query/one_line.h"

#include <doctest/doctest.h>

namespace downsampled {
namespace {

TEST_CASE("a line stays as it is") {
  CHECK(one_line("parse error: unexpected <op:*>") == "parse error: unexpected <op:*>");
  CHECK(one_line("") == "");
}

TEST_CASE("white space and control characters become one blank") {
  CHECK(one_line(" a\r\n\tb\x1b[31mc\x7f\x01 d\n") == "a b [31mc d");
  CHECK(one_line(std::string_view("a\0b", 3)) == "a b");
}

TEST_CASE("of HTML the text is left") {
  CHECK(one_line("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center>"
                 "<h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center></body></html>") ==
        "502 Bad Gateway 502 Bad Gateway nginx");
  CHECK(one_line("<!DOCTYPE html><STYLE>p { color: red }</style><script>if (a</b) x()</script>"
                 "<p>Sign in</p>") == "Sign in");
  CHECK(one_line("<p>cut off <a href=\"") == "cut off");
  CHECK(one_line("<script>never closed") == "");
}

TEST_CASE("a long text is cut between characters") {
  CHECK(one_line("aaaa bbbb", 4) == "aaaa…");
  CHECK(one_line("aaaa", 4) == "aaaa");
  CHECK(one_line("ééé", 5) == "éé…");
  CHECK(one_line(std::string(100000, 'x')).size() == 300 + std::string("…").size());
}

TEST_CASE("broken UTF-8 is replaced, valid UTF-8 is kept") {
  CHECK(one_line("naïve 数 🙂") == "naïve 数 🙂");
  CHECK(one_line("a\xff\xc3(\xe6\x95") ==
        "a?"
        "?(?"
        "?");
}

}  // namespace
}  // namespace downsampled
