#include "engines/gdb/agent_breakpoints.h"

#include <algorithm>
#include <cstdio>

#include "rsp/agent_text.h"

namespace gdbhub::gdb {
namespace {

// Of what a command prints, the log keeps this many bytes.
constexpr std::size_t longest_log_text = 1024;

Result<std::vector<Result<rsp::AgentProgram>>> compile_all(const std::vector<Bytes>& list) {
  std::vector<Result<rsp::AgentProgram>> programs;
  for (const Bytes& code : list) {
    Result<rsp::AgentProgram> program = rsp::AgentProgram::compile(code);
    if (!program && program.error().code != ErrorCode::Unsupported) return program.error();
    programs.push_back(std::move(program));
  }
  return programs;
}

/// No condition is a true one.
Result<bool> any_true(const std::vector<Result<rsp::AgentProgram>>& conditions, rsp::AgentContext& context) {
  for (const Result<rsp::AgentProgram>& condition : conditions) {
    const auto value = condition ? rsp::evaluate(*condition, context) : condition.error();
    if (!value) return value.error();
    if (value->value_or(0) != 0) return true;
  }
  return conditions.empty();
}

}  // namespace

/// Registers and memory of the thread that has hit, without anybody's traps (A4).
class AgentBreakpoints::StoppedThread final : public rsp::AgentContext {
 public:
  StoppedThread(Hub& hub, EngineId engine, const Event& event) : hub_(hub), engine_(engine), event_(event) {}

  std::optional<std::uint64_t> read_register(unsigned number) override {
    const Isa& isa = hub_.isa();
    std::uint64_t value = 0;
    if (number >= isa.registers().size() || isa.registers()[number].bits > 8 * sizeof value) return std::nullopt;
    const bool extended = !isa.is_general(number);
    if (!fetched_ || (extended && state_.extended.empty())) {
      Result<RegisterState> state = hub_.registers(engine_, event_.tid, extended);
      if (!state) return std::nullopt;
      state_ = std::move(*state);
      fetched_ = true;
    }
    if (!isa.read(state_, number, writable_bytes_of(value).first(isa.registers()[number].bits / 8))) return std::nullopt;
    return value;
  }
  std::size_t read_memory(Address from, MutableByteSpan to) override {
    return hub_.read_memory(engine_, event_.pid, from, to).value_or(0);
  }
  void emit(std::string_view text) override { output_ += text; }

  const std::string& output() const { return output_; }

 private:
  Hub& hub_;
  EngineId engine_;
  const Event& event_;
  RegisterState state_;
  bool fetched_ = false;
  std::string output_;
};

Result<AgentBreakpoints::Logic> AgentBreakpoints::compile(const rsp::BreakpointRequest& request) {
  if (request.conditions.size() + request.commands.size() > max_expressions)
    return Error{ErrorCode::InvalidArgument, 0,
                 "a breakpoint has at most " + std::to_string(max_expressions) + " conditions and commands"};
  auto conditions = compile_all(request.conditions);
  if (!conditions) return conditions.error();
  auto commands = compile_all(request.commands);
  if (!commands) return commands.error();
  return Logic{std::move(*conditions), std::move(*commands)};
}

std::string AgentBreakpoints::Logic::text(const Isa& isa) const {
  const auto register_name = [&isa](unsigned number) {
    return number < isa.registers().size() ? std::string(isa.registers()[number].name) : std::to_string(number);
  };
  std::string all;
  for (const Result<rsp::AgentProgram>& condition : conditions) {
    all += all.empty() ? "if " : " || ";
    all += condition ? rsp::describe(*condition, register_name) : "(" + condition.error().text + ")";
  }
  if (!commands.empty()) all += all.empty() ? "prints, and goes on" : "; prints, and goes on";
  return all;
}

void AgentBreakpoints::set(const Place& place, Logic logic) {
  if (logic.empty()) {
    entries_.erase(place);
  } else {
    std::string text = logic.text(hub_.isa());
    entries_.insert_or_assign(place, Entry{std::move(logic), std::move(text)});
  }
}

std::string AgentBreakpoints::text(Pid pid, Address at) const {
  const auto it = entries_.find({pid, at, false});
  return it == entries_.end() ? std::string() : it->second.text;
}

void AgentBreakpoints::remove(const Place& place, bool park) {
  const auto it = entries_.find(place);
  if (it == entries_.end()) return;
  if (park) {
    it->second.parked = true;
  } else {
    entries_.erase(it);
  }
}

void AgentBreakpoints::drop_parked(Pid pid) {
  std::erase_if(entries_, [=](const auto& entry) { return entry.first.pid == pid && entry.second.parked; });
}

void AgentBreakpoints::inherit(Pid child, Pid parent) {
  std::map<Place, Entry> copies;
  for (const auto& [place, entry] : entries_)
    if (place.pid == parent) copies.emplace(Place{child, place.address, place.hardware}, entry);
  forget(child);
  entries_.merge(copies);
}

void AgentBreakpoints::forget(Pid pid) {
  std::erase_if(entries_, [=](const auto& entry) { return entry.first.pid == pid; });
}

bool AgentBreakpoints::counts(const Event& event, bool hardware) {
  const auto it = entries_.find({event.pid, event.pc, hardware});
  if (it == entries_.end()) return true;
  const Logic& logic = it->second.logic;
  StoppedThread thread(hub_, engine_, event);
  const Result<bool> wanted = any_true(logic.conditions, thread);
  if (!wanted) complain(event, "the condition", wanted.error());
  if (wanted && !*wanted) return false;
  if (!wanted || logic.commands.empty()) return true;
  for (const Result<rsp::AgentProgram>& command : logic.commands) {
    const auto done = command ? rsp::evaluate(*command, thread) : command.error();
    if (done) continue;
    complain(event, "a command", done.error());
    break;
  }
  if (std::string text = thread.output(); !text.empty()) {
    tell_(text);
    if (text.back() == '\n') text.pop_back();
    text.resize(std::min(text.size(), longest_log_text));
    hub_.journal().write(engine_, event.pid, event.tid, "printf", std::move(text));
  }
  return false;
}

void AgentBreakpoints::complain(const Event& event, std::string_view what, const Error& why) {
  char address[24];
  std::snprintf(address, sizeof address, "0x%llx", static_cast<unsigned long long>(event.pc.value));
  const std::string text =
      std::string(what) + " of the breakpoint at " + address + " could not be evaluated: " + why.text;
  hub_.journal().write(engine_, event.pid, event.tid, "condition", text);
  tell_("[gdbhub] " + text + ".\n");
}

}  // namespace gdbhub::gdb
