#include "tests/sim/schedule.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>

#include <sstream>

namespace gdbhub::test {
namespace {

using namespace std::chrono_literals;

bool failed() { return ::testing::Test::HasFailure(); }

}  // namespace

Schedule::Schedule(std::uint64_t seed, std::size_t kept) : scene_(seed) {
  scene_.kept = kept;
  scene_.workload = make_workload(scene_.random);
  scene_.text = scene_.workload.program.text();
  FakeKernel& kernel = scene_.harness.kernel;
  kernel.add_program("second", scene_.workload.second);
  kernel.set_on_run([this](Tid tid) { watch_instruction(tid); });
  kernel.set_on_report([this](const WaitResult& result) { watch_report(result); });
}

Schedule::~Schedule() {
  for (const auto& client : clients_) client->disconnect();
}

// ---- invariants of each moment --------------------------------------------------------------------------

void Schedule::watch_instruction(Tid tid) {
  const auto pid = scene_.harness.kernel.process_of(tid);
  const Address pc = scene_.harness.pc_of(tid);
  if (pid && pc == scene_.workload.handler) {
    ++handled_[*pid];
    scene_.note("program", "handles a signal", tid, pc.value);
  }
  if (pid && *pid == pid_ && pc == scene_.workload.final && !results_seen_) check_results(tid);
  for (const auto& client : clients_) {
    if (!client->connected()) continue;
    if (client->is_in_force(tid)) {
      ADD_FAILURE() << "thread " << tid.value << " runs at " << std::hex << pc.value << " while "
                    << client->label() << " holds it";
    }
    const auto owed = client->owed_signals.find(tid);
    if (owed != client->owed_signals.end() && owed->second != 0) {
      ADD_FAILURE() << "thread " << tid.value << " runs though " << client->label() << " was not told of its signal";
    }
  }
}

void Schedule::watch_report(const WaitResult& result) {
  scene_.note("kernel", "reports", result.tid, static_cast<std::uint64_t>(result.status.raw()));
  if (!result.status.is_signal_delivery() || result.status.stop_signal() == SIGTRAP) return;
  const auto pid = scene_.harness.hub.process_of(result.tid);
  for (const auto& client : clients_)
    if (client->connected() && pid && scene_.harness.hub.attached(client->id(), *pid) && client->style().events.signals)
      ++client->owed_signals[result.tid];
}

void Schedule::check_results(Tid leader) {
  results_seen_ = true;
  const Workload& w = scene_.workload;
  for (std::size_t i = 0; i < w.results.size(); ++i) {
    const std::uint64_t expected = static_cast<std::uint64_t>(w.rounds) * (i < w.results.size() / 2 ? 1 : 7);
    EXPECT_EQ(scene_.harness.kernel.quad_of(leader, w.results[i]), expected) << "result " << i << " is wrong";
  }
  EXPECT_EQ(handled_[pid_], w.rounds * w.signals_per_round * w.threads) << "signals were lost or doubled";
}

// ---- the cast -------------------------------------------------------------------------------------------

void Schedule::add_client(bool resident) {
  SimClient::Style style;
  style.resident = resident;
  style.non_stop = scene_.dice(3) == 0;
  style.passes_signals = scene_.dice(2) == 0;
  style.events = {.signals = scene_.dice(3) != 0, .forks = scene_.dice(2) == 0, .execs = true};
  style.events.threads = scene_.dice(4) == 0;
  if (scene_.dice(4) == 0) {
    style.events.syscall_exits = {SYS_gettid, SYS_getpid, SYS_tgkill};
    if (scene_.dice(2) == 0) style.events.syscall_entries = style.events.syscall_exits;
  }
  clients_.push_back(
      std::make_unique<SimClient>(scene_, std::string(1, static_cast<char>('A' + joined_++)), style));
  clients_.back()->join(pid_);
}

void Schedule::remove_client(std::size_t index) {
  SimClient& client = *clients_[index];
  scene_.note(client.label(), "leaves");
  if (scene_.dice(2) == 0)
    for (Pid pid : std::vector<Pid>(client.processes())) client.detach(pid);
  client.disconnect();
  clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(index));
}

void Schedule::send(int signal) {
  scene_.note("somebody", "sends a signal", leader_of(pid_), static_cast<std::uint64_t>(signal));
  static_cast<void>(scene_.harness.kernel.kill(pid_, signal));
  stopped_ = signal == SIGSTOP;
  job_control_ = true;
}

void Schedule::kill_one() {
  const std::vector<ProcessStatus> processes = scene_.harness.hub.processes();
  const Pid victim = processes.empty() || scene_.dice(2) == 0 ? pid_ : processes[scene_.dice(processes.size())].pid;
  scene_.note("somebody", "kills", leader_of(victim));
  (victim == pid_ ? scene_.killed : scene_.child_killed) = true;
  static_cast<void>(scene_.harness.kernel.kill(victim, SIGKILL));
}

void Schedule::leave_all() {
  while (!clients_.empty()) {
    remove_client(scene_.dice(clients_.size()));
    for (std::uint64_t n = scene_.dice(20); n > 0; --n, ++turns_) scene_.harness.turn();
  }
  if (observer_) observer_->disconnect();
}

// ---- the play -------------------------------------------------------------------------------------------

void Schedule::play(int limit, bool finish) {
  int idle = 0;
  for (; limit > 0 && !program_ended() && !failed(); --limit, ++turns_) {
    bool moved = scene_.harness.turn();
    if (finish || scene_.dice(6) == 0) {
      if (!clients_.empty()) moved = clients_[scene_.dice(clients_.size())]->act(finish) || moved;
    }
    if (!finish && scene_.dice(400) == 0) {
      if (scene_.dice(2) == 0 && clients_.size() < 4 && scene_.harness.hub.processes().size() > 0 &&
          scene_.harness.hub.processes().front().pid == pid_ && scene_.harness.kernel.process_of(leader_of(pid_))) {
        add_client(false);
      } else if (clients_.size() > 1 && !clients_.back()->style().resident) {
        remove_client(clients_.size() - 1);
      }
    }
    if (!finish && scene_.dice(4000) == 0 && !clients_.empty()) kill_one();
    if (!finish && !stopped_ && scene_.dice(1500) == 0) send(SIGSTOP);
    if (stopped_ && (finish || scene_.dice(100) == 0)) send(SIGCONT);
    if (moved) {
      idle = 0;
      continue;
    }
    // A client may pass a SIGSTOP on after the SIGCONT.
    if (finish && job_control_ && idle == 30) send(SIGCONT);
    if (++idle % 10 == 0) scene_.harness.advance(50ms);
    if (idle > 40 + 40 * static_cast<int>(clients_.size()) && finish) {
      ADD_FAILURE() << "nothing can run, and every client waits";
      return;
    }
  }
  if (finish && limit == 0) ADD_FAILURE() << "the program does not come to its end";
}

void Schedule::run() {
  FakeKernel& kernel = scene_.harness.kernel;
  pid_ = scene_.harness.start(scene_.workload.program);
  const int residents = 1 + static_cast<int>(scene_.dice(2));
  for (int i = 0; i < residents; ++i) add_client(true);
  if (scene_.dice(3) == 0) {
    observer_ = std::make_unique<TestEngine>(scene_.harness.hub, "log", Role::Observer);
    observer_->answer = [](const Event&) { return Verdict::keep(); };
    observer_->attach(pid_, {.signals = true, .forks = scene_.dice(2) == 0, .execs = true});
  }
  for (std::uint64_t more = scene_.dice(3); more > 0; --more) add_client(false);

  play(static_cast<int>(scene_.dice(4000)), false);
  if (failed()) return;
  if (scene_.dice(2) == 0) {
    leave_all();
    if (job_control_) send(SIGCONT);
    for (int i = 0; i < 500 && !program_ended(); ++i, ++turns_) scene_.harness.turn();
    EXPECT_TRUE(program_ended()) << "all have left, and the hub still has a tracee";
    if (!failed()) check_that_nothing_is_left();
    for (int i = 0; i < 200'000 && !kernel.tasks().empty() && !failed(); ++i, ++turns_) scene_.harness.turn();
    EXPECT_TRUE(failed() || scene_.killed || kernel.tasks().empty()) << "the program does not come to its end alone";
  } else {
    play(200'000, true);
    if (failed()) return;
    check_hits();
    leave_all();
    for (int i = 0; i < 100'000 && !kernel.tasks().empty() && !failed(); ++i, ++turns_) scene_.harness.turn();
  }
  EXPECT_TRUE(scene_.killed || results_seen_) << "the program has not come to its results";
}

void Schedule::check_hits() {
  const Workload& w = scene_.workload;
  if (scene_.killed || scene_.child_killed) return;
  for (const auto& client : clients_) {
    EXPECT_EQ(client->ended.empty(), false) << client->label() << " was not told of the end";
    if (!client->style().resident) continue;
    const int followed = w.threads + (w.forks && client->style().events.forks ? 1 : 0);
    for (Address at : client->breakpoints()) {
      const auto expected = static_cast<std::uint64_t>(w.rounds * followed);
      // A thread that takes a signal at the breakpoint comes back to it.
      if (w.signals_per_round == 0) {
        EXPECT_EQ(client->hits(at), expected) << client->label() << " at " << std::hex << at.value;
      } else {
        EXPECT_GE(client->hits(at), expected) << client->label() << " at " << std::hex << at.value;
      }
    }
  }
}

void Schedule::check_that_nothing_is_left() {
  FakeKernel& kernel = scene_.harness.kernel;
  for (Tid tid : kernel.tasks()) {
    EXPECT_FALSE(kernel.is_traced(tid)) << "thread " << tid.value << " is still traced";
    const auto pid = kernel.process_of(tid);
    if (!pid || *kernel.proc_link(*pid, "exe") == "second") continue;
    const Bytes text = kernel.memory_of(tid, FakeProgram::kTextBase, scene_.text.size());
    EXPECT_TRUE(text.empty() || text == scene_.text) << "a trap is left behind in process " << pid->value;
  }
}

std::string Schedule::describe() const {
  std::ostringstream out;
  const Workload& w = scene_.workload;
  out << w.threads << " threads, " << w.rounds << " rounds" << (w.forks ? ", fork" : "") << (w.vforks ? ", vfork" : "")
      << (w.execs ? ", exec" : "") << ", " << w.signals_per_round << " signals per round\n";
  for (const auto& client : clients_) {
    const auto& style = client->style();
    out << client->label() << ": " << (style.non_stop ? "non-stop" : "all-stop") << (style.resident ? ", resident" : "")
        << (style.passes_signals ? ", passes signals" : "") << (style.events.signals ? ", signals" : "")
        << (style.events.forks ? ", forks" : "") << (style.events.threads ? ", threads" : "")
        << (style.events.any_syscalls() ? ", system calls" : "") << ", breakpoints" << std::hex;
    for (Address at : client->breakpoints()) out << ' ' << at.value;
    out << std::dec << '\n';
  }
  for (const Hold& hold : scene_.harness.hub.holds())
    out << "hold of " << hold.engine.value << " on " << hold.tid.value << (hold.weak ? ", weak" : "")
        << (hold.in_force ? ", in force" : "") << (hold.uninterruptible ? ", uninterruptible" : "") << ": "
        << gdbhub::describe(hold.reason) << '\n';
  for (const Step& step : scene_.steps)
    out << "  " << step.who << ' ' << step.what << "  " << step.tid.value << "  " << std::hex << step.value << std::dec
        << '\n';
  return out.str();
}

}  // namespace gdbhub::test
