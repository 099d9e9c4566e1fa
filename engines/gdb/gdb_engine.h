// A gdb (or another client of the remote protocol) as an engine.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engines/gdb/agent_breakpoints.h"
#include "engines/gdb/client.h"
#include "engines/gdb/host_files.h"
#include "engines/gdb/reply.h"
#include "engines/gdb/run_control.h"
#include "gdbhub/hub.h"
#include "rsp/link.h"

namespace gdbhub::gdb {

/// How a client is received.
struct Admission {
  std::string peer;  ///< for people: "127.0.0.1:4711"
  Role role = Role::Controller;
  JoinPolicy join = JoinPolicy::Hold;
  std::string identity{};  ///< what a later connection of the same client has in common with this one; empty: nothing
  std::vector<Pid> tracees;  ///< the listener's, that the client joins at once (A51)
};

/// One connection: bytes in, bytes out through Surroundings. The packets are handled by the functions of packet_table.h; this
/// class keeps what they share. Its destructor is the disconnect (A26).
class GdbEngine final : public Engine {
 public:
  /// `hub` and `surroundings` are not owned.
  GdbEngine(Hub& hub, Surroundings& surroundings, const Admission& admission);
  ~GdbEngine() override;
  GdbEngine(const GdbEngine&) = delete;
  GdbEngine& operator=(const GdbEngine&) = delete;

  /// Bytes from the client, in any portions.
  void receive(std::string_view bytes);

  // Engine
  Verdict report(const Event& event) override { return run_.report(event); }
  void quiesced(Pid, Tid tid, bool) override { run_.quiesced(tid); }
  Action thread_started(Pid pid, Tid tid, Tid) override { return run_.thread_started(pid, tid); }
  void thread_gone(Pid pid, Tid tid, WaitStatus how) override { run_.thread_gone(pid, tid, how); }
  void process_gone(Pid pid, WaitStatus how) override;
  void launched(Pid pid, const Result<>& result) override;
  void kept_waiting(const std::vector<Hold>& by) override { run_.kept_waiting(by); }
  void told(std::string_view text) override { run_.tell("[gdbhub] " + std::string(text) + "\n"); }
  void dismissed() override {
    lingers_for_ = {};
    surroundings_.close();
  }
  EngineActivity activity() const override;
  std::string condition(Pid pid, Address at) const override { return agent_breakpoints_.text(pid, at); }

  // -- for the packet handlers ------------------------------------------------------------------------
  Hub& hub() { return hub_; }
  EngineId id() const { return id_; }
  Client& client() { return client_; }
  RunControl& run() { return run_; }
  HostFiles& files() { return files_; }
  AgentBreakpoints& agent_breakpoints() { return agent_breakpoints_; }
  Surroundings& surroundings() { return surroundings_; }
  /// When the connection drops, what the client has stays for so long (A39).
  void linger(Duration time) { lingers_for_ = time; }
  /// It goes on as the engine of a client that was away.
  bool took_over() const { return took_over_; }
  bool is_observer() const { return role_ == Role::Observer; }
  /// The thread that g, m and the like are about; 0 when there is none.
  Tid current_thread() const;
  /// Its process; nullopt when the client has none.
  std::optional<Pid> current_process() const;
  /// What is asked of the hub when attaching.
  EventSet wanted_events() const;
  /// vRun. The reply follows when the program is there.
  Reply start(std::vector<std::string> argv);
  Reply attach(Pid pid);
  /// ^C and vCtrlC. OK, or an error when the client is not to stop anything.
  Reply interrupt();
  Reply detach(Pid pid);
  /// vKill and k. OK is sent when the process is gone. `force`: "monitor kill force".
  Reply kill(Pid pid, bool force);
  /// Every process of the hub is this client's, or no other controller is attached to it.
  bool may_kill_all() const;
  /// A packet that takes long: `step` is called now, and then once each turn of the loop, until it has the answer. Packets that
  /// come meanwhile wait for it.
  Reply answer_in_steps(std::function<std::optional<Reply>()> step);
  /// Text for the user, as answer to a monitor command.
  void print(std::string_view text);
  void stop_acknowledging() { link_.set_no_ack(); }
  /// NotPermitted, for the client's role or by its own wish.
  Result<> require(Permission permission) const { return client_.permissions.check(permission, is_observer()); }
  /// What a program wrote, for a client that asked for it: at once while it waits for a stop, otherwise when it next does.
  void output(Pid pid, std::string text);
  /// Input is the owner's (A28).
  Result<> write_input(Pid pid, std::string_view bytes);
  /// Keeps the reason of a refusal for the log and for the user's next wait (A52).
  Reply refuse(const Error& error);

 private:
  void handle(const std::string& packet);
  bool is_disabled(std::string_view prefix) const;
  void step_soon();
  /// `late`: as of TrafficEntry.
  void send(const Reply& reply, bool late = false);
  void flush();
  bool has_other_controllers(Pid pid) const;
  bool joined_anything() const { return !run_.processes().empty(); }

  Hub& hub_;
  Surroundings& surroundings_;
  Role role_;
  EngineId id_;
  Client client_;
  rsp::Link link_;
  AgentBreakpoints agent_breakpoints_;
  RunControl run_;
  HostFiles files_;
  std::uint64_t announcements_;  ///< its subscription to the journal
  std::uint64_t packets_ = 0;  ///< that the client has sent
  std::unordered_set<Pid> killing_;  ///< vKill has been accepted; OK follows their ends
  bool reply_to_kill_ = false;
  Duration lingers_for_{};
  bool took_over_ = false;
  std::function<std::optional<Reply>()> step_;  ///< of the answer under way
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::vector<std::string_view> disabled_;  ///< packets that --disable-packet takes away
  bool receiving_ = false;
  bool done_ = false;  ///< the last process was detached or killed in plain `target remote`
};

}  // namespace gdbhub::gdb
