#include "engines/dash/client.h"

#include <algorithm>
#include <utility>

namespace gdbhub::dash {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(100);
constexpr std::size_t kMaxKind = 32;

/// What a client calls itself becomes part of lists and log lines.
std::string printable_kind(std::string kind) {
  kind.resize(std::min(kind.size(), kMaxKind));
  std::ranges::replace_if(kind, [](char c) { return c <= ' ' || c > '~' || c == '#'; }, '?');
  return kind;
}

}  // namespace

Client::Client(Service& service, EngineInfo info, Outlet outlet)
    : service_(service), info_(std::move(info)), outlet_(std::move(outlet)) {}

Client::~Client() {
  if (timer_ != 0) hub().loop().cancel(timer_);
  if (following_ != 0) service_.feed.unfollow(following_);
}

void Client::receive(std::string_view text) {
  ++requests_;
  auto parsed = parse_request(text);
  if (auto* answer = std::get_if<std::string>(&parsed)) return send(std::move(*answer));
  const auto& request = std::get<Request>(parsed);
  const auto answer = [&](std::string answer_text) {
    if (!request.is_notification) send(std::move(answer_text));
  };
  const Method* method = find_method(service_.families, request.method);
  if (method == nullptr)
    return answer(error_text(request.id, RpcError::MethodNotFound, "There is no method " + request.method));
  if (method->role == Role::Controller && info_.role != Role::Controller)
    return answer(error_text(
        request.id, Error{ErrorCode::NotPermitted, 0, request.method + " is for controllers; this client only watches"}));
  const Answer later = [this, alive = std::weak_ptr(alive_), request](const Result<json>& result) {
    if (alive.expired() || request.is_notification) return;
    send(result ? result_text(request.id, *result) : error_text(request.id, result.error()));
  };
  Hub::Batch batch(hub());
  try {
    method->handler(*this, request.params, later);
  } catch (const json::exception&) {
    answer(error_text(request.id, RpcError::InvalidParams, "A parameter is missing or of the wrong type: " +
                                                               std::string(method->params)));
  }
}

Result<> Client::introduce(const std::string& kind, Role role) {
  if (engine_ || !parts_.empty()) return Error{ErrorCode::Busy, 0, "this client is known already: who it is comes first"};
  if (!kind.empty()) info_.kind = printable_kind(kind);
  if (role == Role::Observer) info_.role = role;
  return {};
}

ClientEngine::Listener Client::listener() {
  return {.kept_waiting =
              [this](const std::vector<Hold>& by) {
                json holders = json::array();
                for (const Hold& hold : by)
                  holders.push_back({{"engine", hold.engine.value}, {"reason", describe(hold.reason)}});
                send(notification_text("kept_waiting", {{"by", std::move(holders)}}));
              },
          .told = [this](std::string_view text) { send(notification_text("message", {{"text", text}})); },
          .dismissed = [this] { outlet_.close(); },
          .activity = [this] { return activity(); }};
}

ClientEngine& Client::engine() {
  if (!engine_) engine_ = std::make_unique<ClientEngine>(hub(), info_, listener());
  return *engine_;
}

Result<> Client::linger(const std::string& name, Duration time) {
  if (!engine_) info_.identity = name;
  if (info_.identity != name)
    return Error{ErrorCode::Busy, 0, "this client has begun as another one: its name comes before its first command"};
  engine().linger(time);
  return {};
}

Result<> Client::take_over(const std::string& name) {
  if (engine_) return Error{ErrorCode::Busy, 0, "this client has begun as itself: taking over comes before its first command"};
  EngineInfo former = info_;
  former.identity = name;
  auto engine = ClientEngine::take_over(hub(), former, listener());
  if (!engine) return engine.error();
  info_ = std::move(former);
  engine_ = std::move(*engine);
  return {};
}

EngineActivity Client::activity() const {
  const std::size_t unsent = outlet_.unsent();
  EngineActivity activity;
  if (unsent != 0) activity.doing = std::to_string(unsent) + (unsent == 1 ? " message unread" : " messages unread");
  activity.requests = requests_;
  return activity;
}

void Client::follow(std::optional<std::uint64_t> since, const std::string& instance, const Answer& answer) {
  Feed& feed = service_.feed;
  if (following_ == 0) following_ = feed.follow([this](const MessagePtr& message) { update(message); });
  std::optional<std::vector<MessagePtr>> missed;
  if (since && instance == feed.instance()) missed = feed.since(*since);
  answer(json{{"number", feed.number()}, {"instance", feed.instance()}, {"resumed", missed.has_value()}});
  if (missed) {
    for (const MessagePtr& message : *missed) outlet_.send(message);
  } else if (!behind_) {
    behind_ = true;
    catch_up();
  }
}

void Client::watch_packets(EngineId engine) {
  packets_.reset();
  if (!engine) return;
  packets_.emplace(hub(), engine, [this](MessagePtr message) {
    if (outlet_.unsent() < kBehind) outlet_.send(std::move(message));
  });
}

void Client::update(const MessagePtr& message) {
  if (behind_) return;
  if (outlet_.unsent() < kBehind) return outlet_.send(message);
  behind_ = true;
  catch_up();
}

void Client::catch_up() {
  timer_ = 0;
  if (outlet_.unsent() <= kCaughtUp) {
    behind_ = false;
    return outlet_.send(service_.feed.snapshot());
  }
  timer_ = hub().loop().after(kPatience, [this] { catch_up(); });
}

}  // namespace gdbhub::dash
