#include "config/man_page.h"

#include <fmt/format.h>

#include <string_view>

#include "config/documentation.h"
#include "config/setting_table.h"

namespace downsampled {
namespace {

/// The text as it is: nothing of it a request or an escape, every hyphen one that can be copied.
/// A sentence each line, as groff wants it.
std::string roff(std::string_view text) {
  std::string escaped;
  bool line_start = true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (line_start && (c == '.' || c == '\'')) escaped += "\\&";
    const bool sentence_end = text.substr(at, 2) == ". ";
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
    if (sentence_end) {
      escaped += '\n';
      ++at;
    }
    line_start = sentence_end || c == '\n';
  }
  return escaped;
}

std::string bold(std::string_view text) { return fmt::format("\\fB{}\\fR", roff(text)); }
std::string italic(std::string_view text) { return fmt::format("\\fI{}\\fR", roff(text)); }

std::string entry(const std::string& term, const std::string& text) {
  return fmt::format(".TP\n{}\n{}\n", term, text);
}

std::string term_of(const std::string& flag, const Kind& kind) {
  return kind.placeholder.empty() ? bold(flag) : bold(flag) + ' ' + italic(kind.placeholder);
}

std::string commands() {
  std::string text = ".SH SUBCOMMANDS\n";
  for (const CommandEntry& command : command_table()) {
    if (!command.command) continue;
    std::string term = bold(command.name);
    if (!command.arguments.empty()) term += ' ' + italic(command.arguments);
    text += entry(term, roff(fmt::format("{} Exit code: {}.", command.help, command.exit_code)));
    if (command.options.empty()) continue;
    text += ".RS\n";
    for (const CommandOption& option : command.options) {
      text += entry(term_of(option.flag, option.kind), roff(describe(option)));
    }
    text += ".RE\n";
  }
  return text;
}

std::string options() {
  std::string text = ".SH OPTIONS\n";
  text += entry(bold("-h") + ", " + bold("--help"), "Print a help text and exit.");
  text += entry(bold("--version"), "Print the version and exit.");
  std::string section;
  for (const Setting& setting : setting_table()) {
    if (setting.flag.empty()) continue;
    if (setting.section != section) {
      section = setting.section;
      text += fmt::format(".SS {}\n", section);
    }
    text += entry(term_of(setting.flag, setting.kind), roff(describe(setting)));
  }
  return text;
}

std::string environment() {
  std::string text =
      ".SH ENVIRONMENT\nEvery option has a variable, named above.\nThe option wins, and an empty "
      "variable counts as unset.\nOnly variables:\n";
  for (const Setting& setting : setting_table()) {
    if (setting.flag.empty()) text += entry(bold(setting.variable), roff(setting.help));
  }
  text += entry(bold("NOTIFY_SOCKET") + ", " + bold("WATCHDOG_USEC") + ", " + bold("WATCHDOG_PID"),
                "Set by systemd for a service that notifies it; see \\fBsd_notify\\fR(3).");
  return text;
}

constexpr std::string_view kFiles = R"(.SH FILES
Rule files, unless
.B \-\-rules
names others; the first of these that has any:
.TP
.I /etc/downsampled/queries/*.yaml
Your own, in place of the shipped ones.
.TP
.I ../share/downsampled/queries/*.yaml
As installed, seen from the folder of the program.
.TP
.I ../queries/*.yaml
As in the source, seen from the folder of the build.
)";

constexpr std::string_view kExitStatus = R"(.SH "EXIT STATUS"
What each subcommand says above; 2 for a bad command line, setting or rule file, and 1 for what else
makes the start impossible.
.SH SIGNALS
.B SIGTERM
and
.B SIGINT
end the daemon within seconds, with exit code 0.
)";

}  // namespace

std::string man_page() {
  std::string page = ".\\\" Made by downsampled --write-documentation=man.\n";
  page += fmt::format(".TH DOWNSAMPLED 1 \"\" \"{}\" \"User Commands\"\n",
                      roff("downsampled " DOWNSAMPLED_VERSION));
  page += ".SH NAME\ndownsampled \\- the downsampling recording daemon for Prometheus\n";
  page += ".SH SYNOPSIS\n.B downsampled\n[\\fISUBCOMMAND\\fR] [\\fIOPTION\\fR]...\n";
  page += ".SH DESCRIPTION\n" + roff(introduction());
  page += commands() + options() + environment();
  page.append(kFiles).append(kExitStatus);
  page += ".SH EXAMPLES\n.nf\n" + roff(examples()) + ".fi\n";
  page += ".SH \"SEE ALSO\"\n.BR promtool (1),\n.BR prometheus (1)\n";
  return page;
}

}  // namespace downsampled
