/* SPDX-License-Identifier: BSD-2-Clause */
/* Goes through an event log and has the carrier say on the wire what happened. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fabric/fabric.h"
#include "../memory.h"
#include "internal.h"
#include "pcapng.h"

#define MESSAGE_MAX 0x80000000u
/* Of data that no log has, in all: a line of it is short, whatever length it tells. */
#define ZEROS_MAX (256u << 20)
/* 192.0.2.1 and 192.0.2.2 */
#define OUR_ADDRESS   0xc0000201u
#define THEIR_ADDRESS 0xc0000202u

/* A request of ours that has not completed, or an RDMA Read of theirs without its data. */
struct pcap_open {
	struct pcap_request request;
	enum side from;
	uint64_t id;
};

struct frame {
	uint8_t *at;
	size_t len;
	uint64_t time;
	char *note;
};

struct pcap_maker {
	const struct log *log;
	const struct pcap_carrier *carrier;
	const struct log_event **fate; /* by seq of a LOG_POST: its completion */
	struct pcap_link *links;
	size_t link_count;
	uint16_t port; /* that we listen on, and where */
	struct net_address address;
	uint64_t time;
	struct frame *frames;
	size_t frame_count;
	uint64_t zeros;
	struct pcap_counts counts;
};

const uint8_t pcap_no_data[PCAP_DATA_MAX];

void pcap_put(struct pcap_maker *m, const void *at, size_t len)
{
	m->frames = grow(m->frames, m->frame_count, sizeof(*m->frames));
	struct frame *f = &m->frames[m->frame_count++];
	*f = (struct frame){.at = must(malloc(len)), .len = len, .time = m->time};
	memcpy(f->at, at, len);
}

static void remark(struct frame *f, const char *text)
{
	char *joined = f->note ? text_format("%s\n%s", f->note, text) : must(strdup(text));
	free(f->note);
	f->note = joined;
}

void pcap_remark(struct pcap_maker *m, const char *text)
{
	if (m->frame_count)
		remark(&m->frames[m->frame_count - 1], text);
}

/* ---- connections ---- */

/* "192.0.2.7 port 3260", as fab_connect() and fab_listen() log it. A name or IPv6 becomes the
 * `made_up` address, one of RFC 5737, and a port that cannot be read 3260. */
static struct net_address place(const char *text, uint32_t made_up, uint16_t *port)
{
	struct in_addr v4;
	char host[64] = "";
	const char *word = text ? strstr(text, " port ") : NULL;

	*port = word ? (uint16_t)strtoul(word + 6, NULL, 10) : 0;
	if (!*port)
		*port = 3260;
	if (word && (size_t)(word - text) < sizeof(host))
		memcpy(host, text, (size_t)(word - text));
	const bool is_v4 = inet_pton(AF_INET, host, &v4) == 1 && v4.s_addr;
	return net_ipv4(is_v4 ? ntohl(v4.s_addr) : made_up);
}

static struct pcap_link *link_of(struct pcap_maker *m, unsigned number)
{
	for (; m->link_count <= number; m->link_count++) {
		m->links = grow(m->links, m->link_count, sizeof(*m->links));
		m->links[m->link_count] = (struct pcap_link){.number = (unsigned)m->link_count};
	}
	return &m->links[number];
}

static void begin(struct pcap_maker *m, struct pcap_link *l, enum side active, const char *text)
{
	uint16_t port;
	l->known = true;
	l->active = active;
	l->half[OURS].address = active == OURS ? net_ipv4(OUR_ADDRESS) : m->address;
	l->half[THEIRS].address = place(active == OURS ? text : NULL, THEIR_ADDRESS, &port);
	l->port = active == OURS ? port : m->port;
	m->carrier->begin(l);
}

static void disconnected(struct pcap_maker *m, struct pcap_link *l)
{
	/* The answer to ours, or theirs, which the connection manager of our side answers. */
	if (!l->half[OURS].said_bye)
		m->carrier->bye(m, l, THEIRS, true);
	else if (!l->half[THEIRS].said_bye)
		m->carrier->bye(m, l, THEIRS, false);
	l->half[THEIRS].said_bye = true;
	l->dead = true;
}

static void cm(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev)
{
	const char *name = ev->name;

	if (!strcmp(name, "listen")) {
		m->address = place(ev->text, OUR_ADDRESS, &m->port);
	} else if (!strcmp(name, "connect") || !strcmp(name, "connect-request")) {
		begin(m, l, !strcmp(name, "connect") ? OURS : THEIRS, ev->text);
		m->carrier->connect(m, l, ev);
	} else if (!l->known) {
		return;
	} else if (!strcmp(name, "accept")) {
		m->carrier->accept(m, l, ev);
	} else if (!strcmp(name, "established")) {
		if (l->active == OURS)
			m->carrier->accept(m, l, ev);
		m->carrier->ready(m, l);
	} else if (!strcmp(name, "reject") || !strcmp(name, "rejected")) {
		m->carrier->reject(m, l, ev);
		l->dead = true;
	} else if (!strcmp(name, "disconnect")) {
		if (!l->half[OURS].said_bye && !l->half[THEIRS].said_bye)
			m->carrier->bye(m, l, OURS, false);
		l->half[OURS].said_bye = true;
		l->dead = true;
	} else if (!strcmp(name, "disconnected")) {
		disconnected(m, l);
	} else if (!strcmp(name, "vanish") || !strcmp(name, "break") ||
		   !strcmp(name, "unreachable")) {
		l->dead = true;
	}
}

/* ---- requests ---- */

static void open_add(struct pcap_link *l, enum side from, uint64_t id, const struct pcap_request *q)
{
	l->open = grow(l->open, l->open_count, sizeof(*l->open));
	l->open[l->open_count++] = (struct pcap_open){*q, from, id};
}

/* The oldest one of that side, of that id; true, with *q, and it is open no more. */
static bool open_take(struct pcap_link *l, enum side from, uint64_t id, struct pcap_request *q)
{
	for (size_t i = 0; i < l->open_count; i++) {
		if (l->open[i].from != from || l->open[i].id != id)
			continue;
		*q = l->open[i].request;
		l->open_count--;
		memmove(&l->open[i], &l->open[i + 1], (l->open_count - i) * sizeof(*l->open));
		return true;
	}
	return false;
}

static enum pcap_op op_of(const char *name)
{
	static const char *const names[] = {
		[PCAP_SEND] = "send",		[PCAP_SEND_INV] = "send-inv",
		[PCAP_SEND_IMM] = "send-imm",	[PCAP_WRITE] = "write",
		[PCAP_WRITE_IMM] = "write-imm", [PCAP_READ] = "read",
	};
	size_t i = 0;
	while (i + 1 < sizeof(names) / sizeof(*names) && strcmp(names[i], name) != 0)
		i++;
	return (enum pcap_op)i;
}

/* Did it never leave? Our own side refused it, or the queue pair had ended before it was posted. No
 * RDMA message has more than 2^31 bytes (IBTA 9.7.7). */
static bool unsent(const struct pcap_link *l, const struct log_event *ev,
		   const struct log_event *done)
{
	return !l->known || (done && !strncmp(done->status, "local", 5)) || l->dead ||
	       ev->len > MESSAGE_MAX;
}

/* One that would bring the zeros of a log above their bound is left out. */
static bool too_large(struct pcap_maker *m, uint64_t len)
{
	if (len > ZEROS_MAX - m->zeros) {
		m->counts.large++;
		return true;
	}
	m->zeros += len;
	return false;
}

static void post(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev)
{
	struct pcap_request q = {
		.op = op_of(ev->name),
		.message = ev->bytes,
		.key = ev->invalidated ? ev->invalidated_key : ev->key,
		.addr = ev->addr,
		.len = ev->len,
		.imm = ev->imm,
		.solicited = ev->c == 1,
	};
	if (unsent(l, ev, m->fate[ev->seq])) {
		m->counts.unsent++;
		return;
	}
	if (q.op >= PCAP_WRITE && too_large(m, q.len))
		return;
	m->counts.messages += q.op <= PCAP_SEND_IMM;
	m->carrier->request(m, l, OURS, &q);
	open_add(l, OURS, ev->id, &q);
}

static void done(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev)
{
	static const struct {
		const char *status;
		enum pcap_refusal why;
	} refusals[] = {
		{"rnr-retry-exceeded", REFUSED_NO_BUFFER},
		{"remote-invalid", REFUSED_INVALID},
		{"remote-access", REFUSED_ACCESS},
		{"remote-operation", REFUSED_OPERATION},
	};
	struct pcap_request q;

	if (!strcmp(ev->name, "bind") || !strcmp(ev->name, "invalidate"))
		return; /* between our program and our device */
	if (!strcmp(ev->name, "recv")) {
		m->counts.unknown += log_failed(ev);
	} else if (open_take(l, OURS, ev->id, &q)) {
		if (!strcmp(ev->status, "ok") && q.op == PCAP_READ)
			m->carrier->read_data(m, l, THEIRS, &q);
		else if (!strcmp(ev->status, "ok"))
			m->carrier->acknowledge(m, l, THEIRS, &q);
		for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
			if (!strcmp(ev->status, refusals[i].status))
				m->carrier->refuse(m, l, THEIRS, &q, refusals[i].why);
	}
	l->dead |= log_failed(ev);
}

static void recv_message(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev)
{
	struct pcap_request q = {
		.op = ev->invalidated ? PCAP_SEND_INV
		      : ev->has_imm   ? PCAP_SEND_IMM
				      : PCAP_SEND,
		.message = ev->bytes,
		.key = ev->invalidated_key,
		.imm = ev->imm,
		.solicited = ev->c == 1,
	};
	if (!l->known)
		return;
	m->counts.messages++;
	m->carrier->request(m, l, THEIRS, &q);
	m->carrier->acknowledge(m, l, OURS, &q);
}

/* RDMA operations of theirs, which only the simulator tells. */
static void memory(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev)
{
	const bool read = !strcmp(ev->name, "remote-read");
	struct pcap_request q = {.op = read ? PCAP_READ : PCAP_WRITE,
				 .key = ev->key,
				 .addr = ev->addr,
				 .len = ev->len};
	if (!l->known || ev->len > MESSAGE_MAX)
		return;
	if (!strcmp(ev->name, "remote-read-end")) {
		if (open_take(l, THEIRS, 0, &q))
			m->carrier->read_data(m, l, OURS, &q);
		return;
	}
	if ((!read && strcmp(ev->name, "remote-write") != 0) || too_large(m, q.len))
		return;
	m->carrier->request(m, l, THEIRS, &q);
	if (strcmp(ev->status, "ok") != 0)
		m->carrier->refuse(m, l, OURS, &q, REFUSED_ACCESS);
	else if (read)
		open_add(l, THEIRS, 0, &q);
	else
		m->carrier->acknowledge(m, l, OURS, &q);
}

static void event(struct pcap_maker *m, const struct log_event *ev)
{
	struct pcap_link *l = link_of(m, ev->conn);

	switch (ev->kind) {
	case LOG_CM:
		cm(m, l, ev);
		break;
	case LOG_POST:
		post(m, l, ev);
		break;
	case LOG_DONE:
		done(m, l, ev);
		break;
	case LOG_RECV:
		recv_message(m, l, ev);
		break;
	case LOG_MEMORY:
		memory(m, l, ev);
		break;
	default:
		break;
	}
}

/* ---- the whole ---- */

/* Completions come in the order of the posts that share their id. */
static void find_fates(struct pcap_maker *m)
{
	const size_t n = log_count(m->log);
	size_t open = 0;

	m->fate = must(calloc(n + 1, sizeof(const struct log_event *)));
	for (size_t i = 0; i < n; i++) {
		const struct log_event *d = log_at(m->log, i);
		if (d->kind != LOG_DONE || !strcmp(d->name, "recv"))
			continue;
		while (open < i && (log_at(m->log, open)->kind != LOG_POST || m->fate[open + 1]))
			open++;
		for (size_t k = open; k < i; k++) {
			const struct log_event *p = log_at(m->log, k);
			if (p->kind == LOG_POST && p->conn == d->conn && p->id == d->id &&
			    !strcmp(p->name, d->name) && !m->fate[p->seq]) {
				m->fate[p->seq] = d;
				break;
			}
		}
	}
}

/* soft-iWARP and its relatives leave words in a log that nothing else does. */
static bool was_iwarp(const struct log *l)
{
	for (size_t i = 0; i < log_count(l); i++) {
		const struct log_event *ev = log_at(l, i);
		if ((ev->kind == LOG_DONE && !strcmp(ev->status, "left")) ||
		    (ev->kind == LOG_RECV && ev->status && !strcmp(ev->status, "kind-unknown")))
			return true;
	}
	return false;
}

/* An event without a frame of its own speaks on the one before it. */
static void note(struct pcap_maker *m, const struct case_result *r, const struct log_event *ev,
		 size_t before)
{
	char *text = pcap_notes_of(r, ev->seq);
	if (text && m->frame_count)
		remark(&m->frames[before < m->frame_count ? before : m->frame_count - 1], text);
	free(text);
}

static char *about(const struct pcap_maker *m)
{
	char *port = must(strdup(""));
	for (size_t i = 0; i < m->link_count; i++)
		if (m->links[i].known && m->links[i].port != 3260) {
			free(port);
			port = text_format(
				" The port was %u; over RoCE 3260 stands for it, since "
				"Wireshark takes no other for iSER unless it is told to.",
				m->links[i].port);
		}
	char *large =
		m->counts.large
			? text_format(", %zu RDMA operations (zeros for their data would come "
				      "to more than 256 MiB)",
				      m->counts.large)
			: must(strdup(""));
	char *text = text_format(
		"Made by iserspec of an event log, not recorded: messages, their order, kind and "
		"time, and RDMA operations as far as the log has them. Addresses, queue pairs and "
		"packet numbers are made up; zeros stand for the data of RDMA operations. Left "
		"out: "
		"%zu requests that never left our side, %zu messages that our side refused%s.%s",
		m->counts.unsent, m->counts.unknown, large, port);
	free(large);
	free(port);
	return text;
}

char *pcap_of_log(const struct log *l, const struct case_result *r, enum pcap_wire wire,
		  size_t *len, struct pcap_counts *counts)
{
	struct pcap_maker m = {.log = l, .port = 3260, .address = net_ipv4(OUR_ADDRESS)};
	char *file = NULL;

	m.carrier = wire == PCAP_IWARP || (wire == PCAP_BY_LOG && was_iwarp(l)) ? &pcap_iwarp
										: &pcap_roce;
	find_fates(&m);
	for (size_t i = 0; i < log_count(l); i++) {
		const struct log_event *ev = log_at(l, i);
		const size_t before = m.frame_count;
		if (ev->time > m.time)
			m.time = ev->time; /* a capture's clock does not go back */
		event(&m, ev);
		note(&m, r, ev, before);
	}
	FILE *out = must(open_memstream(&file, len));
	char *comment = about(&m);
	pcapng_begin(out, "iserspec " ISERSPEC_VERSION, comment);
	for (size_t i = 0; i < m.frame_count; i++) {
		const struct frame *f = &m.frames[i];
		pcapng_frame(out, f->time, f->at, f->len, f->note);
		free(f->at);
		free(f->note);
	}
	fclose(out);
	m.counts.frames = m.frame_count;
	if (counts)
		*counts = m.counts;
	for (size_t i = 0; i < m.link_count; i++)
		free(m.links[i].open);
	free(comment);
	free(m.links);
	free(m.frames);
	free(m.fate);
	return must(file);
}
