// Dies. Usage: crash [segv|abort|kill|trap|exit CODE], in a second thread beside the leader.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char** arguments;

__attribute__((noinline)) void crash_here(volatile int* where) { *where = 1; }

static void* crasher(void* unused) {
  const char* how = arguments[1] ? arguments[1] : "segv";
  if (strcmp(how, "abort") == 0) abort();
  if (strcmp(how, "kill") == 0) kill(getpid(), SIGKILL);
  if (strcmp(how, "trap") == 0) __asm__ volatile("int3");
  if (strcmp(how, "trap") == 0) exit(8);
  if (strcmp(how, "exit") == 0) exit(atoi(arguments[2]));
  crash_here(0);
  return unused;
}

int main(int argc, char** argv) {
  (void)argc;
  alarm(300);
  arguments = argv;
  pthread_t thread;
  pthread_create(&thread, 0, crasher, 0);
  pthread_join(thread, 0);
  for (;;) pause();
}
