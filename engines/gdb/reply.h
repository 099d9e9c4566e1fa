// What a packet handler answers.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "gdbhub/result.h"

namespace gdbhub::gdb {

/// The answer to one packet, or that it comes later.
class Reply {
 public:
  /// Plain text: may be run-length encoded.
  static Reply text(std::string payload) { return Reply(Kind::Text, std::move(payload)); }
  /// Holds escaped binary data: must go as it is.
  static Reply binary(std::string payload) { return Reply(Kind::Binary, std::move(payload)); }
  static Reply ok() { return text("OK"); }
  static Reply unsupported() { return text(""); }
  /// `Enn`; gdb shows the number at most.
  static Reply error(int number = 1) {
    char payload[4];
    std::snprintf(payload, sizeof payload, "E%02x", number & 0xff);
    return text(payload);
  }
  /// An error, and why, for clients that can show it (A52).
  static Reply refusal(std::string reason) {
    Reply reply = error();
    reply.reason_ = std::move(reason);
    return reply;
  }
  /// OK, or the error.
  static Reply of(const Result<>& result) { return result ? ok() : refusal(result.error().text); }
  /// No answer now: a stop reply follows some time.
  static Reply later() { return Reply(Kind::Later, {}); }

  bool is_later() const { return kind_ == Kind::Later; }
  bool is_binary() const { return kind_ == Kind::Binary; }
  const std::string& payload() const { return payload_; }
  const std::string& reason() const { return reason_; }

 private:
  enum class Kind { Text, Binary, Later };
  Reply(Kind kind, std::string payload) : kind_(kind), payload_(std::move(payload)) {}

  Kind kind_;
  std::string payload_;
  std::string reason_;
};

}  // namespace gdbhub::gdb
