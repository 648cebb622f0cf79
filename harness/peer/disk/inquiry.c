/* SPDX-License-Identifier: BSD-2-Clause */
/* What the RAM disk says about itself: INQUIRY and its VPD pages, MODE SENSE, READ CAPACITY, REPORT
 * LUNS, GET LBA STATUS. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const char vendor[] = "iserspec", product[] = "model disk      ", revision[] = "0001";

enum { NO_LUN_HERE = 0x7f }; /* peripheral qualifier 3, device type unknown: SPC-4 6.6.2 */

static uint64_t get_be(const uint8_t *at, unsigned n)
{
	struct cursor c = cursor_of(at, n);
	return cursor_be(&c, n);
}

static void bad_field(struct disk_io *io)
{
	disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
}

static void serial_number(const struct disk *d, char out[17])
{
	snprintf(out, 17, "%016llx", (unsigned long long)d->id);
}

static void vpd_pages(const struct disk *d, struct writer *w)
{
	static const uint8_t pages[] = {0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2};
	(void)d;
	writer_put(w, pages, sizeof(pages));
}

static void vpd_serial(const struct disk *d, struct writer *w)
{
	char serial[17];
	serial_number(d, serial);
	writer_put(w, serial, 16);
}

static void vpd_identification(const struct disk *d, struct writer *w)
{
	char serial[17];
	serial_number(d, serial);

	writer_be(w, 1, 0x01); /* binary */
	writer_be(w, 1, 0x03); /* of the logical unit, NAA */
	writer_be(w, 2, 8);
	writer_be(w, 8, UINT64_C(3) << 60 | d->id); /* NAA 3: locally assigned */

	writer_be(w, 1, 0x02); /* ASCII */
	writer_be(w, 1, 0x01); /* of the logical unit, T10 vendor identification */
	writer_be(w, 2, 8 + 16);
	writer_put(w, vendor, 8);
	writer_put(w, serial, 16);
}

static void vpd_block_limits(const struct disk *d, struct writer *w)
{
	writer_be(w, 1, 0);   /* WSNZ=0 */
	writer_be(w, 1, 255); /* blocks of a COMPARE AND WRITE */
	writer_be(w, 2, 1);   /* optimal transfer length granularity */
	writer_be(w, 4, 0);   /* no maximum transfer length */
	writer_be(w, 4, 128);
	writer_zero(w, 4 + 4 + 4 + 4 + 4); /* prefetch, UNMAP twice, granularity, alignment */
	writer_be(w, 8, d->blocks);	   /* maximum WRITE SAME length */
	writer_zero(w, 20);
}

static void vpd_characteristics(const struct disk *d, struct writer *w)
{
	(void)d;
	writer_be(w, 2, 1); /* does not rotate */
	writer_zero(w, 58);
}

static void vpd_provisioning(const struct disk *d, struct writer *w)
{
	(void)d;
	writer_zero(w, 4); /* fully provisioned, no UNMAP */
}

static const struct {
	uint8_t page;
	void (*put)(const struct disk *d, struct writer *w);
} vpd[] = {
	{0x00, vpd_pages},	  {0x80, vpd_serial},	       {0x83, vpd_identification},
	{0xb0, vpd_block_limits}, {0xb1, vpd_characteristics}, {0xb2, vpd_provisioning},
};

static void standard_inquiry(struct writer *w, bool lun_exists)
{
	writer_be(w, 1, lun_exists ? 0 : NO_LUN_HERE);
	writer_be(w, 1, 0);    /* not removable */
	writer_be(w, 1, 0x06); /* SPC-4 */
	writer_be(w, 1, 0x12); /* HISUP, response data format 2 */
	writer_be(w, 1, 66 - 5);
	writer_zero(w, 2);
	writer_be(w, 1, 0x02); /* CMDQUE */
	writer_put(w, vendor, 8);
	writer_put(w, product, 16);
	writer_put(w, revision, 4);
	writer_zero(w, 22);
	writer_be(w, 2, 0x00a0); /* SAM-5 */
	writer_be(w, 2, 0x0460); /* SPC-4 */
	writer_be(w, 2, 0x04c0); /* SBC-3 */
	writer_be(w, 2, 0x0960); /* iSCSI */
}

void disk_inquiry(const struct disk *d, bool lun_exists, const uint8_t *cdb, struct disk_io *io)
{
	bool evpd = cdb[1] & 1;
	uint8_t page = cdb[2];
	struct writer w = writer_of(io->reply, sizeof(io->reply));

	if ((cdb[1] & 0xfe) || (!evpd && page)) {
		bad_field(io);
		return;
	}
	if (!evpd) {
		standard_inquiry(&w, lun_exists);
		disk_reply(io, &w, get_be(cdb + 3, 2));
		return;
	}
	for (size_t i = 0; i < sizeof(vpd) / sizeof(vpd[0]); i++) {
		if (vpd[i].page != page)
			continue;
		writer_be(&w, 1, lun_exists ? 0 : NO_LUN_HERE);
		writer_be(&w, 1, page);
		writer_be(&w, 2, 0);
		vpd[i].put(d, &w);
		io->reply[3] = (uint8_t)(writer_len(&w) - 4);
		disk_reply(io, &w, get_be(cdb + 3, 2));
		return;
	}
	bad_field(io);
}

/* Mode pages, SPC-4 7.5.8 and SBC-3 6.4.5: nothing is changeable, so the changeable values are all
 * zero. */
static bool put_mode_pages(struct writer *w, unsigned page, bool changeable)
{
	bool all = page == 0x3f, found = all;

	if (all || page == 0x08) { /* caching: WCE=0, writes are on the medium when answered */
		writer_be(w, 2, 0x0812);
		writer_zero(w, 0x12);
		found = true;
	}
	if (all || page == 0x0a) { /* control */
		writer_be(w, 2, 0x0a0a);
		writer_be(w, 1, changeable ? 0 : 0x02); /* GLTSD: no log parameters are saved */
		writer_be(w, 1, changeable ? 0 : 0x10); /* unrestricted reordering */
		writer_zero(w, 8);
		found = true;
	}
	return found;
}

void disk_mode_sense(const struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	bool ten = cdb[0] == 0x5a, no_descriptor = cdb[1] & 0x08;
	unsigned control = cdb[2] >> 6, page = cdb[2] & 0x3f, subpage = cdb[3];
	struct writer w = writer_of(io->reply, sizeof(io->reply));

	if (control == 3) {
		disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_NO_SAVED_PAGES);
		return;
	}
	if (subpage && !(subpage == 0xff && page == 0x3f)) {
		bad_field(io);
		return;
	}

	size_t header = ten ? 8 : 4;
	writer_zero(&w, header);
	if (!no_descriptor) {
		writer_be(&w, 4, d->blocks);
		writer_be(&w, 4, DISK_BLOCK);
	}
	if (!put_mode_pages(&w, page, control == 1)) {
		bad_field(io);
		return;
	}

	/* Device-specific byte 0x10: DPO and FUA are accepted. */
	size_t len = writer_len(&w);
	uint8_t descriptor = no_descriptor ? 0 : 8;
	if (ten) {
		io->reply[1] = (uint8_t)(len - 2);
		io->reply[3] = 0x10;
		io->reply[7] = descriptor;
	} else {
		io->reply[0] = (uint8_t)(len - 1);
		io->reply[2] = 0x10;
		io->reply[3] = descriptor;
	}
	disk_reply(io, &w, ten ? get_be(cdb + 7, 2) : cdb[4]);
}

void disk_report_luns(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct writer w = writer_of(io->reply, sizeof(io->reply));

	switch (cdb[2]) { /* SELECT REPORT */
	case 0x00:
	case 0x02:
		writer_zero(&w, 8);
		for (uint64_t lun = 0; lun < DISK_LUNS_MAX; lun++)
			if (disk_unit(d, lun << 48))
				writer_be(&w, 8, lun << 48);
		io->reply[3] = (uint8_t)(writer_len(&w) - 8);
		break;
	case 0x01: /* well-known ones only: there are none */
		writer_zero(&w, 8);
		break;
	default:
		bad_field(io);
		return;
	}
	disk_reply(io, &w, get_be(cdb + 6, 4));
}

void disk_read_capacity_10(const struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct writer w = writer_of(io->reply, sizeof(io->reply));
	(void)cdb;
	writer_be(&w, 4, d->blocks - 1);
	writer_be(&w, 4, DISK_BLOCK);
	disk_reply(io, &w, 8); /* the CDB has no allocation length */
}

void disk_read_capacity_16(const struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct writer w = writer_of(io->reply, sizeof(io->reply));
	writer_be(&w, 8, d->blocks - 1);
	writer_be(&w, 4, DISK_BLOCK);
	writer_zero(&w, 20);
	disk_reply(io, &w, get_be(cdb + 10, 4));
}

void disk_lba_status(const struct disk *d, uint64_t lba, const uint8_t *cdb, struct disk_io *io)
{
	struct writer w = writer_of(io->reply, sizeof(io->reply));
	writer_be(&w, 4, 4 + 16); /* bytes that follow: one descriptor */
	writer_zero(&w, 4);
	writer_be(&w, 8, lba);
	writer_be(&w, 4, d->blocks - lba);
	writer_zero(&w, 4); /* mapped, as all of it is */
	disk_reply(io, &w, get_be(cdb + 10, 4));
}
