#include "server/sniff.h"

namespace gdbhub::net {

Sniffed sniff(std::string_view bytes) {
  constexpr std::string_view rsp_starts = "$+-%\x03";
  if (bytes.empty()) return {};
  if (bytes.front() == '{') return {Protocol::JsonLines, 0};
  if (rsp_starts.find(bytes.front()) != rsp_starts.npos) return {Protocol::Rsp, 0};
  if (bytes.starts_with("\x16\x03") || bytes.find("HTTP/") != bytes.npos) return {Protocol::Foreign, 0};
  // After noise only a packet counts: a stray 0x03 must not stop anybody's tracee.
  const auto packet = bytes.find('$');
  if (packet == bytes.npos) return {Protocol::Unknown, bytes.size()};
  return {Protocol::Rsp, packet};
}

}  // namespace gdbhub::net
