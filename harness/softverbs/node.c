/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process has: its number, its lock, its clock, its thread. It is made when the device is
 * opened, and a child that was forked has none of its parent's.
 */
#include "softverbs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* The ABI has no handle that all calls get, so this one thing is the process's. */
static struct {
	pthread_mutex_t lock;
	struct sv_node *node;
	struct sv_node
		*parents; /* of a forked child: kept, since the parent's objects point there */
	bool knows_forks;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

uint64_t sv_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

struct sv_node *sv_here(void)
{
	return process.node;
}

/* ---- forks ---- */

static void before_fork(void)
{
	pthread_mutex_lock(&process.lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&process.lock);
}

/* Copies of descriptors would keep others from seeing that the parent has ended. */
static void in_child(void)
{
	struct sv_node *n = process.node;

	if (n) {
		for (struct sv_source *s = n->sources; s; s = s->next)
			close(s->fd);
		close(n->epoll);
		process.parents = n;
		process.node = NULL;
	}
	pthread_mutex_unlock(&process.lock);
}

/* ---- progress ---- */

static void run_due(struct sv_node *n)
{
	const uint64_t now = sv_now();

	while (sim_clock_step(&n->clock, now))
		;
	n->clock.now = now;
}

void sv_progress(void)
{
	enum { AT_ONCE = 16 };
	struct sv_node *n = process.node;
	struct epoll_event events[AT_ONCE];
	int count;

	run_due(n);
	count = epoll_wait(n->epoll, events, AT_ONCE, 0);
	for (int i = 0; i < count; i++) {
		struct sv_source *s = events[i].data.ptr;

		/* An event before it may have been its end. */
		if (s->fd >= 0)
			s->ready(s, events[i].events);
	}
	while (n->dead) {
		struct sv_source *s = n->dead;

		n->dead = s->next;
		if (s->release)
			s->release(s);
	}
}

static void timer_ready(struct sv_source *s, uint32_t events)
{
	struct sv_node *n = SV_CONTAINER(s, struct sv_node, timer);
	uint64_t times;
	ssize_t got = read(s->fd, &times, sizeof(times));

	(void)events;
	(void)got;
	n->rings = UINT64_MAX;
	run_due(n);
}

static void accept_ready(struct sv_source *s, uint32_t events)
{
	(void)events;
	sv_accept_links(s->fd, 0);
}

static void set_timer(struct sv_node *n)
{
	const uint64_t due = n->clock.count ? n->clock.heap[1]->due : UINT64_MAX;
	struct itimerspec at = {.it_value = {(time_t)(due / NS_PER_S), (long)(due % NS_PER_S)}};

	if (due >= n->rings)
		return;
	n->rings = due;
	timerfd_settime(n->timer.fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/* One-sided operations are served, and what is sent comes, whether or not anybody polls. */
static void *work(void *arg)
{
	struct pollfd any = {.fd = *(const int *)arg, .events = POLLIN};

	free(arg);
	for (;;) {
		poll(&any, 1, -1);
		if (!sv_enter())
			return NULL;
		sv_progress();
		sv_leave();
	}
}

/* ---- making it ---- */

static int thread_start(struct sv_node *n)
{
	int *epoll = malloc(sizeof(*epoll));
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;
	int rc;

	if (!epoll)
		return ENOMEM;
	*epoll = n->epoll;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	/* The application's signals are not for us. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, &detached, work, epoll);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&detached);
	if (rc)
		free(epoll);
	return rc;
}

/* The first number, from one on that differs from process to process, whose name is free. */
static int take_number(struct sv_node *n)
{
	for (unsigned i = 0; i < SV_NODES - 1; i++) {
		const unsigned number = 1 + ((unsigned)getpid() + i) % (SV_NODES - 1);
		char name[SV_NAME_MAX];

		sv_name(name, "node/%u", number);
		n->accept.fd = sv_bind_name(name);
		if (n->accept.fd >= 0) {
			n->number = number;
			return listen(n->accept.fd, SV_BACKLOG);
		}
		if (errno != EADDRINUSE)
			return -1;
	}
	errno = EAGAIN;
	return -1;
}

static int node_make(void)
{
	struct sv_node *n = calloc(1, sizeof(*n));
	uint64_t seed;
	int rc;

	if (!n)
		return -1;
	n->accept.fd = n->timer.fd = n->epoll = -1;
	n->rings = UINT64_MAX;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		goto fail;
	sim_clock_init(&n->clock, seed);
	sim_keys_init(&n->keys, &n->clock);
	n->next_qp = (uint32_t)sim_clock_random(&n->clock, SV_QPS);
	n->next_id = (uint32_t)sim_clock_random(&n->clock, UINT32_MAX);
	n->epoll = epoll_create1(EPOLL_CLOEXEC);
	n->timer.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (n->epoll < 0 || n->timer.fd < 0 || take_number(n) < 0)
		goto fail;
	n->timer.ready = timer_ready;
	n->accept.ready = accept_ready;
	process.node = n;
	if (sv_watch(&n->timer, EPOLLIN) < 0 || sv_watch(&n->accept, EPOLLIN) < 0)
		goto fail;
	rc = thread_start(n);
	if (!rc)
		return 0;
	errno = rc;
fail:
	rc = errno;
	process.node = NULL;
	if (n->accept.fd >= 0)
		close(n->accept.fd);
	if (n->timer.fd >= 0)
		close(n->timer.fd);
	if (n->epoll >= 0)
		close(n->epoll);
	free(n);
	errno = rc;
	return -1;
}

struct sv_node *sv_enter(void)
{
	pthread_mutex_lock(&process.lock);
	if (!process.knows_forks)
		process.knows_forks = !pthread_atfork(before_fork, after_fork, in_child);
	if (!process.node && node_make() < 0) {
		pthread_mutex_unlock(&process.lock);
		return NULL;
	}
	process.node->clock.now = sv_now();
	return process.node;
}

void sv_wait(pthread_cond_t *c)
{
	pthread_cond_wait(c, &process.lock);
}

void sv_leave(void)
{
	const int why = errno; /* of what was done between the two */

	set_timer(process.node);
	pthread_mutex_unlock(&process.lock);
	errno = why;
}
