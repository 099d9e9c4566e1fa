#include "engines/log/process_control.h"

#include <algorithm>
#include <utility>

#include "engines/dash/parameters.h"

namespace gdbhub::log {

using dash::optional_member;

namespace {

constexpr auto kLookAgain = std::chrono::milliseconds(5);
// A process gets its name by its exec, some time after it has appeared.
constexpr int kLooks = 200;

constexpr EventSet kEvents{.signals = false, .forks = true, .execs = true, .observe = false};
constexpr EventSet kObserve{.signals = false, .forks = true, .execs = true, .observe = true};

Error invalid(std::string text) {
  return {ErrorCode::InvalidArgument, 0, std::move(text)};
}

std::string last_component(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

ProcessControl::~ProcessControl() {
  Hub& hub = self_.hub;
  hub.loop().cancel(timer_);
  // Unlike others, launched ones would wait for another client (A51).
  Hub::Batch batch(hub);
  for (const auto& [pid, own] : own_)
    if (own.launched) (void)hub.detach(self_.id, pid);
}

// ---- attaching -----------------------------------------------------------------------------------------

Result<> ProcessControl::join(Pid pid) {
  Hub& hub = self_.hub;
  if (hub.attached(self_.id, pid)) return {};
  if (hub.threads(pid).empty())
    return Error{ErrorCode::NotFound, 0, "The hub has no process " + std::to_string(pid.value)};
  return hub.attach(self_.id, pid, kObserve);
}

bool ProcessControl::is_arriving(Pid pid) const {
  const auto own = own_.find(pid);
  return own != own_.end() && own->second.arriving;
}

bool ProcessControl::arrive(Pid pid) {
  const auto own = own_.find(pid);
  return own != own_.end() && std::exchange(own->second.arriving, false);
}

bool ProcessControl::was_awaited(Pid pid) const {
  const auto own = own_.find(pid);
  return own != own_.end() && own->second.awaited;
}

Result<> ProcessControl::attach_to(Pid pid, bool awaited) {
  if (const Result<> joined = join(pid); joined || joined.error().code != ErrorCode::NotFound) return joined;
  if (auto attached = self_.hub.attach(self_.id, pid, kEvents); !attached) return attached;
  // Some thread stops, for a moment; where none can, there is no exec either.
  bool is_asked = false;
  for (const Tid tid : self_.hub.threads(pid))
    is_asked = is_asked || self_.hub.control(self_.id, tid, Action::Interrupt, {}).ok();
  own_[pid] = {.launched = false, .arriving = is_asked, .awaited = awaited};
  return {};
}

bool ProcessControl::is_called(Pid pid, const std::string& name) const {
  Kernel& kernel = self_.hub.kernel();
  if (const auto exe = kernel.proc_link(pid, "exe"); exe && last_component(*exe) == name) return true;
  const Result<Bytes> comm = kernel.proc_file(pid, "comm");
  return comm && text_of(*comm) == name.substr(0, 15) + "\n";
}

std::vector<Pid> ProcessControl::processes_called(const std::string& name) const {
  std::vector<Pid> found = self_.hub.kernel().processes();
  std::erase_if(found, [&](Pid pid) { return !is_called(pid, name); });
  std::ranges::sort(found);
  return found;
}

Result<json> ProcessControl::attach(const json& params) {
  const auto number = optional_member<int>(params, "pid", 0);
  const auto name = optional_member<std::string>(params, "name", "");
  if (!number || !name) return number ? name.error() : number.error();
  if ((*number == 0) == name->empty()) return invalid("One of \"pid\" and \"name\" is needed");
  const std::vector<Pid> pids = name->empty() ? std::vector<Pid>{Pid{*number}} : processes_called(*name);
  if (pids.empty()) return Error{ErrorCode::NotFound, 0, "There is no process called " + *name};
  json attached = json::array();
  for (Pid pid : pids) {
    const Result<> done = attach_to(pid);
    // Of several with the name, some may be somebody else's.
    if (!done && pids.size() == 1)
      return Error{done.error().code, 0,
                   "Cannot attach to process " + std::to_string(pid.value) + ": " + done.error().text};
    if (done) attached.push_back(pid.value);
  }
  if (attached.empty())
    return Error{ErrorCode::NotPermitted, 0, "Cannot attach to any process called " + *name};
  return json{{"pids", attached}};
}

Result<json> ProcessControl::wait(const json& params) {
  const auto name = optional_member<std::string>(params, "name", "");
  if (!name) return name.error();
  if (name->empty()) return invalid("\"name\" is needed");
  awaited_ = *name;
  seen_.clear();
  for (Pid pid : self_.hub.kernel().processes())
    seen_[pid] = 0;  // those that are there already are not meant
  self_.hub.loop().cancel(timer_);
  look_for_awaited();
  return json::object();
}

void ProcessControl::look_for_awaited() {
  std::map<Pid, int> now;
  for (Pid pid : self_.hub.kernel().processes()) {
    const auto known = seen_.find(pid);
    const int looks = known == seen_.end() ? kLooks : known->second;
    if (looks > 0 && is_called(pid, awaited_)) {
      const Result<> done = attach_to(pid, true);
      LogEvent event;
      event.pid = pid;
      event.tid = leader_of(pid);
      event.kind = done ? "found" : "error";
      event.text = done ? awaited_
                        : "Cannot attach to process " + std::to_string(pid.value) + ": " + done.error().text;
      self_.events.push(std::move(event));
      if (done) return awaited_.clear();
      now[pid] = 0;
    } else {
      now[pid] = std::max(0, looks - 1);
    }
  }
  seen_ = std::move(now);
  timer_ = self_.hub.loop().after(kLookAgain, [this] { look_for_awaited(); });
}

// ---- launching -----------------------------------------------------------------------------------------

Result<json> ProcessControl::launch(const json& params) {
  const auto argv = optional_member<std::vector<std::string>>(params, "argv", {});
  const auto directory = optional_member<std::string>(params, "cwd", "");
  if (!argv || !directory) return argv ? directory.error() : argv.error();
  const auto has_nul = [](const std::string& word) { return word.find('\0') != word.npos; };
  if (argv->empty() || argv->front().empty() || std::ranges::any_of(*argv, has_nul) || has_nul(*directory))
    return invalid("\"argv\" names the program and its arguments");
  LaunchSpec spec;
  spec.argv = *argv;
  spec.with_shell = false;
  spec.disable_randomization = false;
  spec.working_directory = *directory;
  const Result<Pid> pid = self_.hub.launch(self_.id, spec, kEvents);
  if (!pid) return pid.error();
  own_[*pid] = {.launched = true};
  created_(argv->front(), *pid);
  return json{{"pid", pid->value}};
}

void ProcessControl::launched(Pid pid, const Result<>& result) {
  if (result) return release(pid);
  own_.erase(pid);
  LogEvent event;
  event.pid = pid;
  event.kind = "launch-failed";
  event.text = result.error().text;
  self_.events.push(std::move(event));
}

void ProcessControl::process_gone(Pid pid, WaitStatus how) {
  if (own_.erase(pid) == 0) return;
  LogEvent event;
  event.pid = pid;
  event.tid = leader_of(pid);
  event.kind = "ended";
  event.text = how.is_killed() ? "killed by signal " + std::to_string(how.term_signal()) : "exited with " + std::to_string(how.exit_code());
  event.more = how.is_killed() ? json{{"signal", how.term_signal()}} : json{{"exit", how.exit_code()}};
  self_.events.push(std::move(event));
}

Result<json> ProcessControl::detach(const json& params) {
  const auto pid = optional_member<int>(params, "pid", 0);
  if (!pid) return pid.error();
  if (auto done = self_.hub.detach(self_.id, Pid{*pid}); !done) return done.error();
  own_.erase(Pid{*pid});
  return json::object();
}

// ---- children ------------------------------------------------------------------------------------------

Verdict ProcessControl::report(const Event& event) {
  const auto* forked = std::get_if<event::Forked>(&event.detail);
  if (forked == nullptr) return Verdict::keep();
  // Its claims came with it (A22): there is nothing to wait for.
  if (self_.role == Role::Controller) own_[forked->child] = {};
  release(forked->child);
  return Verdict::keep();
}

void ProcessControl::release(Pid pid) {
  Hub& hub = self_.hub;
  Hub::Batch batch(hub);
  for (Tid tid : hub.threads(pid))
    (void)hub.control(self_.id, tid, Action::Resume, {});  // an observer holds nothing
}

}  // namespace gdbhub::log
