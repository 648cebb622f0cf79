/* SPDX-License-Identifier: BSD-2-Clause */
/* Target URLs and addresses: what they mean, what is refused, and that no secret gets out. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../cli/target_url.h"
#include "suites.h"

START_TEST(takes_all_forms)
{
	static const struct {
		const char *url, *host;
		uint16_t port;
		const char *iqn;
		uint64_t lun;
		const char *user, *secret;
	} rows[] = {
		{"iser://10.9.0.1/iqn.2024-01.lab:lio", "10.9.0.1", 3260, "iqn.2024-01.lab:lio", 0,
		 "", ""},
		{"iser://10.9.0.1:3261/iqn.2024-01.lab:lio/1", "10.9.0.1", 3261,
		 "iqn.2024-01.lab:lio", 1, "", ""},
		{"iser://[fd09::1]:3260/iqn.x/0", "fd09::1", 3260, "iqn.x", 0, "", ""},
		{"iser://[fe80::1%eth0]/naa.52004567BA64678D", "fe80::1%eth0", 3260,
		 "naa.52004567BA64678D", 0, "", ""},
		{"ISER://store.example/eui.02004567A425678D/7", "store.example", 3260,
		 "eui.02004567A425678D", 7, "", ""},
		{"iser://joe%s3cr3t@[fe80::1%eth0]:1/iqn.x", "fe80::1%eth0", 1, "iqn.x", 0, "joe",
		 "s3cr3t"},
		{"iser://joe%p@ss%word:x@h/iqn.x", "h", 3260, "iqn.x", 0, "joe", "p@ss%word:x"},
		{"iser://joe@h/iqn.x", "h", 3260, "iqn.x", 0, "joe", ""},
		{"iser://joe:s3cr3t@h:1/iqn.x", "h", 1, "iqn.x", 0, "joe", "s3cr3t"},
		{"iser://joe:p@ss%word:x@[fe80::1%eth0]/iqn.x", "fe80::1%eth0", 3260, "iqn.x", 0,
		 "joe", "p@ss%word:x"},
		{"iser://iqn.2026-01.a:host%s3cr3t@h/iqn.x", "h", 3260, "iqn.x", 0,
		 "iqn.2026-01.a:host", "s3cr3t"},
		{"iser://iqn.2026-01.a:host@h/iqn.x", "h", 3260, "iqn.x", 0, "iqn.2026-01.a:host",
		 ""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct target_url u;
		struct err e = {0};
		ck_assert_msg(target_url_parse(&u, rows[i].url, &e) == 0, "%s: %s", rows[i].url,
			      e.what);
		ck_assert_str_eq(u.host, rows[i].host);
		ck_assert_uint_eq(u.port, rows[i].port);
		ck_assert_str_eq(u.iqn, rows[i].iqn);
		ck_assert_uint_eq(u.lun, rows[i].lun);
		ck_assert_str_eq(u.user, rows[i].user);
		ck_assert_str_eq(u.secret, rows[i].secret);
	}
}
END_TEST

START_TEST(takes_mutual_chap)
{
	struct target_url u;
	ck_assert_int_eq(
		target_url_parse(&u, "iser://a%b@h/iqn.x/0?target_user=tom&target_password=p/q?r",
				 NULL),
		0);
	ck_assert_str_eq(u.mutual_user, "tom");
	ck_assert_str_eq(u.mutual_secret, "p/q?r");
}
END_TEST

START_TEST(refuses_what_is_wrong)
{
	static const char *const urls[] = {
		"",
		"iser://",
		"iser:///iqn.x",
		"http://h/iqn.x",
		"iscsi://h/iqn.x",
		"iser://h",
		"iser://h/",
		"iser://h/lio",
		"iser://h:0/iqn.x",
		"iser://h:65536/iqn.x",
		"iser://h:/iqn.x",
		"iser://h:+1/iqn.x",
		"iser://h:1x/iqn.x",
		"iser://[fd09::1/iqn.x",
		"iser://[10.9.0.1]/iqn.x",
		"iser://[fd09::1]x/iqn.x",
		"iser://10.9.0/iqn.x",
		"iser://10.9.0.256/iqn.x",
		"iser://ho st/iqn.x",
		"iser://h/iqn.x/",
		"iser://h/iqn.x/-1",
		"iser://h/iqn.x/16384",
		"iser://h/iqn.x/1/2",
		"iser://h/iqn.a b",
		"iser://%s3cr3t@h/iqn.x",
		"iser://joe%@h/iqn.x",
		"iser://joe%s3cr3t/iqn.x",
		"iser://h/iqn.x?x=1",
		"iser://h/iqn.x?target_user=",
	};
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct target_url u;
		struct err e = {0};
		ck_assert_msg(target_url_parse(&u, urls[i], &e) == -1, "taken: %s", urls[i]);
		ck_assert_ptr_nonnull(strstr(e.what, "wrong target URL"));
		ck_assert_msg(!strstr(e.what, "s3cr3t"), "quoted: %s", e.what);
		ck_assert_str_eq(u.secret, "");
	}
}
END_TEST

START_TEST(refuses_what_is_too_long)
{
	char url[700];
	struct target_url u;
	const int head = snprintf(url, sizeof(url), "iser://h/iqn.");
	memset(url + head, 'a', 300);
	url[head + 300] = '\0';
	ck_assert_int_eq(target_url_parse(&u, url, NULL), -1);
	url[head + 219] = '\0'; /* RFC 7143 4.2.7.1: at most 223 bytes */
	ck_assert_int_eq(target_url_parse(&u, url, NULL), 0);
	memset(url + 7, 'h', 400);
	memcpy(url + 407, "/iqn.x", 7);
	ck_assert_int_eq(target_url_parse(&u, url, NULL), -1);
}
END_TEST

START_TEST(wipes_secrets_in_place)
{
	static const struct {
		const char *before, *after;
	} rows[] = {
		{"iser://joe%s3cr3t@h/iqn.x", "iser://joe%******@h/iqn.x"},
		{"iser://joe%a@b@[fe80::1%eth0]/iqn.x", "iser://joe%***@[fe80::1%eth0]/iqn.x"},
		{"iser://[fe80::1%eth0]/iqn.x", "iser://[fe80::1%eth0]/iqn.x"},
		{"wrong%s3cr3t@", "wrong%******@"},
		{"iser://joe:s3cr3t@h:1/iqn.x", "iser://joe:******@h:1/iqn.x"},
		{"iser://iqn.a:b%abc@h:1/iqn.x", "iser://iqn.a:b%***@h:1/iqn.x"},
		{"iser://h:3260/iqn.a:b", "iser://h:3260/iqn.a:b"},
		{"iser://h/iqn.x?target_password=abc&target_user=u",
		 "iser://h/iqn.x?target_password=***&target_user=u"},
		{"iser://h/iqn.x?target_password=abc&target_password=de",
		 "iser://h/iqn.x?target_password=***&target_password=**"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[100];
		snprintf(text, sizeof(text), "%s", rows[i].before);
		target_url_wipe(text);
		ck_assert_str_eq(text, rows[i].after);
	}
}
END_TEST

START_TEST(takes_addresses)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} rows[] = {
		{"10.9.0.1", "10.9.0.1", 3260},
		{"10.9.0.1:99", "10.9.0.1", 99},
		{"[fd09::1]", "fd09::1", 3260},
		{"[fd09::1]:99", "fd09::1", 99},
		{"fd09::1", "fd09::1", 3260},
		{"localhost:0", "localhost", 0},
		{"fe80::1%eth0.7", "fe80::1%eth0.7", 3260},
	};
	char host[256];
	uint16_t port;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(address_parse(rows[i].text, host, sizeof(host), &port, NULL), 0);
		ck_assert_str_eq(host, rows[i].host);
		ck_assert_uint_eq(port, rows[i].port);
	}
	static const char *const wrong[] = {
		"",	    ":1",	"[]",	      "[::1",		"a:b", "1.2.3", "a b",
		"fd09:::1", "fe80::1%", "[fe80::1%]", "fe80::1%eth0]/x"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(address_parse(wrong[i], host, sizeof(host), &port, NULL), -1);
	ck_assert_int_eq(address_parse("localhost", host, 4, &port, NULL), -1);
}
END_TEST

Suite *url_suite(void)
{
	Suite *s = suite_create("url");
	TCase *t = tcase_create("url");
	tcase_add_test(t, takes_all_forms);
	tcase_add_test(t, takes_mutual_chap);
	tcase_add_test(t, refuses_what_is_wrong);
	tcase_add_test(t, refuses_what_is_too_long);
	tcase_add_test(t, wipes_secrets_in_place);
	tcase_add_test(t, takes_addresses);
	suite_add_tcase(s, t);
	return s;
}
