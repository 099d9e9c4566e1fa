#include "server/inferior_io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gdbhub::net {
namespace {

constexpr std::size_t kPortion = 64 << 10;
/// What is read at a program's end: more than a pipe or a terminal holds. Children that write on are read later.
constexpr int kDrainPortions = 32;

struct Ends {
  UniqueFd child_input, child_output;  ///< a terminal: the same twice
  UniqueFd input;                      ///< ours; empty for a terminal
  UniqueFd output;
};

Error failure(const char* what) {
  return {ErrorCode::System, errno, std::string("cannot make the program's streams: ") + what + ": " + strerror(errno)};
}

Result<Ends> open_terminal() {
  Ends ends;
  ends.output.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  char name[64];
  if (!ends.output || ::grantpt(ends.output.get()) != 0 || ::unlockpt(ends.output.get()) != 0 ||
      ::ptsname_r(ends.output.get(), name, sizeof name) != 0)
    return failure("a terminal");
  ends.child_input.reset(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios line{};
  if (!ends.child_input || ::tcgetattr(ends.child_input.get(), &line) != 0) return failure(name);
  // Output as the program wrote it, and no echo of input in it.
  line.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  line.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(ends.child_input.get(), TCSANOW, &line);
  ends.child_output.reset(::fcntl(ends.child_input.get(), F_DUPFD_CLOEXEC, 0));
  return ends;
}

Result<Ends> open_pipes() {
  int input[2], output[2];
  Ends ends;
  if (::pipe2(input, O_CLOEXEC) != 0) return failure("a pipe");
  ends.child_input.reset(input[0]);
  ends.input.reset(input[1]);
  if (::pipe2(output, O_CLOEXEC) != 0) return failure("a pipe");
  ends.output.reset(output[0]);
  ends.child_output.reset(output[1]);
  for (int ours : {ends.input.get(), ends.output.get()}) ::fcntl(ours, F_SETFL, ::fcntl(ours, F_GETFL) | O_NONBLOCK);
  return ends;
}

}  // namespace

Result<Pid> InferiorIo::start(LaunchSpec spec, const std::function<Result<Pid>(const LaunchSpec&)>& spawn) {
  if (!enabled()) return spawn(spec);
  auto ends = kind_ == InferiorStreams::Terminal ? open_terminal() : open_pipes();
  if (!ends) return ends.error();
  spec.stdio[0] = ends->child_input.get();
  spec.stdio[1] = spec.stdio[2] = ends->child_output.get();
  auto pid = spawn(spec);
  if (!pid) return pid;
  auto channel = std::make_shared<Channel>(Channel{Stream(loop_.context(), ends->output.release()), {}, {}, false});
  if (ends->input) channel->input.emplace(loop_.context(), ends->input.release());
  channels_.insert_or_assign(*pid, std::move(channel));  // a former process of this number has ended
  wait_for_output(*pid);
  return pid;
}

std::uint64_t InferiorIo::subscribe(Listener listener) {
  listeners_.emplace(++last_listener_, std::move(listener));
  return last_listener_;
}

void InferiorIo::tell(Pid pid, std::string_view bytes) {
  for (auto& [id, listener] : listeners_) listener(pid, bytes);
}

void InferiorIo::wait_for_output(Pid pid) {
  const auto& channel = channels_.at(pid);
  channel->output.async_wait(Stream::wait_read, [this, pid, alive = std::weak_ptr(channel)](const auto& error) {
    if (error || alive.expired()) return;
    // One portion a turn: a program that writes without end delays others by as much.
    read_some(pid);
    if (channels_.contains(pid)) wait_for_output(pid);
  });
}

bool InferiorIo::read_some(Pid pid) {
  const auto found = channels_.find(pid);
  if (found == channels_.end()) return false;
  std::array<char, kPortion> buffer;
  const auto size = ::read(found->second->output.native_handle(), buffer.data(), buffer.size());
  if (size > 0) {
    tell(pid, {buffer.data(), static_cast<std::size_t>(size)});
    return true;
  }
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  // 0, or EIO of a terminal that nobody has open any more.
  channels_.erase(found);
  tell(pid, {});
  return false;
}

void InferiorIo::drain(Pid pid) {
  if (!channels_.contains(pid)) return;
  for (int portions = 0; portions < kDrainPortions && read_some(pid); ++portions) {
  }
  if (channels_.contains(pid)) tell(pid, {});
}

Result<> InferiorIo::write(Pid pid, std::string_view bytes) {
  const auto found = channels_.find(pid);
  if (found == channels_.end())
    return Error{ErrorCode::NotFound, 0,
                 "the hub does not have the input of process " + std::to_string(pid.value) + " (see --inferior-io)"};
  if (found->second->unwritten.size() + bytes.size() > kMaxInput)
    return Error{ErrorCode::Busy, 0, "process " + std::to_string(pid.value) + " does not read its input"};
  found->second->unwritten += bytes;
  write_more(pid);
  return {};
}

void InferiorIo::write_more(Pid pid) {
  const auto found = channels_.find(pid);
  if (found == channels_.end() || found->second->writing) return;
  Channel& channel = *found->second;
  if (channel.unwritten.empty()) return;
  const auto size = ::write(channel.input_end().native_handle(), channel.unwritten.data(), channel.unwritten.size());
  if (size > 0) channel.unwritten.erase(0, static_cast<std::size_t>(size));
  if (size < 0 && errno != EAGAIN && errno != EINTR) return channel.unwritten.clear();  // nobody will read it
  if (channel.unwritten.empty()) return;
  channel.writing = true;
  channel.input_end().async_wait(Stream::wait_write, [this, pid, weak = std::weak_ptr(found->second)](const auto& error) {
    const auto alive = weak.lock();
    if (error || !alive) return;
    alive->writing = false;
    write_more(pid);
  });
}

Result<Pid> StreamingKernel::spawn(const LaunchSpec& spec) {
  return io_.start(spec, [this](const LaunchSpec& with_streams) { return DebuggedKernel::spawn(with_streams); });
}

std::optional<WaitResult> StreamingKernel::wait_next() {
  auto result = DebuggedKernel::wait_next();
  // The leader's death is the last of the process; its files are closed by then (exit_files comes before exit_notify).
  if (result && result->status.is_death()) io_.drain(Pid{result->tid.value});
  return result;
}

std::optional<WaitStatus> StreamingKernel::wait_thread(Tid tid) {
  auto status = DebuggedKernel::wait_thread(tid);
  if (status && status->is_death()) io_.drain(Pid{tid.value});
  return status;
}

}  // namespace gdbhub::net
