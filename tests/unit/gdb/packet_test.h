// Gdbs without gdb: packets in, packets out, on the fake machine.
#pragma once

#include <gtest/gtest.h>

#include <deque>

#include "rsp/framing.h"
#include "rsp/hex.h"
#include "rsp/thread_id.h"
#include "tests/support/silent_surroundings.h"
#include "tests/unit/core/core_test.h"

namespace gdbhub::test {

/// One gdb without gdb: packets in, packets out.
class PacketClient final : public SilentSurroundings {
 public:
  PacketClient(CoreHarness& world, const gdb::Admission& admission,
               std::string_view features = "multiprocess+;swbreak+;vContSupported+", std::string_view disabled = {})
      : world_(world), disabled_(disabled), engine_(world.hub, *this, admission) {
    ask("QStartNoAckMode");
    ask("qSupported:" + std::string(features));
  }

  void say_packet(std::string_view payload) {
    std::string frame;
    rsp::append_frame(frame, '$', payload);
    engine_.receive(frame);
  }
  void interrupt() { engine_.receive("\x03"); }
  /// The answer, console lines aside; "(none)" when the world comes to rest without one.
  std::string ask(std::string_view payload) {
    say_packet(payload);
    return answer();
  }
  std::string answer() {
    if (!world_.until([&] { return !answers_.empty(); })) world_.drain();
    if (answers_.empty()) return "(none)";
    std::string first = answers_.front();
    answers_.pop_front();
    return first;
  }
  bool has_answer() const { return !answers_.empty(); }
  const std::string& console() const { return console_; }
  EngineId id() const { return engine_.id(); }

  void send(std::string bytes) override {
    // A client's framer knows no notifications; the sum is of the payload only.
    for (auto at = bytes.find("%Stop:"); at != bytes.npos; at = bytes.find("%Stop:")) bytes[at] = '$';
    framer_.push(bytes);
    while (const auto frame = framer_.next()) {
      const auto* packet = std::get_if<rsp::Packet>(&*frame);
      if (packet == nullptr) continue;
      const std::string text = expand(packet->payload);
      const bool is_console = text.size() > 1 && text[0] == 'O' && text != "OK";
      if (is_console) {
        console_ += rsp::text_from_hex(std::string_view(text).substr(1)).value_or("");
      } else {
        answers_.push_back(text);
      }
    }
  }
  bool is_disabled(std::string_view packet) const override { return packet == disabled_; }

 private:
  static std::string expand(std::string_view encoded) {
    std::string text;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      if (encoded[i] == '*' && i + 1 < encoded.size()) {
        text.append(static_cast<std::size_t>(encoded[++i] - 29), text.back());
      } else {
        text += encoded[i];
      }
    }
    return text;
  }

  CoreHarness& world_;
  std::string disabled_;
  rsp::Framer framer_;
  std::deque<std::string> answers_;
  std::string console_;
  gdb::GdbEngine engine_;  // last: it sends while it is made, and while it goes
};

class PacketTest : public CoreTest {
 protected:
  /// As the listener of `gdbhub --attach` does (A51).
  void listen(const FakeProgram& program) {
    start(program);
    TestEngine listener(h.hub, "listener");
    listener.attach(pid);
    h.hub.hold_for_first_client(pid);
  }
  gdb::Admission admission() const { return {.peer = "test", .tracees = {pid}}; }
  static std::string hex(std::uint64_t number) {
    std::string text;
    rsp::append_hex_number(text, number);
    return text;
  }
  std::string thread_text(Tid tid) const { return rsp::format_thread(pid, tid, true); }
  static std::string breakpoint(char letter, Address at) { return letter + ("0," + hex(at.value) + ",1"); }
  static bool is_stop(const std::string& reply, std::string_view signal) {
    return reply.starts_with("T" + std::string(signal));
  }
};

}  // namespace gdbhub::test
