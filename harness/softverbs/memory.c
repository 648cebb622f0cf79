/* SPDX-License-Identifier: BSD-2-Clause */
/* Protection domains, registered memory, memory windows. */
#include "softverbs.h"

#include <errno.h>
#include <stdlib.h>

#undef ibv_reg_mr
#undef ibv_reg_mr_iova

struct ibv_pd *sv_pd_new(struct ibv_context *context)
{
	struct sv_node *n = sv_here();
	struct sv_pd *pd = calloc(1, sizeof(*pd));

	if (!pd)
		return NULL;
	pd->base.context = context;
	pd->number = ++n->next_pd;
	n->held.pd++;
	return &pd->base;
}

SV_EXPORT struct ibv_pd *ibv_alloc_pd(struct ibv_context *context)
{
	struct ibv_pd *pd;

	if (!sv_enter())
		return NULL;
	pd = sv_pd_new(context);
	sv_leave();
	return pd;
}

SV_EXPORT int ibv_dealloc_pd(struct ibv_pd *pd)
{
	bool used;

	if (!sv_enter())
		return errno;
	used = sv_pd(pd)->users > 0;
	if (!used)
		sv_here()->held.pd--;
	sv_leave();
	if (used)
		return EBUSY;
	free(sv_pd(pd));
	return 0;
}

static unsigned access_of(unsigned flags)
{
	unsigned access = FAB_LOCAL_ONLY;

	if (flags & IBV_ACCESS_REMOTE_READ)
		access |= FAB_REMOTE_READ;
	if (flags & IBV_ACCESS_REMOTE_WRITE)
		access |= FAB_REMOTE_WRITE;
	if (flags & IBV_ACCESS_LOCAL_WRITE)
		access |= SV_LOCAL_WRITE;
	if (flags & IBV_ACCESS_MW_BIND)
		access |= SV_MAY_BIND;
	return access;
}

static bool access_is_legal(unsigned flags)
{
	const unsigned known = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |
			       IBV_ACCESS_REMOTE_READ | IBV_ACCESS_MW_BIND |
			       (unsigned)IBV_ACCESS_OPTIONAL_RANGE;

	/* Who lets others write must be allowed to do it himself (InfiniBand specification,
	 * 10.6.3). */
	return !(flags & ~known) &&
	       (!(flags & IBV_ACCESS_REMOTE_WRITE) || (flags & IBV_ACCESS_LOCAL_WRITE));
}

SV_EXPORT struct ibv_mr *ibv_reg_mr_iova2(struct ibv_pd *pd, void *addr, size_t length,
					  uint64_t iova, unsigned int access)
{
	struct ibv_mr *mr;
	struct sim_key *k;

	if (!access_is_legal(access)) {
		errno = access & (IBV_ACCESS_REMOTE_ATOMIC | IBV_ACCESS_ZERO_BASED |
				  IBV_ACCESS_ON_DEMAND)
				? EOPNOTSUPP
				: EINVAL;
		return NULL;
	}
	mr = calloc(1, sizeof(*mr));
	if (!mr)
		return NULL;
	if (!sv_enter())
		goto fail;
	k = sim_key_new(&sv_here()->keys);
	if (k) {
		sv_here()->held.mr++;
		sv_pd(pd)->users++;
		k->valid = true;
		k->access = access_of(access);
		k->pd = sv_pd(pd)->number;
		k->addr = iova;
		k->at = addr;
		k->len = length;
		*mr = (struct ibv_mr){
			.context = pd->context,
			.pd = pd,
			.addr = addr,
			.length = length,
			.lkey = k->key,
			.rkey = k->key,
		};
	}
	sv_leave();
	if (k)
		return mr;
	errno = ENOMEM;
fail:
	free(mr);
	return NULL;
}

SV_EXPORT struct ibv_mr *ibv_reg_mr_iova(struct ibv_pd *pd, void *addr, size_t length,
					 uint64_t iova, int access)
{
	return ibv_reg_mr_iova2(pd, addr, length, iova, (unsigned)access);
}

SV_EXPORT struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t length, int access)
{
	return ibv_reg_mr_iova2(pd, addr, length, (uintptr_t)addr, (unsigned)access);
}

SV_EXPORT int ibv_dereg_mr(struct ibv_mr *mr)
{
	if (!sv_enter())
		return errno;
	sim_key_drop(&sv_here()->keys, mr->rkey);
	sv_here()->held.mr--;
	sv_pd(mr->pd)->users--;
	sv_leave();
	free(mr);
	return 0;
}

struct ibv_mw *sv_alloc_mw(struct ibv_pd *pd, enum ibv_mw_type type)
{
	struct ibv_mw *mw;
	struct sim_key *k;

	if (type != IBV_MW_TYPE_2) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	mw = calloc(1, sizeof(*mw));
	if (!mw || !sv_enter()) {
		free(mw);
		return NULL;
	}
	k = sim_key_new(&sv_here()->keys);
	if (k) {
		k->window = true;
		sv_pd(pd)->users++;
		k->pd = sv_pd(pd)->number;
		/* The key's last byte changes with each bind; the slot stays. */
		*mw = (struct ibv_mw){
			.context = pd->context,
			.pd = pd,
			.rkey = k->key,
			.handle = k->key,
			.type = type,
		};
	}
	sv_leave();
	if (k)
		return mw;
	free(mw);
	errno = ENOMEM;
	return NULL;
}

int sv_dealloc_mw(struct ibv_mw *mw)
{
	struct sim_key *k;

	if (!sv_enter())
		return errno;
	k = sim_key_of_slot(&sv_here()->keys, mw->handle);
	if (k)
		sim_key_drop(&sv_here()->keys, k->key);
	sv_pd(mw->pd)->users--;
	sv_leave();
	free(mw);
	return 0;
}
