/* SPDX-License-Identifier: BSD-2-Clause */
/* What is fuzzed may break, and what stands beside it too: only this machine's own addresses are
 * spoken to, and one that its owner has named. */
#ifndef FUZZ_LIVE_OWN_ADDRESS_H
#define FUZZ_LIVE_OWN_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "../../wire/err.h"

/* Is it a loopback address, or one of this machine's interfaces? */
bool own_address(const struct sockaddr *a);
/*
 * host: IPv4, IPv6 (with or without brackets) or a name, which stands for all that it resolves to.
 * owned: the address or name that the user says is his own, NULL: none. -1 with *e: it is neither
 * this machine nor that.
 */
int own_address_check(const char *host, const char *owned, struct err *e);

#endif
