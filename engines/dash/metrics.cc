#include "engines/dash/metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace gdbhub::dash {
namespace {

class Page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
    name_ = name;
  }
  template <class Value>
  void sample(const Value& value) {
    fmt::format_to(std::back_inserter(text_), "{} {}\n", name_, value);
  }
  template <class Value>
  void sample(std::string_view label, std::string_view of, const Value& value) {
    fmt::format_to(std::back_inserter(text_), "{}{{{}=\"{}\"}} {}\n", name_, label, of, value);
  }
  template <class Value>
  void metric(std::string_view name, std::string_view type, std::string_view help, const Value& value) {
    family(name, type, help);
    sample(value);
  }
  /// `classes`: how many took so many seconds at most; the last one has no bound.
  void histogram(std::string_view name, std::string_view help, const std::vector<std::pair<double, std::uint64_t>>& classes, double sum) {
    family(name, "histogram", help);
    std::uint64_t total = 0;
    for (const auto& [bound, count] : classes)
      fmt::format_to(std::back_inserter(text_), "{}_bucket{{le=\"{}\"}} {}\n", name, std::isinf(bound) ? "+Inf" : fmt::format("{}", bound), total += count);
    fmt::format_to(std::back_inserter(text_), "{0}_sum {1}\n{0}_count {2}\n", name, sum, total);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
  std::string_view name_;
};

}  // namespace

std::string metrics_page(Hub& hub, const Counts& counts, std::size_t watchers) {
  Page page;
  const auto processes = hub.processes();
  std::size_t threads = 0;
  for (const ProcessStatus& process : processes) threads += hub.threads(process.pid).size();
  std::set<Tid> held;
  for (const Hold& hold : hub.holds()) held.insert(hold.tid);
  std::map<std::string, std::size_t> kinds;
  double kept_waiting = 0;
  for (const EngineStatus& engine : hub.engines()) {
    ++kinds[engine.info.kind];
    kept_waiting += std::chrono::duration<double>(engine.kept_waiting).count();
  }

  page.metric("gdbhub_processes", "gauge", "Processes that the hub traces.", processes.size());
  page.metric("gdbhub_threads", "gauge", "Threads that the hub traces.", threads);
  page.metric("gdbhub_threads_held", "gauge", "Threads that somebody holds.", held.size());
  page.metric("gdbhub_threads_waited_for", "gauge", "Threads that a client wants to run and others hold.", hub.waits().size());
  page.metric("gdbhub_breakpoints", "gauge", "Claims on breakpoint addresses.", hub.breakpoints().size());
  page.metric("gdbhub_dashboard_clients", "gauge", "Followers of the state.", watchers);
  page.metric("gdbhub_events_total", "counter", "Entries of the event log.", hub.journal().last_number());
  page.metric("gdbhub_stops_total", "counter", "Stops that clients were told of.", counts.stops);
  page.metric("gdbhub_signals_total", "counter", "Signals that threads were about to get.", counts.signals);
  page.metric("gdbhub_packets_total", "counter", "Requests of debuggers.", counts.packets);
  page.metric("gdbhub_step_overs_total", "counter", "Instructions under breakpoints that threads have executed.", counts.step_overs.all);
  page.metric("gdbhub_step_overs_in_line_total", "counter", "Those for which all other threads were stopped.", counts.step_overs.in_line);
  std::vector<std::pair<double, std::uint64_t>> classes;
  for (std::size_t i = 0; i < counts.answers.size(); ++i)
    classes.emplace_back(i < Counts::kBounds.size() ? Counts::kBounds[i] / 1e6 : std::numeric_limits<double>::infinity(), counts.answers[i]);
  page.histogram("gdbhub_answer_seconds", "From the reading of a debugger's packet to its answer, where that does not wait for the program.", classes,
                 std::chrono::duration<double>(counts.answering).count());
  page.metric("gdbhub_kept_waiting_seconds", "gauge", "How long the clients that are here were kept waiting by others.", kept_waiting);
  page.family("gdbhub_engines", "gauge", "Connected clients by kind.");
  for (const auto& [kind, count] : kinds) page.sample("kind", kind, count);
  return std::move(page).text();
}

}  // namespace gdbhub::dash
