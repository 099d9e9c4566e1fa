// What the parts of a logging engine know of it.
#pragma once

#include <utility>

#include "engines/log/event_sink.h"
#include "gdbhub/hub.h"

namespace gdbhub::log {

/// The engine as its parts use it: who it is to the hub, from its beginning to its end, and the way to its client.
struct Self {
  Self(Hub& of, Engine& engine, EngineInfo info, EventSink& to)
      : hub(of), role(info.role), id(of.connect(engine, std::move(info))), events(to) {}
  ~Self() { hub.disconnect(id); }
  Self(const Self&) = delete;
  Self& operator=(const Self&) = delete;

  Hub& hub;
  const Role role;
  const EngineId id;
  EventSink& events;
};

}  // namespace gdbhub::log
