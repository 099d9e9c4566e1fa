// The part of Arbiter that knows the engines: clients that come, go, and come back (contract §4, §6).
#include <algorithm>

#include "engines/core/arbiter.h"

namespace gdbhub::core {
namespace {

/// Stands in for a client that is away; Attachment::absent sees to it that nothing is asked of it.
class Absent final : public Engine {
 public:
  Verdict report(const Event&) override { return Verdict::keep(); }
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid, Tid, WaitStatus) override {}
  void process_gone(Pid, WaitStatus) override {}
  void launched(Pid, const Result<>&) override {}
  void kept_waiting(const std::vector<Hold>&) override {}
  EngineActivity activity() const override { return {"", "is expected back", 0}; }
};

Engine& nobody() {
  static Absent absent;  // it has no state
  return absent;
}

}  // namespace

EngineId Arbiter::connect(Engine& engine, EngineInfo info) {
  check_thread();
  last_engine_.value += 1;
  EngineRecord& record = engines_[last_engine_];
  record.client = &engine;
  record.info = std::move(info);
  record.name = std::make_shared<const std::string>(name_of(last_engine_));
  journal_.write(last_engine_, {}, {}, "connected", name_of(last_engine_));
  return last_engine_;
}

void Arbiter::disconnect(EngineId engine) {
  Batch batch(*this);
  std::vector<Pid> joined;
  for (const auto& process : machine_.tasks().processes())
    if (process->has_member(engine)) joined.push_back(process->pid);
  for (Pid pid : joined) {
    Process& process = *machine_.tasks().process(pid);
    // The listener's tracee, and what was launched, stay as their last client leaves them, as with gdbserver (A51).
    if (process.has_member({})) {
      const bool last = controls(*process.member(engine)) &&
                        std::count_if(process.members.begin(), process.members.end(), [&](const Member& m) { return controls(m); }) == 1;
      for (Thread* thread : process.threads) {
        const Attachment* own = thread->attachment(engine);
        if (last && own != nullptr && own->holds()) set_hold(*thread->attachment({}), HoldReason::Start, false);
      }
    }
    remove_member(process, engine);
  }
  journal_.write(engine, {}, {}, "disconnected", name_of(engine));
  loop_.cancel(engines_.at(engine).linger_timer);
  engines_.erase(engine);
}

void Arbiter::replace_client(EngineId engine, Engine& client, bool absent) {
  engines_.at(engine).client = &client;
  for (const auto& process : machine_.tasks().processes()) {
    Member* member = process->member(engine);
    if (member == nullptr) continue;
    member->client = &client;
    for (Thread* thread : process->threads) {
      Attachment* a = thread->attachment(engine);
      a->client = &client;
      a->absent = absent;
      if (is_look(a->action)) a->action = Action::Resume;  // nobody is there to look
      mark(*thread);
    }
  }
}

void Arbiter::linger(EngineId engine, Duration time, std::function<void()> given_up) {
  Batch batch(*this);
  replace_client(engine, nobody(), true);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  journal_.write(engine, {}, {}, "lingers", name_of(engine) + " is expected back within " + std::to_string(seconds) + " s");
  engines_.at(engine).linger_timer =
      loop_.after(time, [this, engine, given_up = std::move(given_up), alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        const auto told = given_up;  // the timer goes with the engine
        disconnect(engine);
        told();
      });
}

Result<EngineId> Arbiter::take_over(Engine& client, EngineInfo info) {
  Batch batch(*this);
  const auto may_be = [&](const EngineRecord& record) {
    return record.linger_timer != 0 && !info.identity.empty() && record.info.identity == info.identity &&
           record.info.kind == info.kind && record.info.role == info.role;
  };
  auto found = engines_.end();  // the first to have connected
  for (auto it = engines_.begin(); it != engines_.end(); ++it)
    if (may_be(it->second) && (found == engines_.end() || it->first < found->first)) found = it;
  if (found == engines_.end()) return Error{ErrorCode::NotFound, 0, "nobody called \"" + info.identity + "\" is expected back"};
  const EngineId id = found->first;
  loop_.cancel(std::exchange(found->second.linger_timer, 0));
  found->second.info = std::move(info);
  found->second.name = std::make_shared<const std::string>(name_of(id));
  replace_client(id, client, false);
  journal_.write(id, {}, {}, "took-over", name_of(id));
  return id;
}

void Arbiter::release_holds(EngineId engine, std::string_view why) {
  Batch batch(*this);
  std::size_t count = 0;
  for (const auto& process : machine_.tasks().processes())
    for (Thread* thread : process->threads) {
      Attachment* a = thread->attachment(engine);
      if (a == nullptr || !a->holds()) continue;
      a->action = Action::Resume;
      a->weak = a->in_force = a->uninterruptible = false;
      a->past_parked = true;  // what it has put aside at its prompt must not catch the thread again (A49)
      ++count;
      mark(*thread);
    }
  if (count == 0) return;
  EngineRecord& record = engines_.at(engine);
  record.resumed_alone.clear();
  journal_.write(engine, {}, {}, "holds-released", std::to_string(count) + " of " + name_of(engine) + ": " + std::string(why));
  record.client->told("your holds on " + std::to_string(count) + (count == 1 ? " thread" : " threads") + " were released, as you have " +
                      std::string(why) + ": what you held runs");
}

void Arbiter::barrier(EngineId engine, std::function<void()> done) {
  check_thread();
  if (asked_ != engine) return done();
  barriers_.push_back(std::move(done));
}

}  // namespace gdbhub::core
