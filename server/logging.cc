#include "server/logging.h"

#include <fcntl.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>

#include "gdbhub/unique_fd.h"
#include "server/say.h"

namespace gdbhub::net {
namespace {

/// A packet's bytes that are shown at most.
constexpr std::size_t kShownBytes = 2048;

constexpr std::array<std::string_view, 4> kNames = {"threads", "hw-points", "event-loop", "remote"};

struct State {
  std::array<bool, kNames.size()> on{};
  bool timestamps = false;
  std::string file;
  spdlog::level::level_enum level = spdlog::level::warn;
  std::shared_ptr<spdlog::logger> debug_lines;  ///< null before set_up_logging

  bool any() const {
    return std::any_of(on.begin(), on.end(), [](bool component) { return component; });
  }
};

State& state() {
  static State the_state;
  return the_state;
}

spdlog::sink_ptr make_sink(const std::string& file) {
  if (file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_st>();
  try {
    // spdlog would make the folders that are missing.
    if (const UniqueFd probe(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)); !probe)
      throw spdlog::spdlog_ex("open", errno);
    return std::make_shared<spdlog::sinks::basic_file_sink_st>(file);
  } catch (const spdlog::spdlog_ex&) {
    say("Cannot open " + file + " for writing. " + strerror(errno) + ". Switching to stderr.");
    state().file.clear();
    return std::make_shared<spdlog::sinks::stderr_sink_st>();
  }
}

std::shared_ptr<spdlog::logger> make_logger(const std::string& pattern, spdlog::level::level_enum level) {
  auto logger = std::make_shared<spdlog::logger>("gdbhub", make_sink(state().file));
  logger->set_pattern((state().timestamps ? "%H:%M:%S.%f " : "") + pattern);
  logger->set_level(level);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

void renew() {
  State& now = state();
  now.debug_lines = make_logger("%v", spdlog::level::debug);
  spdlog::set_default_logger(
      make_logger("gdbhub: %l: %v", now.any() ? std::min(now.level, spdlog::level::debug) : now.level));
}

std::string printable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, kShownBytes)) {
    if (std::isprint(static_cast<unsigned char>(c)) != 0) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

/// How many bytes from the start belong to the first packet, acknowledgement or interrupt.
std::size_t first_packet(std::string_view bytes) {
  if (bytes.front() == '+' || bytes.front() == '-' || bytes.front() == '\x03') return 1;
  const auto end = bytes.find('#');
  return end == bytes.npos ? bytes.size() : std::min(end + 3, bytes.size());
}

}  // namespace

void set_up_logging(const DebugOptions& options) {
  State& now = state();
  now.timestamps = options.timestamp;
  now.file = options.file;
  now.level = spdlog::level::from_str(options.level);
  now.on[static_cast<std::size_t>(DebugComponent::Threads)] = options.general;
  now.on[static_cast<std::size_t>(DebugComponent::EventLoop)] = options.event_loop;
  now.on[static_cast<std::size_t>(DebugComponent::Remote)] = options.remote;
  renew();
}

void set_debug(DebugComponent component, bool on) {
  state().on[static_cast<std::size_t>(component)] = on;
  renew();
}

void set_debug_timestamps(bool on) {
  state().timestamps = on;
  renew();
}

void set_debug_file(const std::string& path) {
  state().file = path;
  renew();
}

bool debugs(DebugComponent component) { return state().on[static_cast<std::size_t>(component)]; }

void write_debug(DebugComponent component, std::string_view line) {
  if (state().debug_lines) state().debug_lines->debug("[{}] {}", kNames[static_cast<std::size_t>(component)], line);
}

void debug_packets(std::string_view peer, std::string_view direction, std::string_view bytes) {
  if (!debugs(DebugComponent::Remote)) return;
  while (!bytes.empty()) {
    const auto packet = bytes.substr(0, first_packet(bytes));
    bytes.remove_prefix(packet.size());
    debug(DebugComponent::Remote, "{} {} \"{}\"{}", peer, direction, printable(packet),
          packet.size() > kShownBytes ? fmt::format(" and {} bytes", packet.size() - kShownBytes) : "");
  }
}

}  // namespace gdbhub::net
