// Engines that the command line starts: `--engine NAME[:KEY=VALUE,…]`. A program that adds engines of its own to the hub
// gives serve() (gdbhub/serve.h) a table of these.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gdbhub/engine.h"
#include "gdbhub/result.h"

namespace gdbhub {

class Hub;

/// An option of an engine, as it is listed.
struct EngineOption {
  std::string_view key;
  std::string_view value;    ///< how its value is written: "SECONDS", "NAME,…"
  std::string_view meaning;  ///< for people: one line, no period
};

/// The options that the user gave, by their keys. A value; the engine looks at it only while it is made.
class EngineOptions {
 public:
  /// Reads KEY=VALUE,KEY=VALUE… A part without "=" continues the list before it, so `trace=open,close` is one option with
  /// two values. A backslash takes the meaning of a "," or "=" away. Keys that `known` does not have are an error, and so
  /// is a key that is given twice.
  static Result<EngineOptions> parse(std::string_view text, std::span<const EngineOption> known);

  bool has(std::string_view key) const { return values_.find(key) != values_.end(); }
  /// All values of a key, in order; empty when it is not given.
  std::vector<std::string> list(std::string_view key) const;
  /// The one value of a key, or `otherwise`. An error when there are several.
  Result<std::string> text(std::string_view key, std::string_view otherwise) const;
  /// A number that is not negative: decimal, or hexadecimal after "0x".
  Result<std::uint64_t> number(std::string_view key, std::uint64_t otherwise) const;
  /// One of the words of a list, as its place in the list.
  Result<std::size_t> choice(std::string_view key, std::initializer_list<std::string_view> words,
                             std::size_t otherwise) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// A row of the table of engines.
struct EngineKind {
  std::string_view name;
  std::string_view summary;  ///< for people: one line, no period
  std::span<const EngineOption> options;
  /// Makes an engine. It connects itself to the hub, which outlives it, and disconnects in its destructor. Called once for each
  /// --engine, before there is a process; an error ends the hub.
  Result<std::unique_ptr<Engine>> (*make)(Hub& hub, const EngineOptions& options) = nullptr;
};

}  // namespace gdbhub
