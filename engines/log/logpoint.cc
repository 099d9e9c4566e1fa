#include "engines/log/logpoint.h"

#include <algorithm>
#include <charconv>

#include "engines/log/thread_context.h"

namespace gdbhub::log {
namespace {

std::string hex(std::uint64_t value) {
  char buffer[16];
  return "0x" + std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value, 16).ptr);
}

/// A value without a format: pointers in hex, characters behind a char*, integers in decimal.
Result<std::string> shown(const expr::Expression& expression, const expr::Value& value,
                          ThreadContext& context) {
  const expr::Type& type = expression.type();
  if (type.is_text) return "\"" + value.text + "\"";
  if (type.is_pointer() && type.pointee() == expr::Type{1, true, 0, false}) {
    const auto read = [&](Address from, MutableByteSpan to) { return context.read_memory(from, to); };
    const auto text = expr::tracee_string(Address{value.number}, expr::kMaxString, read);
    return text ? "\"" + *text + "\"" : text;
  }
  if (type.is_wide_unsigned()) return hex(value.number);
  return std::to_string(static_cast<std::int64_t>(value.number));
}

Result<std::string> formatted(const LogpointSpec& spec, ThreadContext& context) {
  std::vector<expr::Value> values;
  std::vector<expr::Format::Argument> arguments;
  for (const expr::Expression& expression : spec.values) {
    auto value = expression.evaluate(context);
    if (!value) return value.error();
    values.push_back(std::move(*value));
  }
  for (std::size_t i = 0; i < values.size(); ++i)
    arguments.push_back({values[i].number, spec.values[i].type().is_text
                                               ? std::optional<std::string_view>(values[i].text)
                                               : std::nullopt});
  auto text = spec.format->render(
      arguments, [&](Address from, MutableByteSpan to) { return context.read_memory(from, to); });
  // A line is a line: dprintf's users end their formats with \n.
  if (text && text->ends_with('\n')) text->pop_back();
  return text;
}

Result<std::string> listed(const LogpointSpec& spec, const std::string& where, ThreadContext& context) {
  std::string text = where;
  for (const expr::Expression& expression : spec.values) {
    const auto value = expression.evaluate(context);
    if (!value) return value.error();
    const auto one = shown(expression, *value, context);
    if (!one) return one;
    text += " " + expression.source() + "=" + *one;
  }
  return text;
}

json registers_of(const Isa& isa, ThreadContext& context) {
  json all = json::object();
  for (unsigned number = 0; number < isa.registers().size(); ++number) {
    if (!isa.is_general(number)) continue;
    if (const auto value = context.register_value(number))
      all[std::string(isa.registers()[number].name)] = hex(*value);
  }
  return all;
}

}  // namespace

std::optional<LogEvent> Logpoint::hit(Hub& hub, EngineId engine, const Event& event,
                                        const std::string& where) {
  ++hits_;
  ThreadContext context(hub, engine, event, hits_);
  std::optional<Error> error;
  if (spec_.condition) {
    const auto holds = spec_.condition->evaluate(context);
    if (!holds) {
      error = holds.error();  // said rather than taken for false: a typo must not look like silence
    } else if (holds->number == 0) {
      return std::nullopt;
    }
  }
  if (passed_++ % options_.every != 0) return std::nullopt;
  ++logged_;

  LogEvent line;
  line.pid = event.pid;
  line.tid = event.tid;
  line.kind = "log";
  line.more = {{"logpoint", id_}, {"where", where}, {"pc", hex(event.pc.value)}, {"hits", hits_}};
  if (!error) {
    auto text = spec_.format ? formatted(spec_, context) : listed(spec_, where, context);
    if (text) {
      line.text = std::move(*text);
    } else {
      error = text.error();
    }
  }
  if (error) {
    line.text = where + ": " + error->text;
    line.more["error"] = error->text;
  }
  if (options_.arguments != 0) {
    json& arguments = line.more["args"] = json::array();
    for (unsigned number = 1; number <= options_.arguments; ++number)
      if (const auto value = context.argument(number)) arguments.push_back(hex(*value));
  }
  if (options_.registers) line.more["registers"] = registers_of(hub.isa(), context);
  return line;
}

}  // namespace gdbhub::log
