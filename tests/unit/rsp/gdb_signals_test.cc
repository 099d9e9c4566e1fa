#include "rsp/gdb_signals.h"

#include <gtest/gtest.h>

#include <csignal>

namespace gdbhub::rsp {
namespace {

TEST(GdbSignals, NamedSignalsHaveTheNumbersOfInfoSignals) {
  const struct {
    int host, gdb;
  } cases[] = {{0, 0},        {SIGHUP, 1},   {SIGINT, 2},   {SIGTRAP, 5},  {SIGABRT, 6},    {SIGFPE, 8},
               {SIGKILL, 9},  {SIGBUS, 10},  {SIGSEGV, 11}, {SIGSYS, 12},  {SIGPIPE, 13},   {SIGALRM, 14},
               {SIGTERM, 15}, {SIGURG, 16},  {SIGSTOP, 17}, {SIGTSTP, 18}, {SIGCONT, 19},   {SIGCHLD, 20},
               {SIGTTIN, 21}, {SIGTTOU, 22}, {SIGIO, 23},   {SIGXCPU, 24}, {SIGVTALRM, 26}, {SIGWINCH, 28},
               {SIGUSR1, 30}, {SIGUSR2, 31}, {SIGPWR, 32}};
  for (const auto& c : cases) {
    EXPECT_EQ(gdb_signal(c.host), c.gdb);
    EXPECT_EQ(host_signal(c.gdb), c.host);
  }
}

TEST(GdbSignals, RealTimeSignalsAreInThreePieces) {
  EXPECT_EQ(gdb_signal(32), 77);
  EXPECT_EQ(gdb_signal(33), 45);
  EXPECT_EQ(gdb_signal(63), 75);
  EXPECT_EQ(gdb_signal(64), 78);
  EXPECT_EQ(host_signal(76), std::nullopt);
}

TEST(GdbSignals, WhatTheOtherSideLacksIsUnknown) {
  EXPECT_EQ(gdb_signal(SIGSTKFLT), 143);
  EXPECT_EQ(gdb_signal(65), 143);
  EXPECT_EQ(gdb_signal(-1), 143);
  for (const int none : {-1, 7, 29, 79, 142, 143, 1000}) EXPECT_EQ(host_signal(none), std::nullopt) << none;
  EXPECT_EQ(host_signal(33), SIGPOLL);
}

TEST(GdbSignals, AllHostSignalsRoundTrip) {
  for (int host = 0; host <= 64; ++host) {
    if (host == SIGSTKFLT) continue;
    EXPECT_EQ(host_signal(gdb_signal(host)), host);
  }
}

}  // namespace
}  // namespace gdbhub::rsp
