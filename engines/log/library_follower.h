// Tells of the libraries of all processes, by breakpoints of an observer's own that hold nobody.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engines/log/library_watch.h"
#include "gdbhub/hub.h"

namespace gdbhub::log {

/// One engine's LibraryWatch in each process. The engine passes on what the hub tells it.
class LibraryFollower {
 public:
  /// `kind` is "library-loaded" or "library-unloaded".
  using Emit = std::function<void(std::string_view kind, Pid pid, Tid tid, std::string path)>;

  LibraryFollower(Hub& hub, const EngineId& engine, Emit emit)
      : hub_(hub), engine_(engine), emit_(std::move(emit)) {}

  /// Attaches to the process, unless it is done or cannot be, and lists what is loaded.
  void follow(Pid pid);
  void report(const Event& event);
  void forget(Pid pid) { watches_.erase(pid); }

 private:
  struct Followed {
    LibraryWatch watch;
    std::optional<Address> breakpoint;
  };
  void begin(Pid pid, Tid tid);
  void look(Pid pid, Tid tid);
  ReadMemory reader(Pid pid) const;

  Hub& hub_;
  const EngineId& engine_;
  Emit emit_;
  std::unordered_map<Pid, Followed> watches_;
};

}  // namespace gdbhub::log
