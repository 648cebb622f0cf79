/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be done with sessions as bytes (sequence.h), a file each; errors go to stderr. */
#ifndef FUZZ_BYO_TOOL_H
#define FUZZ_BYO_TOOL_H

/* One session for people: a line for each message. 0 or -1. */
int tool_show(const char *path);

/*
 * How a libFuzzer target fails on an input: "heap-buffer-overflow in take_ahs" where the sanitizer
 * looks up symbols, else the innermost places of its stack, which is sooner done; "" where it does
 * not fail. Printed. 0 or -1.
 */
int tool_signature(const char *program, const char *path);

/* Makes a finding small: leaves out messages, data, AHS and keys while the program fails in the
 * same way, and writes what is left to out. 0 or -1. */
int tool_trim(const char *program, const char *path, const char *out);

#endif
