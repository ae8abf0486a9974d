#include "config/command_table.h"

namespace downsampled {

const std::vector<CommandEntry>& command_table() {
  static const std::vector<CommandEntry> commands = {
      {Command::run, "run", "", "The daemon. This is what happens without a subcommand.",
       "0 after SIGTERM or SIGINT"},
      {Command::once, "once", "",
       "Evaluates the last complete window of every group and prints the series. Logs go to "
       "standard error. --time (RFC 3339 or Unix seconds) takes the windows complete at that time, "
       "without waiting for the query offset.",
       "0, or 1 if a rule failed"},
      {Command::check, "check", "FILE...", "Checks rule files without asking any server.",
       "0, or 1 if a file is wrong"},
      {Command::probe, "probe", "[URL]",
       "Asks a running daemon whether it is ready. For health checks where there is no shell. "
       "Without a URL: /-/ready on this machine, at the port of --web.listen-address. Waits 5 "
       "seconds at most, sends no credentials, and uses no proxy.",
       "0 if the answer is 200, else 1"},
  };
  return commands;
}

}  // namespace downsampled
