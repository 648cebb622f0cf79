/* SPDX-License-Identifier: BSD-2-Clause */
/* Long loops of tests, shorter where each instruction costs fifty. */
#ifndef TESTS_SLOW_H
#define TESTS_SLOW_H

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

/* A number of rounds: as given, or under valgrind a twentieth. */
#define SLOW_ROUNDS(n) (RUNNING_ON_VALGRIND ? ((n) + 19) / 20 : (n))

#endif
