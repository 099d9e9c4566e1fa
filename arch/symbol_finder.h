// The real Symbols: files are read on a thread of its own, so that no debugger waits for them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "arch/code_index.h"
#include "gdbhub/event_loop.h"
#include "gdbhub/symbols.h"

namespace gdbhub::arch {

/// One worker, started by the first question. What was read is kept for the next process that maps the file.
class SymbolFinder final : public Symbols {
 public:
  /// Files whose index is kept, the latest used.
  static constexpr std::size_t kKept = 64;

  /// `loop` is not owned; its post() must allow calls from another thread.
  explicit SymbolFinder(EventLoop& loop) : loop_(loop) {}
  /// Waits for the question that is being answered; answers that have not been given yet never are.
  ~SymbolFinder() override;
  SymbolFinder(const SymbolFinder&) = delete;
  SymbolFinder& operator=(const SymbolFinder&) = delete;

  void find(Pid pid, const MappedFile& file, std::vector<CodeName> names, Found found) override;

 private:
  struct Question {
    Pid pid;
    MappedFile file;
    std::vector<CodeName> names;
    Found found;
  };
  struct Kept {
    std::uint64_t device, inode, size;
    std::int64_t changed;  ///< nanoseconds
    std::shared_ptr<CodeIndex> index;

    bool same_file(const Kept& other) const {
      return device == other.device && inode == other.inode && size == other.size && changed == other.changed;
    }
  };

  void work();
  Result<std::vector<std::vector<CodePlace>>> answer(const Question& question);
  Result<std::shared_ptr<CodeIndex>> index_of(const Question& question);

  EventLoop& loop_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< loop's thread only
  std::list<Kept> kept_;                                        ///< the worker's; the latest used first
  std::mutex mutex_;                                            ///< for what follows
  std::condition_variable wake_;
  std::deque<Question> questions_;
  bool ending_ = false;
  std::thread worker_;
};

/// What is added to the file's addresses where the process has it mapped; nullopt when no piece fits a
/// segment.
std::optional<std::uint64_t> load_bias(const std::vector<CodeIndex::Segment>& segments,
                                       const MappedFile& file);

}  // namespace gdbhub::arch
