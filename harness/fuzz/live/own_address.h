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
/* What the user says is his own; zeroed: nothing. */
struct owned_addresses {
	struct addrinfo *at;
};
/* An address, or a name with all that it resolves to. NULL: nothing. -1 with *e.
 * owned_addresses_free() in any case. */
int owned_addresses_open(struct owned_addresses *o, const char *named, struct err *e);
void owned_addresses_free(struct owned_addresses *o);
/* Is it this machine's, or one of these? */
bool owned_addresses_have(const struct owned_addresses *o, const struct sockaddr *a);
/* host: IPv4, IPv6 (with or without brackets) or a name, which stands for all that it resolves to.
 * -1 with *e: it is neither this machine nor one of these. */
int owned_addresses_check(const struct owned_addresses *o, const char *host, struct err *e);

#endif
