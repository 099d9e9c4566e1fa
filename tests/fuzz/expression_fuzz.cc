// Expressions of users on any text; what is accepted is evaluated.
#include <cstddef>
#include <cstdint>

#include "expr/expression.h"
#include "expr/format.h"
#include "gdbhub/check.h"

namespace gdbhub::expr {
namespace {

/// Memory without an end, except for the zero page.
class World : public Context {
 public:
  Result<Value> variable(unsigned number) override { return Value{number * 0x1001, "text"}; }
  std::size_t read_memory(Address from, MutableByteSpan to) override {
    if (from.value < 0x1000) return 0;
    GDBHUB_CHECK(++reads < 100'000);
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<Byte>((from + i).value % 61);
    return to.size();
  }
  int reads = 0;
};

void run(std::string_view source) {
  const FindVariable find = [](std::string_view name) -> std::optional<Variable> {
    if (name == "text") return Variable{0, Type::text()};
    return Variable{static_cast<unsigned>(name.size()), Type{}};
  };
  TextCursor cursor(source);
  const auto parsed = Expression::parse(cursor, source, find);
  if (!parsed) {
    GDBHUB_CHECK(parsed.error().text.size() < 500);
    return;
  }
  GDBHUB_CHECK(parsed->source().size() <= source.size());
  World world;
  (void)parsed->evaluate(world);
  if (const auto format = Format::parse(source); format && format->arguments() < 50) {
    const std::vector<Format::Argument> values(format->arguments(), Format::Argument{0x2000, std::nullopt});
    (void)format->render(values, [&](Address from, MutableByteSpan to) { return world.read_memory(from, to); });
  }
}

}  // namespace
}  // namespace gdbhub::expr

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gdbhub::expr::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
