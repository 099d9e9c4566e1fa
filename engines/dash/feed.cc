#include "engines/dash/feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

namespace gdbhub::dash {

namespace {

/// What an update has as JSON, about: rendering it to find out is the web thread's work.
std::size_t estimated_size(const Update& update) {
  constexpr std::size_t kRow = 300, kEvent = 160;
  std::size_t size = kRow * (update.set.processes.size() + update.set.threads.size() + update.set.engines.size() + update.set.breakpoints.size());
  for (const EventRow& event : update.events) {
    const auto* text = std::get_if<std::string>(&event.entry.what);
    size += kEvent + event.by.size() + (text == nullptr ? 0 : text->size());
  }
  return size;
}

}  // namespace

Feed::Feed(Hub& hub, UserOf user_of) : hub_(hub), user_of_(std::move(user_of)) {
  std::random_device random;
  instance_ = fmt::format("{:08x}{:08x}", random(), random());
}

Feed::~Feed() {
  if (subscription_ != 0) hub_.journal().unsubscribe(subscription_);
  if (timer_ != 0) hub_.loop().cancel(timer_);
}

std::uint64_t Feed::follow(Follower follower) {
  begin();
  followers_.emplace_back(++last_follower_, std::move(follower));
  return last_follower_;
}

void Feed::unfollow(std::uint64_t id) {
  std::erase_if(followers_, [id](const auto& entry) { return entry.first == id; });
}

void Feed::begin() {
  if (subscription_ != 0) return;
  if (!photographer_) photographer_.emplace(hub_, user_of_);
  (void)counters();
  // While nobody followed nothing was numbered: who comes back from before needs a snapshot.
  kept_.clear();
  snapshot_.reset();
  ++number_;
  events_.clear();
  picture_ = photographer_->take();
  subscription_ = hub_.journal().subscribe([this](const JournalEntry& entry) {
    if (events_.size() >= kMaxEvents) {
      ++lost_events_;
    } else {
      events_.push_back(row(entry));
    }
  });
  look_soon(kPeriod);
}

Counters& Feed::counters() {
  if (!counters_) counters_.emplace(hub_);
  return *counters_;
}

EventRow Feed::row(const JournalEntry& entry) const {
  if (!entry.by) return {entry, {}};
  // Those that have left have no name any more.
  std::string name = hub_.name_of(entry.by);
  return {entry, name == hub_.name_of({}) ? "client #" + std::to_string(entry.by.value) : std::move(name)};
}

void Feed::look_soon(Duration after) {
  timer_ = hub_.loop().after(after, [this] { look(); });
}

void Feed::look() {
  timer_ = 0;
  if (followers_.empty()) {
    hub_.journal().unsubscribe(std::exchange(subscription_, 0));
    return;
  }
  const TimePoint begin = hub_.loop().now();
  Picture now = photographer_->take();
  auto update = std::make_shared<Update>();
  compare(picture_, now, *update);
  const bool is_news = !events_.empty() || !update->gone.empty() || !update->set.processes.empty() ||
                       !update->set.threads.empty() || !update->set.engines.empty() || !update->set.breakpoints.empty();
  Duration pause = kPeriod;
  if (is_news) {
    picture_ = std::move(now);
    update->number = ++number_;
    update->when = std::chrono::system_clock::now();
    update->events = std::exchange(events_, {});
    update->lost_events = std::exchange(lost_events_, 0);
    update->counts = counters().take();
    const auto message = std::make_shared<Message>([update] { return render(*update); });
    snapshot_.reset();
    kept_.push_back(message);
    if (kept_.size() > kKept) kept_.pop_front();
    const auto traffic = static_cast<std::int64_t>(estimated_size(*update) * followers_.size());
    pause = std::max<Duration>(pause, std::chrono::nanoseconds(std::chrono::seconds(1)) * traffic / std::int64_t{kMaxTraffic});
    for (const auto& [id, follower] : std::vector(followers_)) follower(message);
  }
  look_soon(std::max<Duration>(pause, (hub_.loop().now() - begin) * kShare));
}

MessagePtr Feed::snapshot() {
  begin();
  if (snapshot_) return snapshot_;
  auto update = std::make_shared<Update>();
  update->number = number_;
  update->whole = true;
  update->when = std::chrono::system_clock::now();
  update->set = picture_;
  update->counts = counters().take();
  // Those that are still to be sent with the next update are not of this number.
  const std::vector<JournalEntry> entries = hub_.journal().latest(kMaxEvents + events_.size());
  const std::size_t later = std::min(entries.size(), events_.size());
  const std::size_t end = entries.size() - later;
  for (std::size_t i = end > kMaxEvents ? end - kMaxEvents : 0; i < end; ++i) update->events.push_back(row(entries[i]));
  snapshot_ = std::make_shared<Message>([update] { return render(*update); });
  return snapshot_;
}

std::optional<std::vector<MessagePtr>> Feed::since(std::uint64_t number) const {
  if (subscription_ == 0 || number > number_ || number_ - number > kept_.size()) return std::nullopt;
  return std::vector<MessagePtr>(kept_.end() - static_cast<std::ptrdiff_t>(number_ - number), kept_.end());
}

}  // namespace gdbhub::dash
