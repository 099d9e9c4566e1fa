// What a gdb engine asks of its server, with nobody there.
#pragma once

#include "engines/gdb/gdb_engine.h"

namespace gdbhub::test {

/// Surroundings in which nothing happens; users override what they look at.
class SilentSurroundings : public gdb::Surroundings {
 public:
  void send(std::string) override {}
  std::size_t unsent() const override { return 0; }
  void close() override {}
  void say(std::string_view) override {}
  void starting(Pid) override {}
  void created(const std::string&, Pid) override {}
  void set_debug(std::string_view, std::string_view) override {}
  Result<> follow_output(bool) override { return {}; }
  Result<> write_input(Pid, std::string_view) override { return {}; }
  LaunchSpec launch_defaults() const override { return {}; }
  void leaving(bool) override {}
  std::function<void()> when_given_up(bool) override {
    return [] {};
  }
  void exit() override {}
  bool is_disabled(std::string_view) const override { return false; }
};

}  // namespace gdbhub::test
