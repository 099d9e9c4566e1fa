// A client of the API in the same process: what it is sent can be looked at, and it can stop reading.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engines/dash/client.h"
#include "engines/log/methods.h"

namespace gdbhub::test {

/// Is never asked.
class NoSymbols final : public Symbols {
 public:
  void find(Pid, const MappedFile&, std::vector<CodeName>, Found) override {}
};

class NoCode final : public CodeLookup {
 public:
  void describe(Pid, std::vector<Address>, Found) override {}
  void callers(StackSample, std::size_t, Found) override {}
  void source(Pid, Address, unsigned, std::function<void(const Result<SourceText>&)>) override {}
};

class ApiClient {
 public:
  ApiClient(Hub& hub, Symbols& symbols, Role most)
      : feed_(hub),
        viewer_(hub),
        service_{.hub = hub,
                 .feed = feed_,
                 .viewer = viewer_,
                 .code = code_,
                 .symbols = symbols,
                 .families = {dash::session_methods(), dash::control_methods(), log::methods()},
                 .version = "1.2",
                 .disassemble = {},
                 .created = [](const std::string&, Pid) {}},
        client_(std::make_unique<dash::Client>(
            service_, EngineInfo{"api", "peer", most},
            dash::Outlet{.send = [this](const dash::MessagePtr& message) { sent_.push_back(dash::json::parse(message->text())); },
                         .unsent = [this] { return unsent; },
                         .close = [this] { is_closed = true; }})) {}

  void request(std::string_view text) { client_->receive(text); }
  /// What was sent since the last call.
  std::vector<dash::json> take() { return std::exchange(sent_, {}); }
  void disconnect() { client_.reset(); }

  std::size_t unsent = 0;
  bool is_closed = false;

 private:
  std::vector<dash::json> sent_;
  NoCode code_;
  dash::Feed feed_;
  dash::Viewer viewer_;
  dash::Service service_;
  std::unique_ptr<dash::Client> client_;
};

}  // namespace gdbhub::test
