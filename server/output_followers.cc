#include "server/output_followers.h"

#include <algorithm>

namespace gdbhub::net {
namespace {

constexpr auto kWindow = std::chrono::milliseconds(100);
constexpr std::size_t kPerWindow = 64 << 10;
constexpr std::size_t kPerEntry = 16 << 10;

}  // namespace

OutputFollower::OutputFollower(InferiorIo& io, const Transport& transport, Tell tell)
    : io_(io), transport_(transport), tell_(std::move(tell)), id_(io.subscribe([this](Pid pid, std::string_view bytes) {
        receive(pid, bytes);
      })) {}

void OutputFollower::receive(Pid pid, std::string_view bytes) {
  if (!bytes.empty() && transport_.unsent() > kMaxUnsent) {
    dropped_[pid] += bytes.size();
    return;
  }
  if (const auto dropped = dropped_.extract(pid))
    tell_(pid, "\n[gdbhub] " + std::to_string(dropped.mapped()) + " bytes of output are left out here\n");
  if (!bytes.empty()) tell_(pid, std::string(bytes));
}

OutputJournal::OutputJournal(InferiorIo& io, Journal& journal, EventLoop& loop) : journal_(journal), loop_(loop) {
  io.subscribe([this](Pid pid, std::string_view bytes) { receive(pid, bytes); });
}

void OutputJournal::receive(Pid pid, std::string_view bytes) {
  if (loop_.now() - window_ > kWindow) {
    window_ = loop_.now();
    used_ = 0;
  }
  if (bytes.empty()) return report_gap(pid);
  if (used_ + bytes.size() > kPerWindow) {
    left_out_[pid] += bytes.size();
    return;
  }
  report_gap(pid);
  used_ += bytes.size();
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kPerEntry, bytes.size())))
    journal_.write({}, pid, leader_of(pid), "output", std::string(bytes.substr(0, kPerEntry)));
}

void OutputJournal::report_gap(Pid pid) {
  if (const auto left_out = left_out_.extract(pid))
    journal_.write({}, pid, leader_of(pid), "output-gap", std::to_string(left_out.mapped()) + " bytes are not in the log");
}

}  // namespace gdbhub::net
