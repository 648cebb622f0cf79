/* SPDX-License-Identifier: BSD-2-Clause */
/* fabric.h over rdma-core: opening a device, and the one loop that waits for everything. */
#include "impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_POLLED = 1024
}; /* connections that can wake a sleeper; the rest are seen when something does */

static uint64_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t v_now(struct fabric *f)
{
	return monotonic() - vf(f)->epoch;
}

int v_fd_nonblocking(int fd, struct err *e)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_set(e, errno, "fcntl");
	return 0;
}

void v_event(struct fab_event *ev, enum fab_event_kind kind, struct vconn *c, const char *name)
{
	ev->kind = kind;
	ev->conn = c ? &c->base : NULL;
	ev->name = name;
}

struct vconn *v_conn_new(struct vfabric *f, const struct fab_params *params)
{
	struct vconn *c = calloc(1, sizeof(*c)), **at = &f->conns;

	if (!c)
		return NULL;
	c->base.fabric = &f->base;
	c->base.number = ++f->base.conn_count;
	c->params = *params;
	c->send_free = SLOT_NONE;
	c->recv_free = SLOT_NONE;
	while (*at)
		at = &(*at)->next;
	*at = c;
	return c;
}

static void timers_drop(struct vfabric *f, const struct fab_conn *c)
{
	for (struct vtimer **at = &f->timers; *at;) {
		struct vtimer *t = *at;

		if (t->conn == c) {
			*at = t->next;
			free(t);
		} else {
			at = &t->next;
		}
	}
}

/* Of a connection that is in no list any more. */
static void conn_end(struct vfabric *f, struct vconn *c)
{
	timers_drop(f, &c->base);
	if (f->held && f->held->id == c->id) {
		rdma_ack_cm_event(f->held); /* else rdma_destroy_id waits for it for ever */
		f->held = NULL;
	}
	if (c->rtu_due)
		rdma_notify(c->id, IBV_EVENT_COMM_EST);
	/* Destroying the id sends what the connection's state asks for: DREQ, REJ or nothing. */
	v_qp_free(c);
	if (c->id)
		rdma_destroy_id(c->id);
	free(c->early_bytes);
	free(c);
}

static void v_conn_free(struct fab_conn *fc)
{
	struct vconn *c = vc(fc), **at;
	struct vfabric *f = vc_fabric(c);

	for (at = &f->conns; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	conn_end(f, c);
}

static void v_timer(struct fabric *base, uint64_t at, uint64_t id, struct fab_conn *c)
{
	struct vtimer *t = malloc(sizeof(*t)), **slot = &vf(base)->timers;

	if (!t)
		abort(); /* as the log does: a test without its timers proves nothing */
	while (*slot && (*slot)->at <= at)
		slot = &(*slot)->next;
	*t = (struct vtimer){.at = at, .id = id, .conn = c, .next = *slot};
	*slot = t;
}

static void v_timer_cancel(struct fabric *base, uint64_t id, struct fab_conn *c)
{
	for (struct vtimer **at = &vf(base)->timers; *at;) {
		struct vtimer *t = *at;

		if (t->id == id && t->conn == c) {
			*at = t->next;
			free(t);
		} else {
			at = &t->next;
		}
	}
}

static void v_watch_fd(struct fabric *f, int fd)
{
	vf(f)->watched_fd = fd;
}

static bool take_timer(struct vfabric *f, struct fab_event *ev)
{
	struct vtimer *t = f->timers;

	if (!t || t->at > v_now(&f->base))
		return false;
	*ev = (struct fab_event){.kind = FAB_TIMER, .conn = t->conn, .id = t->id};
	f->timers = t->next;
	free(t);
	return true;
}

static void device_gone(struct vfabric *f, struct fab_event *ev, const char *name)
{
	*ev = (struct fab_event){0};
	v_event(ev, FAB_DEVICE_GONE, NULL, name);
	f->device_gone = true;
}

static bool conn_completion(struct vconn *c, struct fab_event *ev)
{
	int n;

	if (!c->cq)
		return false;
	if (c->early_kept) {
		*ev = c->early;
		c->early_kept = false;
		return true;
	}
	n = v_completion(c, ev);
	if (n < 0)
		device_gone(vc_fabric(c), ev, "ibv_poll_cq failed");
	if (n <= 0 || ev->kind != FAB_RECV || c->state != VCONN_ACCEPTED)
		return n != 0;
	/*
	 * A message that overtook the RTU proves the connection as well as the RTU does
	 * (IBTA 12.9.8): FAB_ESTABLISHED comes before the message, as everybody expects.
	 */
	c->early = *ev;
	c->early_kept = true;
	/* Its buffer may be posted again before it is told. */
	c->early_bytes = malloc(ev->msg.len + 1);
	if (!c->early_bytes)
		abort();
	if (ev->msg.len)
		memcpy(c->early_bytes, ev->msg.at, ev->msg.len);
	c->early.msg.at = c->early_bytes;
	c->rtu_due = true;
	c->state = VCONN_UP;
	c->base.up = true;
	*ev = (struct fab_event){0};
	v_event(ev, FAB_ESTABLISHED, c, "a message came before the RTU");
	return true;
}

/* Round robin: who was served goes to the end of the list. */
static bool any_completion(struct vfabric *f, struct fab_event *ev)
{
	for (struct vconn **at = &f->conns; *at; at = &(*at)->next) {
		struct vconn *c = *at;

		if (!conn_completion(c, ev))
			continue;
		if (c->next) {
			*at = c->next;
			c->next = NULL;
			while (*at)
				at = &(*at)->next;
			*at = c;
		}
		return true;
	}
	return false;
}

/* The connection that a CM event is about; a request's is not made yet. */
static struct vconn *cm_conn(const struct vfabric *f, const struct rdma_cm_event *cm)
{
	for (struct vconn *c = f->conns; c; c = c->next)
		if (c->id == cm->id)
			return c;
	return NULL;
}

/* True: *ev is for the caller. A CM event waits until what its queue pair completed before it is
 * told. */
static bool take_cm_event(struct vfabric *f, struct fab_event *ev)
{
	for (;;) {
		struct rdma_cm_event *cm = f->held;
		struct vconn *c;

		if (!cm && rdma_get_cm_event(f->cm, &cm)) {
			if (errno == EAGAIN || errno == EINTR)
				return false;
			device_gone(f, ev, "rdma_get_cm_event failed");
			return true;
		}
		f->held = cm;
		c = cm_conn(f, cm);
		if (c && conn_completion(c, ev))
			return true;
		f->held = NULL;
		if (v_cm_event(f, c, cm, ev))
			return true;
	}
}

/* Affiliated asynchronous events must be taken and acknowledged, or destroying their queue pair
 * blocks. */
bool v_async_event(struct vfabric *f, struct fab_event *ev)
{
	struct ibv_async_event async;
	const char *name;

	while (f->verbs && !ibv_get_async_event(f->verbs, &async)) {
		bool fatal = async.event_type == IBV_EVENT_DEVICE_FATAL;

		name = ibv_event_type_str(async.event_type);
		if (async.event_type == IBV_EVENT_QP_ACCESS_ERR) {
			struct vconn *c = async.element.qp->qp_context;

			c->base.accessed = true;
		}
		ibv_ack_async_event(&async);
		if (fatal) {
			device_gone(f, ev, name);
			return true;
		}
		fab_log_note(&f->base, "device", name);
	}
	return false;
}

static bool awaits_rtu(const struct vfabric *f)
{
	for (const struct vconn *c = f->conns; c; c = c->next)
		if (c->state == VCONN_ACCEPTED)
			return true;
	return false;
}

/* The end of a connection that the peer has closed, once what it sent before has had its time. */
static bool take_drained(struct vfabric *f, struct fab_event *ev)
{
	for (struct vconn *c = f->conns; c; c = c->next)
		if (c->state == VCONN_DRAINING && v_now(&f->base) >= c->drain_until)
			return v_drained(c, ev);
	return false;
}

static bool take_any(struct vfabric *f, struct fab_event *ev)
{
	if (take_timer(f, ev))
		return true;
	/* Asking the CM is a system call, asking a completion queue is not: so only when the CM's
	 * answer comes first. */
	if ((f->held || awaits_rtu(f)) && take_cm_event(f, ev))
		return true;
	return any_completion(f, ev) || take_drained(f, ev);
}

static uint64_t next_drained(const struct vfabric *f)
{
	uint64_t at = FAB_FOREVER;

	for (const struct vconn *c = f->conns; c; c = c->next)
		if (c->state == VCONN_DRAINING && c->drain_until < at)
			at = c->drain_until;
	return at;
}

/* Asks for a wake-up by each completion queue that may sleep. True: asked now, so look once more.
 */
static bool arm(struct vfabric *f)
{
	bool armed = false;

	for (struct vconn *c = f->conns; c; c = c->next) {
		if (!c->cq || c->cq_armed)
			continue;
		c->cq_armed = ibv_req_notify_cq(c->cq, 0) == 0;
		armed |= c->cq_armed;
	}
	return armed;
}

static void take_wakeup(struct vconn *c)
{
	struct ibv_cq *cq;
	void *context;

	if (ibv_get_cq_event(c->channel, &cq, &context))
		return;
	c->cq_armed = false;
	/* Acknowledging takes a lock, so it is done for many at once. */
	if (++c->cq_events >= 256) {
		ibv_ack_cq_events(c->cq, c->cq_events);
		c->cq_events = 0;
	}
}

/* Sleeps until something may have happened or `until`. True: *ev is for the caller. */
static bool sleep_until(struct vfabric *f, uint64_t until, struct fab_event *ev)
{
	enum { CM, ASYNC, WATCHED, CONNS };
	struct pollfd fds[CONNS + MAX_POLLED];
	struct vconn *conn[MAX_POLLED];
	nfds_t n = CONNS;
	uint64_t now = v_now(&f->base);
	uint64_t left = until > now ? until - now : 0;
	struct timespec timeout = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};

	fds[CM] = (struct pollfd){f->cm->fd, POLLIN, 0};
	fds[ASYNC] = (struct pollfd){f->verbs ? f->verbs->async_fd : -1, POLLIN, 0};
	fds[WATCHED] = (struct pollfd){f->watched_fd, POLLIN, 0};
	for (struct vconn *c = f->conns; c && n < CONNS + MAX_POLLED; c = c->next) {
		if (!c->channel)
			continue;
		conn[n - CONNS] = c;
		fds[n++] = (struct pollfd){c->channel->fd, POLLIN, 0};
	}
	if (ppoll(fds, n, until == FAB_FOREVER ? NULL : &timeout, NULL) <= 0)
		return false;
	for (nfds_t i = CONNS; i < n; i++)
		if (fds[i].revents)
			take_wakeup(conn[i - CONNS]);
	if (any_completion(f, ev))
		return true;
	if (fds[CM].revents && take_cm_event(f, ev))
		return true;
	if (fds[ASYNC].revents && v_async_event(f, ev))
		return true;
	if (fds[WATCHED].revents) {
		*ev = (struct fab_event){.kind = FAB_FD};
		return true;
	}
	return false;
}

static void v_wait(struct fabric *base, uint64_t deadline, struct fab_event *ev)
{
	struct vfabric *f = vf(base);
	bool last = false; /* the deadline has passed: one more look, which must not sleep */

	for (;;) {
		uint64_t until = deadline;

		if (take_any(f, ev) || (arm(f) && any_completion(f, ev)))
			break;
		if (f->timers && f->timers->at < until)
			until = f->timers->at;
		if (next_drained(f) < until)
			until = next_drained(f);
		last = v_now(base) >= deadline;
		if (sleep_until(f, until, ev))
			break;
		if (last) {
			*ev = (struct fab_event){.kind = FAB_TIMEOUT};
			break;
		}
	}
	ev->time = v_now(base);
}

static void v_vanish(struct fab_conn *fc)
{
	struct vconn *c = vc(fc);

	/* The CM knows nothing of our queue pair, so it stays silent. The id goes, with a DREQ, in
	 * fab_conn_free. */
	v_qp_remove(c);
	c->vanished = true;
	fc->up = false;
}

static int v_break(struct fab_conn *fc, struct err *e)
{
	int rc = v_qp_error(vc(fc));

	if (!vc(fc)->qp)
		return err_set(e, ENOTCONN, "break: the connection has no queue pair");
	if (rc)
		return err_set(e, rc, "ibv_modify_qp (ERR)");
	fc->up = false;
	return 0;
}

static void v_close(struct fabric *base)
{
	struct vfabric *f = vf(base);

	while (f->conns) {
		struct vconn *c = f->conns;

		f->conns = c->next;
		conn_end(f, c);
	}
	while (f->timers) {
		struct vtimer *t = f->timers;

		f->timers = t->next;
		free(t);
	}
	if (f->held)
		rdma_ack_cm_event(f->held);
	if (f->listener)
		rdma_destroy_id(f->listener);
	if (f->cm)
		rdma_destroy_event_channel(f->cm);
	if (f->poison_fd >= 0)
		close(f->poison_fd);
	v_terminates_end(f);
	log_free(f->own_log);
	free(f);
}

static const struct fabric_ops verbs_ops = {
	.close = v_close,
	.now = v_now,
	.has_windows = v_has_windows,
	.listen = v_listen,
	.listen_port = v_listen_port,
	.connect = v_connect,
	.accept = v_accept,
	.reject = v_reject,
	.post_recv = v_post_recv,
	.post = v_post,
	.register_memory = v_register,
	.invalidate = v_invalidate,
	.unregister = v_unregister,
	.disconnect = v_disconnect,
	.vanish = v_vanish,
	.break_ = v_break,
	.conn_free = v_conn_free,
	.timer = v_timer,
	.timer_cancel = v_timer_cancel,
	.watch_fd = v_watch_fd,
	.wait = v_wait,
	.counter = v_counter,
	.description = v_description,
	.kind = v_kind,
};

/* Describes the first device until a connection shows which one it uses. */
static int look_for_device(struct vfabric *f, struct err *e)
{
	int n = 0, status = -1;
	struct ibv_context **all = rdma_get_devices(&n);

	if (!all || n == 0)
		err_set(e, ENODEV, "no RDMA device");
	else
		status = v_describe(f, all[0], e);
	if (all)
		rdma_free_devices(all);
	return status;
}

/* A look for devices is what loads the drivers. */
static int count_devices(void)
{
	int n = 0;
	struct ibv_device **devices = ibv_get_device_list(&n);

	if (devices)
		ibv_free_device_list(devices);
	return n;
}

void verbs_preload(void)
{
	count_devices();
}

struct fabric *verbs_open(struct log *log, struct err *e)
{
	struct vfabric *f;

	/* A command that logs the SUT in is a fork of ours: older kernels would then take
	 * registered pages from us. */
	ibv_fork_init();
	if (!count_devices()) {
		/* librdmacm would print a complaint of its own. */
		err_set(e, ENODEV, "no RDMA device");
		return NULL;
	}
	f = calloc(1, sizeof(*f));
	if (!f) {
		err_set(e, ENOMEM, "RDMA endpoint");
		return NULL;
	}
	f->base.ops = &verbs_ops;
	f->base.stepped = true;
	f->base.log = log ? log : (f->own_log = log_new(NULL, NULL));
	f->watched_fd = -1;
	f->poison_fd = -1;
	f->kernel_log = -1;
	f->epoch = monotonic();
	f->cm = rdma_create_event_channel();
	if (!f->cm) {
		err_set(e, errno, "rdma_create_event_channel (is rdma_ucm loaded?)");
		goto fail;
	}
	if (v_fd_nonblocking(f->cm->fd, e) < 0 || look_for_device(f, e) < 0)
		goto fail;
	return &f->base;
fail:
	v_close(&f->base);
	return NULL;
}
