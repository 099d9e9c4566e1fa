// The dashboard's certificate.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "gdbhub/result.h"
#include "server/options.h"

namespace gdbhub::net {

/// Reads PEM files: the certificate with those that lead to its issuer, and the key, which has no password. TLS 1.2 at least.
Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const TlsFiles& files);

}  // namespace gdbhub::net
