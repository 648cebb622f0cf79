/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How close together the messages of a chain follow each other, seen from both ends.
 *
 *   bench_chain [-a ADDRESS] [-s BYTES] [-c MESSAGES-A-CHAIN] [-n CHAINS]
 *   bench_chain -w COUNTER -n MESSAGES    another program's rate, by a counter of the device
 *
 * Two processes, each with an endpoint: the sender posts one chain, waits for its completions and
 * for the word that all has arrived; then the next, of twice as many. A chain lasts from just
 * before it is posted until its last message is seen. What a program sees first it may see late,
 * so the time from first to last would flatter; the spacing is what the additional messages of
 * the long chains added, by the medians of both.
 */
#include "../fabric/fabric.h"
#include "../fabric/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct options {
	const char *address;
	size_t size;
	unsigned chain, count;
	const char *watched;
};

struct ends {
	int to_child, to_parent; /* pipes, besides the connection that is measured */
};

static void die(const char *what, const struct err *e)
{
	char text[400];

	fprintf(stderr, "bench_chain: %s: %s\n", what, err_text(e, text, sizeof(text)));
	exit(e->errnum == ENODEV ? 77 : 1);
}

static void want(struct fabric *f, enum fab_event_kind kind, struct fab_event *ev)
{
	struct err e;

	fab_wait(f, fab_now(f) + 20 * NS_PER_S, ev);
	if (ev->kind == kind && (kind != FAB_DONE || ev->status == FAB_OK))
		return;
	err_set(&e, 0, "wanted %s, got %s: %s", fab_event_name(kind), fab_event_name(ev->kind),
		ev->name ? ev->name : "");
	die("event", &e);
}

static struct fab_params params(const struct options *o)
{
	struct fab_params p;

	fab_params_default(&p);
	p.recv_size = (uint32_t)o->size;
	p.recv_depth = 2 * o->chain;
	p.recv_initial = 2 * o->chain;
	p.send_depth = 2 * o->chain;
	return p;
}

static void pass_word(int fd, const void *word, size_t len)
{
	if (write(fd, word, len) != (ssize_t)len)
		exit(1);
}

static void get_word(int fd, void *word, size_t len)
{
	if (read(fd, word, len) != (ssize_t)len)
		exit(1);
}

/* Not fab_now: the two ends compare. */
static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Takes n events of a kind; when the last was seen. */
static uint64_t take_chain(struct fabric *f, enum fab_event_kind kind, unsigned n)
{
	struct fab_event ev;

	while (n-- > 0)
		want(f, kind, &ev);
	return now();
}

static void receiver(const struct options *o, const struct ends *ends)
{
	struct fab_params p = params(o);
	struct log *log = log_new(NULL, NULL);
	struct fab_event ev;
	struct fab_conn *c;
	struct fabric *f;
	struct err e;
	uint64_t last;
	uint16_t port;

	f = verbs_open(log, &e);
	if (!f)
		die("open", &e);
	if (fab_listen(f, o->address, 0, &p, &e) < 0)
		die("listen", &e);
	port = fab_listen_port(f);
	pass_word(ends->to_parent, &port, sizeof(port));
	want(f, FAB_CONNECT_REQUEST, &ev);
	c = ev.conn;
	if (fab_accept(c, &p, &e) < 0)
		die("accept", &e);
	want(f, FAB_ESTABLISHED, &ev);
	for (unsigned i = 0; i < 2 * o->count; i++) {
		unsigned n = i % 2 ? 2 * o->chain : o->chain;

		last = take_chain(f, FAB_RECV, n);
		if (fab_post_recv(c, n, &e) < 0)
			die("post receives", &e);
		pass_word(ends->to_parent, &last, sizeof(last));
	}
	get_word(ends->to_child, &port, 1); /* the sender is done too */
	fab_close(f);
	log_free(log);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double median(uint64_t *values, unsigned n)
{
	qsort(values, n, sizeof(*values), by_value);
	size_t middle = n / 2;
	double upper = (double)values[middle];
	return n % 2 ? upper : ((double)values[middle - 1] + upper) / 2;
}

/* Times of n short chains, then of n long ones. */
static void report(const char *what, uint64_t *times, const struct options *o)
{
	double whole = median(times, o->count);
	double added = (median(times + o->count, o->count) - whole) / o->chain;

	if (added <= 0) {
		fprintf(stderr, "bench_chain: too noisy: the long chains took no longer\n");
		exit(1);
	}
	printf("%s: %.0f messages/s (%.1f us apart); a whole chain of %u in %.0f us\n", what,
	       1e9 / added, added / 1e3, o->chain, whole / 1e3);
}

static void sender(const struct options *o, const struct ends *ends)
{
	struct fab_wr *wr = calloc(2 * o->chain, sizeof(*wr));
	struct fab_params p = params(o);
	struct log *log = log_new(NULL, NULL);
	uint8_t *bytes = calloc(1, o->size);
	struct fab_event ev;
	struct fab_conn *c;
	struct fabric *f;
	uint64_t *sent = calloc(2 * o->count, sizeof(*sent));
	uint64_t *received = calloc(2 * o->count, sizeof(*received));
	uint64_t posted, last;
	struct err e;
	uint16_t port;

	if (!wr || !bytes || !sent || !received)
		abort();
	for (unsigned i = 0; i < 2 * o->chain; i++)
		wr[i] = (struct fab_wr){.op = FAB_SEND, .id = i, .msg = {bytes, o->size}};
	get_word(ends->to_parent, &port, sizeof(port));
	f = verbs_open(log, &e);
	if (!f)
		die("open", &e);
	c = fab_connect(f, o->address, port, &p, &e);
	if (!c)
		die("connect", &e);
	want(f, FAB_ESTABLISHED, &ev);
	for (unsigned i = 0; i < 2 * o->count; i++) {
		unsigned n = i % 2 ? 2 * o->chain : o->chain;
		unsigned at = i % 2 * o->count + i / 2;

		posted = now();
		if (fab_post(c, wr, n, &e) < 0)
			die("post", &e);
		sent[at] = take_chain(f, FAB_DONE, n) - posted;
		get_word(ends->to_parent, &last, sizeof(last));
		received[at] = last - posted;
	}
	pass_word(ends->to_child, "d", 1);
	report("sent", sent, o);
	report("received", received, o);
	fab_close(f);
	log_free(log);
	free(sent);
	free(received);
	free(bytes);
	free(wr);
}

static uint64_t counter(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[64] = "", *end = line;
	uint64_t value = 0;

	if (file && fgets(line, sizeof(line), file))
		value = strtoull(line, &end, 10);
	if (!file || end == line) {
		perror(path);
		exit(1);
	}
	fclose(file);
	return value;
}

/*
 * The rate between the first growth seen and nine tenths of n. perftest's own number comes from the
 * processor's cycle counter, which an emulated machine does not keep.
 */
static int watch(const char *path, unsigned n)
{
	static const struct timespec pause = {.tv_nsec = 10000000};
	uint64_t idle = counter(path), first = idle, begin = 0, give_up = now() + 60 * NS_PER_S;

	for (;;) {
		uint64_t value = counter(path), time = now();

		if (time > give_up) {
			fprintf(stderr, "bench_chain: %s did not grow by %u within a minute\n",
				path, n);
			return 1;
		}
		if (first == idle && value > idle) {
			first = value;
			begin = time;
		}
		if (value - idle >= (uint64_t)n * 9 / 10) {
			if (value == first) {
				fprintf(stderr, "bench_chain: over too soon to be measured\n");
				return 1;
			}
			printf("%.0f messages/s\n",
			       (double)(value - first) * 1e9 / (double)(time - begin));
			return 0;
		}
		nanosleep(&pause, NULL);
	}
}

int main(int argc, char **argv)
{
	struct options o = {.address = "10.9.0.1", .size = 76, .chain = 64, .count = 100};
	int down[2], up[2], opt, status;
	pid_t child;

	while ((opt = getopt(argc, argv, "a:s:c:n:w:")) != -1) {
		switch (opt) {
		case 'a':
			o.address = optarg;
			break;
		case 's':
			o.size = strtoul(optarg, NULL, 10);
			break;
		case 'c':
			o.chain = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			o.count = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'w':
			o.watched = optarg;
			break;
		default:
			return 2;
		}
	}
	if (o.watched)
		return watch(o.watched, o.count);
	if (!o.size || o.chain < 2 || o.chain > 8000 || !o.count) {
		fprintf(stderr,
			"bench_chain: sizes and counts must be above 0, a chain 2 to 8000\n");
		return 2;
	}
	if (pipe(down) || pipe(up)) {
		perror("pipe");
		return 1;
	}
	child = fork();
	if (child < 0) {
		perror("fork");
		return 1;
	}
	if (child == 0) {
		close(down[1]);
		close(up[0]);
		receiver(&o, &(struct ends){.to_child = down[0], .to_parent = up[1]});
		return 0;
	}
	close(down[0]);
	close(up[1]);
	sender(&o, &(struct ends){.to_child = down[1], .to_parent = up[0]});
	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
