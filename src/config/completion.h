// What shells complete on the command line, made from the tables of settings and of subcommands.
// Pure functions: each returns the text of a script.
#pragma once

#include <string>

namespace downsampled {

/// For bash 4 and later; needs nothing of the package bash-completion.
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace downsampled
