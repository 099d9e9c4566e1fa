#include "rsp/thread_id.h"

#include <limits>

namespace gdbhub::rsp {
namespace {

using Scope = ThreadPattern::Scope;

struct Part {
  Scope scope = Scope::All;
  int id = 0;
};

std::optional<Part> parse_part(Reader& from) {
  const auto number = from.signed_hex();
  if (!number || *number < -1 || *number > std::numeric_limits<int>::max()) return std::nullopt;
  if (*number == -1) return Part{Scope::All};
  if (*number == 0) return Part{Scope::Any};
  return Part{Scope::One, static_cast<int>(*number)};
}

}  // namespace

std::optional<ThreadPattern> ThreadPattern::parse(Reader& from) {
  Reader at = from;
  std::optional<Part> process, thread = Part{};
  if (at.consume('p')) {
    process = parse_part(at);
    if (!process) return std::nullopt;
    if (at.consume('.')) thread = parse_part(at);
    if (thread && process->scope == Scope::All && thread->scope == Scope::One) return std::nullopt;
  } else {
    thread = parse_part(at);
    process = Part{};
  }
  if (!thread) return std::nullopt;
  from = at;
  return ThreadPattern{process->scope, thread->scope, Pid{process->id}, Tid{thread->id}};
}

std::optional<ThreadPattern> ThreadPattern::parse(std::string_view text) {
  Reader reader(text);
  const auto pattern = parse(reader);
  return reader.done() ? pattern : std::nullopt;
}

bool ThreadPattern::matches(Pid of, Tid which) const {
  return may_match(of) && (thread != Scope::One || tid == which);
}

std::string format_thread(Pid pid, Tid tid, bool multiprocess) {
  std::string text;
  if (multiprocess) {
    text += 'p';
    append_hex_number(text, static_cast<unsigned>(pid.value));
    text += '.';
  }
  append_hex_number(text, static_cast<unsigned>(tid.value));
  return text;
}

}  // namespace gdbhub::rsp
