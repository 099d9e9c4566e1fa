// A small service to debug: workers take requests from a queue, a reporter writes statistics.
// Usage: sample_service [REQUESTS=0: until SIGTERM] [WORKERS=3]
// Build: g++ -std=c++20 -g -O0 -pthread sample_service.cc -o sample_service
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Request {
  long number = 0;
  std::string customer;
  int cents = 0;
};

/// Requests between who makes them and who handles them.
class Queue {
 public:
  void push(Request request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    changed_.notify_one();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  /// Waits. False when the queue is closed and empty.
  bool pop(Request& request) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !requests_.empty(); });
    if (requests_.empty()) return false;
    request = std::move(requests_.front());
    requests_.pop_front();
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request> requests_;
  bool closed_ = false;
};

std::atomic<long> handled{0};
std::atomic<long> revenue{0};
std::atomic<bool> stopping{false};
Queue queue;

}  // namespace

/// Twenty percent of tax, rounded down.
int total_with_tax(int cents) {
  const int tax = cents / 5;
  return cents + tax;
}

void handle_request(const Request& request) {
  const int total = total_with_tax(request.cents);
  revenue += total;
  ++handled;
}

void log_stats(long requests, long cents) {
  std::printf("%ld requests handled, %ld.%02ld earned\n", requests, cents / 100, cents % 100);
  std::fflush(stdout);
}

namespace {

void work() {
  for (Request request; queue.pop(request);) handle_request(request);
}

void report() {
  while (!stopping) {
    log_stats(handled, revenue);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const long count = argc > 1 ? std::atol(argv[1]) : 0;
  const int workers = argc > 2 ? std::atoi(argv[2]) : 3;
  static const char* const customers[] = {"ada", "barbara", "grace", "margaret"};
  std::signal(SIGTERM, [](int) { stopping = true; });

  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i) threads.emplace_back(work);
  std::thread reporter(report);
  for (long number = 1; !stopping && (count == 0 || number <= count); ++number) {
    queue.push({number, customers[number % 4], static_cast<int>(number * 37 % 5000)});
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  queue.close();
  for (std::thread& thread : threads) thread.join();
  stopping = true;
  reporter.join();
  log_stats(handled, revenue);
}
