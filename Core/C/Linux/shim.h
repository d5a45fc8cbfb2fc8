#pragma once
// eventfd, prctl and poll are not all in the toolchain's Glibc module: reached through this header.
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

// prctl is variadic in C, which Swift cannot call. The calling process gets `signal` when its parent ends.
static inline int sluice_end_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

// GNU extensions that the toolchain's Glibc module does not show.
extern int pipe2(int ends[2], int flags);
// POSIX_SPAWN_SETSID of <spawn.h>, glibc 2.26 and later.
enum { SLUICE_SPAWN_SETSID = 0x80 };
