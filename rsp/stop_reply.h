// Builds the replies that say how a thread or process stopped or ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gdbhub/address.h"
#include "gdbhub/bytes.h"
#include "gdbhub/ids.h"
#include "rsp/breakpoint_request.h"

namespace gdbhub::rsp {

/// A `T` packet. Which fields a client understands is for the caller to know (ClientFeatures). Thread ids are
/// as format_thread spells them.
class StopReply {
 public:
  /// `gdb_signal`: GDB's number.
  explicit StopReply(int gdb_signal);

  StopReply& swbreak() { return field("swbreak", ""); }
  StopReply& hwbreak() { return field("hwbreak", ""); }
  /// One of the three watchpoint types, and the data address that was touched.
  StopReply& watchpoint(BreakpointType type, Address data);
  StopReply& library() { return field("library", ""); }
  StopReply& fork(std::string_view child) { return field("fork", child); }
  StopReply& vfork(std::string_view child) { return field("vfork", child); }
  StopReply& vfork_done() { return field("vforkdone", ""); }
  /// `path` is plain; it is sent in hex.
  StopReply& exec(std::string_view path);
  /// A new thread's first stop (QThreadEvents).
  StopReply& created() { return field("create", ""); }
  StopReply& syscall_entry(std::uint64_t number);
  StopReply& syscall_return(std::uint64_t number);
  StopReply& thread(std::string_view id) { return field("thread", id); }
  StopReply& core(unsigned number);
  /// An expedited register, its bytes in target order.
  StopReply& register_value(unsigned number, ByteSpan value);
  /// Any other `name:value;`, sent as it is.
  StopReply& field(std::string_view name, std::string_view value);

  const std::string& text() const& { return text_; }
  std::string text() && { return std::move(text_); }

 private:
  StopReply& number_field(std::string_view name, std::uint64_t value);

  std::string text_;
};

/// `W`: the process exited. `process` only for a client with multiprocess.
std::string exited_reply(int exit_code, std::optional<Pid> process);
/// `X`: a signal ended the process.
std::string killed_reply(int gdb_signal, std::optional<Pid> process);
/// `w`: a thread ended (QThreadEvents).
std::string thread_exited_reply(int exit_code, std::string_view thread);
/// `N`: no thread is left that was resumed.
std::string no_resumed_reply();

}  // namespace gdbhub::rsp
