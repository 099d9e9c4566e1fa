#include "server/tls.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace gdbhub::net {

namespace ssl = boost::asio::ssl;

Result<std::unique_ptr<ssl::context>> make_tls_context(const TlsFiles& files) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                       ssl::context::no_tlsv1_1 | ssl::context::no_compression);
  boost::system::error_code error;
  const auto failed = [&error](std::string_view option, const std::string& file) {
    return Error{ErrorCode::InvalidArgument, 0, std::string(option) + ": " + file + ": " + error.message()};
  };
  const std::string& key = files.key.empty() ? files.certificate : files.key;
  // OpenSSL's errors do not say of a file that it is not there.
  const auto readable = [&error](const std::string& file) {
    if (::access(file.c_str(), R_OK) != 0) error.assign(errno, boost::system::system_category());
    return !error;
  };
  if (!readable(files.certificate)) return failed("--dashboard-cert", files.certificate);
  if (!readable(key)) return failed("--dashboard-key", key);
  // Nobody is there to be asked for a password.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, error);
  if (!error) context->use_certificate_chain_file(files.certificate, error);
  if (error) return failed("--dashboard-cert", files.certificate);
  context->use_private_key_file(key, ssl::context::pem, error);
  if (error) return failed("--dashboard-key", key);
  return context;
}

}  // namespace gdbhub::net
