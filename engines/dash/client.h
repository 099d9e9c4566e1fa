// One client of the API: its requests, and the updates that it is sent.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engines/dash/client_engine.h"
#include "engines/dash/feed.h"
#include "engines/dash/methods.h"
#include "engines/dash/packet_watch.h"
#include "engines/dash/rpc.h"
#include "engines/dash/viewer.h"
#include "gdbhub/hub.h"

namespace gdbhub::dash {

/// One instruction of a disassembly.
struct CodeLine {
  Address at;
  unsigned length = 0;
  std::string text;
};

/// What all clients share. Owned by the server, outlives them.
struct Service {
  Hub& hub;
  Feed& feed;
  Viewer& viewer;
  std::string version;
  std::function<std::vector<CodeLine>(ByteSpan code, Address at)> disassemble;
  /// A URL with a token of its own; serves the dashboard first where nobody does. The text stands after `--dashboard=`.
  std::function<Result<std::string>(std::string_view where)> open_dashboard{};
};

/// How messages leave.
struct Outlet {
  std::function<void(MessagePtr)> send;      ///< never blocks
  std::function<std::size_t()> unsent;       ///< messages that have not been handed to the kernel yet
  std::function<void()> close;
};

/// Tracer thread only. Answers are always sent; updates only as long as the client reads: one that is behind gets a snapshot
/// of the moment when it reads again, instead of all that was in between (A23).
class Client {
 public:
  /// Messages unread, from which on no updates are sent, and down to which they have to be read.
  static constexpr std::size_t kBehind = 64;
  static constexpr std::size_t kCaughtUp = 4;

  /// `kind`, `peer`: for people. `service` is not owned.
  Client(Service& service, EngineInfo info, Outlet outlet);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// One whole message.
  void receive(std::string_view text);

  // -- for the methods ------------------------------------------------------------------------------
  Hub& hub() { return service_.hub; }
  Service& service() { return service_; }
  const EngineInfo& info() const { return info_; }
  /// Its engine, which is there from its first command on.
  ClientEngine& engine();
  /// From now on it is sent what this engine and the hub say to each other, and no longer another one's; 0: nobody's.
  void watch_packets(EngineId engine);
  /// From now on it is sent updates, after the answer: those after `since`, or a snapshot first.
  void follow(std::optional<std::uint64_t> since, const std::string& instance, const Answer& answer);

 private:
  void update(const MessagePtr& message);
  void catch_up();
  void send(std::string text) { outlet_.send(std::make_shared<Message>(std::move(text))); }

  Service& service_;
  EngineInfo info_;
  Outlet outlet_;
  std::optional<ClientEngine> engine_;
  std::optional<PacketWatch> packets_;
  std::uint64_t following_ = 0;
  bool behind_ = false;
  EventLoop::TimerId timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gdbhub::dash
