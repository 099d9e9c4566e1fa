#include "server/code_reader.h"

#include <utility>

#include "arch/process_code.h"

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
  ask([pid, addresses = std::move(addresses)] { return arch::describe_code(pid, addresses); }, std::move(found));
}

void CodeReader::callers(StackSample sample, std::size_t most, Found found) {
  ask([sample = std::move(sample), most] { return arch::callers_of(sample, most); }, std::move(found));
}

void CodeReader::ask(std::function<Answer()> work, Found found) {
  {
    const std::lock_guard lock(mutex_);
    if (questions_.size() < kMaxQuestions) {
      questions_.push_back({std::move(work), std::move(found)});
      work = nullptr;
    }
  }
  if (work) return found(Error{ErrorCode::Busy, 0, "too many questions about code wait already"});
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
    // The answer is called, and destroyed, on the loop's thread: it has the tracer thread's objects in it.
    loop_.post([alive = std::weak_ptr(alive_), answer = question.work(), found = std::move(question.found)] {
      if (!alive.expired()) found(answer);
    });
  }
}

}  // namespace gdbhub::net
