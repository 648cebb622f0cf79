/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitors of text: key-format, keys, rdma-extensions, negotiation. */
#include "scene.h"
#include "suites.h"

static void setup_target(void)
{
	scene_open(FROM_TARGET);
}

static void setup_initiator(void)
{
	scene_open(FROM_INITIATOR);
}

#define REQUEST	 "T=1 CSG=1 NSG=3 ITT=1 CmdSN=1"
#define RESPONSE "T=1 CSG=1 NSG=3 ITT=1 StatSN=1 ExpCmdSN=1 MaxCmdSN=32 TSIH=1"

static void one_exchange(const char *request, const char *response)
{
	say_keys("login-request", REQUEST, request);
	say_keys("login-response", RESPONSE, response);
}

START_TEST(good_text)
{
	one_exchange("InitiatorName=i TargetName=t RDMAExtensions=Yes iSERHelloRequired=No",
		     "TargetPortalGroupTag=1 RDMAExtensions=Yes");
	scene_judge("key-format");
	scene_nothing_broken();
	scene_kept("I7143-6.1-1");
	scene_kept("I7143-6.1-3");
}
END_TEST

START_TEST(text_in_pieces_is_one_text)
{
	say_data("login-response", "C=1 CSG=1 ITT=1 StatSN=1", "RDMAExten", 9);
	say_data("login-response", "CSG=1 ITT=1 StatSN=2", "sions=Yes", 10);
	scene_judge("key-format");
	scene_nothing_broken();
}
END_TEST

START_TEST(no_nul)
{
	say_data("login-response", RESPONSE, "RDMAExtensions=Yes", 18);
	scene_judge("key-format");
	scene_broke("I7143-6.1-1");
}
END_TEST

START_TEST(no_label)
{
	one_exchange("RDMAExtensions=Yes", "lower=1");
	scene_judge("key-format");
	scene_broke("I7143-6.1-3");
}
END_TEST

START_TEST(no_equals)
{
	one_exchange("RDMAExtensions=Yes", "RDMAExtensions");
	scene_judge("key-format");
	scene_broke("I7143-6.1-3");
}
END_TEST

START_TEST(keys_in_their_place)
{
	say_keys("login-request", "T=1 CSG=0 NSG=1 ITT=1",
		 "InitiatorName=i SessionType=Normal TargetName=t AuthMethod=None");
	say_keys("login-response", "T=1 CSG=0 NSG=1 ITT=1 StatSN=1",
		 "TargetPortalGroupTag=1 AuthMethod=None");
	one_exchange("RDMAExtensions=Yes MaxOutstandingUnexpectedPDUs=0 MaxAHSLength=300",
		     "RDMAExtensions=Yes MaxAHSLength=NotUnderstood");
	scene_judge("keys");
	scene_nothing_broken();
	scene_kept("I7143-6.3-12");
}
END_TEST

START_TEST(operational_key_too_early)
{
	say_keys("login-request", "T=1 CSG=0 NSG=1 ITT=1", "InitiatorName=i MaxBurstLength=512");
	scene_judge("keys");
	scene_broke("I7143-12-1");
}
END_TEST

START_TEST(key_twice)
{
	say_keys("login-request", REQUEST, "MaxBurstLength=512 MaxBurstLength=512");
	scene_judge("keys");
	scene_broke("I7143-6.3-12");
}
END_TEST

START_TEST(key_in_two_requests)
{
	say_keys("login-request", "CSG=1 ITT=1", "MaxBurstLength=512");
	say_keys("login-response", "CSG=1 ITT=1 StatSN=1", "MaxBurstLength=512");
	say_keys("login-request", REQUEST, "MaxBurstLength=512");
	scene_judge("keys");
	scene_broke("I7143-6.3-12");
}
END_TEST

START_TEST(our_own_fault_excuses)
{
	say_keys("login-request", REQUEST, "MaxBurstLength=512 MaxBurstLength=1024");
	say_keys("login-response", RESPONSE, "MaxBurstLength=512 MaxBurstLength=512");
	scene_judge("keys");
	scene_nothing_broken();
}
END_TEST

START_TEST(illegal_declarations)
{
	say_keys("login-request", REQUEST,
		 "MaxOutstandingUnexpectedPDUs=1 InitiatorRecvDataSegmentLength=256 "
		 "TaggedBufferForSolicitedDataOnly=1");
	scene_judge("keys");
	scene_broke("I7145-6.7-2");
	scene_broke("I7145-6.5-1");
	scene_broke("I7145-6.9-3");
}
END_TEST

START_TEST(section_6_not_understood)
{
	one_exchange("RDMAExtensions=Yes MaxOutstandingUnexpectedPDUs=8",
		     "RDMAExtensions=Yes MaxOutstandingUnexpectedPDUs=NotUnderstood");
	scene_judge("keys");
	scene_broke("I7145-3.3-9");
}
END_TEST

START_TEST(not_understood_without_iser)
{
	one_exchange("RDMAExtensions=Yes MaxOutstandingUnexpectedPDUs=8",
		     "RDMAExtensions=No MaxOutstandingUnexpectedPDUs=NotUnderstood");
	scene_judge("keys");
	scene_nothing_broken();
}
END_TEST

START_TEST(discovery_without_extensions)
{
	one_exchange("SessionType=Discovery RDMAExtensions=Yes", "RDMAExtensions=Irrelevant");
	scene_judge("keys");
	scene_broke("I7145-5.1-5");
}
END_TEST

START_TEST(extensions_first_and_at_once)
{
	one_exchange("RDMAExtensions=Yes", "RDMAExtensions=Yes");
	scene_judge("rdma-extensions");
	scene_nothing_broken();
	scene_kept("I7145-6.3-6");
}
END_TEST

START_TEST(extensions_after_pieces)
{
	say_data("login-request", "C=1 CSG=1 ITT=1", "RDMAExten", 9);
	say("login-response", "CSG=1 ITT=1 StatSN=1");
	say_data("login-request", REQUEST, "sions=Yes", 10);
	say_keys("login-response", RESPONSE, "RDMAExtensions=Yes");
	scene_judge("rdma-extensions");
	scene_nothing_broken();
}
END_TEST

START_TEST(extensions_offered_late)
{
	say_keys("login-request", "CSG=1 ITT=1", "MaxBurstLength=512");
	say_keys("login-response", "CSG=1 ITT=1 StatSN=1", "MaxBurstLength=512");
	say_keys("login-request", REQUEST, "RDMAExtensions=Yes");
	scene_judge("rdma-extensions");
	scene_broke("I7145-6.3-3");
}
END_TEST

START_TEST(extensions_answered_late)
{
	say_keys("login-request", "CSG=1 ITT=1", "RDMAExtensions=Yes");
	say_keys("login-response", "CSG=1 ITT=1 StatSN=1", "MaxBurstLength=512");
	scene_judge("rdma-extensions");
	scene_broke("I7145-6.3-6");
}
END_TEST

START_TEST(a_no_needs_no_answer)
{
	one_exchange("RDMAExtensions=No", "TargetPortalGroupTag=1");
	scene_judge("rdma-extensions");
	scene_nothing_broken();
}
END_TEST

static const struct {
	const char *offer, *answer, *rule; /* NULL: it fits */
} answers[] = {
	{"ImmediateData=Yes", "ImmediateData=No", NULL},
	{"ImmediateData=No", "", NULL},
	{"ImmediateData=Yes", "", "I7143-6.2.2-4"},
	{"InitialR2T=Yes", "InitialR2T=No", "I7143-6.2.2-5"},
	{"InitialR2T=No", "InitialR2T=Yes", NULL},
	{"MaxBurstLength=65536", "MaxBurstLength=0x1000", NULL},
	{"MaxBurstLength=65536", "", "I7143-6.2.2-1"},
	{"MaxBurstLength=65536", "MaxBurstLength=65537", "I7143-6.2.2-5"},
	{"MaxBurstLength=65536", "MaxBurstLength=Reject", NULL},
	{"MaxBurstLength=0", "MaxBurstLength=0", "I7143-6.2.2-2"},
	{"MaxBurstLength=0", "MaxBurstLength=512", NULL},
	{"DefaultTime2Wait=2", "DefaultTime2Wait=3", NULL},
	{"DefaultTime2Wait=2", "DefaultTime2Wait=1", "I7143-6.2.2-5"},
	{"ErrorRecoveryLevel=0", "ErrorRecoveryLevel=2", "I7143-7.1.5-1"},
	{"TargetRecvDataSegmentLength=512", "TargetRecvDataSegmentLength=1024", "I7145-6.4-2"},
	{"RDMAExtensions=No", "RDMAExtensions=Yes", "I7145-6.3-2"},
	{"HeaderDigest=None,CRC32C", "HeaderDigest=CRC32C", NULL},
	{"HeaderDigest=None", "HeaderDigest=CRC32C", "I7143-6.2.1-1"},
	{"HeaderDigest=None", "", "I7143-6.2.1-1"},
	{"HeaderDigest=CRC32C", "HeaderDigest=None", "I7143-6.2.1-1"},
	{"HeaderDigest=CRC32C RDMAExtensions=No", "HeaderDigest=None", "I7143-6.2.1-1"},
	{"HeaderDigest=CRC32C RDMAExtensions=Yes", "HeaderDigest=None RDMAExtensions=Yes", NULL},
	{"DataDigest=CRC32C RDMAExtensions=Yes", "DataDigest=None RDMAExtensions=Yes", NULL},
	{"InitialR2T=Yes", "MaxConnections=4", "I7143-6.3-7"},
	{"InitialR2T=Yes", "MaxConnections=Irrelevant", "I7143-6.2-8"},
	{"InitialR2T=Yes", "TargetAlias=x ImmediateData=No", NULL},
	{"FirstBurstLength=65536 MaxBurstLength=65536", "FirstBurstLength=65536 MaxBurstLength=512",
	 "I7143-13.14-1"},
};
enum { ANSWERS = sizeof(answers) / sizeof(answers[0]) };

START_TEST(answer_fits)
{
	one_exchange(answers[_i].offer, answers[_i].answer);
	scene_judge("negotiation");
	if (answers[_i].rule)
		scene_broke(answers[_i].rule);
	else
		scene_nothing_broken();
}
END_TEST

/* An answer may take its time, as long as the stage goes on. */
START_TEST(answer_before_the_stage_ends)
{
	say_keys("login-request", "CSG=1 ITT=1", "MaxBurstLength=512");
	say_keys("login-response", "CSG=1 ITT=1 StatSN=1", "TargetAlias=x");
	one_exchange("", "MaxBurstLength=512");
	scene_judge("negotiation");
	scene_nothing_broken();
	scene_kept("I7143-6.2.2-1");
}
END_TEST

START_TEST(initiator_proposes_a_reserved_word)
{
	say_keys("login-request", REQUEST, "MaxBurstLength=Irrelevant");
	scene_judge("negotiation");
	scene_broke("I7143-6.2-8");
}
END_TEST

/* Where our own text is cut nobody knows what the other side read out of it. */
START_TEST(answer_to_what_cannot_be_read)
{
	static const char cut[] = "RDMAExtensions=Yes\0TaggedBufferForSolicitedDataOnly";
	static const uint8_t short_of_a_header[20] = {0x10};
	if (_i)
		say_bytes(FROM_INITIATOR, short_of_a_header, sizeof(short_of_a_header));
	else
		say_data("login-request", REQUEST, cut, sizeof(cut));
	say_keys("login-response", RESPONSE,
		 "RDMAExtensions=Yes TaggedBufferForSolicitedDataOnly=NotUnderstood");
	scene_judge("negotiation");
	scene_nothing_broken();
	scene_judge("keys");
	scene_nothing_broken();
}
END_TEST

Suite *mon_keys_suite(void)
{
	Suite *s = suite_create("mon_keys");
	TCase *t = tcase_create("target"), *i = tcase_create("initiator");

	tcase_add_checked_fixture(t, setup_target, scene_close);
	tcase_add_checked_fixture(i, setup_initiator, scene_close);
	tcase_add_test(t, good_text);
	tcase_add_test(t, text_in_pieces_is_one_text);
	tcase_add_test(t, no_nul);
	tcase_add_test(t, no_label);
	tcase_add_test(t, no_equals);
	tcase_add_test(t, keys_in_their_place);
	tcase_add_test(t, our_own_fault_excuses);
	tcase_add_test(t, section_6_not_understood);
	tcase_add_test(t, not_understood_without_iser);
	tcase_add_test(t, extensions_first_and_at_once);
	tcase_add_test(t, extensions_after_pieces);
	tcase_add_test(t, extensions_answered_late);
	tcase_add_test(t, a_no_needs_no_answer);
	tcase_add_loop_test(t, answer_fits, 0, ANSWERS);
	tcase_add_test(t, answer_before_the_stage_ends);
	tcase_add_loop_test(t, answer_to_what_cannot_be_read, 0, 2);
	tcase_add_test(i, good_text);
	tcase_add_test(i, keys_in_their_place);
	tcase_add_test(i, operational_key_too_early);
	tcase_add_test(i, key_twice);
	tcase_add_test(i, key_in_two_requests);
	tcase_add_test(i, illegal_declarations);
	tcase_add_test(i, discovery_without_extensions);
	tcase_add_test(i, extensions_offered_late);
	tcase_add_test(i, initiator_proposes_a_reserved_word);
	suite_add_tcase(s, t);
	suite_add_tcase(s, i);
	return s;
}
