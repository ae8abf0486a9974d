#include "config/promql_scan.h"

#include <doctest/doctest.h>

#include <string>

using namespace downsampled;

TEST_CASE("expressions that could work pass") {
  for (const std::string expr :
       {"up", "sum by (job) (rate(x[5m]))", "x{a=\"(\"}", "x{a='\"'} # )", "x{a=`\\`}",
        "x @ 1767323045", "end(x)", "start{a=\"@ end()\"}", "x{a=\"\\\"\"} > 1", "`\n`",
        "x @ 12 # @ start()\n", "{__name__=~\"größe.*\"}", "x{a=\"@\"} + end (y)"}) {
    CAPTURE(expr);
    CHECK(promql_problem(expr).value_or("") == "");
  }
}

TEST_CASE("strings end at their own quote, and only backticks span lines") {
  CHECK(promql_problem("\"a").value() == "has a string that starts with \" and has no end");
  CHECK(promql_problem("'a\nb'").value() == "has a string that starts with ' and has no end");
  CHECK(promql_problem("`a\\` `").value() == "has a string that starts with ` and has no end");
  CHECK(promql_problem("\"a\\").value() == "has a string that starts with \" and has no end");
}

TEST_CASE("brackets are matched outside strings and comments") {
  CHECK(promql_problem("(x").value() == "has a ( that is never closed");
  CHECK(promql_problem("x{a=\"}\"").value() == "has a { that is never closed");
  CHECK(promql_problem("x)").value() == "has a ) that closes nothing");
  CHECK(promql_problem("sum(x[5m)]").value() == "has a ) where [ is to be closed");
  CHECK(promql_problem("(x # )\n").value() == "has a ( that is never closed");
}

TEST_CASE("@ start() and @ end() are found however they are written") {
  for (const std::string expr :
       {"x @ start()", "x@end()", "x @\n# c\nSTART ( )", "rate(x[5m]@End())"}) {
    CAPTURE(expr);
    CHECK(promql_problem(expr).value_or("").find("which means another time") != std::string::npos);
  }
}

TEST_CASE("an expression goes on one line without comments") {
  CHECK(promql_one_line("sum(\n  # all\n  x\t)  # end", 100) == "sum( x )");
  CHECK(promql_one_line("x{a=\"#  b\"}", 100) == "x{a=\"#  b\"}");
  CHECK(promql_one_line("a + `x\ny`", 100) == "a + `x y`");
}

TEST_CASE("a long expression is cut between characters") {
  CHECK(promql_one_line("abcdef", 6) == "abcdef");
  CHECK(promql_one_line("abcdef", 5) == "abcde…");
  CHECK(promql_one_line("\"日本語\"", 6) == "\"日…");
}
