#include "engines/syscalls/format.h"

#include <arpa/inet.h>
#include <asm/unistd.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>

#include "engines/syscalls/names.h"

namespace gdbhub::syscalls {
namespace {

constexpr std::size_t max_path = 4096;      // PATH_MAX of the kernel
constexpr std::size_t max_strings = 32;     // of an argv, as strace
constexpr std::size_t max_variables = 4096;  // counted of an environment
constexpr std::size_t page = 4096;

template <class... Values>
std::string print(const char* format, Values... values) {
  char text[160];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string pointer(std::uint64_t value) { return value == 0 ? "NULL" : print("%#lx", value); }

template <class T>
std::optional<T> fetch(const ReadMemory& read, std::uint64_t at) {
  T object{};
  if (at == 0 || read(Address{at}, writable_bytes_of(object)) != sizeof object) return std::nullopt;
  return object;
}

Bytes fetch_bytes(const ReadMemory& read, std::uint64_t at, std::size_t size) {
  Bytes bytes(size);
  bytes.resize(at == 0 ? 0 : read(Address{at}, bytes));
  return bytes;
}

/// The bytes before the NUL, at most `limit` of them. Page by page: the next page may not be there. nullopt: not readable.
std::optional<Bytes> fetch_text(const ReadMemory& read, std::uint64_t at, std::size_t limit) {
  Bytes text;
  while (text.size() < limit) {
    const std::size_t to_page_end = page - (at + text.size()) % page;
    const Bytes part = fetch_bytes(read, at + text.size(), std::min(to_page_end, limit - text.size()));
    if (part.empty()) {
      if (text.empty()) return std::nullopt;
      break;
    }
    const auto end = std::find(part.begin(), part.end(), 0);
    text.insert(text.end(), part.begin(), end);
    if (end != part.end()) break;
  }
  return text;
}

std::string text_at(const ReadMemory& read, std::uint64_t at, std::size_t limit) {
  if (at == 0) return "NULL";
  const std::optional<Bytes> bytes = fetch_text(read, at, limit + 1);
  return bytes ? quoted(*bytes, limit) : pointer(at);
}

std::string bytes_at(const ReadMemory& read, std::uint64_t at, std::uint64_t size, std::size_t limit) {
  if (at == 0) return "NULL";
  const Bytes bytes = fetch_bytes(read, at, static_cast<std::size_t>(std::min<std::uint64_t>(size, limit + 1)));
  return bytes.empty() && size != 0 ? pointer(at) : quoted(bytes, limit);
}

std::string strings_at(const ReadMemory& read, std::uint64_t at, std::size_t limit) {
  if (at == 0) return "NULL";
  std::string text = "[";
  for (std::size_t i = 0;; ++i) {
    const auto entry = fetch<std::uint64_t>(read, at + i * sizeof(std::uint64_t));
    if (!entry) return i == 0 ? pointer(at) : text + ", ???]";
    if (*entry == 0) return text + "]";
    if (i != 0) text += ", ";
    if (i == max_strings) return text + "...]";
    text += text_at(read, *entry, limit);
  }
}

std::string environment_at(const ReadMemory& read, std::uint64_t at) {
  if (at == 0) return "NULL";
  std::size_t count = 0;
  for (; count < max_variables; ++count)
    if (fetch<std::uint64_t>(read, at + count * sizeof(std::uint64_t)).value_or(0) == 0) break;
  return pointer(at) + print(" /* %zu var%s */", count, count == 1 ? "" : "s");
}

std::string address_at(const ReadMemory& read, std::uint64_t at, std::uint64_t size) {
  sockaddr_storage storage{};
  const Bytes bytes = fetch_bytes(read, at, std::min<std::size_t>(static_cast<std::size_t>(size), sizeof storage));
  if (bytes.size() < sizeof storage.ss_family) return pointer(at);
  std::memcpy(&storage, bytes.data(), bytes.size());
  char host[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET && bytes.size() >= sizeof(sockaddr_in)) {
    sockaddr_in in{};
    std::memcpy(&in, bytes.data(), sizeof in);
    ::inet_ntop(AF_INET, &in.sin_addr, host, sizeof host);
    return print("{sa_family=AF_INET, sin_port=htons(%u), sin_addr=inet_addr(\"%s\")}", unsigned{ntohs(in.sin_port)}, host);
  }
  if (storage.ss_family == AF_INET6 && bytes.size() >= sizeof(sockaddr_in6)) {
    sockaddr_in6 in{};
    std::memcpy(&in, bytes.data(), sizeof in);
    ::inet_ntop(AF_INET6, &in.sin6_addr, host, sizeof host);
    return print("{sa_family=AF_INET6, sin6_port=htons(%u), inet_pton(AF_INET6, \"%s\")}", unsigned{ntohs(in.sin6_port)}, host);
  }
  if (storage.ss_family == AF_UNIX) {
    ByteSpan path = ByteSpan(bytes).subspan(sizeof storage.ss_family);
    const bool abstract = !path.empty() && path[0] == 0;  // then it may contain NULs
    if (!abstract) path = path.first(static_cast<std::size_t>(std::find(path.begin(), path.end(), 0) - path.begin()));
    return "{sa_family=AF_UNIX, sun_path=" + (abstract ? "@" + quoted(path.subspan(1), max_path) : quoted(path, max_path)) + "}";
  }
  return "{sa_family=" + named(Arg::Domain, storage.ss_family).value_or("") + ", sa_data=" +
         quoted(ByteSpan(bytes).subspan(sizeof storage.ss_family), max_path) + "}";
}

std::string signal_set_at(const ReadMemory& read, std::uint64_t at) {
  std::optional<std::uint64_t> set = fetch<std::uint64_t>(read, at);
  if (!set) return pointer(at);
  const bool inverted = std::popcount(*set) > 32;
  std::string text = inverted ? "~[" : "[";
  if (inverted) set = ~*set;
  for (int signal = 1; signal <= 64; ++signal) {
    if ((*set >> (signal - 1) & 1) == 0) continue;
    if (text.back() != '[') text += ' ';
    text += signal_name(signal).substr(3);  // without "SIG"
  }
  return text + "]";
}

std::string time_at(const ReadMemory& read, std::uint64_t at) {
  const auto time = fetch<timespec>(read, at);
  return time ? print("{tv_sec=%ld, tv_nsec=%ld}", time->tv_sec, time->tv_nsec) : pointer(at);
}

std::string status_text(int status) {
  if (WIFEXITED(status)) return print("[{WIFEXITED(s) && WEXITSTATUS(s) == %d}]", WEXITSTATUS(status));
  if (WIFSIGNALED(status))
    return "[{WIFSIGNALED(s) && WTERMSIG(s) == " + signal_name(WTERMSIG(status)) + (WCOREDUMP(status) ? " && WCOREDUMP(s)" : "") + "}]";
  if (WIFSTOPPED(status)) return "[{WIFSTOPPED(s) && WSTOPSIG(s) == " + signal_name(WSTOPSIG(status)) + "}]";
  return print("[%#x]", static_cast<unsigned>(status));
}

bool returns_address(long number) {
  return number == __NR_mmap || number == __NR_brk || number == __NR_mremap || number == __NR_shmat;
}

bool is_filled_in(Arg kind) {
  return kind == Arg::Out || kind == Arg::TextOut || kind == Arg::FdPair || kind == Arg::Status;
}

}  // namespace

std::string quoted(ByteSpan bytes, std::size_t limit) {
  const ByteSpan shown = bytes.first(std::min(limit, bytes.size()));
  std::string text = "\"";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const Byte byte = shown[i];
    static constexpr std::string_view escaped = "\t\n\v\f\r\"\\", letters = "tnvfr\"\\";
    if (const auto found = escaped.find(static_cast<char>(byte)); found != escaped.npos) {
      text += {'\\', letters[found]};
    } else if (byte >= ' ' && byte < 0x7f) {
      text += static_cast<char>(byte);
    } else {
      const bool digit_follows = i + 1 < shown.size() && shown[i + 1] >= '0' && shown[i + 1] <= '9';
      text += print(digit_follows ? "\\%03o" : "\\%o", unsigned{byte});
    }
  }
  text += '"';
  if (shown.size() < bytes.size()) text += "...";
  return text;
}

std::string result_text(long number, std::optional<long> result) {
  if (!result) return "?";
  if (*result <= -512 && *result >= -516) return "? " + error_name(static_cast<int>(-*result));
  if (*result < 0 && *result >= -4095) return "-1 " + error_name(static_cast<int>(-*result));
  return returns_address(number) ? print("%#lx", *result) : std::to_string(*result);
}

OpenCall::OpenCall(long number, const std::array<std::uint64_t, 6>& arguments, const ReadMemory& read,
                   std::size_t string_limit)
    : number_(number), call_(find_call(number)), values_(arguments), string_limit_(string_limit) {
  for (std::size_t i = 0; i < values_.size(); ++i) texts_[i] = before(i, read);
}

std::string OpenCall::before(std::size_t i, const ReadMemory& read) const {
  const std::uint64_t value = values_[i];
  const std::uint64_t next = i + 1 < values_.size() ? values_[i + 1] : 0;
  const Arg kind = call_ == nullptr ? Arg::Hex : call_->arguments[i];
  switch (kind) {
    case Arg::None: return {};
    case Arg::Int:
    case Arg::Fd: return std::to_string(static_cast<int>(value));
    case Arg::Unsigned: return std::to_string(static_cast<unsigned>(value));
    case Arg::Long: return std::to_string(static_cast<long>(value));
    case Arg::Size: return std::to_string(value);
    case Arg::Hex: return print("%#lx", value);
    case Arg::Octal: return print("%#o", static_cast<unsigned>(value));
    case Arg::OpenMode: return (values_[i - 1] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0 ? print("%#o", static_cast<unsigned>(value)) : "";
    case Arg::Pointer: return pointer(value);
    case Arg::DirFd: return static_cast<int>(value) == AT_FDCWD ? "AT_FDCWD" : std::to_string(static_cast<int>(value));
    case Arg::Path: return text_at(read, value, max_path);
    case Arg::Text: return text_at(read, value, string_limit_);
    case Arg::In: return bytes_at(read, value, next, string_limit_);
    case Arg::Strings: return strings_at(read, value, string_limit_);
    case Arg::Environment: return environment_at(read, value);
    case Arg::Time: return time_at(read, value);
    case Arg::SocketAddress: return address_at(read, value, next);
    case Arg::SignalSet: return signal_set_at(read, value);
    case Arg::Out:
    case Arg::TextOut:
    case Arg::FdPair:
    case Arg::Status: return pointer(value);  // until the call has filled it in
    default: return named(kind, value).value_or(pointer(value));
  }
}

std::string OpenCall::after(std::size_t i, long result, const ReadMemory& read) const {
  const std::uint64_t value = values_[i];
  const auto length = static_cast<std::uint64_t>(result);
  switch (call_->arguments[i]) {
    case Arg::Out: return bytes_at(read, value, length, string_limit_);
    case Arg::TextOut: return bytes_at(read, value, length == 0 ? 0 : length - 1, max_path);
    case Arg::FdPair:
      if (const auto pair = fetch<std::array<int, 2>>(read, value)) return print("[%d, %d]", (*pair)[0], (*pair)[1]);
      return pointer(value);
    default:  // Status; with WNOHANG there may be nothing to tell
      if (const auto status = result > 0 ? fetch<int>(read, value) : std::nullopt) return status_text(*status);
      return pointer(value);
  }
}

std::string OpenCall::close(std::optional<long> result, const ReadMemory& read) const {
  std::string line = call_ != nullptr ? std::string(call_->name) : "syscall_" + std::to_string(number_);
  line += '(';
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    const bool filled_in = call_ != nullptr && result && *result >= 0 && is_filled_in(call_->arguments[i]);
    const std::string text = filled_in ? after(i, *result, read) : texts_[i];
    if (text.empty()) break;
    if (i != 0) line += ", ";
    line += text;
  }
  return line + ") = " + result_text(number_, result);
}

}  // namespace gdbhub::syscalls
