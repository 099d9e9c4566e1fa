#include "engines/gdb/gdb_engine.h"

#include <algorithm>

#include "engines/gdb/packet_table.h"
#include "gdbhub/check.h"
#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

/// What gdbserver says on its terminal; scripts match it.
std::string end_of_child(WaitStatus how) {
  if (!how.is_killed()) return "\nChild exited with status " + std::to_string(how.exit_code());
  std::string text = "\nChild terminated with signal = 0x";
  rsp::append_hex_number(text, static_cast<std::uint64_t>(how.term_signal()));
  return text;
}

/// Without what has a meaning in a packet: a client does not undo escapes in such a text.
std::string unframed(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return std::string_view("#$}*").find(c) != std::string_view::npos; }, ' ');
  return text;
}

/// The names of --disable-packet for packets; those for parts of stop replies are in Client. "threads" is all of them.
constexpr std::pair<std::string_view, std::string_view> disableable[] = {
    {"vCont", "vCont?"},
    {"vCont", "vCont"},
    {"qC", "qC"},
    {"qfThreadInfo", "qfThreadInfo"},
    {"qfThreadInfo", "qsThreadInfo"},
};

}  // namespace

GdbEngine::GdbEngine(Hub& hub, Surroundings& surroundings, const Admission& admission)
    : hub_(hub),
      surroundings_(surroundings),
      role_(admission.role),
      agent_breakpoints_(hub, id_, [this](std::string text) { run_.tell(std::move(text)); }),
      run_(hub, id_, client_, agent_breakpoints_, admission.role, admission.join,
           {.reply = [this](std::string text) { send(Reply::text(std::move(text)), true); },
            .notify =
                [this](std::string text) {
                  hub_.traffic().note(id_, false, "notification", text, true);
                  link_.notify(text);
                  flush();
                },
            .console = [this](std::string text) { print(text); }}),
      files_({.may_write = admission.role == Role::Controller,
              .read_memory = [this](Pid pid, Address from, MutableByteSpan to) -> Result<std::size_t> {
                // The file itself would show the traps of others (A4).
                if (!hub_.threads(pid).empty() && !hub_.attached(id_, pid))
                  return Error{ErrorCode::NotPermitted, 0, "not attached to the process"};
                return hub_.read_memory(id_, pid, from, to);
              }}),
      announcements_(hub.journal().subscribe([this](const JournalEntry& entry) {
        if (entry.announced)
          run_.tell("[gdbhub] thread " + std::to_string(entry.tid.value) + " of process " + std::to_string(entry.pid.value) +
                    ": " + entry.text() + ".\n");
      })) {
  Hub::Batch batch(hub_);  // what has waited for a client that is back comes when this one is complete
  const EngineInfo info{"gdb", admission.peer, admission.role, admission.identity};
  const Result<EngineId> former = hub_.take_over(*this, info);
  took_over_ = former.ok();
  id_ = former ? *former : hub_.connect(*this, info);
  const LaunchSpec defaults = surroundings.launch_defaults();
  client_.startup_with_shell = defaults.with_shell;
  client_.disable_randomization = defaults.disable_randomization;
  client_.program = defaults.argv;
  for (const auto& [name, prefix] : disableable)
    if (surroundings.is_disabled(name) || surroundings.is_disabled("threads")) disabled_.push_back(prefix);
  client_.stops_without_thread = surroundings.is_disabled("Tthread") || surroundings.is_disabled("threads");
  client_.stops_in_short = surroundings.is_disabled("T");
  if (took_over_) {
    run_.taken_over();
    run_.explain("[gdbhub] you go on as " + hub_.name_of(id_) + ", whose connection had dropped.\n");
  }
  for (Pid pid : admission.tracees)
    if (!hub_.attached(id_, pid) && hub_.attach(id_, pid, wanted_events())) run_.joined(pid, SIGTRAP, false);
}

GdbEngine::~GdbEngine() {
  hub_.journal().unsubscribe(announcements_);
  if (lingers_for_ != Duration{} && joined_anything()) {  // A39
    hub_.linger(id_, lingers_for_, surroundings_.when_given_up(client_.extended));
  } else {
    surroundings_.leaving(client_.extended);
    hub_.disconnect(id_);
  }
}

void GdbEngine::receive(std::string_view bytes) {
  receiving_ = true;
  link_.receive(bytes);
  while (!step_) {
    const auto incoming = link_.next();
    if (!incoming) break;
    Hub::Batch batch(hub_);
    if (std::holds_alternative<rsp::Interrupt>(*incoming)) {
      (void)interrupt();
    } else if (const auto* packet = std::get_if<rsp::Packet>(&*incoming)) {
      handle(packet->payload);
    } else {
      send(Reply::error());
    }
  }
  receiving_ = false;
  flush();
  if (link_.broken() || done_) surroundings_.close();
}

EngineActivity GdbEngine::activity() const {
  const std::size_t unread = surroundings_.unsent();
  if (client_.non_stop) return {"non-stop", "", packets_, unread};
  return {"all-stop", run_.at_prompt() ? "at its prompt" : "waits for a stop", packets_, unread};
}

void GdbEngine::handle(const std::string& packet) {
  // A client that waits for a stop must only interrupt; gdb never sends anything else then.
  const PacketEntry* entry = find_packet(packet);
  ++packets_;
  hub_.traffic().note(id_, true, entry == nullptr ? "not known" : entry->summary, packet);
  if (entry == nullptr || is_disabled(entry->prefix)) return send(Reply::unsupported());
  rsp::Reader reader(packet);
  reader.consume(entry->prefix);
  send(entry->handler(*this, reader));
}

bool GdbEngine::is_disabled(std::string_view prefix) const {
  return std::find(disabled_.begin(), disabled_.end(), prefix) != disabled_.end();
}

Reply GdbEngine::answer_in_steps(std::function<std::optional<Reply>()> step) {
  if (std::optional<Reply> reply = step()) return std::move(*reply);
  step_ = std::move(step);
  step_soon();
  return Reply::later();
}

void GdbEngine::step_soon() {
  hub_.loop().post([this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    const std::optional<Reply> reply = step_();
    if (!reply) return step_soon();
    step_ = nullptr;
    send(*reply);
    receive("");  // what has waited
  });
}

void GdbEngine::send(const Reply& reply, bool late) {
  if (reply.is_later()) return;
  std::string payload = reply.payload();
  if (!reply.reason().empty() && client_.features.error_message) payload = "E." + unframed(reply.reason());
  if (!reply.reason().empty() && client_.error_strings) payload += ";" + rsp::to_hex(reply.reason());
  hub_.traffic().note(id_, false, "reply", payload, late);
  link_.send(reply.is_binary() ? payload : rsp::run_length_encode(payload));
  flush();
}

void GdbEngine::flush() {
  if (receiving_) return;  // one write for all of it
  if (std::string output = link_.take_output(); !output.empty()) surroundings_.send(std::move(output));
}

void GdbEngine::print(std::string_view text) {
  link_.send("O" + rsp::to_hex(text));
  flush();
}

Reply GdbEngine::refuse(const Error& error) {
  hub_.journal().write(id_, current_process().value_or(Pid{}), current_thread(), "refused", error.text);
  if (!client_.features.error_message) run_.tell("[gdbhub] " + error.text + ".\n");
  return Reply::refusal(error.text);
}

void GdbEngine::output(Pid pid, std::string text) {
  if (!run_.knows(pid)) return;
  if (run_.running()) return print(text);
  run_.explain(std::move(text));
}

Result<> GdbEngine::write_input(Pid pid, std::string_view bytes) {
  for (const ProcessStatus& process : hub_.processes())
    if (process.pid == pid && process.owner != id_)
      return Error{ErrorCode::NotPermitted, 0,
                   "the input of process " + std::to_string(pid.value) + " is " + hub_.name_of(process.owner) + "'s"};
  return surroundings_.write_input(pid, bytes);
}

// ---- the current thread ------------------------------------------------------------------------------

Tid GdbEngine::current_thread() const {
  const auto is_ours = [this](Tid tid) {
    const std::optional<Pid> pid = hub_.process_of(tid);
    return pid && run_.knows(*pid);
  };
  if (client_.general.tid != Tid{}) return is_ours(client_.general.tid) ? client_.general.tid : Tid{};
  if (run_.last_stopped() != Tid{} && is_ours(run_.last_stopped())) return run_.last_stopped();
  for (Pid pid : run_.processes())
    for (Tid tid : hub_.threads(pid)) return tid;
  return {};
}

std::optional<Pid> GdbEngine::current_process() const {
  const Pid chosen = client_.general.pid;
  if (chosen == Pid{}) return hub_.process_of(current_thread());
  return run_.knows(chosen) && !hub_.threads(chosen).empty() ? std::optional(chosen) : std::nullopt;
}

EventSet GdbEngine::wanted_events() const {
  return {.signals = true,
          .forks = client_.features.fork_events && client_.features.multiprocess,
          .execs = true};
}

// ---- processes ---------------------------------------------------------------------------------------

Reply GdbEngine::start(std::vector<std::string> argv) {
  if (argv.empty()) return Reply::error();
  LaunchSpec spec = surroundings_.launch_defaults();
  spec.argv = client_.program = std::move(argv);
  spec.with_shell = client_.startup_with_shell;
  spec.disable_randomization = client_.disable_randomization;
  if (!client_.working_directory.empty()) spec.working_directory = client_.working_directory;
  spec.environment = client_.environment;
  const Result<Pid> pid = hub_.launch(id_, spec, wanted_events());
  if (!pid) return refuse(pid.error());
  surroundings_.starting(*pid);
  return Reply::later();
}

void GdbEngine::launched(Pid pid, const Result<>& result) {
  if (!result) {
    surroundings_.say(result.error().text + ".");
    return send(refuse(result.error()), true);
  }
  surroundings_.created(client_.program.front(), pid);
  run_.launched(pid);
}

Reply GdbEngine::attach(Pid pid) {
  const bool is_join = !hub_.threads(pid).empty();
  if (auto attached = hub_.attach(id_, pid, wanted_events()); !attached) return refuse(attached.error());
  if (!is_join) surroundings_.say("Attached; pid = " + std::to_string(pid.value));
  run_.joined(pid, client_.non_stop ? 0 : SIGTRAP, true);
  return client_.non_stop ? Reply::ok() : Reply::later();
}

Reply GdbEngine::interrupt() {
  // An observer holds nothing: it gets a snapshot (A41).
  if (auto allowed = client_.permissions.check(Permission::Stop, false); !allowed) return refuse(allowed.error());
  run_.interrupt();
  return Reply::ok();
}

Reply GdbEngine::detach(Pid pid) {
  if (!run_.knows(pid)) return Reply::error();
  surroundings_.say("Detaching from process " + std::to_string(pid.value));
  run_.settle_signals(pid);
  run_.left(pid);
  (void)hub_.detach(id_, pid);
  if (!joined_anything()) done_ = !client_.extended;
  return Reply::ok();
}

bool GdbEngine::has_other_controllers(Pid pid) const {
  for (const EngineStatus& engine : hub_.engines())
    for (Pid of : engine.controlled)
      if (of == pid && engine.id != id_) return true;
  return false;
}

bool GdbEngine::may_kill_all() const {
  for (const ProcessStatus& process : hub_.processes())
    if (process.owner != id_ && has_other_controllers(process.pid)) return false;
  return !is_observer();
}

Reply GdbEngine::kill(Pid pid, bool force) {
  if (!run_.knows(pid)) return Reply::error();
  if (!hub_.attached(id_, pid)) {  // it has ended already
    run_.left(pid);
    return Reply::ok();
  }
  bool owner = false;
  for (const ProcessStatus& process : hub_.processes())
    if (process.pid == pid) owner = process.owner == id_;
  if (owner && has_other_controllers(pid) && !force) {  // A42: nobody's quit kills under the others
    run_.explain("[gdbhub] other clients are attached to process " + std::to_string(pid.value) +
                 ": detached instead of killing it; \"monitor kill force\" kills it.\n");
    return detach(pid);
  }
  if (auto killed = hub_.kill(id_, pid, force); !killed) return refuse(killed.error());
  run_.left(pid);
  killing_.insert(pid);
  reply_to_kill_ = true;
  return Reply::later();
}

void GdbEngine::process_gone(Pid pid, WaitStatus how) {
  for (const ProcessStatus& process : hub_.processes())
    if (process.pid == pid && process.owner == id_) surroundings_.say(end_of_child(how));
  if (killing_.erase(pid) == 0) return run_.process_gone(pid, how);
  if (!killing_.empty() || !std::exchange(reply_to_kill_, false)) return;
  send(Reply::ok(), true);
  if (!joined_anything() && !client_.extended) surroundings_.close();
}

}  // namespace gdbhub::gdb
