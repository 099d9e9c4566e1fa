// Types and values of expressions: C's integers and pointers, and text.
#pragma once

#include <cstdint>
#include <string>

namespace gdbhub::expr {

/// An integer, a pointer to some depth to one, or text that the hub has (not the tracee).
struct Type {
  unsigned size = 8;      ///< bytes of the integer; 0: void
  bool is_signed = true;  ///< of the integer
  unsigned pointers = 0;
  bool is_text = false;

  bool is_pointer() const { return pointers != 0; }
  /// The type that a pointer points to.
  Type pointee() const { return {size, is_signed, pointers - 1, false}; }
  /// Operations with it are unsigned ones, as in C: narrow unsigned integers become signed ones first.
  bool is_wide_unsigned() const { return is_pointer() || (size == 8 && !is_signed); }
  /// Bytes of a value in memory.
  unsigned bytes() const { return is_pointer() ? 8 : size; }

  static Type text() { return {0, false, 0, true}; }
  static Type unsigned_long() { return {8, false, 0, false}; }
  friend bool operator==(const Type&, const Type&) = default;
};

/// What an expression has come to.
struct Value {
  std::uint64_t number = 0;  ///< extended to 64 bits as the type says
  std::string text;          ///< of the type text only
};

}  // namespace gdbhub::expr
