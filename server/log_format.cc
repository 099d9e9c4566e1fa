#include "server/log_format.h"

#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

namespace gdbhub::net {
namespace {

using nlohmann::json;

/// Seconds since the epoch as the local time of day, 12:34:56.789012.
std::string time_of_day(double seconds) {
  auto whole = static_cast<std::time_t>(std::floor(seconds));
  auto micros = std::lround((seconds - static_cast<double>(whole)) * 1e6);
  if (micros == 1'000'000) {
    ++whole;
    micros = 0;
  }
  std::tm local{};
  ::localtime_r(&whole, &local);
  return fmt::format("{:02}:{:02}:{:02}.{:06}", local.tm_hour, local.tm_min, local.tm_sec, micros);
}

std::string event_text(const json& event) {
  std::string line = time_of_day(event.value("time", 0.0));
  for (const char* id : {"pid", "tid"}) {
    if (const auto value = event.value(id, 0); value != 0) line += fmt::format(" {} {}", id, value);
  }
  line += fmt::format(" {}", event.value("kind", "?"));
  if (const auto text = event.value("text", ""); !text.empty()) line += fmt::format(" {}", text);
  if (const auto found = event.find("args"); found != event.end()) {
    std::string list;
    for (const auto& one : *found) list += (list.empty() ? "" : ", ") + one.get<std::string>();
    line += fmt::format(" ({})", list);
  }
  if (const auto found = event.find("registers"); found != event.end())
    for (const auto& [name, value] : found->items())
      line += fmt::format(" {}={}", name, value.get<std::string>());
  return printable(line) + "\n";
}

}  // namespace

std::string printable(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      safe += c;
    } else {
      safe += fmt::format("\\x{:02x}", byte);
    }
  }
  return safe;
}

std::string format_event(const json& event, bool as_json) {
  return as_json ? event.dump() + "\n" : event_text(event);
}

}  // namespace gdbhub::net
