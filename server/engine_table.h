// Which engines the command line can start.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gdbhub/engine_kind.h"

namespace gdbhub::net {

/// One --engine of the command line.
struct EngineChoice {
  EngineKind kind;
  EngineOptions options;
};

/// Those that come with the hub.
std::span<const EngineKind> own_engines();

/// Reads NAME[:OPTIONS]. The values of options are for the engine to check.
Result<EngineChoice> read_engine(std::string_view text, std::span<const EngineKind> kinds);

/// What `--engine help` prints.
std::string engine_list(std::span<const EngineKind> kinds);

}  // namespace gdbhub::net
