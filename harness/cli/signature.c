/* SPDX-License-Identifier: BSD-2-Clause */
#include "signature.h"

#include <blkid/blkid.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../report/file.h"

static const char *value_of(blkid_probe p, const char *name)
{
	const char *value = NULL;
	return blkid_probe_lookup_value(p, name, &value, NULL) ? NULL : value;
}

const char *signature_find(const uint8_t *head, size_t len)
{
	static char found[64];
	const char *name = NULL;
	blkid_probe p = blkid_new_probe();
	const int fd = memfd_create("head of the disk", MFD_CLOEXEC);

	snprintf(found, sizeof(found), "unknown");
	if (!p || fd < 0 || !len || write_all(fd, head, len) ||
	    blkid_probe_set_device(p, fd, 0, (blkid_loff_t)len))
		goto out;
	blkid_probe_enable_partitions(p, 1);
	blkid_probe_enable_superblocks(p, 1);
	blkid_probe_set_superblocks_flags(p, BLKID_SUBLKS_TYPE);
	/* 0: found; 1: nothing; -2: more than one, which is enough to keep away. */
	switch (blkid_do_safeprobe(p)) {
	case 0:
		name = value_of(p, "TYPE");
		name = name ? name : value_of(p, "PTTYPE");
		snprintf(found, sizeof(found), "%s", name ? name : "unknown");
		break;
	case 1:
		found[0] = '\0';
		break;
	default:
		break;
	}
out:
	blkid_free_probe(p);
	if (fd >= 0)
		close(fd);
	return *found ? found : NULL;
}
