/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions against one planted bug, in a process that it may bring down.
 *
 *   planted target|initiator --time SECONDS [--seed S] [--save FILE]
 *   planted target|initiator --replay FILE
 *
 * The pool leaves out every case whose own session shows the bug already: what is left has to be
 * grown into what does. Exit status: 0 nothing was found, 1 found, 2 wrong usage. The session that
 * found it goes to FILE.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../harness/cli/catalogue.h"
#include "../../harness/fuzz/session/hunt.h"
#include "../../harness/report/memory.h"

/* A family of points is looked at by several of them. */
enum { SEEDS_OF_A_CASE = 4, STATUS_FOUND = 1 };

/* What a child that died leaves behind. */
struct shared {
	size_t next; /* case of the pool that is being looked at */
	bool bites;
	size_t sessions;
	char signature[200];
	char text[SESSION_BYTES_MAX + 1];
};

struct planted {
	struct catalogue cases;
	enum peer_role sut;
	struct shared *shared;
};

static void about_to(void *ctx, const char *text)
{
	struct shared *s = ctx;

	s->sessions++;
	snprintf(s->text, sizeof(s->text), "%s", text);
}

static int save(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	if (!out || fputs(text, out) < 0 || fclose(out)) {
		perror(path);
		return 2;
	}
	return 0;
}

/* The sources as they are show it, too: $PLANTED_CLEAN is the program of those. That is a finding
 * of its own, whose session is kept as $PLANTED_KNOWN. */
static bool known(void *ctx, const char *text)
{
	const char *clean = getenv("PLANTED_CLEAN"), *role = getenv("PLANTED_ROLE");
	const char *kept = getenv("PLANTED_KNOWN");
	char path[4096];
	int status = 0;

	(void)ctx;
	if (!clean || !role || !kept)
		return false;
	snprintf(path, sizeof(path), "%s.new", kept);
	if (save(path, text))
		return false;
	fflush(NULL);
	const pid_t pid = fork();
	if (!pid) {
		execl(clean, clean, role, "--replay", path, (char *)NULL);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (status)
		rename(path, kept);
	else
		unlink(path);
	return status != 0;
}

/* Does this text show the bug? */
static bool shows(const struct planted *p, struct session_world *w, const struct script *s)
{
	struct session_outcome o;

	about_to(p->shared, s->text);
	session_run_model(w, s, 1, &o);
	char *signature = session_signature(&o);
	const bool bad = *signature;
	snprintf(p->shared->signature, sizeof(p->shared->signature), "%s", signature);
	free(signature);
	session_outcome_free(&o);
	return bad;
}

static struct session_world *new_world(const struct planted *p)
{
	struct err e = {0};
	struct session_world *w = session_world_new(p->sut, p->cases.ledger, NULL, &e);

	if (!w) {
		fprintf(stderr, "planted: %s\n", e.what);
		exit(2);
	}
	return w;
}

/* ---- the pool ---- */

/* In a child: one case after the other, until one shows the bug, or ends the process by it. */
static void look_at_cases(const struct planted *p, const struct session_pool *all)
{
	struct session_world *w = new_world(p);

	for (; p->shared->next < session_pool_count(all); p->shared->next++)
		for (uint64_t seed = 1; seed <= SEEDS_OF_A_CASE; seed++) {
			struct script *s = session_from(all, p->shared->next, seed);
			if (shows(p, w, s))
				_exit(STATUS_FOUND);
			script_free(s);
		}
	_exit(0);
}

static int in_child(void (*body)(const struct planted *, const struct session_pool *),
		    const struct planted *p, const struct session_pool *pool)
{
	int status = 0;

	fflush(NULL);
	const pid_t pid = fork();
	if (!pid) {
		/* What a sanitizer has to say about cases is of no use to anybody. */
		body(p, pool);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("planted: cannot make a process");
		exit(2);
	}
	return status;
}

static struct session_pool *pool_of_silent(const struct planted *p)
{
	struct session_pool *all = session_pool_new(p->sut), *silent = session_pool_new(p->sut);
	bool *loud = must(calloc(p->cases.count + 1, sizeof(*loud)));
	size_t n = 0;

	for (size_t i = 0; i < p->cases.count; i++)
		session_pool_add(all, p->cases.cases[i]);
	while (in_child(look_at_cases, p, all))
		loud[p->shared->next++] = true;
	for (size_t i = 0; i < p->cases.count; i++)
		if (n < session_pool_count(all) &&
		    !strcmp(p->cases.cases[i]->id, session_pool_case(all, n)) && !loud[n++])
			session_pool_add(silent, p->cases.cases[i]);
	printf("%zu of %zu cases are silent\n", session_pool_count(silent),
	       session_pool_count(all));
	session_pool_free(all);
	free(loud);
	return silent;
}

/* ---- the hunt ---- */

static struct hunt hunt;

static void go_hunting(const struct planted *p, const struct session_pool *pool)
{
	struct quarry q;
	struct err e = {0};

	(void)pool;
	if (session_hunt(&hunt, &q, &e))
		_exit(2);
	if (q.found)
		snprintf(p->shared->signature, sizeof(p->shared->signature), "%s", q.signature);
	_exit(q.found ? STATUS_FOUND : 0);
}

/* Of the processor's time, by children that are over. */
static double spent(void)
{
	struct rusage r;

	getrusage(RUSAGE_CHILDREN, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static int hunt_it(const struct planted *p, const char *path)
{
	struct session_pool *pool = pool_of_silent(p);
	const double begin = spent();

	p->shared->sessions = 0;
	p->shared->signature[0] = '\0';
	hunt.pool = pool;
	hunt.ledger = p->cases.ledger;
	hunt.about_to = about_to;
	hunt.known = known;
	hunt.ctx = p->shared;
	const int status = in_child(go_hunting, p, pool);
	session_pool_free(pool);
	const bool found = status != 0;
	printf("%s: %zu sessions, %.1f s%s%s\n", found ? "found" : "not found", p->shared->sessions,
	       spent() - begin, p->shared->signature[0] ? ": " : "", p->shared->signature);
	if (found && path && save(path, p->shared->text))
		return 2;
	return found ? STATUS_FOUND : 0;
}

/* Runs it, and prints what is said of it. False: nothing. */
static bool tell(struct session_world *w, const struct script *s)
{
	struct session_outcome o;

	session_run_model(w, s, 1, &o);
	char *signature = session_signature(&o);
	const bool bad = *signature;
	if (bad)
		printf("%s\n", signature);
	for (size_t i = 0; bad && i < o.result.finding_count; i++)
		printf("    %s: %s\n", o.result.findings[i].rules, o.result.findings[i].reason);
	if (bad && !o.alive)
		printf("    the honest session behind it: %s\n", o.dead);
	free(signature);
	session_outcome_free(&o);
	return bad;
}

static int replay(const struct planted *p, const char *path)
{
	static char text[SESSION_BYTES_MAX + 1];
	FILE *in = fopen(path, "r");

	if (!in) {
		perror(path);
		return 2;
	}
	text[fread(text, 1, SESSION_BYTES_MAX, in)] = '\0';
	fclose(in);
	struct script_errors e;
	struct script *s = session_parse(p->sut, text, strlen(text), NULL, &e);
	if (!s) {
		fprintf(stderr, "%s:%u: %s\n", path, e.at[0].line, e.at[0].what);
		return 2;
	}
	struct session_world *w = new_world(p);
	const bool bad = tell(w, s);
	session_world_free(w);
	script_free(s);
	return bad ? STATUS_FOUND : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"time", required_argument, NULL, 't'},
						{"seed", required_argument, NULL, 's'},
						{"save", required_argument, NULL, 'o'},
						{"replay", required_argument, NULL, 'r'},
						{0}};
	const char *dir = getenv("ISERSPEC_CASES"), *path = NULL, *again = NULL;
	struct planted p = {0};
	struct err e = {0};

	hunt.seed = 1;
	for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;)
		if (o == 't')
			hunt.seconds = strtod(optarg, NULL);
		else if (o == 's')
			hunt.seed = strtoull(optarg, NULL, 0);
		else if (o == 'o')
			path = optarg;
		else if (o == 'r')
			again = optarg;
		else
			return 2;
	if (optind + 1 != argc ||
	    (strcmp(argv[optind], "target") != 0 && strcmp(argv[optind], "initiator") != 0)) {
		fputs("usage: planted target|initiator --time S | --replay FILE\n", stderr);
		return 2;
	}
	p.sut = strcmp(argv[optind], "target") ? PEER_INITIATOR : PEER_TARGET;
	const int protection = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_ANONYMOUS;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	p.shared = mmap(NULL, sizeof(*p.shared), protection, flags, -1, 0);
	if (p.shared == MAP_FAILED || catalogue_open(&p.cases, dir ? dir : "cases", NULL, 0, &e)) {
		fprintf(stderr, "planted: %s\n", e.what);
		return 2;
	}
	const int status = again ? replay(&p, again) : hunt_it(&p, path);
	catalogue_free(&p.cases);
	return status;
}
