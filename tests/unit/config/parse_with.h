// parse_settings() with arguments and an environment as they stand in a test.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"

namespace downsampled {

using Variables = std::map<std::string, std::string>;

inline Settings parse_with(const std::vector<std::string>& arguments, const Variables& variables) {
  std::vector<const char*> argv = {"downsampled"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_settings(static_cast<int>(argv.size()), argv.data(),
                        [&](const std::string& name) -> std::optional<std::string> {
                          const auto found = variables.find(name);
                          if (found == variables.end()) return std::nullopt;
                          return found->second;
                        });
}

}  // namespace downsampled
