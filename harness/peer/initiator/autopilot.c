/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a model initiator does on its own once it is logged in: the scan that a Linux host makes of
 * a new disk, then for a while I/O whose data it compares. Afterwards it stays, as a mounted but
 * idle disk does.
 */
#include <stdlib.h>
#include <string.h>

#include "../../wire/cursor.h"
#include "initiator.h"

enum {
	BLOCK = 512,
	JOBS = 4,	  /* I/O under way at once */
	JOB_COUNT = 64,	  /* writes with their reads: 4 every 40 ms, some 0.6 s */
	MAX_BLOCKS = 256, /* 128 KiB: more than a usual FirstBurstLength */
};
#define PACE (10 * NS_PER_MS)

enum job_state { JOB_IDLE, JOB_WRITING, JOB_READING };

struct job {
	enum job_state state;
	struct peer_task *task;
	uint64_t lba, seed;
	uint32_t blocks;
};

struct autopilot {
	size_t step; /* of the scan */
	struct peer_task *scanning;
	uint64_t blocks; /* of the disk, once READ CAPACITY told */
	bool writable;	 /* no write protection in MODE SENSE */
	struct job jobs[JOBS];
	unsigned started, same; /* writes begun, and read back the same */
	bool timer_set, stopped;
	unsigned commands; /* submitted */
};

static const struct {
	uint8_t cdb[CDB_SIZE];
	uint32_t read_len;
} scan[] = {
	{{0xa0, 0, 0, 0, 0, 0, 0, 0, 2, 0}, 512},		 /* REPORT LUNS */
	{{0x12, 0, 0, 0, 36}, 36},				 /* INQUIRY */
	{{0x12, 0, 0, 0, 66}, 66},				 /* again, for all that it has */
	{{0x12, 1, 0x00, 0, 255}, 255},				 /* VPD: which pages there are */
	{{0x12, 1, 0x83, 0, 255}, 255},				 /* device identification */
	{{0x00}, 0},						 /* TEST UNIT READY */
	{{0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32}, 32}, /* READ CAPACITY (16) */
	{{0x25}, 8},						 /* READ CAPACITY (10) */
	{{0x1a, 0x08, 0x3f, 0, 4}, 4},				 /* MODE SENSE: write protected? */
	{{0x1a, 0x08, 0x08, 0, 64}, 64},			 /* caching page */
	{{0x28, 0, 0, 0, 0, 0, 0, 0, 8}, 8 * BLOCK}, /* READ: is there a partition table? */
	{{0x28, 0, 0, 0, 0, 8, 0, 0, 8}, 8 * BLOCK},
};
enum { SCAN_STEPS = sizeof(scan) / sizeof(scan[0]) };

/* 512 B, 4 KiB, 64 KiB, and what needs solicited data even when FirstBurstLength is 64 KiB. Most
 * I/O is small, as on most disks. */
static const uint32_t sizes[] = {1, 8, 128, MAX_BLOCKS, 1, 8, 1, 8, 1, 8, 1, 8, 1, 8, 1, 8};

static bool good(const struct peer_task *task)
{
	return !task->rejected && task->response == 0 && task->status == 0;
}

static struct peer_task *submit(struct peer *p, struct scsi_request r)
{
	struct err e = {0};

	r.lun = (uint64_t)p->cfg.lun << 48;
	r.immediate = p->cfg.immediate_every &&
		      ++p->autopilot->commands % p->cfg.immediate_every == 0 && credits_left(p);
	struct peer_task *task = peer_scsi(p, &r, &e);
	if (!task) {
		peer_note(p, "autopilot stops: %s", e.what);
		p->autopilot->stopped = true;
	}
	return task;
}

/* ---- scan ---- */

static void learn(struct autopilot *a, const struct peer_task *task)
{
	struct cursor c = cursor_of(task->read.at, task->read.len);

	if (!good(task))
		return;
	switch (task->request.cdb[0]) {
	case 0x9e:
		a->blocks = cursor_be(&c, 8) + 1;
		break;
	case 0x25:
		if (!a->blocks)
			a->blocks = cursor_be(&c, 4) + 1;
		break;
	case 0x1a:
		if (task->request.cdb[2] == 0x3f)
			a->writable = !(task->read.at[2] & 0x80);
		break;
	default:
		break;
	}
}

static void scan_step(struct peer *p)
{
	struct autopilot *a = p->autopilot;

	while (!a->stopped) {
		if (a->scanning && !a->scanning->done)
			return;
		if (a->scanning) {
			learn(a, a->scanning);
			initiator_task_over(p, a->scanning);
			a->scanning = NULL;
			a->step++;
		}
		if (a->step == SCAN_STEPS || !initiator_may_send(p))
			return;
		struct scsi_request r = {.read_len = scan[a->step].read_len};
		memcpy(r.cdb, scan[a->step].cdb, CDB_SIZE);
		a->scanning = submit(p, r);
	}
}

/* ---- I/O ---- */

static void io_cdb(uint8_t cdb[CDB_SIZE], uint8_t opcode, const struct job *j)
{
	struct writer w = writer_of(cdb, CDB_SIZE);

	memset(cdb, 0, CDB_SIZE);
	writer_be(&w, 2, (uint64_t)opcode << 8);
	writer_be(&w, 4, j->lba);
	writer_be(&w, 3, j->blocks); /* group number 0, then the length */
}

static void start_job(struct peer *p, struct job *j)
{
	struct autopilot *a = p->autopilot;
	struct scsi_request r = {0};
	/* Each job of each connection has its part of the disk: none sees another's data. */
	const uint64_t share = a->blocks / (JOBS * (1 + (uint64_t)p->cfg.joins));
	unsigned n = a->started++;

	j->blocks = sizes[n / JOBS % (sizeof(sizes) / sizeof(sizes[0]))];
	if (j->blocks > share)
		j->blocks = (uint32_t)share;
	j->lba =
		share * (JOBS * (p->cid % (1 + (uint64_t)p->cfg.joins)) + (uint64_t)(j - a->jobs)) +
		(uint64_t)n * 7 % (share - j->blocks + 1);
	j->seed = p->cfg.seed * 1000 + n;
	io_cdb(r.cdb, 0x2a, j);
	r.write.len = (size_t)j->blocks * BLOCK;
	r.seed = j->seed;
	j->task = submit(p, r);
	j->state = j->task ? JOB_WRITING : JOB_IDLE;
}

static void read_back(struct peer *p, struct job *j)
{
	struct scsi_request r = {.read_len = j->blocks * BLOCK};

	io_cdb(r.cdb, 0x28, j);
	j->task = submit(p, r);
	j->state = j->task ? JOB_READING : JOB_IDLE;
}

static void compare(struct peer *p, const struct job *j)
{
	struct autopilot *a = p->autopilot;
	size_t len = j->task->read.len;
	size_t at = pattern_compare(j->task->read.at, len, j->seed, 0);

	if (at == len)
		a->same++;
	else
		peer_violation(p, "RFC 7145 7.3.5",
			       "block %llu: byte %zu of %zu read is not what was written",
			       (unsigned long long)j->lba, at, len);
}

static void job_step(struct peer *p, struct job *j)
{
	struct peer_task *over = j->task;

	if (j->state == JOB_IDLE || !over->done)
		return;
	if (!good(over)) {
		peer_note(p, "autopilot: I/O ended with response %u status 0x%02x",
			  (unsigned)over->response, (unsigned)over->status);
		j->state = JOB_IDLE;
	} else if (j->state == JOB_READING) {
		compare(p, j);
		j->state = JOB_IDLE;
	} else if (initiator_may_send(p)) {
		read_back(p, j);
	} else {
		return;
	}
	initiator_task_over(p, over);
}

static bool io_possible(const struct peer *p)
{
	const struct autopilot *a = p->autopilot;
	return p->cfg.workload_io && !a->stopped && a->step == SCAN_STEPS && a->writable &&
	       a->blocks >= JOBS * (1 + (uint64_t)p->cfg.joins) && a->started < JOB_COUNT;
}

void autopilot_step(struct peer *p)
{
	if (p->phase != PEER_FULL || p->quiet)
		return;
	if (!p->autopilot) {
		p->autopilot = calloc(1, sizeof(*p->autopilot));
		if (!p->autopilot)
			return;
	}
	struct autopilot *a = p->autopilot;

	if (p->cfg.discovery) {
		if (!a->started++)
			peer_text(p, "SendTargets", "All", NULL);
		return;
	}

	if (a->step < SCAN_STEPS)
		scan_step(p);
	for (size_t i = 0; i < JOBS && p->phase == PEER_FULL && !a->stopped; i++)
		job_step(p, &a->jobs[i]);
	if (p->phase == PEER_FULL && io_possible(p) && !a->timer_set) {
		a->timer_set = true;
		fab_timer(p->fab, fab_now(p->fab) + PACE, TIMER_AUTOPILOT, p->conn);
	}
}

void autopilot_timer(struct peer *p, uint64_t id)
{
	struct autopilot *a = p->autopilot;

	if (id == TIMER_TASK)
		autopilot_give_up(p);
	if (id != TIMER_AUTOPILOT || !a)
		return;
	a->timer_set = false;
	if (p->phase != PEER_FULL || p->quiet || !io_possible(p))
		return;
	for (size_t i = 0; i < JOBS; i++)
		if (a->jobs[i].state == JOB_IDLE && initiator_may_send(p)) {
			start_job(p, &a->jobs[i]);
			return;
		}
}

bool autopilot_idle(const struct peer *p)
{
	const struct autopilot *a = p->autopilot;

	if (!a || a->scanning || (a->step < SCAN_STEPS && !a->stopped))
		return false;
	for (size_t i = 0; i < JOBS; i++)
		if (a->jobs[i].state != JOB_IDLE)
			return false;
	return !io_possible(p);
}

bool peer_workload_over(const struct peer *p, unsigned *same)
{
	*same = p->autopilot ? p->autopilot->same : 0;
	return p->phase == PEER_FULL && autopilot_idle(p);
}

void autopilot_free(struct peer *p)
{
	free(p->autopilot);
	p->autopilot = NULL;
}
