// The options of engines on the command line.
#include <algorithm>
#include <charconv>

#include "gdbhub/engine_kind.h"

namespace gdbhub {
namespace {

Error wrong(std::string text) { return {ErrorCode::InvalidArgument, 0, std::move(text)}; }

/// One part between commas, its backslashes taken away.
struct Part {
  std::string key;  ///< empty: the part continues the list before it
  std::string value;
};

std::vector<Part> split(std::string_view text) {
  std::vector<Part> parts;
  Part part;
  const auto flush = [&] { parts.push_back(std::exchange(part, {})); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      part.value += text[++i];
    } else if (text[i] == ',') {
      flush();
    } else if (text[i] == '=' && part.key.empty() && !part.value.empty()) {
      part.key = std::exchange(part.value, {});
    } else {
      part.value += text[i];
    }
  }
  flush();
  return parts;
}

}  // namespace

Result<EngineOptions> EngineOptions::parse(std::string_view text, std::span<const EngineOption> known) {
  EngineOptions options;
  if (text.empty()) return options;
  std::vector<std::string>* list = nullptr;
  for (Part& part : split(text)) {
    if (!part.key.empty()) {
      const bool is_known = std::any_of(known.begin(), known.end(), [&](const auto& option) { return option.key == part.key; });
      if (!is_known) return wrong("there is no option " + part.key);
      const auto [place, is_new] = options.values_.try_emplace(part.key);
      if (!is_new) return wrong(part.key + " is given twice");
      list = &place->second;
    } else if (list == nullptr) {
      return wrong("\"" + part.value + "\" is not KEY=VALUE");
    }
    list->push_back(std::move(part.value));
  }
  return options;
}

std::vector<std::string> EngineOptions::list(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

Result<std::string> EngineOptions::text(std::string_view key, std::string_view otherwise) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return std::string(otherwise);
  if (found->second.size() != 1) return wrong(std::string(key) + ": one value is enough");
  return found->second.front();
}

Result<std::uint64_t> EngineOptions::number(std::string_view key, std::uint64_t otherwise) const {
  if (!has(key)) return otherwise;
  const Result<std::string> given = text(key, "");
  if (!given) return given.error();
  std::string_view digits = *given;
  const bool is_hex = digits.starts_with("0x");
  if (is_hex) digits.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return wrong(std::string(key) + ": \"" + *given + "\" is not a number");
  return value;
}

Result<std::size_t> EngineOptions::choice(std::string_view key, std::initializer_list<std::string_view> words,
                                          std::size_t otherwise) const {
  if (!has(key)) return otherwise;
  const Result<std::string> given = text(key, "");
  if (!given) return given.error();
  const auto found = std::find(words.begin(), words.end(), *given);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string all;
  for (std::string_view word : words) all.append(all.empty() ? "" : ", ").append(word);
  return wrong(std::string(key) + ": \"" + *given + "\" is not one of " + all);
}

}  // namespace gdbhub
