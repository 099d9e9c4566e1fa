// What `--engine syscalls:…` says.
#include <algorithm>

#include "engines/syscalls/syscalls_engine.h"

namespace gdbhub::syscalls {
namespace {

constexpr EngineOption options[] = {
    {"trace", "NAME,…", "only these calls; %file, %desc, %network, %process, %signal, %memory, %ipc name many, ! before the first: all but these"},
    {"output", "FILE", "write there rather than to the event log"},
    {"strings", "COUNT", "show so many bytes of a buffer (32)"},
    {"time", "none|clock|epoch", "begin each line with the time of the call's entry"},
    {"ids", "tid|pid|both|none", "begin each line with the thread's id (as is), the process's, both"},
};

constexpr std::size_t max_strings = 1 << 16;

Result<std::unique_ptr<Engine>> make(Hub& hub, const EngineOptions& given) {
  Result<Settings> settings = read_settings(given);
  if (!settings) return settings.error();
  std::unique_ptr<LineFile> file;
  if (!settings->output.empty()) {
    auto opened = LineFile::open(hub.loop(), settings->output);
    if (!opened) return opened.error();
    file = std::move(*opened);
  }
  return std::unique_ptr<Engine>(std::make_unique<SyscallsEngine>(hub, std::move(*settings), std::move(file)));
}

}  // namespace

const EngineKind kind{"syscalls", "Logs system calls with their arguments and results, as strace does", options, make};

Result<SyscallSet> parse_trace(const std::vector<std::string>& words) {
  const bool inverted = !words.empty() && words.front().starts_with('!');
  Classes classes = Other;
  std::vector<long> numbers;
  bool all = words.empty();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto word = std::string_view(words[i]).substr(inverted && i == 0 ? 1 : 0);
    if (word == "all" || word == "%all") {
      all = true;
    } else if (const auto bits = find_class(word)) {
      classes |= *bits;
    } else if (const Call* call = find_call(word)) {
      numbers.push_back(call->number);
    } else {
      return Error{ErrorCode::InvalidArgument, 0, "trace: there is no system call or class \"" + std::string(word) + "\""};
    }
  }
  if (all && !inverted) return SyscallSet::all();
  SyscallSet set;
  for (const Call& call : calls()) {
    const bool chosen = all || (call.classes & classes) != 0 || std::find(numbers.begin(), numbers.end(), call.number) != numbers.end();
    if (chosen != inverted) set.add(call.number);
  }
  return set;
}

Result<Settings> read_settings(const EngineOptions& given) {
  Settings settings;
  auto trace = parse_trace(given.list("trace"));
  auto output = given.text("output", "");
  const auto strings = given.number("strings", settings.string_limit);
  const auto time = given.choice("time", {"none", "clock", "epoch"}, 0);
  const auto ids = given.choice("ids", {"tid", "pid", "both", "none"}, 0);
  if (!trace) return trace.error();
  if (!output) return output.error();
  if (!strings) return strings.error();
  if (!time) return time.error();
  if (!ids) return ids.error();
  settings.trace = *trace;
  settings.output = std::move(*output);
  settings.string_limit = static_cast<std::size_t>(std::min<std::uint64_t>(*strings, max_strings));
  settings.time = static_cast<Settings::Time>(*time);
  settings.show_pid = *ids == 1 || *ids == 2;
  settings.show_tid = *ids == 0 || *ids == 2;
  return settings;
}

}  // namespace gdbhub::syscalls
