// Errors as values. Nothing in the core throws; see docs/architecture.md, "Errors".
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace gdbhub {

/// What went wrong, in the terms of the caller.
enum class ErrorCode {
  InvalidArgument,  ///< The request makes no sense, whatever the state.
  NotFound,         ///< No such process, thread, breakpoint, file.
  NotStopped,       ///< Needs a stop of the asking engine's own (A3).
  NotPermitted,     ///< Role, ownership or the kernel forbids it.
  Busy,             ///< Somebody else has it (another tracer, the fourth debug register).
  Gone,             ///< It died meanwhile.
  BadMemory,        ///< The address range is not mapped, or not all of it.
  Unsupported,      ///< This machine or build cannot do it.
  System,           ///< A system call failed; see `system`.
};

/// An error with its context. `text` is a full sentence for a person, without a final period.
struct Error {
  ErrorCode code = ErrorCode::System;
  int system = 0;  ///< errno, or 0
  std::string text;
};

/// A value or an Error. Check before use; using the wrong side is a bug (asserted).
template <class T = void>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool ok() const { return state_.index() == 0; }
  T& value() & { assert(ok()); return *std::get_if<0>(&state_); }
  const T& value() const& { assert(ok()); return *std::get_if<0>(&state_); }
  T&& value() && { assert(ok()); return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T other) const& { return ok() ? value() : std::move(other); }
  const Error& error() const { assert(!ok()); return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}

  explicit operator bool() const { return !failed_; }
  bool ok() const { return !failed_; }
  const Error& error() const { assert(failed_); return error_; }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace gdbhub
