// The real CodeLookup: files are read on a thread of its own, so that no debugger waits for them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "gdbhub/code.h"
#include "gdbhub/event_loop.h"

namespace gdbhub::net {

/// One worker, started by the first question. Tracer thread only.
class CodeReader final : public CodeLookup {
 public:
  /// Questions that wait; further ones are refused.
  static constexpr std::size_t kMaxQuestions = 256;

  /// `loop` is not owned; its post() must allow calls from another thread.
  explicit CodeReader(EventLoop& loop) : loop_(loop) {}
  /// Waits for the question that is being answered; answers that have not been given yet never are.
  ~CodeReader() override;
  CodeReader(const CodeReader&) = delete;
  CodeReader& operator=(const CodeReader&) = delete;

  void describe(Pid pid, std::vector<Address> addresses, Found found) override;
  void callers(StackSample sample, std::size_t most, Found found) override;
  void source(Pid pid, Address at, unsigned around, std::function<void(const Result<SourceText>&)> found) override;

 private:
  /// Runs on the worker; what it returns runs on the loop.
  using Question = std::function<std::function<void()>()>;

  template <class Answer>
  void ask(std::function<Result<Answer>()> work, std::function<void(const Result<Answer>&)> found);
  void work();

  EventLoop& loop_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::mutex mutex_;  ///< for what follows
  std::condition_variable wake_;
  std::deque<Question> questions_;
  bool ending_ = false;
  std::thread worker_;
};

}  // namespace gdbhub::net
