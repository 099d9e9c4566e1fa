// A client of the API that sends and gets one JSON message a line.
#pragma once

#include <memory>
#include <string>

#include "engines/dash/client.h"
#include "server/session.h"

namespace gdbhub::net {

/// Speaks with dash::Client, except when the first request is `subscribe`: then with the log engine, which is older.
class ApiSession final : public Session {
 public:
  /// A longer line is refused, and the connection ended.
  static constexpr std::size_t kMaxLine = 64 << 10;

  /// `service` and `transport` are not owned.
  ApiSession(dash::Service& service, Transport& transport, Role role)
      : service_(service), transport_(transport), role_(role) {}

  void receive(std::string_view bytes) override;

 private:
  void choose(std::string_view first_line);

  dash::Service& service_;
  Transport& transport_;
  const Role role_;
  std::unique_ptr<dash::Client> client_;
  std::unique_ptr<Session> log_;
  std::string line_;  ///< what has come of it
};

}  // namespace gdbhub::net
