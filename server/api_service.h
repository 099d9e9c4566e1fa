// What the hub keeps for all clients of its API.
#pragma once

#include "arch/disassembler.h"
#include "engines/dash/client.h"
#include "engines/dash/feed.h"
#include "engines/dash/viewer.h"
#include "engines/log/methods.h"
#include "server/code_reader.h"
#include "server/peer.h"
#include "server/starter.h"

namespace gdbhub::net {

/// Tracer thread only. Outlives the clients; the hub outlives it.
class ApiService {
 public:
  /// Neither is owned.
  ApiService(Hub& hub, Symbols& symbols)
      : code_(hub.loop()),
        feed_(hub, user_of_peer),
        viewer_(hub),
        service_{.hub = hub,
                 .feed = feed_,
                 .viewer = viewer_,
                 .code = code_,
                 .symbols = symbols,
                 .families = {dash::session_methods(), dash::inspect_methods(), dash::code_methods(), dash::control_methods(), log::methods()},
                 .version = GDBHUB_VERSION,
                 .disassemble = disassemble(),
                 .created = announce_created} {}
  ApiService(const ApiService&) = delete;
  ApiService& operator=(const ApiService&) = delete;

  dash::Service& get() { return service_; }

 private:
  static constexpr std::size_t kMaxLines = 128;

  std::function<std::vector<dash::CodeLine>(ByteSpan, Address)> disassemble() {
    return [this](ByteSpan code, Address at) {
      std::vector<dash::CodeLine> lines;
      for (auto& instruction : disassembler_.disassemble(code, at, kMaxLines))
        lines.push_back({instruction.address, instruction.length, std::move(instruction.text)});
      return lines;
    };
  }

  arch::Disassembler disassembler_;
  CodeReader code_;
  dash::Feed feed_;
  dash::Viewer viewer_;
  dash::Service service_;
};

}  // namespace gdbhub::net
