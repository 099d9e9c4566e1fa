// A WebSocket's two queues between the tracer thread and the web thread. Both are bounded.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "engines/dash/update.h"

namespace gdbhub::net {

/// Shared by the two sides; either may let go first. Messages to the browser are bounded by dash::Client, which looks at unsent();
/// those from it by the reader, which pauses while kMaxRequests are on their way.
class WebChannel : public std::enable_shared_from_this<WebChannel> {
 public:
  static constexpr int kMaxRequests = 16;

  /// Runs work on the other thread.
  using Post = std::function<void(std::function<void()>)>;

  WebChannel(std::string peer, Post to_web, Post to_hub)
      : peer_(std::move(peer)), to_web_(std::move(to_web)), to_hub_(std::move(to_hub)) {}

  const std::string& peer() const { return peer_; }

  // -- tracer thread ---------------------------------------------------------------------------------
  void send(dash::MessagePtr message);
  std::size_t unsent() const { return unsent_; }
  void close();
  std::function<void(std::string)> on_request;

  // -- web thread ------------------------------------------------------------------------------------
  /// Gives the request to the tracer thread. False: no further one until on_room is called.
  bool request(std::string text);
  /// Null: nothing is there.
  dash::MessagePtr take();
  /// The message that was taken has left.
  void sent() { --unsent_; }
  std::function<void()> on_message;
  std::function<void()> on_room;
  std::function<void()> on_close;

 private:
  const std::string peer_;
  const Post to_web_, to_hub_;
  std::atomic<std::size_t> unsent_{0};
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  std::deque<dash::MessagePtr> messages_;
};

}  // namespace gdbhub::net
