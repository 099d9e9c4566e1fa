// What `--engine crash:…` says.
#include <algorithm>

#include "engines/crash/crash_engine.h"

namespace gdbhub::crash {
namespace {

constexpr EngineOption options[] = {
    {"hold", "SECONDS", "how long a thread waits for somebody to look at it (60); 0: not at all"},
    {"signals", "NAME,…", "only these of the core-dumping signals: SEGV, ABRT, …"},
    {"run", "PROGRAM,ARGUMENT,…", "start this, with GDBHUB_PID, _TID, _SIGNAL, _PC, _PROGRAM, _HOLD in its environment"},
    {"shell", "COMMAND", "start this by /bin/sh, likewise"},
};

constexpr std::uint64_t max_hold = 365 * 24 * 3600;  // seconds

Result<std::unique_ptr<Engine>> make(Hub& hub, const EngineOptions& given) {
  Result<Settings> settings = read_settings(given);
  if (!settings) return settings.error();
  return std::unique_ptr<Engine>(std::make_unique<CrashEngine>(hub, std::move(*settings)));
}

}  // namespace

const EngineKind kind{"crash", "Holds threads that are about to die of a core-dumping signal, and tells everybody", options, make};

Result<Settings> read_settings(const EngineOptions& given) {
  Settings settings;
  const auto hold = given.number("hold", static_cast<std::uint64_t>(settings.hold.count()));
  const auto shell = given.text("shell", "");
  if (!hold) return hold.error();
  if (!shell) return shell.error();
  settings.hold = std::chrono::seconds(std::min(*hold, max_hold));
  if (given.has("signals")) settings.signals = 0;
  for (const std::string& word : given.list("signals")) {
    const auto signal = parse_signal(word);
    if (!signal) return Error{ErrorCode::InvalidArgument, 0, "signals: " + signal.error().text};
    if ((core_signals & mask_of(*signal)) == 0)
      return Error{ErrorCode::InvalidArgument, 0, "signals: " + word + " leaves no core file"};
    settings.signals |= mask_of(*signal);
  }
  settings.run = given.list("run");
  if (given.has("run") && (settings.run.front().empty() || given.has("shell")))
    return Error{ErrorCode::InvalidArgument, 0, "run: give one program, or a shell's command"};
  if (given.has("shell")) settings.run = {"/bin/sh", "-c", *shell};
  return settings;
}

}  // namespace gdbhub::crash
