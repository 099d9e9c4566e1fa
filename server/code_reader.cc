#include "server/code_reader.h"

#include <utility>

#include "arch/process_code.h"
#include "arch/source_text.h"

namespace gdbhub::net {

CodeReader::~CodeReader() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  if (worker_.joinable()) worker_.join();
}

void CodeReader::describe(Pid pid, std::vector<Address> addresses, Found found) {
  ask<std::vector<CodeSpot>>([pid, addresses = std::move(addresses)] { return arch::describe_code(pid, addresses); }, std::move(found));
}

void CodeReader::callers(StackSample sample, std::size_t most, Found found) {
  ask<std::vector<CodeSpot>>([sample = std::move(sample), most] { return arch::callers_of(sample, most); }, std::move(found));
}

void CodeReader::source(Pid pid, Address at, unsigned around, std::function<void(const Result<SourceText>&)> found) {
  ask<SourceText>([=] { return arch::source_around(pid, at, around); }, std::move(found));
}

template <class Answer>
void CodeReader::ask(std::function<Result<Answer>()> work, std::function<void(const Result<Answer>&)> found) {
  {
    const std::lock_guard lock(mutex_);
    if (questions_.size() < kMaxQuestions) {
      // The answer is called, and destroyed, on the loop's thread: it has the tracer thread's objects in it.
      questions_.push_back([work = std::move(work), found = std::move(found)]() mutable -> std::function<void()> {
        return [answer = work(), found = std::move(found)] { found(answer); };
      });
      found = nullptr;
    }
  }
  if (found) return found(Error{ErrorCode::Busy, 0, "too many questions about code wait already"});
  if (!worker_.joinable()) worker_ = std::thread([this] { this->work(); });
  wake_.notify_one();
}

void CodeReader::work() {
  for (;;) {
    Question question;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !questions_.empty(); });
      if (ending_) return;
      question = std::move(questions_.front());
      questions_.pop_front();
    }
    loop_.post([alive = std::weak_ptr(alive_), answer = question()] {
      if (!alive.expired()) answer();
    });
  }
}

}  // namespace gdbhub::net
