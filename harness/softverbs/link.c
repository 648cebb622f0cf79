/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams between processes. Each has one way: who wants to say something to a node connects to its
 * name. What does not fit into the socket waits here, so that nobody is ever blocked by a peer that
 * does not read.
 */
#include "softverbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	READ_SIZE = 65536, /* at once, and only for what is less */
	READS = 64,	   /* in a row */
};

/* A frame that waits for room in the socket. */
struct sv_out {
	struct sv_out *next;
	struct sv_frame f;
	struct sim_payload *body;
};

static int socket_new(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int sv_bind_name(const char *name)
{
	struct sockaddr_un a;
	const socklen_t len = sv_name_address(name, &a);
	const int fd = socket_new();
	int why;

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&a, len) == 0)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

/* ---- life ---- */

static void link_release(struct sv_source *s)
{
	struct sv_link *l = SV_CONTAINER(s, struct sv_link, source);

	sim_payload_unref(l->body);
	while (l->first) {
		struct sv_out *o = l->first;

		l->first = o->next;
		sim_payload_unref(o->body);
		free(o);
	}
	free(l);
}

void sv_link_drop(struct sv_link *l)
{
	if (l->dead)
		return;
	l->dead = true;
	*l->at = l->next;
	if (l->next)
		l->next->at = l->at;
	sv_unwatch(&l->source);
}

static void in_ready(struct sv_source *s, uint32_t events);
static void out_ready(struct sv_source *s, uint32_t events);

/* Takes the descriptor, also when it fails. */
static struct sv_link *link_new(int fd, bool incoming)
{
	struct sv_node *n = sv_here();
	struct sv_link *l = calloc(1, sizeof(*l)), **list = incoming ? &n->in : &n->out;

	if (!l)
		goto fail;
	l->source = (struct sv_source){
		.fd = fd,
		.ready = incoming ? in_ready : out_ready,
		.release = link_release,
	};
	l->incoming = incoming;
	l->end = &l->first;
	if (sv_watch(&l->source, incoming ? EPOLLIN : EPOLLRDHUP) < 0)
		goto fail;
	l->next = *list;
	if (l->next)
		l->next->at = &l->next;
	l->at = list;
	*list = l;
	return l;
fail:
	free(l);
	close(fd);
	return NULL;
}

static struct sv_link *link_of(const struct sv_node *n, unsigned node, bool incoming)
{
	for (struct sv_link *l = incoming ? n->in : n->out; l; l = l->next)
		if (l->node == node && !l->request)
			return l;
	return NULL;
}

struct sv_link *sv_link_to_name(const char *name)
{
	struct sockaddr_un a;
	const socklen_t len = sv_name_address(name, &a);
	const int fd = socket_new();
	int why;

	if (fd < 0)
		return NULL;
	if (connect(fd, (struct sockaddr *)&a, len) == 0)
		return link_new(fd, false);
	why = errno;
	close(fd);
	errno = why;
	return NULL;
}

struct sv_link *sv_link_to(unsigned node)
{
	struct sv_link *l = link_of(sv_here(), node, false);
	char name[SV_NAME_MAX];

	if (l)
		return l;
	sv_name(name, "node/%u", node);
	l = sv_link_to_name(name);
	if (l)
		l->node = node;
	return l;
}

/* Nobody else's processes have a say. */
static bool is_ours(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       (who.uid == getuid() || who.uid == 0);
}

void sv_accept_links(int listener, uint32_t request)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct sv_link *l;

		if (!is_ours(fd)) {
			close(fd);
			continue;
		}
		l = link_new(fd, true);
		if (l)
			l->request = request;
	}
}

/* ---- outgoing ---- */

/* Bytes of a frame that the socket took, from `gone` on; -1: it is broken. */
static ssize_t push(int fd, struct sv_frame *f, struct sim_payload *body, size_t gone)
{
	struct iovec parts[2];
	struct msghdr m = {.msg_iov = parts};
	ssize_t n;

	if (gone < sizeof(*f)) {
		parts[m.msg_iovlen++] = (struct iovec){(uint8_t *)f + gone, sizeof(*f) - gone};
		gone = 0;
	} else {
		gone -= sizeof(*f);
	}
	if (body && body->len > gone)
		parts[m.msg_iovlen++] = (struct iovec){body->at + gone, body->len - gone};
	n = sendmsg(fd, &m, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n;
}

static void flush(struct sv_link *l)
{
	while (l->first) {
		struct sv_out *o = l->first;
		const size_t size = sizeof(o->f) + o->f.len;
		const ssize_t n = push(l->source.fd, &o->f, o->body, l->gone);

		if (n < 0)
			return; /* its end comes as an event of its own */
		l->gone += (size_t)n;
		if (l->gone < size)
			return;
		l->gone = 0;
		l->first = o->next;
		if (!l->first)
			l->end = &l->first;
		sim_payload_unref(o->body);
		free(o);
	}
	sv_rewatch(&l->source, EPOLLRDHUP);
}

void sv_link_send(struct sv_link *l, struct sv_frame *f, struct sim_payload *body)
{
	struct sv_out *o;
	ssize_t n = 0;

	f->from_node = (uint16_t)sv_here()->number;
	f->len = body ? (uint32_t)body->len : 0;
	if (!l->first)
		n = push(l->source.fd, f, body, 0);
	/* Broken, so nobody reads it any more; the event that says so comes. */
	if (n < 0 || (size_t)n == sizeof(*f) + f->len)
		return;
	o = sim_need(calloc(1, sizeof(*o)));
	o->f = *f;
	o->body = body ? sim_payload_ref(body) : NULL;
	if (!l->first) {
		l->gone = (size_t)n;
		sv_rewatch(&l->source, EPOLLRDHUP | EPOLLOUT);
	}
	*l->end = o;
	l->end = &o->next;
}

bool sv_send(unsigned node, struct sv_frame *f, struct sim_payload *body)
{
	struct sv_link *l = sv_link_to(node);

	if (l)
		sv_link_send(l, f, body);
	return l != NULL;
}

/* It has closed our stream, so it has ended; what it had sent before is read first. */
static void out_ready(struct sv_source *s, uint32_t events)
{
	struct sv_link *l = SV_CONTAINER(s, struct sv_link, source);

	if (!(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) {
		flush(l);
		return;
	}
	sv_link_drop(l);
	if (l->request)
		sv_cm_request_gone(l);
	else if (!link_of(sv_here(), l->node, true))
		sv_cm_node_gone(l->node);
}

/* ---- incoming ---- */

static bool well_formed(const struct sv_frame *f)
{
	return f->len <= SV_FRAME_MAX && f->type < SV_FRAME_TYPES && f->from_node < SV_NODES &&
	       !f->from_node == (f->type == SV_FRAME_HELD);
}

/* It is small, and who asks has room for it. */
static void tell_held(const struct sv_link *l)
{
	struct sv_held *h = &sv_here()->held;
	ssize_t n;

	h->pid = getpid();
	n = send(l->source.fd, h, sizeof(*h), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)n;
}

/* Whether or not there is such a queue pair: what was sent to it before has been looked at. */
static void echo(const struct sv_frame *probe)
{
	struct sv_frame f = {.type = SV_FRAME_ECHO, .to = probe->from, .psn = probe->psn};

	sv_send(probe->from_node, &f, NULL);
}

static void whole(struct sv_link *l)
{
	struct sim_payload *body = l->body;

	l->body = NULL;
	l->have = 0;
	l->node = l->head.from_node;
	if (l->head.type == SV_FRAME_QP)
		sv_qp_frame(&l->head, body);
	else if (l->head.type == SV_FRAME_HELD)
		tell_held(l);
	else if (l->head.type == SV_FRAME_PROBE)
		echo(&l->head);
	else if (l->head.type == SV_FRAME_ECHO)
		sv_qp_echo(&l->head);
	else
		sv_cm_frame(l, &l->head, body);
	sim_payload_unref(body);
}

/* Where the next bytes belong, and how many of them. */
static uint8_t *wanted(struct sv_link *l, size_t *n)
{
	if (l->have < sizeof(l->head)) {
		*n = sizeof(l->head) - l->have;
		return (uint8_t *)&l->head + l->have;
	}
	*n = sizeof(l->head) + l->head.len - l->have;
	return l->body->at + (l->have - sizeof(l->head));
}

/* n bytes are where wanted() said; false: the link is of no use any more. */
static bool got(struct sv_link *l, size_t n)
{
	l->have += n;
	if (l->have == sizeof(l->head)) {
		if (!well_formed(&l->head))
			return false;
		if (l->head.len)
			l->body = sim_payload_new(NULL, l->head.len);
	}
	if (l->have >= sizeof(l->head) && l->have == sizeof(l->head) + l->head.len)
		whole(l);
	return !l->dead;
}

static bool feed(struct sv_link *l, const uint8_t *at, size_t len)
{
	while (len) {
		size_t n;
		uint8_t *to = wanted(l, &n);

		if (n > len)
			n = len;
		memcpy(to, at, n);
		at += n;
		len -= n;
		if (!got(l, n))
			return false;
	}
	return true;
}

static void in_ended(struct sv_link *l)
{
	const bool known = l->node != 0;

	if (l->dead)
		return;
	sv_link_drop(l);
	if (l->request)
		sv_cm_request_gone(l);
	else if (known)
		sv_cm_node_gone(l->node);
}

static void in_ready(struct sv_source *s, uint32_t events)
{
	struct sv_link *l = SV_CONTAINER(s, struct sv_link, source);
	static uint8_t buffer[READ_SIZE]; /* guarded by the node's lock */

	(void)events;
	for (int i = 0; i < READS; i++) {
		size_t n;
		uint8_t *to = wanted(l, &n);
		const bool straight = n >= READ_SIZE;
		const ssize_t len =
			recv(s->fd, straight ? to : buffer, straight ? n : sizeof(buffer), 0);

		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (len <= 0 || !(straight ? got(l, (size_t)len) : feed(l, buffer, (size_t)len))) {
			in_ended(l);
			return;
		}
		if (!straight && (size_t)len < sizeof(buffer))
			return;
	}
}
