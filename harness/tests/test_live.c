/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop of the fuzzer, on a system that is made up: what it keeps, goes on with, and gives up.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../fuzz/live/live.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "folder_remove.h"
#include "suites.h"

static const char head[] = "title x\nsut target\nrules I7143-11-1\ngrade INFO\n";
static char folder[] = "/tmp/iserspec-live-XXXXXX";
static struct session_pool *pool;
static struct keep *keep;
static struct live live;
static struct live_setup setup;
static struct live_runner runner;
static json_t *about;

/* The system: what it does with a session that has a word in it. */
static struct {
	const char *breaks, *kills, *hangs;
	unsigned runs, restarts;
	unsigned over_after; /* runs */
	bool lost, stops, fails;
	char last[65536];
} sut;

static enum live_step run(void *ctx, const char *text, const char *log, struct live_outcome *o,
			  struct err *e)
{
	(void)ctx;
	sut.runs++;
	snprintf(sut.last, sizeof(sut.last), "%s", text);
	if (log)
		ck_assert_int_eq(file_replace(log, "{}\n", 3, e), 0);
	if (sut.stops)
		return LIVE_STOPPED;
	if (sut.fails) {
		err_set(e, 0, "no device any more");
		return LIVE_BROKEN;
	}
	places_add(&o->places, place_of_code(text, strlen(text)));
	places_add(&o->places, UINT64_C(1) << 56);
	if (sut.breaks && strstr(text, sut.breaks))
		faults_add(&o->faults, FOUND_RULE, VERDICT_FAIL,
			   must(strdup("rule I7143-1-1 of nop-in")), "it is wrong");
	if (sut.kills && strstr(text, sut.kills)) {
		faults_add(&o->faults, FOUND_CRASH, VERDICT_CRASH, must(strdup("crash here")),
			   "it died");
		o->dead = true;
	}
	if (sut.hangs && strstr(text, sut.hangs))
		faults_add(&o->faults, FOUND_HANG, VERDICT_CRASH, must(strdup("hang here")),
			   "it hangs");
	return LIVE_RAN;
}

static int restart(void *ctx, struct err *e)
{
	(void)ctx;
	sut.restarts++;
	return sut.lost ? err_set(e, 0, "it is gone") : 0;
}

static bool is_over(void *ctx)
{
	(void)ctx;
	return sut.over_after && sut.runs >= sut.over_after;
}

static void add_case(const char *id, const char *body)
{
	struct script_errors errors;
	char *text = text_format("%s%s", head, body);
	struct script *s = script_parse(id, text, strlen(text), NULL, &errors);
	ck_assert_msg(s, "%s", errors.at[0].what);
	ck_assert(session_pool_add(pool, s));
	script_free(s);
	free(text);
}

static void begin(void)
{
	memset(&sut, 0, sizeof(sut));
	strcpy(strchr(folder, '\0') - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	pool = session_pool_new(PEER_TARGET);
	add_case("target/a/ping", "login\nsend nop-out ITT=fresh TTT=none\nwait 64ms\nlogout\n");
	add_case("target/a/text", "login\ntext SendTargets=All\nlogout\n");
	about = json_pack("{s:s, s:s}", "name", "made up", "role", "target");
	setup = (struct live_setup){
		.sut = PEER_TARGET,
		.pool = pool,
		.about = about,
		.how = "--model target",
		.seed = 1,
		.sessions = 6,
		.tries = 200,
	};
	runner = (struct live_runner){.run = run, .restart = restart, .is_over = is_over};
	keep = NULL;
}

static void open_live(bool kept)
{
	struct err e;
	keep = kept ? keep_open(folder, false, &e) : NULL;
	ck_assert(!kept || keep);
	ck_assert_msg(!live_open(&live, &setup, &runner, keep, &e), "%s", e.what);
}

static void close_live(void)
{
	live_free(&live);
	keep_close(keep);
	keep = NULL;
}

static void end(void)
{
	session_pool_free(pool);
	json_decref(about);
	folder_remove(folder);
}

static enum live_end go(void)
{
	struct err e = {0};
	const enum live_end over = live_go(&live, &e);
	ck_assert_int_eq(over != LIVE_OVER, *e.what != '\0');
	return over;
}

START_TEST(counts)
{
	open_live(false);
	ck_assert_int_eq(go(), LIVE_OVER);
	ck_assert_uint_eq(sut.runs, 6);
	ck_assert_uint_eq(live.sessions, 6);
	ck_assert_uint_eq(live.findings.count, 0);
	ck_assert_uint_gt(live.corpus.count, 1);
	close_live();
}
END_TEST

/* Both cases are among the first sessions. */
START_TEST(cases_come_first)
{
	setup.sessions = 4;
	open_live(false);
	go();
	bool ping = false, text = false;
	for (size_t i = 0; i < live.corpus.count; i++) {
		ping |= strstr(live.corpus.parents[i].text, "nop-out") != NULL;
		text |= strstr(live.corpus.parents[i].text, "text") != NULL;
	}
	ck_assert(ping && text);
	close_live();
}
END_TEST

START_TEST(a_finding_is_small)
{
	sut.breaks = "nop-out";
	open_live(true);
	ck_assert_int_eq(go(), LIVE_OVER);
	ck_assert_uint_eq(live.findings.count, 1);
	const struct found *f = &live.findings.at[0];
	ck_assert_int_eq(f->repeats, REPEATS_YES);
	ck_assert(f->done);
	ck_assert_uint_ge(f->count, 1);
	ck_assert_ptr_nonnull(strstr(f->text, "\n\nsend nop-out\n"));
	/* What was run to make it smaller is in no count of sessions. */
	ck_assert_uint_eq(live.sessions, 6);
	ck_assert_uint_eq(live.tries, f->tries);
	ck_assert_uint_eq(sut.runs, live.sessions + live.tries);
	char *path = text_format("%s/findings/%s.iser", folder, f->file);
	char *kept = file_read(path, 65536, NULL, NULL);
	ck_assert_ptr_nonnull(strstr(kept, "\n\nsend nop-out\n"));
	ck_assert_ptr_nonnull(strstr(kept, "# rule I7143-1-1 of nop-in: it is wrong\n"));
	free(kept);
	free(path);
	path = text_format("%s/findings/%s.jsonl", folder, f->file);
	ck_assert_int_eq(access(path, R_OK), 0);
	free(path);
	close_live();
}
END_TEST

/* Counted, and nothing more. */
START_TEST(what_is_known)
{
	struct known k;
	struct err e;
	static const char list[] = "# of old\n\nrule I7143-9-9 of nop-in\nrule I7143-1-1 * \n";
	char *path = text_format("%s/known", folder);
	ck_assert_int_eq(file_replace(path, list, strlen(list), &e), 0);
	ck_assert_int_eq(known_read(&k, path, &e), 0);
	ck_assert_uint_eq(k.count, 2);
	ck_assert(known_has(&k, "rule I7143-9-9 of nop-in"));
	ck_assert(!known_has(&k, "rule I7143-9-9 of nop-out"));
	ck_assert(!known_has(&k, "# of old"));
	ck_assert(!known_has(NULL, "rule I7143-9-9 of nop-in"));
	sut.breaks = "nop-out";
	setup.known = &k;
	open_live(true);
	go();
	ck_assert_uint_eq(live.findings.count, 1);
	ck_assert_uint_eq(live_news(&live), 0);
	ck_assert_uint_eq(live.tries, 0);
	close_live();
	/* It is known no longer. */
	setup.known = NULL;
	open_live(true);
	ck_assert_uint_eq(live_news(&live), 1);
	go();
	ck_assert_uint_gt(live.tries, 0);
	close_live();
	known_free(&k);
	ck_assert_int_ne(known_read(&k, folder, &e), 0);
	known_free(&k);
	free(path);
}
END_TEST

START_TEST(no_tries)
{
	sut.breaks = "nop-out";
	setup.tries = 0;
	open_live(false);
	go();
	ck_assert_uint_eq(live.tries, 0);
	ck_assert_int_eq(live.findings.at[0].repeats, REPEATS_UNKNOWN);
	close_live();
}
END_TEST

static unsigned once;

/* The first session alone shows it. */
static enum live_step run_once(void *ctx, const char *text, const char *log, struct live_outcome *o,
			       struct err *e)
{
	const enum live_step step = run(ctx, text, log, o, e);
	if (!once++)
		faults_add(&o->faults, FOUND_RULE, VERDICT_WARN, must(strdup("rule once")), "once");
	return step;
}

START_TEST(what_does_not_come_again)
{
	once = 0;
	runner.run = run_once;
	open_live(false);
	go();
	ck_assert_uint_eq(live.findings.count, 1);
	ck_assert_int_eq(live.findings.at[0].repeats, REPEATS_NO);
	ck_assert(live.findings.at[0].done);
	ck_assert_uint_eq(live.findings.at[0].tries, 3);
	ck_assert_uint_eq(live.findings.at[0].count, 1);
	close_live();
}
END_TEST

START_TEST(the_dead_are_restarted)
{
	sut.kills = "login";
	setup.sessions = 40;
	open_live(false);
	ck_assert_int_eq(go(), LIVE_OVER);
	ck_assert_uint_gt(sut.restarts, 0);
	ck_assert_uint_eq(live.restarts, sut.restarts);
	/* Not all runs were spent on dying, and none that did is a parent. */
	ck_assert_uint_le(live.tries, 40 / 10 + 1);
	for (size_t i = 0; i < live.corpus.count; i++)
		ck_assert_ptr_null(strstr(live.corpus.parents[i].text, "login"));
	close_live();
}
END_TEST

START_TEST(the_dead_do_not_come_back)
{
	sut.kills = "login";
	sut.lost = true;
	open_live(true);
	ck_assert_int_eq(go(), LIVE_LOST);
	ck_assert_uint_eq(live.findings.count, 1);
	close_live();
	/* A new process goes on behind that session. */
	sut.lost = false;
	sut.kills = NULL;
	open_live(true);
	ck_assert_uint_eq(live.next, 1);
	ck_assert_uint_eq(live.sessions, 1);
	ck_assert_uint_eq(live.findings.count, 1);
	close_live();
}
END_TEST

/* A thread that hangs is told of once: only a system that was begun anew shows it again. */
START_TEST(a_hang_is_tried_once_a_beginning)
{
	sut.hangs = "nop-out";
	setup.sessions = 20;
	open_live(true);
	go();
	ck_assert_uint_eq(live.tries, 0);
	close_live();
	open_live(true);
	go();
	ck_assert_uint_eq(live.tries, 1);
	ck_assert_int_eq(live.findings.at[0].repeats, REPEATS_YES);
	ck_assert_uint_eq(sut.restarts, 0);
	close_live();
	open_live(true);
	go();
	ck_assert_uint_eq(live.tries, 2);
	ck_assert_uint_lt(live.findings.at[0].after, live.findings.at[0].before);
	close_live();
}
END_TEST

START_TEST(goes_on)
{
	sut.breaks = "nop-out";
	open_live(true);
	go();
	const size_t parents = live.corpus.count;
	const uint64_t count = live.findings.at[0].count;
	char *text = must(strdup(live.findings.at[0].text));
	close_live();
	sut.runs = 0;
	open_live(true);
	ck_assert_uint_eq(live.sessions, 6);
	ck_assert_uint_eq(live.corpus.count, parents);
	ck_assert_uint_eq(live.findings.at[0].count, count);
	ck_assert_str_eq(live.findings.at[0].text, text);
	ck_assert(live.findings.at[0].done);
	go();
	ck_assert_uint_eq(live.sessions, 12);
	ck_assert_uint_eq(sut.runs, 6);
	free(text);
	close_live();
}
END_TEST

START_TEST(something_else)
{
	struct err e;
	open_live(true);
	go();
	close_live();
	json_object_set_new(about, "name", json_string("another"));
	keep = keep_open(folder, false, &e);
	ck_assert_int_ne(live_open(&live, &setup, &runner, keep, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.what, "something else"));
	close_live();
}
END_TEST

static const struct {
	const char *name, *text, *what;
} wrong[] = {
	{"fuzz.json", "{", "fuzz.json:1:"},
	{"fuzz.json", "[]", "no JSON object"},
	{"fuzz.json", "{\"sut\": {\"name\": \"made up\", \"role\": \"target\"}}", "next"},
	{"fuzz.json",
	 "{\"sut\": {\"name\": \"made up\", \"role\": \"target\"}, \"next\": 1, \"sessions\": 1, "
	 "\"tries\": 0, \"restarts\": 0, \"findings\": [{\"kind\": \"rule\"}]}",
	 "finding 1"},
	{"corpus.json", "{\"hits\": {\"xyz\": 1}}", "no place"},
	{"corpus.json", "{\"hits\": {\"0100000000000001\": -1}}", "no place"},
	{"corpus.json", "{\"parents\": [{\"session\": 1}]}", "a parent"},
	{"corpus.json", "{\"parents\": [{\"session\": 1, \"chosen\": 0, \"places\": [7]}]}",
	 "16 hex digits"},
};

START_TEST(wrong_books)
{
	struct err e;
	open_live(true);
	go();
	close_live();
	char *path = text_format("%s/%s", folder, wrong[_i].name);
	ck_assert_int_eq(file_replace(path, wrong[_i].text, strlen(wrong[_i].text), &e), 0);
	free(path);
	keep = keep_open(folder, false, &e);
	ck_assert_int_ne(live_open(&live, &setup, &runner, keep, &e), 0);
	ck_assert_msg(strstr(e.what, wrong[_i].what), "%s", e.what);
	close_live();
}
END_TEST

static void leave_over(const char *mark)
{
	struct err e;
	char *path = text_format("%s/now.iser", folder);
	char *text = text_format("%s\n%slogin\nsend nop-out\n", mark, head);
	ck_assert_int_eq(file_replace(path, text, strlen(text), &e), 0);
	free(text);
	free(path);
}

START_TEST(the_machine_died)
{
	struct err e;
	open_live(true);
	leave_over("# session 9");
	ck_assert_int_eq(
		live_take_left_over(&live, FOUND_CRASH, "kernel: BUG: KASAN: x in f+0x1/0x2", &e),
		0);
	ck_assert_uint_eq(live.next, 10);
	ck_assert_uint_eq(live.findings.count, 1);
	const struct found *f = &live.findings.at[0];
	ck_assert_str_eq(f->fault.signature, "crash KASAN x in f");
	ck_assert_uint_eq(f->session, 9);
	/* It dies of the first try to see it again, too. */
	leave_over("# try 1 of session 9: crash KASAN x in f");
	live_take_left_over(&live, FOUND_CRASH, "kernel: BUG: KASAN: x in f+0x3/0x4", &e);
	ck_assert_uint_eq(live.findings.count, 1);
	f = &live.findings.at[0];
	ck_assert_int_eq(f->repeats, REPEATS_YES);
	ck_assert_uint_eq(f->tries, 1);
	ck_assert_uint_eq(f->count, 1);
	close_live();
}
END_TEST

START_TEST(nobody_knows_why_it_ended)
{
	struct err e;
	open_live(true);
	leave_over("# session 9");
	ck_assert_int_eq(live_take_left_over(&live, FOUND_CRASH, NULL, &e), 0);
	ck_assert_uint_eq(live.next, 10);
	ck_assert_uint_eq(live.findings.count, 0);
	leave_over("# what is this?");
	ck_assert_int_eq(live_take_left_over(&live, FOUND_CRASH, "x", &e), 0);
	ck_assert_uint_eq(live.findings.count, 0);
	close_live();
}
END_TEST

START_TEST(interrupted)
{
	sut.stops = true;
	open_live(true);
	ck_assert_int_eq(go(), LIVE_OVER);
	ck_assert_uint_eq(live.sessions, 0);
	ck_assert_uint_eq(live.next, 0);
	char *path = text_format("%s/now.iser", folder);
	ck_assert_int_ne(access(path, F_OK), 0);
	free(path);
	close_live();
}
END_TEST

START_TEST(our_own_trouble)
{
	sut.fails = true;
	open_live(true);
	ck_assert_int_eq(go(), LIVE_FAILED);
	ck_assert_uint_eq(live.findings.count, 0);
	close_live();
}
END_TEST

/* In the midst of making a finding smaller the time is over: a next run goes on with that. */
START_TEST(over_in_the_midst)
{
	sut.breaks = "nop-out";
	sut.over_after = 7;
	open_live(true);
	go();
	ck_assert_uint_eq(sut.runs, 7);
	ck_assert_uint_eq(live.findings.count, 1);
	ck_assert(!live.findings.at[0].done);
	close_live();
	sut.over_after = 0;
	open_live(true);
	go();
	ck_assert(live.findings.at[0].done);
	ck_assert_ptr_nonnull(strstr(live.findings.at[0].text, "\n\nsend nop-out\n"));
	close_live();
}
END_TEST

START_TEST(pages)
{
	sut.breaks = "nop-out";
	open_live(false);
	go();
	char *page = live_page(&live);
	ck_assert_ptr_nonnull(strstr(page, "made up, target; seed 1\n"));
	ck_assert_ptr_nonnull(strstr(page, "sessions     6; "));
	ck_assert_ptr_nonnull(strstr(page, "rule I7143-1-1 of nop-in (fail)\n"));
	/* Nothing is kept: the script stands on the page. */
	ck_assert_ptr_nonnull(strstr(page, "| send nop-out\n"));
	free(page);
	json_t *o = live_report(&live);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "sessions")), 6);
	ck_assert_uint_eq(json_array_size(json_object_get(o, "findings")), 1);
	json_decref(o);
	close_live();
}
END_TEST

Suite *live_suite(void)
{
	Suite *s = suite_create("live");
	TCase *t = tcase_create("loop");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, counts);
	tcase_add_test(t, cases_come_first);
	tcase_add_test(t, a_finding_is_small);
	tcase_add_test(t, what_is_known);
	tcase_add_test(t, no_tries);
	tcase_add_test(t, what_does_not_come_again);
	tcase_add_test(t, the_dead_are_restarted);
	tcase_add_test(t, the_dead_do_not_come_back);
	tcase_add_test(t, a_hang_is_tried_once_a_beginning);
	tcase_add_test(t, goes_on);
	tcase_add_test(t, something_else);
	tcase_add_loop_test(t, wrong_books, 0, sizeof(wrong) / sizeof(*wrong));
	tcase_add_test(t, the_machine_died);
	tcase_add_test(t, nobody_knows_why_it_ended);
	tcase_add_test(t, interrupted);
	tcase_add_test(t, our_own_trouble);
	tcase_add_test(t, over_in_the_midst);
	tcase_add_test(t, pages);
	suite_add_tcase(s, t);
	return s;
}
