#include "engines/syscalls/names.h"

#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <span>

namespace gdbhub::syscalls {
namespace {

struct Name {
  std::uint64_t value;
  std::string_view text;
};
#define NAME(constant) {static_cast<std::uint64_t>(constant), #constant}

constexpr Name access_modes[] = {NAME(R_OK), NAME(W_OK), NAME(X_OK)};
constexpr Name advice[] = {NAME(MADV_NORMAL),   NAME(MADV_RANDOM),     NAME(MADV_SEQUENTIAL), NAME(MADV_WILLNEED),
                           NAME(MADV_DONTNEED), NAME(MADV_FREE),       NAME(MADV_REMOVE),     NAME(MADV_DONTFORK),
                           NAME(MADV_DOFORK),   NAME(MADV_MERGEABLE),  NAME(MADV_UNMERGEABLE), NAME(MADV_HUGEPAGE),
                           NAME(MADV_NOHUGEPAGE), NAME(MADV_DONTDUMP), NAME(MADV_DODUMP)};
constexpr Name arch_commands[] = {NAME(ARCH_SET_GS), NAME(ARCH_SET_FS), NAME(ARCH_GET_FS), NAME(ARCH_GET_GS)};
constexpr Name at_flags[] = {NAME(AT_SYMLINK_NOFOLLOW), NAME(AT_REMOVEDIR), NAME(AT_SYMLINK_FOLLOW),
                             NAME(AT_NO_AUTOMOUNT), NAME(AT_EMPTY_PATH)};
constexpr Name clone_flags[] = {
    NAME(CLONE_VM), NAME(CLONE_FS), NAME(CLONE_FILES), NAME(CLONE_SIGHAND), NAME(CLONE_PIDFD), NAME(CLONE_PTRACE),
    NAME(CLONE_VFORK), NAME(CLONE_PARENT), NAME(CLONE_THREAD), NAME(CLONE_NEWNS), NAME(CLONE_SYSVSEM), NAME(CLONE_SETTLS),
    NAME(CLONE_PARENT_SETTID), NAME(CLONE_CHILD_CLEARTID), NAME(CLONE_DETACHED), NAME(CLONE_UNTRACED),
    NAME(CLONE_CHILD_SETTID), NAME(CLONE_NEWCGROUP), NAME(CLONE_NEWUTS), NAME(CLONE_NEWIPC), NAME(CLONE_NEWUSER),
    NAME(CLONE_NEWPID), NAME(CLONE_NEWNET), NAME(CLONE_IO)};
constexpr Name clocks[] = {NAME(CLOCK_REALTIME), NAME(CLOCK_MONOTONIC), NAME(CLOCK_PROCESS_CPUTIME_ID),
                           NAME(CLOCK_THREAD_CPUTIME_ID), NAME(CLOCK_MONOTONIC_RAW), NAME(CLOCK_REALTIME_COARSE),
                           NAME(CLOCK_MONOTONIC_COARSE), NAME(CLOCK_BOOTTIME), NAME(CLOCK_TAI)};
constexpr Name domains[] = {NAME(AF_UNSPEC), NAME(AF_UNIX), NAME(AF_INET), NAME(AF_INET6), NAME(AF_NETLINK),
                            NAME(AF_PACKET), NAME(AF_VSOCK)};
constexpr Name epoll_commands[] = {NAME(EPOLL_CTL_ADD), NAME(EPOLL_CTL_DEL), NAME(EPOLL_CTL_MOD)};
constexpr Name fcntl_commands[] = {NAME(F_DUPFD), NAME(F_GETFD), NAME(F_SETFD), NAME(F_GETFL), NAME(F_SETFL),
                                   NAME(F_GETLK), NAME(F_SETLK), NAME(F_SETLKW), NAME(F_SETOWN), NAME(F_GETOWN),
                                   NAME(F_DUPFD_CLOEXEC), NAME(F_SETPIPE_SZ), NAME(F_GETPIPE_SZ), NAME(F_ADD_SEALS),
                                   NAME(F_GET_SEALS)};
constexpr Name futex_operations[] = {
    NAME(FUTEX_WAIT), NAME(FUTEX_WAKE), NAME(FUTEX_FD), NAME(FUTEX_REQUEUE), NAME(FUTEX_CMP_REQUEUE), NAME(FUTEX_WAKE_OP),
    NAME(FUTEX_LOCK_PI), NAME(FUTEX_UNLOCK_PI), NAME(FUTEX_TRYLOCK_PI), NAME(FUTEX_WAIT_BITSET), NAME(FUTEX_WAKE_BITSET),
    NAME(FUTEX_WAIT_REQUEUE_PI), NAME(FUTEX_CMP_REQUEUE_PI)};
constexpr Name map_types[] = {NAME(MAP_SHARED), NAME(MAP_PRIVATE), NAME(MAP_SHARED_VALIDATE)};
constexpr Name map_flags[] = {NAME(MAP_FIXED), NAME(MAP_ANONYMOUS), NAME(MAP_32BIT), NAME(MAP_GROWSDOWN),
                              NAME(MAP_DENYWRITE), NAME(MAP_EXECUTABLE), NAME(MAP_LOCKED), NAME(MAP_NORESERVE),
                              NAME(MAP_POPULATE), NAME(MAP_NONBLOCK), NAME(MAP_STACK), NAME(MAP_HUGETLB), NAME(MAP_SYNC),
                              NAME(MAP_FIXED_NOREPLACE)};
constexpr Name message_flags[] = {NAME(MSG_OOB), NAME(MSG_PEEK), NAME(MSG_DONTROUTE), NAME(MSG_TRUNC), NAME(MSG_DONTWAIT),
                                  NAME(MSG_EOR), NAME(MSG_WAITALL), NAME(MSG_NOSIGNAL), NAME(MSG_MORE),
                                  NAME(MSG_CMSG_CLOEXEC)};
constexpr Name open_modes[] = {NAME(O_RDONLY), NAME(O_WRONLY), NAME(O_RDWR)};
constexpr Name open_flags[] = {NAME(O_CREAT), NAME(O_EXCL), NAME(O_NOCTTY), NAME(O_TRUNC), NAME(O_APPEND), NAME(O_NONBLOCK),
                               NAME(O_SYNC), NAME(O_DSYNC), NAME(O_ASYNC), NAME(O_DIRECT), {0100000, "O_LARGEFILE"},
                               NAME(O_NOFOLLOW), NAME(O_NOATIME), NAME(O_CLOEXEC), NAME(O_PATH), NAME(O_TMPFILE),
                               NAME(O_DIRECTORY)};  // what includes others comes before them
constexpr Name protections[] = {NAME(PROT_READ), NAME(PROT_WRITE), NAME(PROT_EXEC), NAME(PROT_GROWSDOWN), NAME(PROT_GROWSUP)};
constexpr Name resources[] = {NAME(RLIMIT_CPU), NAME(RLIMIT_FSIZE), NAME(RLIMIT_DATA), NAME(RLIMIT_STACK), NAME(RLIMIT_CORE),
                              NAME(RLIMIT_RSS), NAME(RLIMIT_NPROC), NAME(RLIMIT_NOFILE), NAME(RLIMIT_MEMLOCK),
                              NAME(RLIMIT_AS), NAME(RLIMIT_LOCKS), NAME(RLIMIT_SIGPENDING), NAME(RLIMIT_MSGQUEUE),
                              NAME(RLIMIT_NICE), NAME(RLIMIT_RTPRIO), NAME(RLIMIT_RTTIME)};
constexpr Name signal_hows[] = {NAME(SIG_BLOCK), NAME(SIG_UNBLOCK), NAME(SIG_SETMASK)};
constexpr Name socket_types[] = {NAME(SOCK_STREAM), NAME(SOCK_DGRAM), NAME(SOCK_RAW), NAME(SOCK_SEQPACKET), NAME(SOCK_PACKET)};
constexpr Name socket_flags[] = {NAME(SOCK_CLOEXEC), NAME(SOCK_NONBLOCK)};
constexpr Name wait_options[] = {NAME(WNOHANG), NAME(WUNTRACED), NAME(WEXITED), NAME(WCONTINUED), NAME(WNOWAIT),
                                 {__WNOTHREAD, "__WNOTHREAD"}, {__WALL, "__WALL"}, {__WCLONE, "__WCLONE"}};
constexpr Name whences[] = {NAME(SEEK_SET), NAME(SEEK_CUR), NAME(SEEK_END), NAME(SEEK_DATA), NAME(SEEK_HOLE)};
#undef NAME

// Most of them are an int to the kernel: the upper half means nothing.
constexpr std::uint64_t low_half = 0xffffffff;

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(value));
  return text;
}

void append(std::string& text, std::string_view word) {
  if (!text.empty()) text += '|';
  text += word;
}

std::string choice(std::uint64_t value, std::span<const Name> names) {
  for (const Name& name : names)
    if (name.value == value) return std::string(name.text);
  return hex(value);
}

/// The bits of `value` behind what `text` says already.
std::string flags(std::uint64_t value, std::span<const Name> names, std::string text = {}) {
  for (const Name& name : names) {
    if ((value & name.value) != name.value) continue;
    append(text, name.text);
    value &= ~name.value;
  }
  if (value != 0) append(text, hex(value));
  return text.empty() ? "0" : text;
}

std::string open_text(std::uint64_t value) {
  return flags(value & ~std::uint64_t{O_ACCMODE}, open_flags, choice(value & O_ACCMODE, open_modes));
}

std::string with_none(std::uint64_t value, std::span<const Name> names, std::string_view none) {
  return value == 0 ? std::string(none) : flags(value, names);
}

std::string clone_text(std::uint64_t value) {
  const int exit_signal = static_cast<int>(value & 0xff);
  std::string text = (value & ~0xffULL) != 0 ? flags(value & ~0xffULL, clone_flags) : "";
  if (exit_signal != 0) append(text, signal_name(exit_signal));
  return text.empty() ? "0" : text;
}

std::string futex_text(std::uint64_t value) {
  std::string text = choice(value & FUTEX_CMD_MASK, futex_operations);
  if (value & FUTEX_PRIVATE_FLAG) text += "_PRIVATE";
  if (value & FUTEX_CLOCK_REALTIME) text += "|FUTEX_CLOCK_REALTIME";
  return text;
}

std::string socket_type_text(std::uint64_t value) {
  const std::uint64_t more = SOCK_CLOEXEC | SOCK_NONBLOCK;
  return flags(value & more, socket_flags, (value & ~more) != 0 ? choice(value & ~more, socket_types) : "");
}

}  // namespace

std::optional<std::string> named(Arg kind, std::uint64_t value) {
  const std::uint64_t narrow = value & low_half;
  switch (kind) {
    case Arg::AccessMode: return with_none(narrow, access_modes, "F_OK");
    case Arg::Advice: return choice(narrow, advice);
    case Arg::ArchCommand: return choice(narrow, arch_commands);
    case Arg::AtFlags: return flags(narrow, at_flags);
    case Arg::CloneFlags: return clone_text(value);
    case Arg::Clock: return choice(narrow, clocks);
    case Arg::Domain: return choice(narrow, domains);
    case Arg::EpollCommand: return choice(narrow, epoll_commands);
    case Arg::FcntlCommand: return choice(narrow, fcntl_commands);
    case Arg::FutexOperation: return futex_text(narrow);
    case Arg::MapFlags: return flags(narrow & ~0xfULL, map_flags, choice(narrow & 0xf, map_types));
    case Arg::MessageFlags: return flags(narrow, message_flags);
    case Arg::OpenFlags: return open_text(narrow);
    case Arg::Protection: return with_none(narrow, protections, "PROT_NONE");
    case Arg::Resource: return choice(narrow, resources);
    case Arg::Signal: return signal_name(static_cast<int>(narrow));
    case Arg::SignalHow: return choice(narrow, signal_hows);
    case Arg::SocketType: return socket_type_text(narrow);
    case Arg::WaitOptions: return flags(narrow, wait_options);
    case Arg::Whence: return choice(narrow, whences);
    default: return std::nullopt;
  }
}

std::string signal_name(int number) {
  if (const char* name = ::sigabbrev_np(number)) return std::string("SIG") + name;
  constexpr int first_real_time = 32;  // the kernel's; glibc keeps two for itself
  if (number >= first_real_time && number < NSIG) return "SIGRT_" + std::to_string(number - first_real_time);
  return std::to_string(number);
}

std::string error_name(int number) {
  // include/linux/errno.h of the kernel: how a call is made again after a signal. Only tracers see them.
  switch (number) {
    case 512: return "ERESTARTSYS";
    case 513: return "ERESTARTNOINTR";
    case 514: return "ERESTARTNOHAND";
    case 516: return "ERESTART_RESTARTBLOCK";
    default: break;
  }
  const char* name = ::strerrorname_np(number);
  if (name == nullptr) return std::to_string(number);
  return std::string(name) + " (" + ::strerrordesc_np(number) + ")";
}

}  // namespace gdbhub::syscalls
