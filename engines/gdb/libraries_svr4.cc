#include "engines/gdb/libraries_svr4.h"

#include <optional>
#include <span>
#include <vector>

#include "engines/core/link_maps.h"
#include "engines/gdb/xml.h"
#include "rsp/hex.h"
#include "rsp/reader.h"

namespace gdbhub::gdb {
namespace {

struct Annex {
  Address start, previous, name_space;
};

std::optional<Annex> parse_annex(std::string_view text) {
  Annex annex;
  for (rsp::Reader reader(text); !reader.done();) {
    const std::string_view name = reader.until('=');
    rsp::Reader value(reader.until(';'));
    value.consume("0x");
    const auto number = value.hex();
    if (!number || !value.done()) return std::nullopt;
    if (name == "start") annex.start = {*number};
    if (name == "prev") annex.previous = {*number};
    if (name == "lmid") annex.name_space = {*number};
  }
  return annex;
}

void append_attribute(std::string& to, std::string_view name, Address value) {
  to += ' ';
  to += name;
  to += "=\"0x";
  rsp::append_hex_number(to, value.value);
  to += '"';
}

std::string document(std::optional<Address> program, std::span<const core::LoadedObject> libraries) {
  std::string xml = "<library-list-svr4 version=\"1.0\"";
  if (program) append_attribute(xml, "main-lm", *program);
  xml += '>';
  for (const core::LoadedObject& library : libraries) {
    if (library.name.empty()) continue;
    xml += "<library name=\"" + xml_escaped(library.name) + '"';
    append_attribute(xml, "lm", library.link_map);
    append_attribute(xml, "l_addr", library.base);
    append_attribute(xml, "l_ld", library.dynamic);
    append_attribute(xml, "lmid", library.name_space);
    xml += "/>";
  }
  return xml + "</library-list-svr4>";
}

}  // namespace

Result<std::string> libraries_svr4(const ReadMemory& read, ByteSpan auxv, std::string_view text) {
  const auto annex = parse_annex(text);
  if (!annex) return Error{ErrorCode::InvalidArgument, 0, "Cannot understand the annex " + std::string(text)};
  if (annex->start != Address{}) {
    return document({}, core::objects_from(read, annex->start, annex->previous, annex->name_space));
  }
  const auto r_debug = core::find_r_debug(read, auxv);
  if (!r_debug) return Error{ErrorCode::Unsupported, 0, "The program has no dynamic linker, or not yet"};
  const auto objects = core::loaded_objects(read, *r_debug);
  if (objects.empty()) return document({}, {});
  return document(objects.front().link_map, std::span(objects).subspan(1));
}

}  // namespace gdbhub::gdb
