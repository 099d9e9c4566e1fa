// `gdbhub log`: follows a hub, and sets logpoints in it.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>

#include "gdbhub/result.h"
#include "gdbhub/unique_fd.h"
#include "server/options.h"

namespace gdbhub::net {

/// One run of `gdbhub log`, over as many connections as it takes. Blocking; for a thread of its own.
class LogClient {
 public:
  /// `out` gets the events, `err` what there is to say about the run itself.
  LogClient(const LogOptions& options, std::ostream& out, std::ostream& err)
      : options_(options), out_(out), err_(err) {}

  /// Asks the hub behind a connected socket for everything that the options say, and prints until the end:
  /// what was to be followed has ended (the value is the exit status), or the connection (nothing).
  std::optional<int> follow(const UniqueFd& socket);
  /// Says what is wrong; the value is the exit status.
  int fail(const std::string& text);

 private:
  using Json = nlohmann::json;

  bool ask_for_everything(int socket);
  void ask(const char* method, const Json& params, std::string what);
  void handle(std::string_view line);
  void handle_answer(const Json& message);
  void handle_event(const Json& event);
  void print(const std::string& line);
  /// Something that belongs to the run has ended: perhaps the last thing.
  void end_of(int pid, const Json& event);

  const LogOptions& options_;
  std::ostream& out_;
  std::ostream& err_;
  std::string requests_;
  std::map<int, std::string> asked_;  ///< requests without an answer yet: what they are about
  int last_request_ = 0;
  std::set<int> own_;  ///< the processes that the options name
  std::size_t logpoints_done_ = 0;
  std::optional<int> status_;  ///< set: the run is over
  int program_status_ = 0;
  std::size_t unflushed_ = 0;  ///< bytes in out_
  int connections_ = 0;
};

/// Prints events until the end. Returns the exit status. Without a hub in the options it runs a private one
/// in this process.
int run_log_client(const LogOptions& options, std::ostream& out, std::ostream& err);

}  // namespace gdbhub::net
