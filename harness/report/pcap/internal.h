/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the capture's writer only. */
#ifndef REPORT_PCAP_INTERNAL_H
#define REPORT_PCAP_INTERNAL_H

#include "../../wire/net.h"
#include "pcap.h"

enum side { OURS, THEIRS };

static inline enum side other(enum side s)
{
	return s == OURS ? THEIRS : OURS;
}

/* What one side does on the wire. */
enum pcap_op { PCAP_SEND, PCAP_SEND_INV, PCAP_SEND_IMM, PCAP_WRITE, PCAP_WRITE_IMM, PCAP_READ };

struct pcap_request {
	enum pcap_op op;
	struct bytes message; /* of a Send */
	uint32_t key;	      /* of RDMA; the one that a Send invalidates */
	uint64_t addr, len;
	uint32_t imm;
	bool solicited;
	/* The carrier's: where it stands in its side's sequence, to be answered by. */
	uint32_t at, last;
};

/* How a request was refused. */
enum pcap_refusal {
	REFUSED_NO_BUFFER,
	REFUSED_INVALID,
	REFUSED_ACCESS,
	REFUSED_OPERATION,
};

/* One connection, and what the carrier counts of each side. */
struct pcap_link {
	unsigned number;
	enum side active;
	bool known; /* its beginning is in the log */
	uint16_t port;
	struct pcap_half {
		struct net_address address;
		uint32_t qp, next, done, messages;
		bool said_bye;
	} half[2];
	bool dead;		/* nothing more of ours leaves */
	struct pcap_open *open; /* requests that wait for their completion or their data */
	size_t open_count;
};

struct pcap_maker;

/* How what happens looks on RoCE, and on iWARP. */
struct pcap_carrier {
	void (*begin)(struct pcap_link *l);
	void (*connect)(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev);
	/* The passive side's word; then, for an accepted one, the active side's. */
	void (*accept)(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev);
	void (*ready)(struct pcap_maker *m, struct pcap_link *l);
	void (*reject)(struct pcap_maker *m, struct pcap_link *l, const struct log_event *ev);
	void (*bye)(struct pcap_maker *m, struct pcap_link *l, enum side from, bool answered);
	void (*request)(struct pcap_maker *m, struct pcap_link *l, enum side from,
			struct pcap_request *q);
	void (*acknowledge)(struct pcap_maker *m, struct pcap_link *l, enum side from,
			    const struct pcap_request *q);
	void (*refuse)(struct pcap_maker *m, struct pcap_link *l, enum side from,
		       const struct pcap_request *q, enum pcap_refusal why);
	void (*read_data)(struct pcap_maker *m, struct pcap_link *l, enum side from,
			  const struct pcap_request *q);
};
extern const struct pcap_carrier pcap_roce, pcap_iwarp;

/* A frame of the event in hand. */
void pcap_put(struct pcap_maker *m, const void *at, size_t len);
/* More about the last one. */
void pcap_remark(struct pcap_maker *m, const char *text);
/* Stands for the data of RDMA operations, which no log has. At most so much at once. */
enum { PCAP_DATA_MAX = 4096 };
extern const uint8_t pcap_no_data[PCAP_DATA_MAX];

/* Comments by event: pcap_notes_of() gives those of an event, or NULL; the caller frees. */
char *pcap_notes_of(const struct case_result *r, uint64_t seq);

#endif
