#include "server/engine_table.h"

#include <algorithm>

#include "engines/crash/crash_engine.h"
#include "engines/syscalls/syscalls_engine.h"

namespace gdbhub::net {

std::span<const EngineKind> own_engines() {
  static const EngineKind kinds[] = {crash::kind, syscalls::kind};
  return kinds;
}

Result<EngineChoice> read_engine(std::string_view text, std::span<const EngineKind> kinds) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, colon);
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [=](const EngineKind& one) { return one.name == name; });
  if (kind == kinds.end())
    return Error{ErrorCode::InvalidArgument, 0, "--engine: there is no engine \"" + std::string(name) + "\"; see --engine help"};
  auto options = EngineOptions::parse(text.substr(std::min(colon + 1, text.size())), kind->options);
  if (!options)
    return Error{ErrorCode::InvalidArgument, 0, "--engine " + std::string(name) + ": " + options.error().text + "; see --engine help"};
  return EngineChoice{*kind, std::move(*options)};
}

std::string engine_list(std::span<const EngineKind> kinds) {
  std::string text = "Engines, for --engine NAME[:KEY=VALUE,...]:\n";
  for (const EngineKind& kind : kinds) {
    text.append("\n").append(kind.name).append(": ").append(kind.summary).append(".\n");
    for (const EngineOption& option : kind.options)
      text.append("  ").append(option.key).append("=").append(option.value).append("\n      ").append(option.meaning).append(".\n");
  }
  return text;
}

}  // namespace gdbhub::net
