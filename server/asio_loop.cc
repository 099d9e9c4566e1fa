#include "server/asio_loop.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <system_error>

#include "server/logging.h"

namespace gdbhub::net {

AsioLoop::AsioLoop() {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t handled;
  sigemptyset(&handled);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT}) sigaddset(&handled, signal);
  pthread_sigmask(SIG_BLOCK, &handled, &former_mask_);
  signals_.assign(signalfd(-1, &handled, SFD_NONBLOCK | SFD_CLOEXEC));
  wait_for_signals();
}

AsioLoop::~AsioLoop() {
  pthread_sigmask(SIG_SETMASK, &former_mask_, nullptr);
}

void AsioLoop::post(std::function<void()> work) {
  boost::asio::post(context_, std::move(work));
}

EventLoop::TimerId AsioLoop::after(Duration delay, std::function<void()> work) {
  const auto id = ++last_timer_;
  auto& timer = timers_.try_emplace(id, context_, delay).first->second;
  timer.async_wait([this, id, work = std::move(work)](const boost::system::error_code& error) {
    if (error || timers_.erase(id) == 0) return;  // cancelled, perhaps when it had already fired
    debug(DebugComponent::EventLoop, "timer {}", id);
    work();
  });
  return id;
}

void AsioLoop::cancel(TimerId timer) {
  timers_.erase(timer);
}

bool AsioLoop::is_current() const {
  return thread_ == std::thread::id{} || thread_ == std::this_thread::get_id();
}

void AsioLoop::on_child(std::function<void(Tid)> child_changed, std::function<void()> pump) {
  child_changed_ = std::move(child_changed);
  pump_ = std::move(pump);
}

int AsioLoop::run() {
  thread_ = std::this_thread::get_id();
  while (!stopped_) {
    if (idle_ && idle_()) {
      context_.poll();
    } else {
      context_.run_one();
    }
  }
  return status_;
}

void AsioLoop::stop(int status) {
  if (!stopped_) status_ = status;
  stopped_ = true;
  context_.stop();
}

void AsioLoop::wait_for_signals() {
  signals_.async_wait(signals_.wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    read_signals();
    wait_for_signals();
  });
}

void AsioLoop::read_signals() {
  std::array<signalfd_siginfo, 32> infos;
  bool children = false;
  for (;;) {
    const auto size = ::read(signals_.native_handle(), infos.data(), sizeof infos);
    if (size <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(size) / sizeof infos[0]; ++i) {
      const auto& info = infos[i];
      debug(DebugComponent::EventLoop, "signal {} of {}", info.ssi_signo, info.ssi_pid);
      if (info.ssi_signo == SIGCHLD) {
        children = true;
        if (child_changed_) child_changed_(Tid{static_cast<int>(info.ssi_pid)});
      } else if (terminate_) {
        terminate_(static_cast<int>(info.ssi_signo));
      } else {
        stop(0);
      }
    }
    if (static_cast<std::size_t>(size) < sizeof infos) break;  // all of them; what comes now wakes the next wait
  }
  if (children && pump_) pump_();
}

}  // namespace gdbhub::net
