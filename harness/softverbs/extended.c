/* SPDX-License-Identifier: BSD-2-Clause */
#include "softverbs.h"
#include <errno.h>
int sv_extend(struct sv_qp *qp, uint64_t send_ops)
{
	(void)qp;
	(void)send_ops;
	return EOPNOTSUPP;
}
