#include "server/kernel_pump.h"

namespace gdbhub::net {
namespace {

using namespace std::chrono_literals;

/// So long clients' packets may wait while a thread goes from breakpoint to breakpoint. About thirty hits.
constexpr Duration kLingering = 200us;
/// What it saves to linger for a report instead of sleeping until it comes.
constexpr Duration kSaving = 4us;
/// A wait that took longer was a loss: the thread had much to do, or a third program got the processor.
constexpr Duration kLoss = 60us;

}  // namespace

KernelPump::KernelPump(AsioLoop& loop, arch::LinuxKernel& kernel, core::Arbiter& hub)
    : loop_(loop), kernel_(kernel), hub_(hub) {
  loop_.on_child([this](Tid tid) { kernel_.hint(tid); }, [this] { pump(); });
  loop_.on_idle([this] { return linger(); });
}

void KernelPump::pump() {
  loop_.cancel(next_pump_);
  if (hub_.pump()) {
    loop_.post([this] { pump(); });  // clients' packets get their turn in between
  } else if (const auto due = kernel_.search_due()) {
    next_pump_ = loop_.after(*due - loop_.now(), [this] { pump(); });
  }
}

bool KernelPump::await_one(TimePoint deadline) {
  const TimePoint begin = loop_.now();
  const bool found = kernel_.linger(deadline);
  // Tried again only when the loss is made up for, were the trial a loss again: at worst lingering doubles what waiting costs.
  if (const Duration taken = loop_.now() - begin; taken > kLoss) sitting_out_ = taken / kSaving;
  return found;
}

bool KernelPump::linger() {
  if (!kernel_.expects_report()) return false;
  if (sitting_out_ > 0) {
    --sitting_out_;
    kernel_.expect_nothing();
    return false;
  }
  const TimePoint deadline = loop_.now() + kLingering;
  bool handled = false;
  do {
    if (!await_one(deadline)) break;
    handled = true;
    if (hub_.pump()) loop_.post([this] { pump(); });
  } while (kernel_.expects_report() && sitting_out_ == 0 && loop_.now() < deadline);
  return handled;
}

}  // namespace gdbhub::net
