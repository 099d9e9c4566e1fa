// An engine of one's own: counts how often an address of a program is reached, and holds nobody.
//
//     hit_counter --engine count:at=0x401136,every=1000 localhost:2345 ./prog
//
// It is the whole gdbhub, with one engine more: debuggers connect as usual, and neither they nor the program notice the counter.
#include <gdbhub/hub.h>
#include <gdbhub/serve.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace {

using namespace gdbhub;

class HitCounter final : public Engine {
 public:
  HitCounter(Hub& hub, Address at, std::uint64_t every)
      : hub_(hub), at_(at), every_(every), id_(hub.connect(*this, {"count", "command line", Role::Observer})) {
    hub_.follow_all(id_, {.execs = true});
  }
  ~HitCounter() override { hub_.disconnect(id_); }

  void process_joined(Pid pid) override { begin(pid); }

  Verdict report(const Event& event) override {
    if (std::holds_alternative<event::Execed>(event.detail)) begin(event.pid);  // the old program's breakpoints are gone
    if (std::holds_alternative<event::Breakpoint>(event.detail) && ++hits_[event.pid] % every_ == 0) tell(event.pid);
    return Verdict::keep();  // no opinion: whether the thread runs is up to the others
  }

  void process_gone(Pid pid, WaitStatus) override {
    tell(pid);
    hits_.erase(pid);
  }

  // Nothing to do: it holds no thread, so none is ever quiescent for it.
  void quiesced(Pid, Tid, bool) override {}
  Action thread_started(Pid, Tid, Tid) override { return Action::Resume; }
  void thread_gone(Pid, Tid, WaitStatus) override {}
  void launched(Pid, const Result<>&) override {}
  void kept_waiting(const std::vector<Hold>&) override {}

 private:
  void begin(Pid pid) {
    if (const Result<> inserted = hub_.insert_breakpoint(id_, pid, at_); !inserted)
      hub_.journal().write(id_, pid, leader_of(pid), "count-failed", inserted.error().text);
  }
  void tell(Pid pid) { hub_.journal().write(id_, pid, leader_of(pid), "count", std::to_string(hits_[pid]) + " hits"); }

  Hub& hub_;
  Address at_;
  std::uint64_t every_;
  EngineId id_;
  std::unordered_map<Pid, std::uint64_t> hits_;
};

Result<std::unique_ptr<Engine>> make(Hub& hub, const EngineOptions& options) {
  const auto at = options.number("at", 0);
  const auto every = options.number("every", 1);
  if (!at) return at.error();
  if (!every) return every.error();
  if (*at == 0 || *every == 0) return Error{ErrorCode::InvalidArgument, 0, "at=ADDRESS is needed, and every is at least 1"};
  return std::unique_ptr<Engine>(std::make_unique<HitCounter>(hub, Address{*at}, *every));
}

constexpr EngineOption options[] = {{"at", "ADDRESS", "the instruction whose executions are counted"},
                                    {"every", "COUNT", "tell of each so many hits (1)"}};
constexpr EngineKind kinds[] = {{"count", "Counts how often an address is reached", options, make}};

}  // namespace

int main(int argc, char** argv) { return gdbhub::serve(argc, argv, kinds); }
