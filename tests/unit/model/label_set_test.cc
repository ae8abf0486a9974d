#include "model/label_set.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace downsampled {
namespace {

TEST_CASE("labels are sorted, and an empty value is no label") {
  const LabelSet labels{{"pod", "a"}, {"namespace", "ns"}, {"empty", ""}};
  std::vector<std::string> names;
  for (const Label& label : labels) names.emplace_back(label.name);
  CHECK(names == std::vector<std::string>{"namespace", "pod"});
  CHECK(labels.get("pod") == "a");
  CHECK(labels.get("empty").empty());
  CHECK(labels == LabelSet{{"namespace", "ns"}, {"pod", "a"}});
}

TEST_CASE("values of any length and with any bytes are kept") {
  const std::string longest(100'000, 'x');
  const std::string bytes("\0\x7f\xff,=\"{}", 8);
  const LabelSet labels{
      {"a", longest}, {"b", bytes}, {"c", std::string(127, 'y')}, {"d", std::string(128, 'z')}};
  CHECK(labels.get("a") == longest);
  CHECK(labels.get("b") == bytes);
  CHECK(labels.get("c").size() == 127);
  CHECK(labels.get("d").size() == 128);
}

TEST_CASE("sets that only differ in where a text ends are different") {
  const LabelSet one{{"a", "bc"}};
  const LabelSet other{{"ab", "c"}};
  CHECK_FALSE(one == other);
}

TEST_CASE("the order is by name and then by value, label by label") {
  CHECK(LabelSet{{"a", "1"}} < LabelSet{{"a", "2"}});
  CHECK(LabelSet{{"a", "2"}} < LabelSet{{"b", "1"}});
  CHECK(LabelSet{{"a", "1"}} < LabelSet{{"a", "1"}, {"b", "1"}});
  CHECK(LabelSet{{"a", std::string(200, 'x')}} < LabelSet{{"a", "y"}});
  CHECK_FALSE(LabelSet{{"a", "1"}} < LabelSet{{"a", "1"}});
}

TEST_CASE("a name that stands twice is found") {
  CHECK(first_duplicate({{"b", "1"}, {"a", "1"}, {"b", "2"}}) == "b");
  CHECK(first_duplicate({{"b", "1"}, {"a", "1"}}).empty());
}

TEST_CASE("a set comes back from its bytes") {
  for (const LabelSet& labels :
       {LabelSet{}, LabelSet{{"a", "1"}}, LabelSet{{"pod", std::string(128, 'x')}, {"zone", "eu"}},
        LabelSet{{"pod", std::string(100'000, 'x')}}}) {
    CHECK(LabelSet::from_packed(std::string(labels.packed())) == labels);
  }
}

TEST_CASE("bytes that no set has are none") {
  using namespace std::string_literals;
  CHECK(LabelSet::from_packed("\1a\1x\1b\1y"s).has_value());
  for (const std::string& bytes :
       {"\1"s, "\1a"s, "\1a\1"s, "\1a\2x"s, "\1a\1x\1"s,  // cut off
        "\1b\1x\1a\1y"s, "\1a\1x\1a\1y"s,                 // names do not rise
        "\1a\0"s,                                         // an empty value
        "\x81\0a\1x"s, "\1a\x81\0x"s,                     // a longer form of 1
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s, std::string(30, '\xff')}) {  // no length
    CHECK_FALSE(LabelSet::from_packed(bytes).has_value());
  }
}

}  // namespace
}  // namespace downsampled
