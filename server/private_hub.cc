#include "server/private_hub.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include "server/app.h"
#include "server/logging.h"

namespace gdbhub::net {

int run_with_private_hub(LogClient& client) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return client.fail(std::string("socketpair: ") + strerror(errno));
  UniqueFd ours(ends[0]);
  UniqueFd hubs(ends[1]);
  std::optional<int> status;
  std::optional<std::thread> thread;
  int ended_by = 0;
  {
    set_up_logging({});
    App app(ServeOptions{});  // blocks the signals that the other thread must not get either
    thread.emplace([&] {
      status = client.follow(ours);
      ::shutdown(ours.get(), SHUT_RDWR);
    });
    app.serve_only({std::move(hubs), UniqueFd(), "private", {}});
    const auto served = app.run();
    ended_by = served ? *served : client.fail(served.error().text);
  }
  // The hub's end is gone now, so that the client sees the end.
  thread->join();
  return status.value_or(ended_by);
}

}  // namespace gdbhub::net
