// The real event loop: one thread, sockets and timers by Asio, signals by signalfd(2).
#pragma once

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <thread>

#include "gdbhub/event_loop.h"
#include "gdbhub/ids.h"

namespace gdbhub::net {

/// Make it before any thread starts: it blocks SIGCHLD, SIGTERM and SIGINT in the calling thread (a spawned
/// program must unblock them) and gives the former mask back when it goes. SIGPIPE is ignored for good: a
/// peer that is gone is an error of write, not our death.
class AsioLoop final : public EventLoop {
 public:
  AsioLoop();
  ~AsioLoop() override;
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;

  void post(std::function<void()> work) override;
  TimerId after(Duration delay, std::function<void()> work) override;
  void cancel(TimerId timer) override;
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
  bool is_current() const override;

  /// `child_changed` is called for each SIGCHLD with the task that it names, then `pump` once. Signals
  /// coalesce: only `pump`, waiting until nothing is left, sees every change; the names are a hint which to
  /// ask first.
  void on_child(std::function<void(Tid)> child_changed, std::function<void()> pump);
  /// `idle` is called between handlers, and so before the loop would sleep. True: it has done something, and is to be
  /// called again once all handlers that are ready have had their turn. It takes no longer than a client may wait.
  void on_idle(std::function<bool()> idle) { idle_ = std::move(idle); }
  /// SIGTERM or SIGINT came. Until this is set they just stop the loop.
  void on_terminate(std::function<void(int signal)> terminate) { terminate_ = std::move(terminate); }

  /// Runs until stop(). Returns the status given there.
  int run();
  /// Makes run() return `status` after the current handler; the first status counts.
  void stop(int status);

  boost::asio::io_context& context() { return context_; }

 private:
  void wait_for_signals();
  void read_signals();

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  sigset_t former_mask_{};
  boost::asio::posix::stream_descriptor signals_{context_};
  std::map<TimerId, boost::asio::steady_timer> timers_;
  TimerId last_timer_ = 0;
  std::function<void(Tid)> child_changed_;
  std::function<void()> pump_;
  std::function<bool()> idle_;
  std::function<void(int)> terminate_;
  std::thread::id thread_;  // nobody before run()
  int status_ = 0;
  bool stopped_ = false;
};

}  // namespace gdbhub::net
