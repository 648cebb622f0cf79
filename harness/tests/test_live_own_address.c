/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom the fuzzer may speak to. */
#include <arpa/inet.h>
#include <check.h>
#include <ifaddrs.h>
#include <string.h>

#include "../fuzz/live/own_address.h"
#include "suites.h"

static int check(const char *host, const char *owned)
{
	struct err e = {0};
	struct owned_addresses o;
	const int status =
		owned_addresses_open(&o, owned, &e) || owned_addresses_check(&o, host, &e);
	owned_addresses_free(&o);
	ck_assert_int_eq(status != 0, *e.what != '\0');
	return status;
}

START_TEST(loopback)
{
	ck_assert_int_eq(check("127.0.0.1", NULL), 0);
	ck_assert_int_eq(check("127.9.8.7", NULL), 0);
	ck_assert_int_eq(check("::1", NULL), 0);
	ck_assert_int_eq(check("[::1]", NULL), 0);
	ck_assert_int_eq(check("::ffff:127.0.0.1", NULL), 0);
	ck_assert_int_eq(check("localhost", NULL), 0);
}
END_TEST

/* Addresses of RFC 5737 and RFC 3849, for documentation. */
START_TEST(others)
{
	const struct owned_addresses none = {0};
	struct err e;
	ck_assert_int_ne(check("203.0.113.77", NULL), 0);
	ck_assert_int_ne(check("2001:db8::1", NULL), 0);
	ck_assert_int_ne(check("::ffff:203.0.113.77", NULL), 0);
	ck_assert_int_ne(owned_addresses_check(&none, "203.0.113.77", &e), 0);
	ck_assert_ptr_nonnull(strstr(e.what, "203.0.113.77"));
	ck_assert_ptr_nonnull(strstr(e.what, "--i-own-this-target"));
}
END_TEST

START_TEST(named_by_their_owner)
{
	ck_assert_int_eq(check("203.0.113.77", "203.0.113.77"), 0);
	ck_assert_int_eq(check("2001:db8::1", "[2001:db8:0::1]"), 0);
	ck_assert_int_eq(check("::ffff:203.0.113.77", "203.0.113.77"), 0);
	/* The one that is named, and no other. */
	ck_assert_int_ne(check("198.51.100.2", "203.0.113.77"), 0);
	ck_assert_int_ne(check("203.0.113.77", "127.0.0.1"), 0);
	ck_assert_int_ne(check("203.0.113.77", "no such host"), 0);
}
END_TEST

START_TEST(no_addresses)
{
	ck_assert_int_ne(check("", NULL), 0);
	ck_assert_int_ne(check("[", NULL), 0);
	ck_assert_int_ne(check("no such host", NULL), 0);
}
END_TEST

START_TEST(interfaces)
{
	struct ifaddrs *all;
	ck_assert_int_eq(getifaddrs(&all), 0);
	for (const struct ifaddrs *i = all; i; i = i->ifa_next)
		if (i->ifa_addr &&
		    (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6))
			ck_assert(own_address(i->ifa_addr));
	freeifaddrs(all);
	const struct sockaddr_in any = {.sin_family = AF_INET};
	ck_assert(!own_address((const struct sockaddr *)&any));
	ck_assert(!own_address(NULL));
}
END_TEST

Suite *live_own_address_suite(void)
{
	Suite *s = suite_create("live_own_address");
	TCase *t = tcase_create("guard");
	tcase_add_test(t, loopback);
	tcase_add_test(t, others);
	tcase_add_test(t, named_by_their_owner);
	tcase_add_test(t, no_addresses);
	tcase_add_test(t, interfaces);
	suite_add_tcase(s, t);
	return s;
}
