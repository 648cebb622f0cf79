/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions for fuzzing: what is made of cases, what mutations keep, and what the model shows. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/session/hunt.h"
#include "../fuzz/session/internal.h"
#include "slow.h"
#include "suites.h"

static struct ledger *rules;
static struct session_pool *pool;

static const char *const cases[] = {
	"title a\nsut target\nrules I7143-11.19-2 I7143-11.18.1-1\ngrade MUST\n"
	"model moup=4\nmodel moup=8\n\n"
	"login\n"
	"needs $window > 0 \"no window\"\n"
	"points LEN in 3 5 and KIND in \"I=1\" \"I=0\"\n"
	"    send nop-out $KIND ITT=fresh TTT=none data=pattern:1:$LEN\n"
	"    expect nop-in ITT=$sent.ITT within 5s \"no answer\" rules I7143-11.18.1-1\n"
	"    check $got.data == $sent.data \"no echo\" rules I7143-11.19-2\n",
	"title b\nsut target\nrules I7143-11.18.1-1\ngrade MUST\n\n"
	"login\n"
	"when $window > 3\n"
	"    send scsi-command command=inquiry * 900\n"
	"else\n"
	"    send scsi-command command=test-unit-ready\n"
	"expect one of within 15s\n"
	"    scsi-response => pass\n"
	"    closed => fail \"it closes\"\n"
	"on B expect alive within 3s\n"
	"logout\n",
};

static struct script *parsed(const char *text)
{
	struct script_errors e;
	struct script *s = script_parse("target/test/x", text, strlen(text), NULL, &e);
	ck_assert_msg(s, "%u: %s", e.at[0].line, e.at[0].what);
	return s;
}

static void setup(void)
{
	struct err e;

	rules = ledger_load("cases/rules", &e);
	ck_assert_ptr_nonnull(rules);
	pool = session_pool_new(PEER_TARGET);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script *s = parsed(cases[i]);
		ck_assert(session_pool_add(pool, s));
		script_free(s);
	}
}

static void teardown(void)
{
	session_pool_free(pool);
	ledger_free(rules);
}

static struct script *session_of(const char *text)
{
	struct script_errors e;
	struct script *s = session_parse(PEER_TARGET, text, strlen(text), rules, &e);

	ck_assert_msg(s, "%u: %s in\n%s", e.at[0].line, e.at[0].what, text);
	return s;
}

/* What is made of cases, as text. */
static char *text_of(struct script *s)
{
	char *text = strdup(s->text);

	ck_assert_ptr_nonnull(text);
	script_free(s);
	return text;
}

START_TEST(a_case_without_its_judgements)
{
	static const char *const judging[] = {
		"check", "needs", "rules I7143-11.18.1-1", "=> pass", "=> fail", "points", "when"};
	for (size_t i = 0; i < session_pool_count(pool); i++)
		for (uint64_t seed = 0; seed < 8; seed++) {
			char *text = text_of(session_from(pool, i, seed));
			for (size_t k = 0; k < sizeof(judging) / sizeof(judging[0]); k++)
				ck_assert_msg(!strstr(text, judging[k]), "%s in\n%s", judging[k],
					      text);
			ck_assert_ptr_nonnull(strstr(text, "login\n"));
			script_free(session_of(text));
			free(text);
		}
}
END_TEST

/* One point, one branch, one model; of 900 messages a few; all of them by the seed. */
START_TEST(the_dice_choose)
{
	bool seen[6] = {0};

	for (uint64_t seed = 0; seed < 64; seed++) {
		char *a = text_of(session_from(pool, 0, seed)),
		     *b = text_of(session_from(pool, 1, seed));
		seen[0] |= strstr(a, "pattern:1:3") && strstr(a, "I=1");
		seen[1] |= strstr(a, "pattern:1:5") && strstr(a, "I=0");
		seen[2] |= strstr(a, "model    moup=4\n") != NULL;
		seen[3] |= strstr(a, "model    moup=8\n") != NULL;
		seen[4] |= strstr(b, "command=inquiry * 12\n") != NULL;
		seen[5] |= strstr(b, "command=test-unit-ready\n") != NULL;
		ck_assert(!strstr(b, "900"));
		free(a);
		free(b);
	}
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		ck_assert_msg(seen[i], "%zu was never chosen", i);
}
END_TEST

START_TEST(mutations_parse_and_repeat)
{
	char *text = text_of(session_grow(pool, 1));
	const uint64_t rounds = SLOW_ROUNDS(400);
	size_t changed = 0;

	for (uint64_t seed = 1; seed <= rounds; seed++) {
		char *next = text_of(session_mutate(pool, text, seed));
		char *again = text_of(session_mutate(pool, text, seed));
		ck_assert_str_eq(next, again);
		ck_assert_uint_le(strlen(next), SESSION_BYTES_MAX);
		script_free(session_of(next));
		changed += strcmp(next, text) != 0;
		free(text);
		free(again);
		text = next;
	}
	ck_assert_uint_ge(changed, rounds - rounds / 40);
	free(text);
}
END_TEST

/* All of it is in the language, and all of it is kept. */
START_TEST(situations_parse_as_they_are)
{
	const enum peer_role sut = _i ? PEER_INITIATOR : PEER_TARGET;

	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct session_text t = {0};
		struct rng dice = rng_of(seed);
		session_add(&t, 0, "login");
		session_situation(&t, 1, sut, &dice);
		const size_t lines = t.count;
		char *raw = session_text_write(&t, sut);
		struct script *s = session_settle(&t, sut);
		ck_assert_msg(s && t.count == lines, "%s", raw);
		free(raw);
		script_free(s);
		session_text_free(&t);
	}
}
END_TEST

/* The lengths of a command agree, or one is another; as the language has it. */
START_TEST(lengths_of_a_command)
{
	struct rng dice = rng_of(1);
	bool all = false, other = false;

	for (unsigned i = 0; i < 20000; i++) {
		struct session_text t = {0};
		session_add(&t, 0, "login");
		session_add(&t, 0, "send scsi-command command=write lba=0 blocks=8");
		session_change_send(&t.at[1], false, &dice);
		const char *line = t.at[1].text;
		all |= strstr(line, "blocks=16 EDTL=8192 data=pattern:7:8192") != NULL;
		other |= strstr(line, "blocks=1 EDTL=8192 data=pattern:7:8192") != NULL;
		if (i < 1000 && strstr(line, "data=pattern:7:$")) {
			char *raw = session_text_write(&t, PEER_TARGET);
			script_free(session_settle(&t, PEER_TARGET));
			ck_assert_msg(t.count == 2, "%s", raw);
			free(raw);
		}
		session_text_free(&t);
	}
	ck_assert(all && other);
}
END_TEST

START_TEST(any_text_becomes_a_session)
{
	static const char *const junk[] = {"", "\n\n", "gibberish here\nand \"there\n", "login\n",
					   "title x\nsut initiator\n    deep\n"};
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		char *text = text_of(session_mutate(pool, junk[i], i));
		script_free(session_of(text));
		free(text);
	}
}
END_TEST

START_TEST(a_cross_has_of_both)
{
	char *a = text_of(session_from(pool, 0, 1)), *b = text_of(session_from(pool, 1, 1));
	bool both = false;

	for (uint64_t seed = 0; seed < 40; seed++) {
		char *c = text_of(session_cross(pool, a, b, seed));
		script_free(session_of(c));
		both |= strstr(c, "nop-out") && strstr(c, "logout\n");
		free(c);
	}
	ck_assert(both);
	free(a);
	free(b);
}
END_TEST

START_TEST(an_empty_pool_grows_too)
{
	struct session_pool *none = session_pool_new(PEER_TARGET);
	char *text = text_of(session_grow(none, 5));

	script_free(session_of(text));
	free(text);
	session_pool_free(none);
}
END_TEST

#define HEAD "title x\nsut target\nrules I7143-11-1\ngrade INFO\n"
static const char *const beyond[] = {
	HEAD "login\npoints A in 1 2\n    wait 1ms\n",
	HEAD "login\nrepeat 40\n    wait 1ms\n",
	HEAD "login\nsend nop-out * 600\n",
	HEAD "wait 40s\n",
	HEAD "memory m length=4194304\n",
	HEAD "login\nsend nop-out data=pattern:1:4194304\n",
	HEAD "login\nscsi read lba=0 blocks=60000\n",
};

START_TEST(what_is_beyond_a_session)
{
	struct script_errors e;
	struct script *s = session_parse(PEER_TARGET, beyond[_i], strlen(beyond[_i]), NULL, &e);
	ck_assert_ptr_null(s);
	ck_assert_uint_eq(e.count, 1);
}
END_TEST

static struct session_world *world(const char *knob)
{
	struct err e = {0};
	struct session_world *w = session_world_new(PEER_TARGET, rules, knob, &e);

	ck_assert_msg(w, "%s", e.what);
	return w;
}

static char *ran(struct session_world *w, const char *text, size_t *events)
{
	struct script *s = session_of(text);
	struct session_outcome o;

	session_run_model(w, s, 1, &o);
	char *signature = session_signature(&o);
	*events = log_count(o.log);
	session_outcome_free(&o);
	script_free(s);
	return signature;
}

/* Nothing of a session is left for the next one. */
START_TEST(the_honest_model_is_quiet_and_repeats)
{
	struct session_world *w = world(NULL);
	size_t first = 0, again = 0;

	for (uint64_t seed = 1; seed <= SLOW_ROUNDS(40); seed++) {
		char *text = text_of(session_grow(pool, seed));
		char *one = ran(w, text, &first), *two = ran(w, text, &again);
		ck_assert_msg(!*one, "%s by\n%s", one, text);
		ck_assert_str_eq(one, two);
		ck_assert_uint_eq(first, again);
		free(one);
		free(two);
		free(text);
	}
	session_world_free(w);
}
END_TEST

START_TEST(a_mutant_is_found)
{
	const struct hunt h = {.pool = pool,
			       .ledger = rules,
			       .knob = "nop-echo-stale-bytes",
			       .seed = 1,
			       .seconds = 60,
			       .sessions = 300};
	struct quarry q, again;
	struct err e;

	ck_assert(!session_hunt(&h, &q, &e));
	ck_assert(q.found);
	ck_assert_ptr_nonnull(strstr(q.signature, "echo"));
	ck_assert(!session_hunt(&h, &again, &e));
	ck_assert_str_eq(q.text, again.text);
	ck_assert_uint_eq(q.sessions, again.sessions);
	quarry_free(&q);
	quarry_free(&again);
}
END_TEST

START_TEST(one_that_does_not_serve_is_dead)
{
	struct session_world *w = world("dies-on-early-request");
	size_t events;
	char *signature = ran(w, HEAD "wait 1ms\n", &events);

	ck_assert_str_eq(signature, "dead");
	free(signature);
	session_world_free(w);
}
END_TEST

START_TEST(a_knob_of_the_other_role)
{
	struct err e = {0};

	ck_assert_ptr_null(session_world_new(PEER_TARGET, rules, "late-receives", &e));
	ck_assert_ptr_nonnull(strstr(e.what, "other role"));
	ck_assert_ptr_null(session_world_new(PEER_TARGET, rules, "no-such-knob", &e));
}
END_TEST

Suite *fuzz_session_suite(void)
{
	Suite *s = suite_create("fuzz_session");
	TCase *c = tcase_create("session");
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_case_without_its_judgements);
	tcase_add_test(c, the_dice_choose);
	tcase_add_test(c, mutations_parse_and_repeat);
	tcase_add_loop_test(c, situations_parse_as_they_are, 0, 2);
	tcase_add_test(c, lengths_of_a_command);
	tcase_add_test(c, any_text_becomes_a_session);
	tcase_add_test(c, a_cross_has_of_both);
	tcase_add_test(c, an_empty_pool_grows_too);
	tcase_add_loop_test(c, what_is_beyond_a_session, 0, sizeof(beyond) / sizeof(beyond[0]));
	tcase_add_test(c, the_honest_model_is_quiet_and_repeats);
	tcase_add_test(c, a_mutant_is_found);
	tcase_add_test(c, one_that_does_not_serve_is_dead);
	tcase_add_test(c, a_knob_of_the_other_role);
	suite_add_tcase(s, c);
	return s;
}
