#include "arch/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace gdbhub::arch {
namespace {

enum class Stage : int { Ready, ProcessGroup, Descriptors, Directory };

/// The one message of the child to the hub.
struct SetupReport {
  Stage stage;
  int error;
};

/// Everything the child needs, allocated before the fork: after it the child may only call async-signal-safe
/// functions, since another thread of the hub may have held the allocator's lock.
struct ChildPlan {
  std::vector<std::string> command;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  const LaunchSpec& spec;
};

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string startup_shell() {
  const char* shell = std::getenv("SHELL");
  return shell != nullptr && *shell != '\0' ? shell : "/bin/sh";
}

// -- in the child: async-signal-safe code only ----------------------------------------------------

/// "BEFORE MIDDLE: reason.\n" to stderr.
void complain(const char* before, const char* middle, int error) {
  const char* reason = strerrordesc_np(error);
  const char* parts[] = {before, middle, ": ", reason != nullptr ? reason : "unknown error", ".\n"};
  iovec out[std::size(parts)];
  for (std::size_t i = 0; i < std::size(parts); ++i) {
    out[i] = {const_cast<char*>(parts[i]), std::strlen(parts[i])};
  }
  [[maybe_unused]] const auto written = ::writev(STDERR_FILENO, out, std::size(out));
}

void default_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool place_descriptors(const int (&stdio)[3]) {
  // The sources may be 0, 1 and 2 themselves in another order, so lift them all out of the way first.
  int lifted[3];
  for (int i = 0; i < 3; ++i) {
    lifted[i] = stdio[i] < 0 ? -1 : ::fcntl(stdio[i], F_DUPFD_CLOEXEC, 3);
    if (stdio[i] >= 0 && lifted[i] < 0) return false;
  }
  for (int i = 0; i < 3; ++i) {
    if (lifted[i] >= 0 && ::dup2(lifted[i], i) < 0) return false;
  }
  // The hub opens everything close-on-exec; this is for what it inherited itself.
  ::close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC);
  return true;
}

SetupReport set_up(const LaunchSpec& spec) {
  default_signals();
  // A terminal of its own becomes its controlling terminal, which takes a session.
  const bool own_terminal = spec.stdio[0] >= 0 && ::isatty(spec.stdio[0]) != 0;
  if ((own_terminal ? ::setsid() : ::setpgid(0, 0)) < 0) return {Stage::ProcessGroup, errno};
  if (!place_descriptors(spec.stdio)) return {Stage::Descriptors, errno};
  if (own_terminal) ::ioctl(STDIN_FILENO, TIOCSCTTY, 0);  // fails if it is another session's already: so be it
  if (!spec.working_directory.empty() && ::chdir(spec.working_directory.c_str()) != 0) {
    return {Stage::Directory, errno};
  }
  if (spec.disable_randomization) {
    // Containers forbid it now and then; the program is worth debugging all the same.
    const int now = ::personality(0xffffffff);
    if (now == -1 || ::personality(static_cast<unsigned>(now) | ADDR_NO_RANDOMIZE) == -1) {
      complain("Cannot disable address space randomization", "", errno);
    }
  }
  return {Stage::Ready, 0};
}

[[noreturn]] void run_child(const ChildPlan& plan, int channel) {
  const SetupReport report = set_up(plan.spec);
  const bool told = ::write(channel, &report, sizeof report) == sizeof report;
  char go = 0;
  ssize_t count = -1;
  while (told && report.stage == Stage::Ready && (count = ::read(channel, &go, 1)) < 0 && errno == EINTR) {
  }
  if (count == 1) {
    environ = const_cast<char**>(plan.envp.data());  // execvp looks for PATH in it
    ::execvp(plan.argv[0], plan.argv.data());
    complain("Cannot exec ", plan.argv[0], errno);
  }
  ::_exit(127);
}

// -- in the hub -------------------------------------------------------------------------------------

Error setup_error(SetupReport report, const std::string& directory) {
  const char* reason = strerrordesc_np(report.error);
  const std::string because = std::string(": ") + (reason != nullptr ? reason : "unknown error");
  const ErrorCode code = report.error == ENOENT || report.error == ENOTDIR ? ErrorCode::NotFound
                         : report.error == EACCES                          ? ErrorCode::NotPermitted
                                                                           : ErrorCode::System;
  switch (report.stage) {
    case Stage::Directory:
      return {code, report.error, "cannot enter the directory " + directory + because};
    case Stage::Descriptors:
      return {ErrorCode::System, report.error, "cannot set up the program's standard streams" + because};
    case Stage::ProcessGroup:
    case Stage::Ready:
      break;
  }
  return {ErrorCode::System, report.error, "cannot make a process group for the program" + because};
}

bool has_nul(const std::vector<std::string>& strings) {
  return std::any_of(strings.begin(), strings.end(),
                     [](const std::string& s) { return s.find('\0') != std::string::npos; });
}

}  // namespace

std::string quote_for_shell(std::string_view argument) {
  if (argument.empty()) return "''";
  // A backslash before all but these is understood everywhere. Bytes of UTF-8 sequences must not be
  // separated.
  const auto is_plain = [](unsigned char c) {
    return c >= 0x80 || std::isalnum(c) != 0 || std::strchr("_-./:,@%+", c) != nullptr;
  };
  std::string quoted;
  for (const char c : argument) {
    if (c == '\n') {
      quoted += "'\n'";  // a backslash would remove it
    } else {
      if (!is_plain(static_cast<unsigned char>(c))) quoted += '\\';
      quoted += c;
    }
  }
  return quoted;
}

std::vector<std::string> command_of(const LaunchSpec& spec, const std::string& shell) {
  std::vector<std::string> words = spec.wrapper;
  words.insert(words.end(), spec.argv.begin(), spec.argv.end());
  if (!spec.with_shell) return words;
  std::string line = "exec";
  for (const std::string& word : words) line += ' ' + quote_for_shell(word);
  return {shell, "-c", line};
}

std::vector<std::string> environment_of(const LaunchSpec& spec, const char* const* current) {
  std::vector<std::string> result;
  for (; current != nullptr && *current != nullptr; ++current) result.emplace_back(*current);
  for (const auto& [name, value] : spec.environment) {
    const std::string prefix = name + '=';
    std::erase_if(result,
                  [&](const std::string& entry) { return entry.compare(0, prefix.size(), prefix) == 0; });
    if (value) result.push_back(prefix + *value);
  }
  return result;
}

Result<HeldChild> HeldChild::start(const LaunchSpec& spec) {
  if (spec.argv.empty() || spec.argv[0].empty()) {
    return Error{ErrorCode::InvalidArgument, 0, "there is no program to run"};
  }
  if (has_nul(spec.argv) || has_nul(spec.wrapper)) {
    return Error{ErrorCode::InvalidArgument, 0, "a program argument contains a NUL byte"};
  }
  ChildPlan plan{command_of(spec, startup_shell()), environment_of(spec, environ), {}, {}, spec};
  plan.argv = pointers_to(plan.command);
  plan.envp = pointers_to(plan.environment);

  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error{ErrorCode::System, errno, std::string("cannot start a program: ") + std::strerror(errno)};
  }
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);

  // With all signals blocked, no handler of the hub runs in the child before it has the default ones.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ours.get());  // else the hub's death would go unnoticed
    run_child(plan, theirs.get());
  }
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return Error{ErrorCode::System, error, std::string("cannot fork: ") + std::strerror(error)};
  return HeldChild(Pid{pid}, std::move(ours), spec.working_directory);
}

Result<> HeldChild::await_setup() {
  SetupReport report{};
  ssize_t count;
  while ((count = ::read(channel_.get(), &report, sizeof report)) < 0 && errno == EINTR) {
  }
  if (count != sizeof report) {
    return Error{ErrorCode::Gone, 0, "the new process died before it could run the program"};
  }
  if (report.stage != Stage::Ready) return setup_error(report, directory_);
  return {};
}

void HeldChild::release() {
  const char go = 1;
  // Fails only if the child has been killed meanwhile, which its death report tells.
  [[maybe_unused]] const auto sent = ::send(channel_.get(), &go, sizeof go, MSG_NOSIGNAL);
  channel_.reset();
}

}  // namespace gdbhub::arch
