#include "server/logging.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace gdbhub::net {

Result<> set_up_logging(const DebugOptions& options) {
  std::shared_ptr<spdlog::sinks::sink> sink;
  try {
    if (options.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(options.file);
    }
  } catch (const spdlog::spdlog_ex& error) {
    return Error{ErrorCode::System, 0, error.what()};
  }
  auto logger = std::make_shared<spdlog::logger>("gdbhub", std::move(sink));
  logger->set_pattern(options.timestamp ? "%H:%M:%S.%f gdbhub: %l: %v" : "gdbhub: %l: %v");
  const bool debug = options.general || options.remote || options.event_loop;
  const auto level = spdlog::level::from_str(options.level);
  logger->set_level(debug ? std::min(level, spdlog::level::debug) : level);
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

}  // namespace gdbhub::net
