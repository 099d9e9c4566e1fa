#include "engines/dash/picture.h"

#include "gdbhub/bytes.h"

namespace gdbhub::dash {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kNamesReadAnew = 16;

}  // namespace

const std::string& ThreadNames::name(Pid pid, Tid tid) {
  auto [found, is_new] = names_.try_emplace(tid);
  if (is_new) {
    if (const auto text = kernel_.proc_file(pid, "task/" + std::to_string(tid.value) + "/comm")) {
      found->second.assign(text->begin(), text->end());
      while (found->second.ends_with('\n')) found->second.pop_back();
    }
    order_.push_back(tid);
  }
  return found->second;
}

void ThreadNames::age(std::size_t count) {
  for (; count > 0 && !order_.empty(); --count) {
    if (next_ >= order_.size()) next_ = 0;
    names_.erase(order_[next_]);
    order_[next_] = order_.back();  // it comes back at the end when it is read again
    order_.pop_back();
    ++next_;
  }
}

void ThreadNames::forget_others_than(const std::map<Tid, ThreadRow>& threads) {
  std::erase_if(names_, [&](const auto& entry) { return !threads.contains(entry.first); });
  std::erase_if(order_, [&](Tid tid) { return !threads.contains(tid); });
}

Photographer::Photographer(Hub& hub, UserOf user_of)
    : hub_(hub),
      user_of_(std::move(user_of)),
      names_(hub.kernel()),
      to_wall_(std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()) -
               hub.loop().now().time_since_epoch()) {}

WallTime Photographer::wall(TimePoint when) const {
  return std::chrono::duration_cast<milliseconds>(when.time_since_epoch() + to_wall_).count();
}

Picture Photographer::take() {
  Picture picture;
  names_.age(kNamesReadAnew);
  for (const ProcessStatus& process : hub_.processes()) {
    picture.processes[process.pid] = {hub_.kernel().proc_link(process.pid, "exe").value_or(""), process.owner,
                                      process.launched, process.unclaimed};
    for (Tid tid : hub_.threads(process.pid))
      picture.threads[tid] = {process.pid, names_.name(process.pid, tid), hub_.stopped_at(tid), {}, {}};
  }
  names_.forget_others_than(picture.threads);
  for (const EngineStatus& engine : hub_.engines()) {
    const auto [user, is_new] = users_.try_emplace(engine.id);
    if (is_new && user_of_) user->second = user_of_(engine.info.peer);
    picture.engines[engine.id] = {engine.info,
                                  user->second,
                                  engine.processes,
                                  engine.holds,
                                  0,
                                  engine.breakpoints,
                                  std::chrono::duration_cast<milliseconds>(engine.kept_waiting).count(),
                                  engine.activity};
  }
  std::erase_if(users_, [&](const auto& entry) { return !picture.engines.contains(entry.first); });
  for (const Hold& hold : hub_.holds()) {
    const auto thread = picture.threads.find(hold.tid);
    if (thread == picture.threads.end()) continue;
    thread->second.holds.push_back(
        {hold.engine, hold.reason, wall(hold.since), hold.weak, hold.in_force, hold.uninterruptible});
  }
  for (const Wait& wait : hub_.waits()) {
    const auto thread = picture.threads.find(wait.tid);
    if (thread == picture.threads.end()) continue;
    thread->second.waits.push_back({wait.engine, wall(wait.since)});
    if (const auto engine = picture.engines.find(wait.engine); engine != picture.engines.end()) ++engine->second.waits;
  }
  for (const BreakpointInfo& breakpoint : hub_.breakpoints())
    picture.breakpoints[{breakpoint.pid, breakpoint.address}].claims.push_back(
        {breakpoint.owner, breakpoint.parked, breakpoint.hits, breakpoint.condition});
  return picture;
}

}  // namespace gdbhub::dash
