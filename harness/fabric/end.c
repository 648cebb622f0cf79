/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who ended a connection, and by what. It is decided here once, at the first sign, from what every
 * implementation tells alike; who asks later gets the same answer, and so does the log.
 */
#include "impl.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char *const names[] = {
	[FAB_END_NONE] = "none",	   [FAB_END_OURS] = "ours",
	[FAB_END_CLOSED] = "closed",	   [FAB_END_ACCESS] = "access",
	[FAB_END_OPERATION] = "operation", [FAB_END_MESSAGE] = "message",
	[FAB_END_NO_BUFFER] = "no-buffer", [FAB_END_REFUSED] = "refused",
	[FAB_END_LOST] = "lost",	   [FAB_END_LOCAL] = "local",
};

const char *fab_end_name(enum fab_end end)
{
	return (size_t)end < COUNT(names) ? names[end] : "unknown";
}

enum fab_end fab_conn_end(const struct fab_conn *c)
{
	return c->end;
}

void fab_end_set(struct fab_conn *c, enum fab_end end)
{
	struct fabric *f = c->fabric;

	if (c->end || !end)
		return;
	c->end = end;
	if (f->log)
		log_add(f->log, &(struct log_event){.kind = LOG_CM,
						    .time = fab_now(f),
						    .conn = c->number,
						    .name = "end",
						    .text = fab_end_name(end)});
}

/* What a work request of ours says that failed by itself. */
static enum fab_end by_ours(enum fab_status status)
{
	switch (status) {
	case FAB_RNR_EXCEEDED:
		return FAB_END_NO_BUFFER;
	case FAB_RETRY_EXCEEDED:
		return FAB_END_LOST;
	case FAB_REMOTE_ACCESS:
	case FAB_REMOTE_INVALID:
	case FAB_REMOTE_OP:
		return FAB_END_REFUSED;
	default:
		return FAB_END_LOCAL;
	}
}

/* The device's word on it comes in no event that fab_wait() returns. */
static bool accessed(struct fab_conn *c)
{
	return c->fabric->log ? fab_answer_number(c->fabric, c, "accessed", c->accessed, false)
			      : c->accessed;
}

/*
 * Flushed, and nothing of ours had failed nor had the peer said that it closes. On RC that is an
 * RDMA operation of the peer's which our queue pair refused: a Send that it refuses fails the
 * receive that it took. Over iWARP an orderly close flushes as well, so the CM's word is waited
 * for.
 */
static enum fab_end by_flush(struct fab_conn *c)
{
	if (!fab_proves_delivery(c->fabric))
		return FAB_END_NONE;
	return accessed(c) ? FAB_END_ACCESS : FAB_END_OPERATION;
}

static enum fab_end by_cm(struct fab_conn *c)
{
	if (accessed(c))
		return FAB_END_ACCESS;
	switch (fab_conn_terminate(c)) {
	case FAB_TERM_NO_BUFFER:
		return FAB_END_NO_BUFFER;
	case FAB_TERM_ACCESS:
		/* Where peer and we have one kernel, its log has the TERMINATE that our own RNIC
		 * sent as well; who did no RDMA operation was not refused one. */
		return c->tagged ? FAB_END_REFUSED : FAB_END_OPERATION;
	case FAB_TERM_OTHER:
		return FAB_END_REFUSED;
	case FAB_TERM_UNKNOWN:
		break;
	}
	return FAB_END_CLOSED;
}

void fab_end_event(const struct fab_event *ev)
{
	struct fab_conn *c = ev->conn;

	if (!c || c->end)
		return;
	switch (ev->kind) {
	case FAB_DONE:
		if (ev->status != FAB_OK)
			fab_end_set(c,
				    ev->status == FAB_FLUSHED ? by_flush(c) : by_ours(ev->status));
		break;
	case FAB_RECV_FAILED:
		fab_end_set(c, ev->status == FAB_FLUSHED ? by_flush(c) : FAB_END_MESSAGE);
		break;
	case FAB_DISCONNECTED:
		fab_end_set(c, by_cm(c));
		break;
	case FAB_DEVICE_GONE:
		fab_end_set(c, FAB_END_LOCAL);
		break;
	default:
		break;
	}
}
