#include "engines/gdb/waits.h"

#include <cstdio>

namespace gdbhub::gdb {

std::string seconds_text(Duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(time).count());
  return text;
}

std::unordered_map<Tid, std::string> waits_of(const Hub& hub, EngineId engine, TimePoint now) {
  std::unordered_map<Tid, std::string> texts;
  for (const Wait& wait : hub.waits())
    if (wait.engine == engine) texts[wait.tid];
  if (texts.empty()) return texts;
  for (const Hold& hold : hub.holds()) {
    const auto waiting = texts.find(hold.tid);
    if (waiting == texts.end()) continue;
    if (!waiting->second.empty()) waiting->second += "; ";
    waiting->second += "held by " + hub.name_of(hold.engine) + " for " + seconds_text(now - hold.since) + ": " +
                       std::string(describe(hold.reason));
  }
  return texts;
}

}  // namespace gdbhub::gdb
