/* SPDX-License-Identifier: BSD-2-Clause */
/* What the target says where CDB, EDTL and the R and W flags disagree (RFC 7143 11.4.5), and which
 * fields of a Data-Out it looks at (11.7.4). */
#include "pair.h"
#include "suites.h"

static struct pair *p;

static void setup(void)
{
	p = pair_new(1);
	p->initiator_cfg.tolerant = true;
	pair_set(&p->initiator_cfg, "InitialR2T=No");
	pair_login(p);
	p->initiator->quiet = true;
}

static void teardown(void)
{
	pair_free(p);
}

static struct peer_msg command(uint8_t opcode, uint8_t blocks, uint32_t edtl)
{
	struct peer_msg m = pair_template(p, "scsi-command");
	m.pdu.f = 1;
	m.pdu.edtl = edtl;
	m.pdu.wsv = m.pdu.rsv = m.pdu.write_stag = m.pdu.read_stag = 0;
	memset(m.pdu.cdb, 0, sizeof(m.pdu.cdb));
	m.pdu.cdb[0] = opcode;
	m.pdu.cdb[8] = blocks;
	return m;
}

static const struct pdu *answer(void)
{
	pair_run(p, NS_PER_MS);
	const struct pdu *in = pair_find(p, "scsi-response", 0);
	ck_assert_ptr_nonnull(in);
	return in;
}

/* Nothing of them moves, so no STag is wanted. */
static const struct {
	uint8_t opcode, blocks;
	bool r, w;
	uint32_t edtl;
	bool good, o, u;
	uint32_t residual;
} rows[] = {
	{0x2a, 1, false, false, 0, true, true, false, 512},   /* WRITE, no data announced */
	{0x28, 1, false, false, 0, true, true, false, 512},   /* READ, the same */
	{0x2a, 1, false, true, 0, true, true, false, 512},    /* W=1 for none */
	{0x2a, 0, false, false, 0, true, false, false, 0},    /* none wanted, none announced */
	{0x2a, 0, false, true, 700, true, false, true, 700},  /* none wanted */
	{0x00, 0, true, false, 100, true, false, true, 100},  /* TEST UNIT READY */
	{0x2a, 1, true, false, 512, false, false, true, 512}, /* WRITE that wants to read */
	{0x28, 1, false, true, 512, false, false, true, 512}, /* READ that wants to write */
};

START_TEST(residual)
{
	struct peer_msg m = command(rows[_i].opcode, rows[_i].blocks, rows[_i].edtl);
	m.pdu.r = rows[_i].r;
	m.pdu.w = rows[_i].w;
	pair_post(p, &m, 1);
	const struct pdu *in = answer();
	ck_assert_uint_eq(in->status, rows[_i].good ? 0 : 2);
	ck_assert_uint_eq(in->o, rows[_i].o);
	ck_assert_uint_eq(in->u, rows[_i].u);
	ck_assert_uint_eq(in->residual_count, rows[_i].residual);
	if (!rows[_i].good) {
		ck_assert_uint_eq(in->data.at[2 + 2], 5);
		ck_assert_uint_eq(in->data.at[2 + 12], 0x0e);
		ck_assert_uint_eq(in->data.at[2 + 13], 0x03);
	}
	pair_clean(p);
}
END_TEST

/* All data of a VERIFY moves, whatever the comparison says then. */
START_TEST(miscompare_has_no_residual)
{
	static uint8_t data[512] = {1};

	struct peer_msg m = command(0x2f, 1, 512);
	m.pdu.cdb[1] = 2; /* BYTCHK */
	m.pdu.w = 1;
	m.pdu.data = (struct bytes){data, sizeof(data)};
	pair_post(p, &m, 1);
	const struct pdu *in = answer();
	ck_assert_uint_eq(in->status, 2);
	ck_assert_uint_eq(in->data.at[2 + 2], 0xe);
	ck_assert(!in->u && !in->o);
	ck_assert_uint_eq(in->residual_count, 0);
}
END_TEST

/* Without a TTT the LUN of a Data-Out is reserved: any value of it is borne. */
START_TEST(lun_of_a_data_out_is_reserved)
{
	static uint8_t data[1024];

	struct peer_msg m[2] = {command(0x2a, 2, 1024)};
	m[0].pdu.w = 1;
	m[0].pdu.f = 0;
	m[0].pdu.data = (struct bytes){data, 512};
	m[1] = pair_template(p, "data-out");
	m[1].pdu.itt = m[0].pdu.itt;
	m[1].pdu.ttt = TAG_NONE;
	m[1].pdu.f = 1;
	m[1].pdu.lun = _i ? UINT64_C(5) << 48 : 0;
	m[1].pdu.data_sn = 0;
	m[1].pdu.buffer_offset = 512;
	m[1].pdu.data = (struct bytes){data, 512};
	pair_post(p, m, 2);
	const struct pdu *in = answer();
	ck_assert_uint_eq(pair_count(p, "reject"), 0);
	ck_assert_uint_eq(in->status, 0);
	pair_clean(p);
}
END_TEST

Suite *residual_suite(void)
{
	Suite *s = suite_create("residual");
	TCase *c = tcase_create("residual");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, residual, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(c, miscompare_has_no_residual);
	tcase_add_loop_test(c, lun_of_a_data_out_is_reserved, 0, 2);
	suite_add_tcase(s, c);
	return s;
}
