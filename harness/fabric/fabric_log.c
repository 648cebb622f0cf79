/* SPDX-License-Identifier: BSD-2-Clause */
/* How fabric events look in the event log, and the names and codes that go with them. */
#include "impl.h"

#include <stdio.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char *const event_names[] = {
	[FAB_TIMEOUT] = "timeout",
	[FAB_CONNECT_REQUEST] = "connect-request",
	[FAB_ESTABLISHED] = "established",
	[FAB_REJECTED] = "rejected",
	[FAB_UNREACHABLE] = "unreachable",
	[FAB_DISCONNECTED] = "disconnected",
	[FAB_RECV] = "recv",
	[FAB_DONE] = "done",
	[FAB_RECV_FAILED] = "recv-failed",
	[FAB_TIMER] = "timer",
	[FAB_FD] = "fd",
	[FAB_DEVICE_GONE] = "device-gone",
};

static const char *const cm_names[] = {
	[FAB_CONNECT_REQUEST] = "RDMA_CM_EVENT_CONNECT_REQUEST",
	[FAB_ESTABLISHED] = "RDMA_CM_EVENT_ESTABLISHED",
	[FAB_REJECTED] = "RDMA_CM_EVENT_REJECTED",
	[FAB_UNREACHABLE] = "RDMA_CM_EVENT_UNREACHABLE",
	[FAB_DISCONNECTED] = "RDMA_CM_EVENT_DISCONNECTED",
	[FAB_DEVICE_GONE] = "RDMA_CM_EVENT_DEVICE_REMOVAL",
};

static const struct {
	const char *ours, *wc;
} status_names[] = {
	[FAB_OK] = {"ok", "success"},
	[FAB_RNR_EXCEEDED] = {"rnr-retry-exceeded", "RNR retry counter exceeded"},
	[FAB_RETRY_EXCEEDED] = {"retry-exceeded", "transport retry counter exceeded"},
	[FAB_REMOTE_ACCESS] = {"remote-access", "remote access error"},
	[FAB_REMOTE_INVALID] = {"remote-invalid", "remote invalid request error"},
	[FAB_REMOTE_OP] = {"remote-operation", "remote operation error"},
	[FAB_LOCAL_LENGTH] = {"local-length", "local length error"},
	[FAB_LOCAL_PROTECTION] = {"local-protection", "local protection error"},
	[FAB_LOCAL_QP] = {"local-qp", "local QP operation error"},
	[FAB_MW_BIND] = {"window-bind", "memory bind operation error"},
	[FAB_FLUSHED] = {"flushed", "Work Request Flushed Error"},
	[FAB_OTHER] = {"other", "general error"},
};

static const char *const op_names[] = {
	[FAB_SEND] = "send",   [FAB_SEND_INV] = "send-inv",	[FAB_SEND_IMM] = "send-imm",
	[FAB_WRITE] = "write", [FAB_WRITE_IMM] = "write-imm",	[FAB_READ] = "read",
	[FAB_BIND] = "bind",   [FAB_INVALIDATE] = "invalidate",
};

const char *fab_event_name(enum fab_event_kind k)
{
	size_t i = (size_t)k;

	return i < COUNT(event_names) ? event_names[i] : "unknown";
}

const char *fab_event_cm_name(enum fab_event_kind k)
{
	size_t i = (size_t)k;

	return i < COUNT(cm_names) && cm_names[i] ? cm_names[i] : fab_event_name(k);
}

const char *fab_status_name(enum fab_status s)
{
	size_t i = (size_t)s;

	return i < COUNT(status_names) ? status_names[i].ours : "unknown";
}

const char *fab_status_wc_name(enum fab_status s)
{
	size_t i = (size_t)s;

	return i < COUNT(status_names) ? status_names[i].wc : "unknown";
}

const char *fab_op_name(enum fab_op op)
{
	size_t i = (size_t)op;

	return i < COUNT(op_names) ? op_names[i] : "unknown";
}

void fab_terminated(struct fab_conn *c, enum fab_terminate how, unsigned layer, unsigned type,
		    unsigned code)
{
	static const char *const words[] = {
		[FAB_TERM_NO_BUFFER] = "a message met no receive buffer",
		[FAB_TERM_ACCESS] = "memory was refused",
	};
	struct fabric *f = c->fabric;
	char text[100];
	const char *word = (size_t)how < COUNT(words) && words[how] ? words[how] : "other";

	c->terminate = how;
	if (!f->log)
		return;
	snprintf(text, sizeof(text), "TERMINATE, layer %u, type %u, code %u: %s", layer, type, code,
		 word);
	c->told.terminate = how;
	fab_log_own(f, &(struct log_event){.kind = LOG_CM,
					   .time = f->ops->now(f),
					   .conn = c->number,
					   .name = "terminate",
					   .text = text,
					   .number = how});
}

const struct log_event *fab_log_own(struct fabric *f, struct log_event *le)
{
	if (!f->log)
		return NULL;
	le->waits = fab_waits(f);
	le->device = true;
	return log_add(f->log, le);
}

const struct log_event *fab_log_note(struct fabric *f, const char *name, const char *text)
{
	return fab_log_own(
		f, &(struct log_event){
			   .kind = LOG_NOTE, .time = f->ops->now(f), .name = name, .text = text});
}

void fab_log_post_recv(struct fab_conn *c, unsigned n)
{
	struct fabric *f = c->fabric;
	struct log_event le = {
		.kind = LOG_POST_RECV,
		.conn = c->number,
		.name = "recv",
		.a = n,
		.b = c->recv_posted,
	};

	if (!f->log || !n)
		return;
	le.time = f->ops->now(f);
	fab_log_own(f, &le);
	c->told.recv_posted = c->recv_posted;
}

/* Over iWARP what the peer has to take has only left when it completes. */
static bool proves_nothing(const struct fabric *f, const struct fab_event *ev)
{
	return f->iwarp && ev->kind == FAB_DONE && ev->status == FAB_OK && ev->op <= FAB_WRITE_IMM;
}

static void log_event(struct fabric *f, struct fab_event *ev)
{
	struct log_event le = {
		.time = ev->time,
		.conn = ev->conn ? ev->conn->number : 0,
		.name = fab_event_name(ev->kind),
		.text = ev->name,
		.id = ev->id,
		.waits = fab_waits(f),
		.lasting = f->literals,
	};
	struct bytes *keep = NULL;
	const struct log_event *stored;

	switch (ev->kind) {
	case FAB_TIMEOUT:
		return;
	case FAB_FD:
		le.kind = LOG_SUT;
		le.name = "readable";
		break;
	case FAB_TIMER:
		le.kind = LOG_TIMER;
		break;
	case FAB_DONE:
	case FAB_RECV_FAILED:
		le.kind = LOG_DONE;
		le.name = ev->kind == FAB_DONE ? fab_op_name(ev->op) : "recv";
		le.status = proves_nothing(f, ev) ? "left" : fab_status_name(ev->status);
		le.a = ev->vendor_status;
		break;
	case FAB_RECV:
		le.kind = LOG_RECV;
		le.b = ev->conn ? ev->conn->recv_posted : 0;
		le.c = ev->solicited;
		le.status = ev->kind_unknown ? "kind-unknown" : NULL;
		le.has_imm = ev->has_imm;
		le.imm = ev->imm;
		le.invalidated = ev->invalidated;
		le.invalidated_key = ev->invalidated_key;
		keep = &ev->msg;
		break;
	case FAB_CONNECT_REQUEST:
	case FAB_ESTABLISHED:
	case FAB_REJECTED:
	case FAB_UNREACHABLE:
	case FAB_DISCONNECTED:
	case FAB_DEVICE_GONE:
		le.kind = LOG_CM;
		le.number = ev->reason;
		le.a = ev->responder_resources;
		le.b = ev->initiator_depth;
		le.c = ev->rnr_retry;
		keep = &ev->private_data;
		break;
	}
	if (keep)
		le.bytes = *keep;
	stored = log_add(f->log, &le);
	if (keep)
		*keep = stored->bytes;
	if (ev->conn)
		fab_told_event(ev->conn, ev);
}

void fab_log_event(struct fabric *f, struct fab_event *ev)
{
	if (f->log && ev->kind != FAB_TIMEOUT)
		log_event(f, ev);
}
