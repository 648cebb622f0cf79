/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings of a peer, and the tables of options and knobs. */
#include "../peer/peer.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

static struct peer_config config;

static void setup(void)
{
	peer_config_default(&config, PEER_INITIATOR);
}

static void set(const char *text)
{
	struct err e = {0};
	ck_assert_msg(!peer_config_set(&config, text, &e), "%s: %s", text, e.what);
}

START_TEST(test_options)
{
	set("moup=4");
	ck_assert_uint_eq(config.moup, 4);
	set("moup=0xffffffff");
	ck_assert_uint_eq(config.moup, UINT32_MAX);
	set("declare-moup=no");
	ck_assert(!config.declare_moup);
	set("nop-interval=3s");
	ck_assert_uint_eq(config.nop_interval, 3 * NS_PER_S);
	set("response-delay=250us");
	ck_assert_uint_eq(config.response_delay, 250 * NS_PER_US);
	set("nop-interval=0");
	ck_assert_uint_eq(config.nop_interval, 0);
	set("hello=not-understood");
	ck_assert_int_eq(config.hello_stance, HELLO_NOT_UNDERSTOOD);
	set("write-base=whole");
	ck_assert_int_eq(config.write_base, WRITE_BASE_WHOLE);
	set("login-status=0x0101");
	ck_assert_uint_eq(config.login_status, 0x0101);
	set("read-depth=0");
	ck_assert_uint_eq(config.fab.initiator_depth, 0);
	ck_assert_uint_eq(config.key_count, 0);
}
END_TEST

START_TEST(test_keys)
{
	set("InitialR2T=Yes");
	set("RDMAExtensions@2=Yes");
	set("omit=HeaderDigest");
	set("raw:X-net.iserspec.test=a=b");
	set("raw:X-net.iserspec.test=c");
	set("InitialR2T=No"); /* the last word counts */
	set("iSERHelloRequired=Yes");
	ck_assert_uint_eq(config.key_count, 6);
	ck_assert_str_eq(config.keys[0].value, "No");
	ck_assert_str_eq(config.keys[1].key, "RDMAExtensions");
	ck_assert_uint_eq(config.keys[1].round, 2);
	ck_assert(config.keys[2].omit);
	ck_assert(config.keys[3].raw);
	ck_assert_str_eq(config.keys[3].value, "a=b");
	ck_assert_str_eq(config.keys[5].key, "iSERHelloRequired");
}
END_TEST

static const char *const bad[] = {
	"",
	"moup",
	"moup=",
	"moup=x",
	"moup=4294967296",
	"moup=-1",
	"nonsense=1",
	"hello=maybe",
	"declare-moup=1",
	"nop-interval=3",
	"nop-interval=s",
	"nop-interval=3h",
	"nop-interval=2000000000s",
	"read-depth=256",
	"login-status=65536",
	"InitialR2T",
	"omit=",
	"raw:=x",
	"InitialR2T@=Yes",
	"InitialR2T@101=Yes",
};

START_TEST(test_bad)
{
	struct peer_config before = config;
	struct err e = {0};

	ck_assert(peer_config_set(&config, bad[_i], &e));
	ck_assert_uint_gt(strlen(e.what), 0);
	ck_assert_mem_eq(&before, &config, sizeof(config)); /* nothing half set */
}
END_TEST

START_TEST(test_too_many)
{
	struct err e = {0};

	for (int i = 0; i < PEER_MAX_KEYS - 1; i++)
		set("raw:Key=1");
	set("MaxConnections=1");
	ck_assert(peer_config_set(&config, "raw:Key=1", &e));
	/* In the place of one that is there no more room is taken. */
	set("MaxConnections=2");
}
END_TEST

START_TEST(test_option_table)
{
	size_t count;
	const struct peer_option_info *o = peer_options(&count);

	ck_assert_uint_gt(count, 10);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_gt(strlen(o[i].doc), 10);
		ck_assert_uint_gt(strlen(o[i].values), 0);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(o[i].name, o[j].name);
	}
}
END_TEST

START_TEST(test_knob_table)
{
	const struct knob_info *k = knob_infos();

	for (int i = 0; i < KNOB_COUNT; i++) {
		ck_assert_int_eq(knob_by_name(k[i].name), i); /* found, and no other of the name */
		ck_assert_msg(!strncmp(k[i].rules, "I7145-", 6) ||
				      !strncmp(k[i].rules, "I7143-", 6),
			      "%s: %s", k[i].name, k[i].rules);
		ck_assert_uint_gt(strlen(k[i].doc), 10);
	}
	ck_assert_int_eq(knob_by_name("no-such-knob"), -1);
}
END_TEST

START_TEST(test_points)
{
	ck_assert_int_eq(peer_point_by_name("connected"), PEER_POINT_CONNECTED);
	ck_assert_int_eq(peer_point_by_name("final"), PEER_POINT_FINAL);
	ck_assert_int_eq(peer_point_by_name("done"), PEER_POINT_DONE);
	ck_assert_int_eq(peer_point_by_name(""), -1);
	ck_assert_int_eq(peer_point_by_name("later"), -1);
}
END_TEST

Suite *config_suite(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, test_options);
	tcase_add_test(t, test_keys);
	tcase_add_loop_test(t, test_bad, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, test_too_many);
	tcase_add_test(t, test_option_table);
	tcase_add_test(t, test_knob_table);
	tcase_add_test(t, test_points);
	suite_add_tcase(s, t);
	return s;
}
