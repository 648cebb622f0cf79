/* SPDX-License-Identifier: BSD-2-Clause */
/* What the SUT did beside its messages: how one came, memory, RDMA operations. */
#include "case_text.h"
#include "judge_text.h"
#include "suites.h"

#define TARGET			      "title t\npurpose p\nsut target\nrules I7145-7.3.2-2\ngrade MUST\n"
#define MODEL			      "model send-inv=yes\n"
#define VERDICT(want, settings, text) EXPECT_VERDICT(want, settings, TARGET text)
#define READ                                                             \
	"login private-data=80000000\nscsi test-unit-ready within 10s\n" \
	"memory m length=4096 access=write window=1\n"                   \
	"send scsi-command command=read lba=0 blocks=8 memory=m\n"

START_TEST(how_it_came)
{
	VERDICT(VERDICT_PASS, "send-inv=yes",
		READ "expect scsi-response as=send-inv:$m.STag within 5s\n"
		     "check $got.as == send-inv and $got.invalidated == $m.STag\n"
		     "check $got.immediate == none and $got.solicited == 0\n"
		     "send nop-out I=1 ITT=fresh\nexpect nop-in as=send within 1s\n"
		     "check $got.as == send and $got.invalidated == none\n"
		     "measure n = $got.invalidated\nnote \"$got.invalidated\"\n");
	VERDICT(VERDICT_PASS, "send-inv=no",
		READ "expect scsi-response as!=send-inv within 5s\ncheck $got.as == send\n");
	VERDICT(VERDICT_FAIL, "send-inv=yes",
		READ "expect scsi-response as=send-inv:$m.STag+1 within 5s\n");
	ck_assert_ptr_nonnull(strstr(result.reason, ", as send-inv:0x"));
	VERDICT(VERDICT_FAIL, "send-inv=yes",
		READ "expect one of within 5s\n    scsi-response as=send => pass\n"
		     "    scsi-response as=send-inv => fail\n");
	VERDICT(VERDICT_FAIL, "send-inv=yes", READ "expect none any as=send-inv for 1s\n");
}
END_TEST

/* What a device does not tell accuses and clears nobody. */
START_TEST(untold)
{
	static const char *const undecided[] = {
		"expect scsi-response as=send-inv within 5s\n",
		"expect scsi-response as!=send-inv within 5s\n",
		"expect none scsi-response as=send-inv for 5s\n",
		"expect scsi-response as=send for each scsi-command matching ITT within 5s\n",
		("expect one of within 5s\n    scsi-response as=send-inv => fail\n"
		 "    scsi-response => pass\n"),
		"expect scsi-response within 5s\ncheck $got.invalidated == none\n",
		"expect scsi-response within 5s\nwhen $got.as == send\n    mark\n",
		"expect scsi-response within 5s\nneeds $got.as == send \"a Send\"\n",
	};
	static const char settings[] = "send-inv=yes sim-kindless=yes";
	char text[600];
	for (size_t i = 0; i < sizeof(undecided) / sizeof(undecided[0]); i++) {
		snprintf(text, sizeof(text), TARGET READ "%s", undecided[i]);
		ck_assert_int_eq(case_text_run(settings, text), VERDICT_NOT_APPLICABLE);
		ck_assert_ptr_nonnull(strstr(result.reason, "does not tell how a message came"));
	}
	/* Of another message it does not matter, and it can be asked whether it is told. */
	VERDICT(VERDICT_PASS, "send-inv=yes sim-kindless=yes",
		READ "expect none scsi-response as=send Status=1 for 1s\n"
		     "expect scsi-response within 1s\nwhen defined $got.as\n"
		     "    check $rnr == 1\n");
}
END_TEST

START_TEST(memory)
{
	VERDICT(VERDICT_PASS, "",
		READ "check $m.changed == 0 and $m.first == none and $m.last == none\n"
		     "expect scsi-response within 5s\n"
		     "check $m.changed > 4000 and $m.first < 8 and $m.last > 4088\n"
		     "check $m.guards == intact\ncheck $m.reads == 0 and $m.writes > 0\n"
		     "memory r data=fill:1:512 access=read\n"
		     "send scsi-command command=write lba=0 blocks=1 memory=r\n"
		     "expect scsi-response within 5s\n"
		     "check $r.changed == 0 and $r.reads == 1 and $r.writes == 0\n"
		     "check $sut.reads == 0\ncheck $r.guards == intact\n");
}
END_TEST

static void refused(const char *text, const char *what)
{
	const struct script_errors *e = case_text_errors(text);
	ck_assert_msg(strstr(e->at[0].what, what), "%s", e->at[0].what);
}

START_TEST(mistakes)
{
	refused(TARGET "expect nop-in as=sent within 1s\n", "send-inv:STAG, send-imm:VALUE");
	refused(TARGET "expect nop-in as=send:3 within 1s\n", "send-inv:STAG, send-imm:VALUE");
	refused(TARGET "expect nop-in as<send within 1s\n", "compared by = or !=");
	refused(TARGET "expect nop-in as=send as=send-inv within 1s\n", "a second as=");
	refused(TARGET "send nop-out as=send-inv\ncheck $rnr == 0\n", "send-inv:STAG");
	refused(TARGET "memory m length=1\ncheck $m.chanced == 0\n", "unknown value $m.chanced");
}
END_TEST

START_TEST(judged_again)
{
	judged_alike(TARGET MODEL READ
		     "expect scsi-response as=send-inv:$m.STag within 5s\n"
		     "check $m.changed > 4000 and $m.last > 4088 and $m.guards == intact\n"
		     "check $got.invalidated == $m.STag and $got.solicited == 0\n"
		     "measure n = $m.changed\nmeasure first = $m.first\nmeasure w = $m.writes\n"
		     "check $sut.reads == 0\n",
		     NULL, VERDICT_PASS);
}
END_TEST

Suite *seen_suite(void)
{
	Suite *s = suite_create("seen");
	TCase *t = tcase_create("seen"), *again = tcase_create("again");
	tcase_add_checked_fixture(t, case_text_begin, case_text_end);
	tcase_add_test(t, how_it_came);
	tcase_add_test(t, untold);
	tcase_add_test(t, memory);
	tcase_add_test(t, mistakes);
	suite_add_tcase(s, t);
	tcase_add_test(again, judged_again);
	suite_add_tcase(s, again);
	return s;
}
