// A client of the API that sends and gets one JSON message a line.
#pragma once

#include <optional>
#include <string>

#include "engines/dash/client.h"
#include "server/session.h"

namespace gdbhub::net {

/// Puts dash::Client behind a connection.
class ApiSession final : public Session {
 public:
  /// A longer line is refused, and the connection ended.
  static constexpr std::size_t kMaxLine = 64 << 10;

  /// `service` and `transport` are not owned. `most`: the role that the client may have at most.
  ApiSession(dash::Service& service, Transport& transport, Role most)
      : service_(service), transport_(transport), most_(most) {}

  void receive(std::string_view bytes) override;

 private:
  void begin(std::string_view first_line);

  dash::Service& service_;
  Transport& transport_;
  const Role most_;
  std::optional<dash::Client> client_;
  std::string line_;  ///< what has come of it
};

}  // namespace gdbhub::net
