#include "rsp/features.h"

#include <algorithm>
#include <iterator>

#include "rsp/reader.h"

namespace gdbhub::rsp {
namespace {

struct Feature {
  std::string_view name;
  bool ClientFeatures::*member;
};

constexpr Feature kFeatures[] = {
    {"multiprocess", &ClientFeatures::multiprocess},
    {"swbreak", &ClientFeatures::swbreak},
    {"hwbreak", &ClientFeatures::hwbreak},
    {"fork-events", &ClientFeatures::fork_events},
    {"vfork-events", &ClientFeatures::vfork_events},
    {"exec-events", &ClientFeatures::exec_events},
    {"vContSupported", &ClientFeatures::vcont_supported},
    {"QThreadEvents", &ClientFeatures::thread_events},
    {"QThreadOptions", &ClientFeatures::thread_options},
    {"no-resumed", &ClientFeatures::no_resumed},
    {"error-message", &ClientFeatures::error_message},
    {"qRelocInsn", &ClientFeatures::relocate_instruction},
    {"memory-tagging", &ClientFeatures::memory_tagging},
};

bool lists(std::string_view values, std::string_view wanted) {
  for (Reader reader(values); !reader.done();) {
    if (reader.until(',') == wanted) return true;
  }
  return false;
}

}  // namespace

ClientFeatures parse_client_features(std::string_view list) {
  ClientFeatures features;
  for (Reader reader(list); !reader.done();) {
    std::string_view entry = reader.until(';');
    if (Reader value(entry); value.consume("xmlRegisters=")) {
      features.xml_registers = lists(value.rest(), "i386");
    } else if (entry.ends_with('+')) {
      entry.remove_suffix(1);
      const auto* known = std::find_if(std::begin(kFeatures), std::end(kFeatures),
                                       [entry](const Feature& feature) { return feature.name == entry; });
      if (known != std::end(kFeatures)) features.*known->member = true;
    }
  }
  return features;
}

}  // namespace gdbhub::rsp
