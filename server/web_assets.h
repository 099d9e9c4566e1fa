// The files of the dashboard's page, embedded by server/web/assets.cmake.
#pragma once

#include <span>
#include <string_view>

namespace gdbhub::net {

struct WebAsset {
  std::string_view path;  ///< "/app.js"
  std::string_view type;  ///< of the content, for HTTP
  std::string_view etag;  ///< quoted, of the content
  std::string_view content;
};

std::span<const WebAsset> web_assets();

}  // namespace gdbhub::net
