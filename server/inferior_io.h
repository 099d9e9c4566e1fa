// The standard streams of programs that the hub has started, when they are not the hub's own (--inferior-io=pty|pipe).
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/ids.h"
#include "gdbhub/result.h"
#include "gdbhub/unique_fd.h"
#include "server/asio_loop.h"
#include "server/debugged_kernel.h"
#include "server/options.h"

namespace gdbhub::net {

/// Reads what the programs write, whether anybody wants it or not, so that none ever waits for a reader. Loop thread only.
class InferiorIo {
 public:
  /// Bytes as they came; none: the program's output has ended, or the program has.
  using Listener = std::function<void(Pid, std::string_view bytes)>;
  /// Input that a program may leave unread.
  static constexpr std::size_t kMaxInput = 64 << 10;

  InferiorIo(AsioLoop& loop, InferiorStreams kind) : loop_(loop), kind_(kind) {}
  InferiorIo(const InferiorIo&) = delete;
  InferiorIo& operator=(const InferiorIo&) = delete;

  bool enabled() const { return kind_ != InferiorStreams::Inherit; }
  /// Starts a program by `spawn`, which is given the spec with its streams.
  Result<Pid> start(LaunchSpec spec, const std::function<Result<Pid>(const LaunchSpec&)>& spawn);
  /// The program has ended: hands out all that it has written, before anybody is told of the end.
  void drain(Pid pid);
  /// To the program's standard input. NotFound: it has none of ours; Busy: it does not read.
  Result<> write(Pid pid, std::string_view bytes);

  std::uint64_t subscribe(Listener listener);
  void unsubscribe(std::uint64_t id) { listeners_.erase(id); }

 private:
  using Stream = boost::asio::posix::stream_descriptor;
  /// The hub's ends.
  struct Channel {
    Stream output;
    std::optional<Stream> input;  ///< none: output is a terminal, and both
    std::string unwritten;        ///< input that waits until the program reads
    bool writing = false;

    Stream& input_end() { return input ? *input : output; }
  };

  void wait_for_output(Pid pid);
  /// One portion. False: there is none now, or the stream has ended.
  bool read_some(Pid pid);
  void write_more(Pid pid);
  void tell(Pid pid, std::string_view bytes);

  AsioLoop& loop_;
  const InferiorStreams kind_;
  std::map<Pid, std::shared_ptr<Channel>> channels_;
  std::map<std::uint64_t, Listener> listeners_;
  std::uint64_t last_listener_ = 0;
};

/// The real kernel, whose programs have their streams from an InferiorIo.
class StreamingKernel final : public DebuggedKernel {
 public:
  explicit StreamingKernel(InferiorIo& io) : io_(io) {}

  Result<Pid> spawn(const LaunchSpec& spec) override;
  std::optional<WaitResult> wait_next() override;
  std::optional<WaitStatus> wait_thread(Tid tid) override;

 private:
  InferiorIo& io_;
};

}  // namespace gdbhub::net
