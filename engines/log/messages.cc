#include "engines/log/messages.h"

#include <utility>

namespace gdbhub::log {
namespace {

double seconds(std::chrono::system_clock::time_point when) {
  return std::chrono::duration<double>(when.time_since_epoch()).count();
}

}  // namespace

std::string notification(const LogEvent& event, std::uint64_t number) {
  json params = {{"n", number},
                 {"seq", event.sequence},
                 {"time", seconds(event.when)},
                 {"pid", event.pid.value},
                 {"tid", event.tid.value},
                 {"kind", event.kind},
                 {"by", event.by},
                 {"text", event.text}};
  if (event.more.is_object()) params.update(event.more);
  return dash::notification_text("event", std::move(params));
}

std::string gap(std::uint64_t dropped, std::uint64_t number, std::chrono::system_clock::time_point when) {
  return dash::notification_text("event", {{"n", number},
                                           {"time", seconds(when)},
                                           {"kind", "gap"},
                                           {"dropped", dropped},
                                           {"text", std::to_string(dropped) + " events were not read in time"}});
}

}  // namespace gdbhub::log
