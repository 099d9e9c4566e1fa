// Thread ids as packets spell them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gdbhub/ids.h"
#include "rsp/reader.h"

namespace gdbhub::rsp {

/// One thread, or a set of them: `p1f.20`, `p1f` (all its threads), `20`, `-1` (all), `0` (any one).
struct ThreadPattern {
  enum class Scope {
    All,  ///< -1
    Any,  ///< 0: whichever suits
    One,
  };
  Scope process = Scope::All;
  Scope thread = Scope::All;
  Pid pid;  ///< with process == One
  Tid tid;  ///< with thread == One

  /// Reads one pattern. A bare thread id says nothing of the process: its scope is All (thread ids are
  /// unique). nullopt for what is malformed, and for one thread of all processes (`p-1.5`).
  static std::optional<ThreadPattern> parse(Reader& from);
  /// The same for a text that is nothing else.
  static std::optional<ThreadPattern> parse(std::string_view text);

  /// Whether the thread is of the set; Any matches each thread.
  bool matches(Pid of, Tid which) const;
  /// Whether some thread of the process may be of the set.
  bool may_match(Pid of) const { return process != Scope::One || pid == of; }

  friend bool operator==(const ThreadPattern&, const ThreadPattern&) = default;
};

/// `p1f.20` for a client that knows the multiprocess extensions, else `20`.
std::string format_thread(Pid pid, Tid tid, bool multiprocess);

}  // namespace gdbhub::rsp
