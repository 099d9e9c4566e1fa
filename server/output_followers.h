// Where the output of programs goes: to a gdb that asked, and to the event log.
#pragma once

#include <functional>
#include <map>

#include "gdbhub/journal.h"
#include "server/inferior_io.h"
#include "server/session.h"

namespace gdbhub::net {

/// For one client: as much as it reads, and where that was not all, how much is missing.
class OutputFollower {
 public:
  /// Beyond this in the client's queue output is dropped, and counted (A23).
  static constexpr std::size_t kMaxUnsent = 256 << 10;
  using Tell = std::function<void(Pid, std::string text)>;

  OutputFollower(InferiorIo& io, const Transport& transport, Tell tell);
  ~OutputFollower() { io_.unsubscribe(id_); }
  OutputFollower(const OutputFollower&) = delete;
  OutputFollower& operator=(const OutputFollower&) = delete;

 private:
  void receive(Pid pid, std::string_view bytes);

  InferiorIo& io_;
  const Transport& transport_;
  Tell tell_;
  std::map<Pid, std::uint64_t> dropped_;  ///< bytes that the client has not been told of
  std::uint64_t id_;
};

/// Entries of kind "output", so that the log and its followers have them; at most some 64 KiB in a tenth of a second, since the
/// log is a ring and holds other things. What is left out is counted in an entry of kind "output-gap".
class OutputJournal {
 public:
  OutputJournal(InferiorIo& io, Journal& journal, EventLoop& loop);

 private:
  void receive(Pid pid, std::string_view bytes);
  void report_gap(Pid pid);

  Journal& journal_;
  EventLoop& loop_;
  TimePoint window_{};
  std::size_t used_ = 0;  ///< bytes written in this window
  std::map<Pid, std::uint64_t> left_out_;
};

}  // namespace gdbhub::net
