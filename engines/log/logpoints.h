// Logpoints and libraries of all processes, for one client.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engines/log/journal_feed.h"
#include "engines/log/process_control.h"
#include "engines/log/logpoint.h"
#include "engines/log/traced_process.h"
#include "gdbhub/symbols.h"

namespace gdbhub::log {

/// Sends the events `log`, `logpoint`, `library-loaded`, `library-unloaded`.
///
/// A logpoint is a breakpoint whose report never holds: no thread waits for the client, and none but the one
/// at the place is stopped (A1, A23, A31). Only processes that the client has brought itself are held, for
/// the moments in which the places in a new program or library are looked up.
class Logpoints {
 public:
  static constexpr std::size_t kMaxLogpoints = 256;

  /// Nothing is owned; all must outlive this.
  Logpoints(const Self& self, JournalFeed& feed, ProcessControl& processes, Symbols& symbols);
  ~Logpoints();
  Logpoints(const Logpoints&) = delete;
  Logpoints& operator=(const Logpoints&) = delete;

  Result<json> insert(const json& params);
  Result<json> remove(const json& params);
  Result<json> list(const json& params);

  /// What users have written of the logpoints at a place, for people.
  std::string text(Pid pid, Address at) const;

  // What the hub tells the engine.
  /// nullopt: nothing that matters here.
  std::optional<Verdict> report(const Event& event);
  void process_gone(Pid pid);
  /// True: the program waits for its logpoints, and is let go here.
  bool launched(Pid pid);

 private:
  // logpoint_places.cc: where logpoints are
  /// Takes part in all processes of the hub, now and later.
  void follow_all();
  void follow_soon(Pid pid);
  void begin(Pid pid, Tid tid);
  void begin_child(const TracedProcess& parent, Pid child);
  /// Which libraries and files have come; asks for places in them.
  void look(Pid pid, Tid tid);
  void ask(Pid pid, const MappedFile& file, const std::vector<const Logpoint*>& about);
  void place(Pid pid, const Logpoint& logpoint, Address at, std::string name);
  /// Where the function itself is, or the one that it chooses.
  void place(Pid pid, const Logpoint& logpoint, const CodePlace& found, std::string name);
  /// A thread is at a function that chooses, or where one has returned to.
  void learn_choice(const Event& event, TracedProcess& process, const TracedProcess::Place& at);
  void answered(Pid pid);
  /// Tells the client of logpoints whose place in the process is known now, or known to be nowhere.
  void tell_fate(Pid pid);
  void give_up_waiting(Pid pid, Tid tid);

  Verdict wait_for_places(Pid pid, Tid tid);
  /// Holding the thread until places are found makes sense and is allowed: it is noted as waiting.
  bool must_wait(Pid pid, Tid tid);
  void log_hits(const Event& event, TracedProcess& process);
  void end(unsigned logpoint);
  void emit(std::string_view kind, Pid pid, Tid tid, std::string text, json more = nullptr);
  std::vector<const Logpoint*> all_logpoints() const;

  const Self& self_;
  JournalFeed& feed_;
  ProcessControl& processes_;
  Symbols& symbols_;
  std::map<unsigned, Logpoint> logpoints_;
  unsigned last_id_ = 0;
  std::map<Pid, TracedProcess> traced_;
  unsigned last_program_ = 0;
  std::uint64_t subscription_ = 0;  ///< of the journal; 0 before follow_all
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gdbhub::log
