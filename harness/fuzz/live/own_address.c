/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"

/* An address as IPv6 has it, so that the two families can be compared. False: it is of neither. */
static bool as_ipv6(const struct sockaddr *a, struct in6_addr *out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	if (a && a->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, a, sizeof(in6));
		*out = in6.sin6_addr;
		return true;
	}
	if (!a || a->sa_family != AF_INET)
		return false;
	struct sockaddr_in in;
	memcpy(&in, a, sizeof(in));
	memcpy(out->s6_addr, mapped, sizeof(mapped));
	memcpy(out->s6_addr + sizeof(mapped), &in.sin_addr, 4);
	return true;
}

static bool same(const struct sockaddr *a, const struct sockaddr *b)
{
	struct in6_addr x, y;
	return as_ipv6(a, &x) && as_ipv6(b, &y) && !memcmp(&x, &y, sizeof(x));
}

static bool is_loopback(const struct in6_addr *a)
{
	return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

bool own_address(const struct sockaddr *a)
{
	struct in6_addr wanted;
	struct ifaddrs *all = NULL;
	if (!as_ipv6(a, &wanted))
		return false;
	if (is_loopback(&wanted))
		return true;
	bool own = false;
	if (getifaddrs(&all))
		return false;
	for (const struct ifaddrs *i = all; i && !own; i = i->ifa_next)
		own = same(i->ifa_addr, a);
	freeifaddrs(all);
	return own;
}

static int resolve(const char *host, struct addrinfo **out, struct err *e)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const size_t len = strlen(host);
	const bool brackets = len > 1 && *host == '[' && host[len - 1] == ']';
	char *bare = brackets ? must(strndup(host + 1, len - 2)) : must(strdup(host));
	const int status = getaddrinfo(bare, NULL, &hints, out);
	free(bare);
	if (!status)
		return 0;
	return err_set(e, status == EAI_SYSTEM ? errno : 0, "%s: %s", host, gai_strerror(status));
}

int owned_addresses_open(struct owned_addresses *o, const char *named, struct err *e)
{
	*o = (struct owned_addresses){0};
	return named ? resolve(named, &o->at, e) : 0;
}

void owned_addresses_free(struct owned_addresses *o)
{
	if (o->at)
		freeaddrinfo(o->at);
	*o = (struct owned_addresses){0};
}

bool owned_addresses_have(const struct owned_addresses *o, const struct sockaddr *a)
{
	if (own_address(a))
		return true;
	for (const struct addrinfo *i = o->at; i; i = i->ai_next)
		if (same(i->ai_addr, a))
			return true;
	return false;
}

int owned_addresses_check(const struct owned_addresses *o, const char *host, struct err *e)
{
	struct addrinfo *all = NULL;
	int status = resolve(host, &all, e);
	for (const struct addrinfo *i = all; i && !status; i = i->ai_next)
		if (!owned_addresses_have(o, i->ai_addr))
			status = err_set(
				e, 0,
				"%s is no address of this machine, and fuzzing may break what "
				"answers there: if it is yours, --i-own-this-target %s",
				host, host);
	if (all)
		freeaddrinfo(all);
	return status;
}
