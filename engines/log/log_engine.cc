#include "engines/log/log_engine.h"

namespace gdbhub::log {

LogEngine::LogEngine(dash::Client& client)
    : outlet_(client.outlet()),
      events_(client.hub(), outlet_),
      self_(client.hub(), *this, client.info(), events_),
      feed_(self_),
      processes_(self_, client.service().created),
      logpoints_(self_, feed_, processes_, client.service().symbols) {}

Verdict LogEngine::report(const Event& event) {
  if (const auto verdict = logpoints_.report(event)) return *verdict;
  return processes_.report(event);
}

void LogEngine::process_gone(Pid pid, WaitStatus how) {
  logpoints_.process_gone(pid);
  processes_.process_gone(pid, how);
}

void LogEngine::launched(Pid pid, const Result<>& result) {
  if (result && logpoints_.launched(pid)) return;
  processes_.launched(pid, result);
}

}  // namespace gdbhub::log
