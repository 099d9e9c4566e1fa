// What a client says that it can do.
#pragma once

#include <string_view>

namespace gdbhub::rsp {

/// From the client's qSupported. All false for a client that never sent one.
struct ClientFeatures {
  bool multiprocess = false;
  bool swbreak = false;
  bool hwbreak = false;
  bool fork_events = false;
  bool vfork_events = false;
  bool exec_events = false;
  bool vcont_supported = false;
  bool thread_events = false;   ///< QThreadEvents
  bool thread_options = false;  ///< QThreadOptions
  bool no_resumed = false;
  bool error_message = false;         ///< takes `E.text` for every packet
  bool relocate_instruction = false;  ///< qRelocInsn
  bool memory_tagging = false;
  bool xml_registers = false;  ///< takes target descriptions for i386 (and so x86-64)

  friend bool operator==(const ClientFeatures&, const ClientFeatures&) = default;
};

/// `list` is what follows "qSupported:": `multiprocess+;swbreak+;xmlRegisters=i386;…`. Unknown features are
/// ignored.
ClientFeatures parse_client_features(std::string_view list);

}  // namespace gdbhub::rsp
