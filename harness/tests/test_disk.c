/* SPDX-License-Identifier: BSD-2-Clause */
/* The RAM disk's answers to the CDBs of a Linux scan and to bad ones. */
#include <check.h>
#include <string.h>

#include "../peer/disk/disk.h"
#include "suites.h"

enum { BLOCKS = 1024 };

static struct disk *disk;
static struct disk_io io;

static void setup(void)
{
	disk = disk_new(BLOCKS, "iqn.2024-01.test:disk");
	ck_assert_ptr_nonnull(disk);
}

static void teardown(void)
{
	disk_free(disk);
}

#define RUN(lun, ...)                                         \
	do {                                                  \
		const uint8_t cdb_[CDB_SIZE] = {__VA_ARGS__}; \
		disk_start(disk, (lun), cdb_, &io);           \
	} while (0)

#define EXPECT_SENSE(key, code)                                                        \
	do {                                                                           \
		ck_assert_uint_eq(io.status, SCSI_CHECK_CONDITION);                    \
		ck_assert_uint_eq(io.sense_len, 18);                                   \
		ck_assert_uint_eq(io.sense[0], 0x70);                                  \
		ck_assert_uint_eq(io.sense[2], (key));                                 \
		ck_assert_uint_eq((unsigned)io.sense[12] << 8 | io.sense[13], (code)); \
		ck_assert_uint_eq(io.in_len, 0);                                       \
		ck_assert_uint_eq(io.out_len, 0);                                      \
	} while (0)

static void expect_good(size_t in_len, size_t out_len)
{
	ck_assert_uint_eq(io.status, SCSI_GOOD);
	ck_assert_uint_eq(io.sense_len, 0);
	ck_assert_uint_eq(io.in_len, in_len);
	ck_assert_uint_eq(io.out_len, out_len);
}

/* The difference shows when all data has moved. */
static void expect_miscompare(size_t moved)
{
	ck_assert_uint_eq(io.status, SCSI_CHECK_CONDITION);
	ck_assert_uint_eq(io.sense_len, 18);
	ck_assert_uint_eq(io.sense[2], SENSE_MISCOMPARE);
	ck_assert_uint_eq(io.sense[12], ASC_MISCOMPARE >> 8);
	ck_assert_uint_eq(io.out_len, moved);
}

START_TEST(test_inquiry)
{
	RUN(0, 0x12, 0, 0, 0, 36);
	expect_good(36, 0);
	ck_assert_uint_eq(io.in[0], 0);
	ck_assert_uint_eq(io.in[3] & 0xf, 2);
	ck_assert_mem_eq(io.in + 8, "iserspec", 8);

	RUN(0, 0x12, 0, 0, 0, 255);
	ck_assert_uint_eq(io.in_len, io.in[4] + 5u);

	RUN(0, 0x12, 0, 0x80, 0, 255); /* a page without EVPD */
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
	RUN((uint64_t)1 << 48, 0x12, 0, 0, 0, 36);
	expect_good(36, 0);
	ck_assert_uint_eq(io.in[0], 0x7f);
}
END_TEST

START_TEST(test_vpd)
{
	uint8_t pages[32];
	size_t count;

	RUN(0, 0x12, 1, 0, 0, 255);
	ck_assert_uint_eq(io.status, SCSI_GOOD);
	count = io.in[3];
	ck_assert_uint_eq(io.in_len, count + 4);
	ck_assert_uint_le(count, sizeof(pages));
	memcpy(pages, io.in + 4, count);
	for (size_t i = 0; i < count; i++) {
		RUN(0, 0x12, 1, pages[i], 0, 255);
		ck_assert_uint_eq(io.status, SCSI_GOOD);
		ck_assert_uint_eq(io.in[1], pages[i]);
		ck_assert_uint_eq(io.in_len, io.in[3] + 4u);
		if (i)
			ck_assert_uint_gt(pages[i], pages[i - 1]);
	}
	RUN(0, 0x12, 1, 0xb0, 0, 255);
	ck_assert_uint_eq(io.in[3], 0x3c);
	RUN(0, 0x12, 1, 0xb1, 0, 255);
	ck_assert_uint_eq(io.in[3], 0x3c);
	RUN(0, 0x12, 1, 0xc0, 0, 255);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
}
END_TEST

START_TEST(test_names_differ)
{
	uint8_t mine[8];
	struct disk *other = disk_new(BLOCKS, "iqn.2024-01.test:other");
	const uint8_t cdb[CDB_SIZE] = {0x12, 1, 0x83, 0, 255};

	disk_start(disk, 0, cdb, &io);
	ck_assert_uint_eq(io.in[8] >> 4, 3);
	memcpy(mine, io.in + 8, 8);
	disk_start(other, 0, cdb, &io);
	ck_assert_mem_ne(io.in + 8, mine, 8);
	disk_free(other);
}
END_TEST

START_TEST(test_capacity)
{
	RUN(0, 0x25);
	expect_good(8, 0);
	ck_assert_mem_eq(io.in, "\0\0\x03\xff\0\0\x02\0", 8);
	RUN(0, 0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32);
	expect_good(32, 0);
	ck_assert_mem_eq(io.in, "\0\0\0\0\0\0\x03\xff\0\0\x02\0", 12);
	RUN(0, 0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12);
	expect_good(12, 0);
	RUN(0, 0x9e, 0x13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
}
END_TEST

START_TEST(test_mode_sense)
{
	RUN(0, 0x1a, 0, 0x3f, 0, 192);
	expect_good(4 + 8 + 20 + 12, 0);
	ck_assert_uint_eq(io.in[0], io.in_len - 1);
	ck_assert_uint_eq(io.in[3], 8);
	ck_assert_uint_eq(io.in[12], 0x08);
	ck_assert_uint_eq(io.in[12 + 20], 0x0a);

	RUN(0, 0x1a, 0x08, 0x08, 0, 4); /* DBD, header only: how Linux asks first */
	expect_good(4, 0);
	ck_assert_uint_eq(io.in[0], 4 + 20 - 1);
	ck_assert_uint_eq(io.in[2] & 0x80, 0); /* not write protected */

	RUN(0, 0x5a, 0, 0x0a, 0, 0, 0, 0, 0, 255);
	expect_good(8 + 8 + 12, 0);
	ck_assert_uint_eq(io.in[1], io.in_len - 2);

	RUN(0, 0x1a, 0, 0xc8, 0, 192);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_NO_SAVED_PAGES);
	RUN(0, 0x1a, 0, 0x1c, 0, 192);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
	RUN(0, 0x1a, 0, 0x0a, 1, 192);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
}
END_TEST

START_TEST(test_report_luns)
{
	RUN(0, 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 255);
	expect_good(16, 0);
	ck_assert_uint_eq(io.in[3], 8);
	RUN(0, 0xa0, 0, 1, 0, 0, 0, 0, 0, 0, 255);
	expect_good(8, 0);
	ck_assert_uint_eq(io.in[3], 0);
}
END_TEST

START_TEST(test_simple_commands)
{
	RUN(0, 0x00);
	expect_good(0, 0);
	RUN(0, 0x03, 0, 0, 0, 252);
	expect_good(18, 0);
	ck_assert_uint_eq(io.in[2], SENSE_NONE);
	RUN(0, 0x35);
	expect_good(0, 0);
	RUN(0, 0x91);
	expect_good(0, 0);
	RUN(0, 0x1b, 0, 0, 0, 1);
	expect_good(0, 0);
}
END_TEST

START_TEST(test_refusals)
{
	RUN((uint64_t)1 << 48, 0x00);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_NO_SUCH_LUN);
	RUN(0, 0xa3, 0x0c, 0, 0, 0, 0, 0, 0, 2, 0); /* REPORT SUPPORTED OPERATION CODES */
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPCODE);
	RUN(0, 0x5e, 0, 0, 0, 0, 0, 0, 0, 8); /* PERSISTENT RESERVE IN */
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPCODE);
	RUN(0, 0xff);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPCODE);
}
END_TEST

/* Every form of READ and WRITE, and what is written is what is read. */
static const struct {
	uint8_t write[CDB_SIZE], read[CDB_SIZE];
	size_t blocks;
} pairs[] = {
	{{0x0a, 0, 0, 7, 2}, {0x08, 0, 0, 7, 2}, 2},
	{{0x0a, 0, 0, 0, 0}, {0x08, 0, 0, 0, 0}, 256},
	{{0x2a, 0, 0, 0, 0, 9, 0, 0, 3}, {0x28, 0, 0, 0, 0, 9, 0, 0, 3}, 3},
	{{0xaa, 0, 0, 0, 0, 11, 0, 0, 0, 4}, {0xa8, 0, 0, 0, 0, 11, 0, 0, 0, 4}, 4},
	{{0x8a, 0, 0, 0, 0, 0, 0, 0, 0, 13, 0, 0, 0, 5},
	 {0x88, 0, 0, 0, 0, 0, 0, 0, 0, 13, 0, 0, 0, 5},
	 5},
	{{0x2a, 0, 0, 0, 3, 0xff, 0, 0, 1}, {0x28, 0, 0, 0, 3, 0xff, 0, 0, 1}, 1},
};

START_TEST(test_read_back)
{
	static uint8_t data[256 * DISK_BLOCK];
	size_t len = pairs[_i].blocks * DISK_BLOCK;

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + i / 256 + (size_t)_i);
	disk_start(disk, 0, pairs[_i].write, &io);
	expect_good(0, len);
	disk_finish(&io, data, len);
	ck_assert_uint_eq(io.status, SCSI_GOOD);
	disk_start(disk, 0, pairs[_i].read, &io);
	expect_good(len, 0);
	ck_assert_mem_eq(io.in, data, len);
}
END_TEST

static const uint8_t beyond[][CDB_SIZE] = {
	{0x28, 0, 0, 0, 4, 0, 0, 0, 1},
	{0x28, 0, 0, 0, 3, 0xff, 0, 0, 2},
	{0x2a, 0, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff},
	{0x88, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1},
	{0x8a, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	{0xaa, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff},
	{0x08, 0x1f, 0xff, 0xff, 1},
	{0x35, 0, 0, 0, 4, 1},
	{0x2f, 0, 0, 0, 4, 0, 0, 0, 1},
	{0x93, 0, 0, 0, 0, 0, 0, 0, 4, 1},
};

START_TEST(test_out_of_range)
{
	disk_start(disk, 0, beyond[_i], &io);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
}
END_TEST

START_TEST(test_zero_blocks)
{
	RUN(0, 0x28, 0, 0, 0, 4, 0, 0, 0, 0); /* none, right behind the last: legal */
	expect_good(0, 0);
	RUN(0, 0x2a, 0, 0, 0, 0, 0, 0, 0, 0);
	expect_good(0, 0);
	disk_finish(&io, NULL, 0);
	ck_assert_uint_eq(io.status, SCSI_GOOD);
}
END_TEST

START_TEST(test_protection_refused)
{
	RUN(0, 0x28, 0x20, 0, 0, 0, 0, 0, 0, 1);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
	RUN(0, 0x2a, 0x08, 0, 0, 0, 0, 0, 0, 1); /* FUA */
	expect_good(0, DISK_BLOCK);
}
END_TEST

START_TEST(test_short_write_keeps_whole_blocks)
{
	uint8_t data[2 * DISK_BLOCK];

	memset(data, 0x5a, sizeof(data));
	RUN(0, 0x2a, 0, 0, 0, 0, 20, 0, 0, 2);
	disk_finish(&io, data, DISK_BLOCK + 100);
	RUN(0, 0x28, 0, 0, 0, 0, 20, 0, 0, 2);
	ck_assert_mem_eq(io.in, data, DISK_BLOCK);
	ck_assert_uint_eq(io.in[DISK_BLOCK], 0);
	ck_assert_uint_eq(io.in[DISK_BLOCK + 99], 0);
}
END_TEST

START_TEST(test_verify)
{
	uint8_t data[DISK_BLOCK] = {0};

	RUN(0, 0x2f, 0, 0, 0, 0, 0, 0, 0, 1);
	expect_good(0, 0);
	RUN(0, 0x2f, 0x02, 0, 0, 0, 0, 0, 0, 1);
	expect_good(0, DISK_BLOCK);
	disk_finish(&io, data, sizeof(data));
	ck_assert_uint_eq(io.status, SCSI_GOOD);
	data[511] = 1;
	RUN(0, 0x2f, 0x02, 0, 0, 0, 0, 0, 0, 1);
	disk_finish(&io, data, sizeof(data));
	expect_miscompare(DISK_BLOCK);
	RUN(0, 0x2f, 0x06, 0, 0, 0, 1, 0, 0, 3); /* three blocks with the one that comes */
	expect_good(0, DISK_BLOCK);
	disk_finish(&io, data, sizeof(data));
	expect_miscompare(DISK_BLOCK);
	RUN(0, 0x2f, 0x04, 0, 0, 0, 0, 0, 0, 1); /* reserved */
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
}
END_TEST

START_TEST(test_or_write)
{
	uint8_t data[DISK_BLOCK];

	for (uint8_t bits = 1; bits < 4; bits++) {
		memset(data, bits, sizeof(data));
		RUN(0, 0x8b, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1);
		expect_good(0, DISK_BLOCK);
		disk_finish(&io, data, sizeof(data));
	}
	RUN(0, 0x28, 0, 0, 0, 0, 7, 0, 0, 1);
	ck_assert_mem_eq(io.in, data, DISK_BLOCK);
}
END_TEST

START_TEST(test_compare_and_write)
{
	uint8_t data[2 * DISK_BLOCK] = {0};

	memset(data + DISK_BLOCK, 0x77, DISK_BLOCK);
	RUN(0, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1);
	expect_good(0, sizeof(data));
	disk_finish(&io, data, DISK_BLOCK); /* half of it says nothing */
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_IU);
	for (int i = 0; i < 2; i++) {
		RUN(0, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1);
		disk_finish(&io, data, sizeof(data));
		if (!i) {
			ck_assert_uint_eq(io.status, SCSI_GOOD);
			data[9] = 1;
			memset(data, 0x77, 9);
		}
	}
	expect_miscompare(sizeof(data));
	ck_assert_uint_eq(io.sense[0], 0xf0);
	ck_assert_uint_eq(io.sense[6], 9);
	RUN(0, 0x28, 0, 0, 0, 0, 5, 0, 0, 1);
	ck_assert_mem_eq(io.in, data + DISK_BLOCK, DISK_BLOCK);
}
END_TEST

START_TEST(test_lba_status)
{
	RUN(0, 0x9e, 0x12, 0, 0, 0, 0, 0, 0, 3, 0xff, 0, 0, 0, 24);
	expect_good(24, 0);
	ck_assert_uint_eq(io.in[3], 20);
	ck_assert_uint_eq(io.in[15], 0xff); /* begins there */
	ck_assert_uint_eq(io.in[19], 1);    /* and is one block long */
	ck_assert_uint_eq(io.in[20], 0);    /* mapped */
	RUN(0, 0x9e, 0x12, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 24);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
}
END_TEST

START_TEST(test_write_same)
{
	uint8_t data[DISK_BLOCK];

	memset(data, 0xc3, sizeof(data));
	RUN(0, 0x41, 0, 0, 0, 3, 0xfe, 0, 0, 0); /* to the end */
	expect_good(0, DISK_BLOCK);
	disk_finish(&io, data, sizeof(data));
	RUN(0, 0x28, 0, 0, 0, 3, 0xfd, 0, 0, 3);
	ck_assert_uint_eq(io.in[DISK_BLOCK - 1], 0);
	ck_assert_mem_eq(io.in + DISK_BLOCK, data, DISK_BLOCK);
	ck_assert_mem_eq(io.in + 2 * DISK_BLOCK, data, DISK_BLOCK);
	RUN(0, 0x93, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1); /* UNMAP */
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
}
END_TEST

/* Each has blocks of its own, and one that is gone is no more reported. */
START_TEST(test_units)
{
	uint8_t data[DISK_BLOCK];
	const uint64_t first = 0, second = UINT64_C(1) << 48;
	memset(data, 0x5a, sizeof(data));
	ck_assert_int_eq(disk_units(disk, 3, "iqn.2024-01.test:disk"), 0);
	RUN(second, 0x2a, 0, 0, 0, 0, 0, 0, 0, 1);
	expect_good(0, DISK_BLOCK);
	disk_finish(&io, data, sizeof(data));
	RUN(first, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
	ck_assert_uint_eq(io.in[0], 0);
	RUN(second, 0x28, 0, 0, 0, 0, 0, 0, 0, 1);
	ck_assert_mem_eq(io.in, data, DISK_BLOCK);
	RUN(first, 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
	expect_good(8 + 3 * 8, 0);
	ck_assert_uint_eq(io.in[3], 3 * 8);
	disk_present(disk, 1, false);
	RUN(first, 0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
	expect_good(8 + 2 * 8, 0);
	ck_assert_uint_eq(io.in[8 + 8 + 1], 2);
	RUN(second, 0);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_NO_SUCH_LUN);
	disk_present(disk, 1, true);
	RUN(second, 0);
	expect_good(0, 0);
	RUN(UINT64_C(3) << 48, 0);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_NO_SUCH_LUN);
	RUN(UINT64_C(1), 0);
	EXPECT_SENSE(SENSE_ILLEGAL_REQUEST, ASC_NO_SUCH_LUN);
}
END_TEST

/* The next disk of that size may have the same memory: nothing of the last one is left in it. */
START_TEST(test_new_disk_is_empty)
{
	static const uint8_t zero[8 * DISK_BLOCK];
	static uint8_t data[8 * DISK_BLOCK];

	memset(data, 0xa5, sizeof(data));
	for (unsigned lba = 0; lba < BLOCKS; lba += 100) {
		RUN(0, 0x2a, 0, 0, 0, (uint8_t)(lba >> 8), (uint8_t)lba, 0, 0, 8);
		disk_finish(&io, data, sizeof(data));
	}
	RUN(0, 0x93, 0, 0, 0, 0, 0, 0, 0, 3, 251, 0, 0, 0, 5); /* WRITE SAME to the end */
	disk_finish(&io, data, DISK_BLOCK);
	RUN(0, 0x28, 0, 0, 0, 3, 252, 0, 0, 4);
	ck_assert_mem_eq(io.in, data, 4 * DISK_BLOCK);
	disk_free(disk);
	setup();
	for (unsigned lba = 0; lba < BLOCKS; lba += 8) {
		RUN(0, 0x28, 0, 0, 0, (uint8_t)(lba >> 8), (uint8_t)lba, 0, 0, 8);
		ck_assert_mem_eq(io.in, zero, sizeof(zero));
	}
}
END_TEST

Suite *disk_suite(void)
{
	Suite *s = suite_create("disk");
	TCase *c = tcase_create("disk");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, test_inquiry);
	tcase_add_test(c, test_vpd);
	tcase_add_test(c, test_names_differ);
	tcase_add_test(c, test_capacity);
	tcase_add_test(c, test_mode_sense);
	tcase_add_test(c, test_report_luns);
	tcase_add_test(c, test_simple_commands);
	tcase_add_test(c, test_refusals);
	tcase_add_loop_test(c, test_read_back, 0, sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_loop_test(c, test_out_of_range, 0, sizeof(beyond) / sizeof(beyond[0]));
	tcase_add_test(c, test_zero_blocks);
	tcase_add_test(c, test_protection_refused);
	tcase_add_test(c, test_short_write_keeps_whole_blocks);
	tcase_add_test(c, test_verify);
	tcase_add_test(c, test_write_same);
	tcase_add_test(c, test_or_write);
	tcase_add_test(c, test_compare_and_write);
	tcase_add_test(c, test_lba_status);
	tcase_add_test(c, test_units);
	tcase_add_test(c, test_new_disk_is_empty);
	suite_add_tcase(s, c);
	return s;
}
