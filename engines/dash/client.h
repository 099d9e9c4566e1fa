// One client of the API: its requests, and the updates that it is sent.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "engines/dash/client_engine.h"
#include "engines/dash/feed.h"
#include "engines/dash/methods.h"
#include "engines/dash/outlet.h"
#include "engines/dash/packet_watch.h"
#include "engines/dash/rpc.h"
#include "engines/dash/viewer.h"
#include "gdbhub/code.h"
#include "gdbhub/hub.h"
#include "gdbhub/symbols.h"

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
  CodeLookup& code;
  Symbols& symbols;
  std::vector<std::span<const Method>> families;  ///< all methods that there are
  std::string version;
  std::function<std::vector<CodeLine>(ByteSpan code, Address at)> disassemble;
  std::function<void(const std::string& program, Pid pid)> created;  ///< a program was started for a client
  /// A URL with a token of its own; serves the dashboard first where nobody does. The text stands after `--dashboard=`.
  std::function<Result<std::string>(std::string_view where)> open_dashboard{};
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
  const Outlet& outlet() const { return outlet_; }
  /// How its engines are shown and what they may do, at most what the connection may. Only as long as it has none.
  Result<> introduce(const std::string& kind, Role role);
  /// What a family of methods keeps for this client: a Part(Client&), made when it is first asked for.
  template <class Part>
  Part& part() {
    std::shared_ptr<void>& found = parts_[typeid(Part)];
    if (!found) found = std::make_shared<Part>(*this);
    return *static_cast<Part*>(found.get());
  }
  /// Expires with it: for what comes later than the call.
  std::weak_ptr<const void> alive() const { return alive_; }
  /// Its engine, which is there from its first command on.
  ClientEngine& engine();
  /// What it holds and has set stays for so long when its connection drops, for who takes over that name (A39). Busy when it has
  /// an engine of another name.
  Result<> linger(const std::string& name, Duration time);
  /// Goes on as a client of that name that is away. Only as long as it has no engine.
  Result<> take_over(const std::string& name);
  /// From now on it is sent what this engine and the hub say to each other, and no longer another one's; 0: nobody's.
  void watch_packets(EngineId engine);
  /// From now on it is sent updates, after the answer: those after `since`, or a snapshot first.
  void follow(std::optional<std::uint64_t> since, const std::string& instance, const Answer& answer);

 private:
  EngineActivity activity() const;
  ClientEngine::Listener listener();
  void update(const MessagePtr& message);
  void catch_up();
  void send(std::string text) { outlet_.send(std::make_shared<Message>(std::move(text))); }

  Service& service_;
  EngineInfo info_;
  Outlet outlet_;
  std::unique_ptr<ClientEngine> engine_;
  std::optional<PacketWatch> packets_;
  std::map<std::type_index, std::shared_ptr<void>> parts_;
  std::uint64_t requests_ = 0;
  std::uint64_t following_ = 0;
  bool behind_ = false;
  EventLoop::TimerId timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gdbhub::dash
