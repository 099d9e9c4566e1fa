// Handshake, mode and identity.
#include "engines/gdb/gdb_engine.h"
#include "engines/gdb/packet_table.h"
#include "rsp/hex.h"

namespace gdbhub::gdb {
namespace {

constexpr std::uint64_t packet_size = 0x100000;

Reply supported(GdbEngine& engine, rsp::Reader packet) {
  packet.consume(':');
  engine.client().features = rsp::parse_client_features(packet.rest());
  for (Pid pid : engine.run().processes())
    (void)engine.hub().set_events(engine.id(), pid, engine.wanted_events());
  std::string text = "PacketSize=";
  rsp::append_hex_number(text, packet_size);
  for (std::span<const PacketEntry> family : packet_families()) {
    for (const PacketEntry& entry : family) {
      if (entry.feature.empty()) continue;
      text += ';';
      text += entry.feature;
    }
  }
  const rsp::ClientFeatures& client = engine.client().features;
  const std::pair<bool, std::string_view> mutual[] = {
      {client.multiprocess, "multiprocess+"}, {client.swbreak, "swbreak+"},
      {client.hwbreak, "hwbreak+"},
      {client.fork_events, "fork-events+"},   {client.vfork_events, "vfork-events+"},
      {client.exec_events, "exec-events+"},   {client.no_resumed, "no-resumed+"},
      {client.vcont_supported, "vContSupported+"}, {client.error_message, "error-message+"},
  };
  for (const auto& [wanted, feature] : mutual) {
    if (!wanted) continue;
    text += ';';
    text += feature;
  }
  return Reply::text(text);
}

Reply extended_mode(GdbEngine& engine, rsp::Reader) {
  engine.client().extended = true;
  return Reply::ok();
}

Reply no_ack_mode(GdbEngine& engine, rsp::Reader) {
  engine.stop_acknowledging();
  return Reply::ok();
}

Reply error_strings(GdbEngine& engine, rsp::Reader) {
  engine.client().error_strings = true;
  return Reply::ok();
}

Reply non_stop(GdbEngine& engine, rsp::Reader packet) {
  if (packet.rest() != "0" && packet.rest() != "1") return Reply::error();
  engine.client().non_stop = packet.rest() == "1";
  return Reply::ok();
}

Reply status(GdbEngine& engine, rsp::Reader) {
  if (!engine.run().refuses_join()) return engine.run().status();
  engine.surroundings().say("A client was refused: the target runs, and this listener lets nobody stop it by joining");
  engine.surroundings().close();
  return Reply::later();
}

Reply current_thread(GdbEngine& engine, rsp::Reader) {
  const Tid tid = engine.current_thread();
  const std::optional<Pid> pid = engine.current_process();
  if (!pid) return Reply::error();
  return Reply::text("QC" + rsp::format_thread(*pid, tid, engine.client().features.multiprocess));
}

/// The empty answer is the point: gdb asks to see how the server answers unknown v packets.
Reply must_reply_empty(GdbEngine&, rsp::Reader) { return Reply::unsupported(); }

/// "::" offers, "VALUE:NAME" answers, ":NAME" does not know. Asked on as long as the client knows them.
Reply symbol(GdbEngine& engine, rsp::Reader packet) {
  const std::optional<Pid> pid = engine.current_process();
  const std::string_view value = packet.until(':');
  const std::optional<std::string> name = rsp::text_from_hex(packet.rest());
  if (!pid || !name || (value.empty() && !name->empty())) return Reply::ok();
  ThreadLocalLayout& layout = engine.client().thread_local_layouts[*pid];
  if (!value.empty()) {
    const std::optional<std::uint64_t> address = rsp::Reader(value).hex();
    if (!address) return Reply::error();
    layout.learn(*name, {*address});
  }
  const std::optional<std::string_view> next = layout.unknown();
  return next ? Reply::text("qSymbol:" + rsp::to_hex(*next)) : Reply::ok();
}

constexpr PacketEntry table[] = {
    {"qSupported", supported, false, "", "exchanges features"},
    {"vMustReplyEmpty", must_reply_empty, true, "", "probe for unknown packets"},
    {"QStartNoAckMode", no_ack_mode, true, "QStartNoAckMode+", "no more acknowledgements"},
    {"QEnableErrorStrings", error_strings, true, "", "lldb: errors are to have their reason with them (A52)"},
    {"!", extended_mode, true, "", "extended mode: the connection outlives its processes"},
    {"QNonStop:", non_stop, false, "QNonStop+", "non-stop (1) or all-stop (0) mode, for this client"},
    {"?", status, true, "", "why the client is stopped"},
    {"qC", current_thread, true, "", "the current thread"},
    {"qSymbol:", symbol, false, "", "offers symbol look-up; asked for what describes glibc's threads"},
};

}  // namespace

std::span<const PacketEntry> general_packets() { return table; }

}  // namespace gdbhub::gdb
