#include "arch/target_xml.h"

#include <array>
#include <span>

namespace gdbhub::arch {
namespace {

struct Flag {
  std::string_view name;
  unsigned bit;
};
struct Vector {
  std::string_view id, element;
  unsigned count;
};
struct Field {
  std::string_view name, type;
};

// Bit 1 of eflags is always set; the nameless field keeps gdb from showing it.
constexpr Flag kEflags[] = {{"CF", 0},  {"", 1},    {"PF", 2},   {"AF", 4},   {"ZF", 6},  {"SF", 7},
                            {"TF", 8},  {"IF", 9},  {"DF", 10},  {"OF", 11},  {"NT", 14}, {"RF", 16},
                            {"VM", 17}, {"AC", 18}, {"VIF", 19}, {"VIP", 20}, {"ID", 21}};
constexpr Flag kMxcsr[] = {{"IE", 0}, {"DE", 1}, {"ZE", 2}, {"OE", 3},  {"UE", 4},  {"PE", 5},  {"DAZ", 6},
                           {"IM", 7}, {"DM", 8}, {"ZM", 9}, {"OM", 10}, {"UM", 11}, {"PM", 12}, {"FZ", 15}};
constexpr Vector kVectors128[] = {
    {"v8bf16", "bfloat16", 8}, {"v8h", "ieee_half", 8}, {"v4f", "ieee_single", 4}, {"v2d", "ieee_double", 2},
    {"v16i8", "int8", 16},     {"v8i16", "int16", 8},   {"v4i32", "int32", 4},     {"v2i64", "int64", 2}};
constexpr Field kFields128[] = {{"v8_bfloat16", "v8bf16"}, {"v8_half", "v8h"},    {"v4_float", "v4f"},
                                {"v2_double", "v2d"},      {"v16_int8", "v16i8"}, {"v8_int16", "v8i16"},
                                {"v4_int32", "v4i32"},     {"v2_int64", "v2i64"}, {"uint128", "uint128"}};
constexpr Vector kHalfOfZmm{"v2ui128", "uint128", 2};

/// ` name="value"`
std::string attribute(std::string_view name, std::string_view value) {
  std::string text(" ");
  return text.append(name).append("=\"").append(value).append("\"");
}
std::string attribute(std::string_view name, unsigned value) {
  return attribute(name, std::to_string(value));
}

std::string flags(std::string_view id, std::span<const Flag> all) {
  std::string text = "    <flags" + attribute("id", id) + attribute("size", 4) + ">\n";
  for (const Flag& one : all) {
    text += "      <field" + attribute("name", one.name) + attribute("start", one.bit) +
            attribute("end", one.bit) + attribute("type", "bool") + "/>\n";
  }
  return text + "    </flags>\n";
}

std::string vector(const Vector& one) {
  return "    <vector" + attribute("id", one.id) + attribute("type", one.element) +
         attribute("count", one.count) + "/>\n";
}

std::string vec128() {
  std::string text;
  for (const Vector& one : kVectors128) text += vector(one);
  text += "    <union" + attribute("id", "vec128") + ">\n";
  for (const Field& one : kFields128) {
    text += "      <field" + attribute("name", one.name) + attribute("type", one.type) + "/>\n";
  }
  return text + "    </union>\n";
}

/// The types that a feature's registers use and gdb does not know by itself. They are local to the feature.
std::string types_of(std::string_view feature) {
  if (feature == "org.gnu.gdb.i386.core") return flags("i386_eflags", kEflags);
  if (feature == "org.gnu.gdb.i386.sse") return vec128() + flags("i386_mxcsr", kMxcsr);
  if (feature == "org.gnu.gdb.i386.avx512") return vec128() + vector(kHalfOfZmm);
  return {};
}

std::string reg(const RegisterInfo& info, unsigned number) {
  std::string text = "    <reg" + attribute("name", info.name) + attribute("bitsize", info.bits) +
                     attribute("type", info.type) + attribute("regnum", number);
  if (!info.group.empty()) text += attribute("group", info.group);
  return text + "/>\n";
}

}  // namespace

std::string target_xml(const std::vector<RegisterInfo>& registers) {
  std::string text =
      "<?xml version=\"1.0\"?>\n"
      "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
      "<target>\n"
      "  <architecture>i386:x86-64</architecture>\n"
      "  <osabi>GNU/Linux</osabi>\n";
  std::string_view feature;
  for (unsigned number = 0; number < registers.size(); ++number) {
    const RegisterInfo& info = registers[number];
    if (info.feature != feature) {
      if (!feature.empty()) text += "  </feature>\n";
      feature = info.feature;
      text += "  <feature" + attribute("name", feature) + ">\n" + types_of(feature);
    }
    text += reg(info, number);
  }
  if (!feature.empty()) text += "  </feature>\n";
  return text + "</target>\n";
}

}  // namespace gdbhub::arch
