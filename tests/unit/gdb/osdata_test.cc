#include "engines/gdb/osdata.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "gdbhub/unique_fd.h"

namespace gdbhub::gdb {
namespace {

std::string column(const std::string& name, const std::string& value) {
  return "<column name=\"" + name + "\">" + value + "</column>";
}
const std::string kPid = std::to_string(::getpid());

TEST(Osdata, TheTypesAreThoseThatThereAre) {
  const std::string types = osdata("");
  EXPECT_EQ(osdata("types"), types);
  EXPECT_TRUE(types.starts_with("<osdata type=\"types\">\n<item>" + column("Type", "cpus"))) << types;
  EXPECT_TRUE(types.ends_with("</item></osdata>\n"));
  for (const char* type : {"cpus", "files", "modules", "msg", "processes", "procgroups", "semaphores", "shm",
                           "sockets", "threads"}) {
    EXPECT_NE(types.find(column("Type", type)), std::string::npos) << type;
    EXPECT_TRUE(osdata(type).starts_with("<osdata type=\"")) << type;
    EXPECT_TRUE(osdata(type).ends_with("</osdata>\n")) << type;
  }
}

TEST(Osdata, AnUnknownTypeIsEmpty) {
  EXPECT_EQ(osdata("bogus"), "");
}

TEST(Osdata, ProcessesHaveAUserACommandAndCores) {
  const std::string text = osdata("processes");
  const auto at = text.find("<item>" + column("pid", kPid) + "<column name=\"user\">");
  ASSERT_NE(at, std::string::npos);
  const std::string row = text.substr(at, text.find("</item>", at) - at);
  EXPECT_EQ(row.find("<column name=\"command\"></column>"), std::string::npos) << row;
  EXPECT_EQ(row.find("<column name=\"cores\"></column>"), std::string::npos) << row;
}

TEST(Osdata, AThreadIsListedWithItsProcess) {
  std::thread([] {
    const std::string text = osdata("threads");
    const std::string start = column("tid", std::to_string(::gettid())) + "<column name=\"core\">";
    const auto at = text.find(start);
    ASSERT_NE(at, std::string::npos);
    EXPECT_TRUE(std::isdigit(static_cast<unsigned char>(text[at + start.size()])));
    const auto row = text.substr(text.rfind("<item>", at), at - text.rfind("<item>", at));
    EXPECT_TRUE(row.starts_with("<item>" + column("pid", kPid) + "<column name=\"command\">")) << row;
  }).join();
}

TEST(Osdata, AProcessIsInItsGroup) {
  const std::string group = std::to_string(::getpgrp());
  const std::string text = osdata("procgroups");
  EXPECT_NE(text.find("<item>" + column("pgid", group)), std::string::npos);
  EXPECT_NE(text.find(column("pid", kPid) + "<column name=\"command line\">"), std::string::npos);
}

TEST(Osdata, FilesAreListedByNumberAndName) {
  const UniqueFd file(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  EXPECT_NE(osdata("files").find(column("file descriptor", std::to_string(file.get())) +
                                 column("name", "/dev/zero")),
            std::string::npos);
}

TEST(Osdata, ASocketHasItsAddressAndState) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  EXPECT_NE(osdata("sockets").find(column("local address", "127.0.0.1") +
                                   column("local port", std::to_string(ntohs(address.sin_port))) +
                                   column("remote address", "0.0.0.0") + column("remote port", "0") +
                                   column("state", "LISTEN")),
            std::string::npos);
}

TEST(Osdata, SharedMemoryHasItsSizeAndOwner) {
  const int id = ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0640);
  if (id < 0) GTEST_SKIP() << "no System V IPC here";
  const std::string text = osdata("shm");
  ::shmctl(id, IPC_RMID, nullptr);
  EXPECT_NE(
      text.find(column("shmid", std::to_string(id)) + column("permissions", "640") + column("size", "4096")),
      std::string::npos);
}

TEST(Osdata, EachProcessorIsARow) {
  const std::string text = osdata("cpus");
  EXPECT_NE(text.find("<item>" + column("processor", "0")), std::string::npos);
  EXPECT_EQ(text.find("\n</column>"), std::string::npos);
}

}  // namespace
}  // namespace gdbhub::gdb
