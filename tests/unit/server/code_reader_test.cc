// Questions about code, answered on the loop by a thread that reads files.
#include "server/code_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "server/asio_loop.h"

namespace gdbhub::net {
namespace {

TEST(CodeReader, AnswersInOrderOnTheLoop) {
  AsioLoop loop;
  CodeReader reader(loop);
  std::vector<Address> answered;
  const auto main_thread = std::this_thread::get_id();
  for (std::uint64_t i = 1; i <= 3; ++i)
    reader.describe(Pid{::getpid()}, {Address{i}}, [&](const Result<std::vector<CodeSpot>>& spots) {
      EXPECT_EQ(std::this_thread::get_id(), main_thread);
      answered.push_back(spots.value().at(0).address);
      if (answered.size() == 3) loop.stop(0);
    });
  EXPECT_TRUE(answered.empty());
  loop.run();
  EXPECT_EQ(answered, (std::vector{Address{1}, Address{2}, Address{3}}));
}

TEST(CodeReader, TooManyQuestionsAreRefusedAtOnceAndOpenOnesAreForgottenWithIt) {
  AsioLoop loop;
  std::size_t refused = 0, answered = 0;
  {
    CodeReader reader(loop);
    for (std::size_t i = 0; i < 3 * CodeReader::kMaxQuestions; ++i)
      reader.describe(Pid{::getpid()}, {Address{8}}, [&](const auto& spots) { ++(spots ? answered : refused); });
    EXPECT_GT(refused, 0u);
  }
  loop.post([&] { loop.stop(0); });
  loop.run();
  EXPECT_EQ(answered, 0u);
}

}  // namespace
}  // namespace gdbhub::net
