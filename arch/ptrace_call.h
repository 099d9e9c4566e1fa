// ptrace(2) with its errors as values. Only for the files of LinuxKernel.
#pragma once

#include <sys/ptrace.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "gdbhub/ids.h"
#include "gdbhub/result.h"

namespace gdbhub::arch {

using Request = __ptrace_request;

/// ptrace(2) with errno cleared first, so that the words PEEKUSER returns can be told from errors.
inline long request(Request what, Tid tid, std::uintptr_t address = 0, std::uintptr_t data = 0) {
  errno = 0;
  return ::ptrace(what, tid.value, reinterpret_cast<void*>(address), reinterpret_cast<void*>(data));
}

template <class Object>
long request_object(Request what, Tid tid, std::uintptr_t address, Object* object) {
  return request(what, tid, address, reinterpret_cast<std::uintptr_t>(object));
}

inline Error system_error(const char* what, int id) {
  const int error = errno;
  const std::string subject = std::string("cannot ") + what + ' ' + std::to_string(id) + ": ";
  switch (error) {
    case ESRCH:
      return {ErrorCode::Gone, error, subject + "it is gone or not stopped"};
    case EPERM:
      return {ErrorCode::NotPermitted, error, subject + std::strerror(error)};
    case EBUSY:
    case ENOSPC:  // no debug register left
      return {ErrorCode::Busy, error, subject + std::strerror(error)};
    case EINVAL:
      return {ErrorCode::InvalidArgument, error, subject + std::strerror(error)};
    default:
      return {ErrorCode::System, error, subject + std::strerror(error)};
  }
}

inline Result<> check(long result, const char* what, Tid tid) {
  if (result == -1) return system_error(what, tid.value);
  return {};
}

}  // namespace gdbhub::arch
