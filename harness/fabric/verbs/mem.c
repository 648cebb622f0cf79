/* SPDX-License-Identifier: BSD-2-Clause */
/* Registered memory: what the peer may touch, what Sends leave from and what receives land in. */
#include "impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	SEND_BLOCK_SIZE = 256 * 1024,
	SEND_BYTES_MAX = 256 * 1024 * 1024, /* per connection; a flood beyond it is refused */
	RECV_CHUNK_SLOTS = 64,
	RECV_ALIGN = 64,
	PIECE_SIZE = 4096, /* in which poison is written, PIECES_MAX at a time */
	PIECES_MAX = 256,
};

/* What a receive buffer holds before a message lands in it: no byte of a message is mistaken for
 * sent when it was not. */
#define RECV_POISON 0xa7

static struct vregion *vr(struct fab_region *r)
{
	return (struct vregion *)r;
}

static int post_local(struct vconn *c, struct ibv_send_wr *wr, enum fab_op op, struct err *e)
{
	struct ibv_send_wr *bad;
	uint32_t slot;
	int rc;

	if (!c->qp)
		return err_set(e, ENOTCONN, "%s: the connection has no queue pair",
			       fab_op_name(op));
	slot = v_slot_take(c, 0, op);
	if (slot == SLOT_NONE)
		return err_set(e, ENOBUFS, "%s: the send queue is full", fab_op_name(op));
	wr->wr_id = slot;
	wr->send_flags = IBV_SEND_SIGNALED;
	rc = ibv_post_send(c->qp, wr, &bad);
	if (rc) {
		v_slot_give(c, slot);
		return err_set(e, rc, "ibv_post_send (%s)", fab_op_name(op));
	}
	return 0;
}

static int bind_window(struct vconn *c, struct vregion *r, unsigned access, struct err *e)
{
	struct ibv_send_wr wr = {.opcode = IBV_WR_BIND_MW};

	r->mw = ibv_alloc_mw(c->pd, IBV_MW_TYPE_2);
	if (!r->mw)
		return err_set(e, errno, "ibv_alloc_mw (type 2)");
	wr.bind_mw.mw = r->mw;
	wr.bind_mw.rkey = ibv_inc_rkey(r->mw->rkey);
	wr.bind_mw.bind_info = (struct ibv_mw_bind_info){
		.mr = r->mr,
		.addr = (uintptr_t)r->base.at,
		.length = r->base.len,
		.mw_access_flags = access,
	};
	r->base.key = wr.bind_mw.rkey;
	return post_local(c, &wr, FAB_BIND, e);
}

struct fab_region *v_register(struct fab_conn *fc, void *at, size_t len, unsigned access,
			      bool window, struct err *e)
{
	struct vconn *c = vc(fc);
	const bool bind = window && !vc_fabric(c)->is_siw;
	unsigned remote = 0, mr_access;
	struct vregion *r;

	if (access & FAB_REMOTE_READ)
		remote |= IBV_ACCESS_REMOTE_READ;
	if (access & FAB_REMOTE_WRITE)
		remote |= IBV_ACCESS_REMOTE_WRITE;
	if (!c->pd || (window && !c->qp)) {
		err_set(e, ENOTCONN, "register: the connection has no queue pair yet");
		return NULL;
	}
	if (window && !v_has_windows(fc->fabric)) {
		err_set(e, EOPNOTSUPP,
			"register: the device has no keys that a peer can invalidate");
		return NULL;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		err_set(e, ENOMEM, "register: %zu bytes", len);
		return NULL;
	}
	r->base = (struct fab_region){
		.at = at,
		.len = len,
		.access = access,
		.addr = (uintptr_t)at,
		.window = window,
		.conn = fc,
	};
	/* Under a window the MR itself stays closed to the peer: only the window's key opens it. */
	mr_access =
		(unsigned)IBV_ACCESS_LOCAL_WRITE | (bind ? (unsigned)IBV_ACCESS_MW_BIND : remote);
	/* The function: the macro of the same name mixes signs. */
	r->mr = (ibv_reg_mr)(c->pd, at, len, (int)mr_access);
	if (!r->mr) {
		err_set(e, errno, "ibv_reg_mr of %zu bytes", len);
		goto free_region;
	}
	r->base.key = r->mr->rkey;
	if (bind && bind_window(c, r, remote, e) < 0)
		goto dereg;
	r->base.valid = true;
	r->next = c->regions;
	c->regions = r;
	return &r->base;
dereg:
	if (r->mw)
		ibv_dealloc_mw(r->mw);
	ibv_dereg_mr(r->mr);
free_region:
	free(r);
	return NULL;
}

int v_invalidate(struct fab_region *fr, struct err *e)
{
	struct vregion *r = vr(fr);
	int rc;

	if (!fr->valid)
		return err_set(e, EINVAL, "invalidate: key 0x%08x is invalid already", fr->key);
	if (r->mw) {
		struct ibv_send_wr wr = {.opcode = IBV_WR_LOCAL_INV};

		wr.invalidate_rkey = fr->key;
		if (post_local(vc(fr->conn), &wr, FAB_INVALIDATE, e) < 0)
			return -1;
	} else {
		rc = ibv_dereg_mr(r->mr);
		if (rc)
			return err_set(e, rc, "ibv_dereg_mr");
		r->mr = NULL;
	}
	fr->valid = false;
	return 0;
}

void v_remote_invalidated(struct vconn *c, uint32_t key)
{
	for (struct vregion *r = c->regions; r; r = r->next) {
		if (r->base.window && r->base.valid && r->base.key == key) {
			r->base.valid = false;
			return;
		}
	}
}

static void region_free(struct vregion *r)
{
	if (r->mw)
		ibv_dealloc_mw(r->mw);
	if (r->mr)
		ibv_dereg_mr(r->mr);
	free(r);
}

void v_unregister(struct fab_region *fr)
{
	struct vregion *r = vr(fr);
	struct vregion **at = &vc(fr->conn)->regions;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	fr->valid = false;
	region_free(r);
}

void v_regions_free(struct vconn *c)
{
	while (c->regions) {
		struct vregion *r = c->regions;
		c->regions = r->next;
		region_free(r);
	}
}

static struct send_block *block_new(struct vconn *c, size_t size, struct err *e)
{
	struct send_block *b = calloc(1, sizeof(*b));

	if (!b)
		goto no_memory;
	b->at = malloc(size);
	if (!b->at)
		goto no_memory;
	b->size = size;
	b->mr = ibv_reg_mr(c->pd, b->at, size, 0);
	if (!b->mr) {
		err_set(e, errno, "ibv_reg_mr of %zu bytes to send from", size);
		goto free_block;
	}
	b->next = c->send_blocks;
	c->send_blocks = b;
	c->send_bytes += size;
	return b;
no_memory:
	err_set(e, ENOMEM, "%zu bytes to send from", size);
free_block:
	if (b)
		free(b->at);
	free(b);
	return NULL;
}

int v_send_block_get(struct vconn *c, size_t len, struct send_block **block, uint8_t **at,
		     struct err *e)
{
	struct send_block *b;

	for (b = c->send_blocks; b; b = b->next) {
		if (b->in_flight == 0)
			b->used = 0;
		if (b->size - b->used >= len)
			break;
	}
	if (!b) {
		size_t size = len > SEND_BLOCK_SIZE ? len : SEND_BLOCK_SIZE;

		if (len > SEND_BYTES_MAX || c->send_bytes > SEND_BYTES_MAX - size)
			return err_set(e, ENOBUFS,
				       "%zu bytes wait to be sent already, %zu more refused",
				       c->send_bytes, len);
		b = block_new(c, size, e);
		if (!b)
			return -1;
	}
	*block = b;
	*at = b->at + b->used;
	b->used += len;
	b->in_flight++;
	return 0;
}

void v_send_blocks_free(struct vconn *c)
{
	while (c->send_blocks) {
		struct send_block *b = c->send_blocks;

		c->send_blocks = b->next;
		ibv_dereg_mr(b->mr);
		free(b->at);
		free(b);
	}
	c->send_bytes = 0;
}

/* A file of at least `size` bytes of poison. */
static int poison_make(struct vfabric *f, size_t size, struct err *e)
{
	uint8_t piece[PIECE_SIZE];
	struct iovec pieces[PIECES_MAX];

	if (f->poison_fd < 0)
		f->poison_fd = memfd_create("poison", MFD_CLOEXEC);
	memset(piece, RECV_POISON, sizeof(piece));
	for (size_t i = 0; i < PIECES_MAX; i++)
		pieces[i] = (struct iovec){piece, sizeof(piece)};
	while (f->poison_size < size) {
		size_t lacking = (size - f->poison_size + PIECE_SIZE - 1) / PIECE_SIZE;
		int n = lacking < PIECES_MAX ? (int)lacking : PIECES_MAX;
		ssize_t done = pwritev(f->poison_fd, pieces, n, (off_t)f->poison_size);

		if (done <= 0)
			return err_set(e, errno, "%zu bytes of poison", size);
		f->poison_size += (size_t)done;
	}
	return 0;
}

/*
 * Receive buffers full of poison. The kernel copies them from the file when it pins them for the
 * device: no page fault of ours for each page, most of which never see a message, and which cost a
 * virtual machine more than all else that a login does.
 */
static uint8_t *buffers_new(struct vfabric *f, size_t size, struct err *e)
{
	void *at;

	if (poison_make(f, size, e) < 0)
		return NULL;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, f->poison_fd, 0);
	if (at == MAP_FAILED) {
		err_set(e, errno, "%zu bytes of receive buffers", size);
		return NULL;
	}
	return at;
}

static int chunk_add(struct vconn *c, struct err *e)
{
	size_t stride = ((size_t)c->params.recv_size + RECV_ALIGN - 1) / RECV_ALIGN * RECV_ALIGN;
	uint32_t room = c->params.recv_depth - c->recv_slot_count;
	uint32_t n = room < RECV_CHUNK_SLOTS ? room : RECV_CHUNK_SLOTS;
	struct recv_chunk *k;

	if (n == 0)
		return err_set(e, ENOBUFS, "all %u receives are posted already",
			       c->params.recv_depth);
	if (stride == 0) /* receives of no bytes are legal, and still want an address */
		stride = RECV_ALIGN;
	k = calloc(1, sizeof(*k));
	if (!k)
		return err_set(e, ENOMEM, "receive buffers");
	k->size = stride * n;
	k->at = buffers_new(vc_fabric(c), k->size, e);
	if (!k->at)
		goto free_chunk;
	k->mr = ibv_reg_mr(c->pd, k->at, k->size, IBV_ACCESS_LOCAL_WRITE);
	if (!k->mr) {
		err_set(e, errno, "ibv_reg_mr of %zu bytes of receive buffers", k->size);
		goto free_buffers;
	}
	k->next = c->recv_chunks;
	c->recv_chunks = k;
	for (uint32_t i = n; i-- > 0;) {
		uint32_t slot = c->recv_slot_count + i;

		c->recv_slots[slot] = (struct recv_slot){
			.at = k->at + i * stride, .lkey = k->mr->lkey, .next_free = c->recv_free};
		c->recv_free = slot;
	}
	c->recv_slot_count += n;
	return 0;
free_buffers:
	munmap(k->at, k->size);
free_chunk:
	free(k);
	return -1;
}

int v_recv_slot_take(struct vconn *c, uint32_t *slot, struct err *e)
{
	if (c->recv_free == SLOT_NONE && chunk_add(c, e) < 0)
		return -1;
	*slot = c->recv_free;
	struct recv_slot *s = &c->recv_slots[*slot];
	c->recv_free = s->next_free;
	if (s->used)
		memset(s->at, RECV_POISON, c->params.recv_size);
	s->used = true;
	return 0;
}

void v_recv_chunks_free(struct vconn *c)
{
	while (c->recv_chunks) {
		struct recv_chunk *k = c->recv_chunks;

		c->recv_chunks = k->next;
		ibv_dereg_mr(k->mr);
		munmap(k->at, k->size);
		free(k);
	}
	c->recv_slot_count = 0;
	c->recv_free = SLOT_NONE;
}
