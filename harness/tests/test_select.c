/* SPDX-License-Identifier: BSD-2-Clause */
/* Which patterns mean which cases. */
#include <check.h>

#include "../cli/select.h"
#include "suites.h"

START_TEST(by_id)
{
	static const struct {
		const char *pattern, *id;
		bool yes;
	} rows[] = {
		{"target/hello/present", "target/hello/present", true},
		{"target/hello/present", "target/hello/present-late", false},
		{"target/hello/pres", "target/hello/present", false},
		{"target/hello", "target/hello/present", true},
		{"target/hello/", "target/hello/present", true},
		{"target", "target/hello/present", true},
		{"target", "initiator/hello/present", false},
		{"hello", "target/hello/present", true},
		{"hello", "initiator/hello/present", true},
		{"hello/present", "target/hello/present",
		 false}, /* a folder, not a part of an id */
		{"target/*/present", "target/hello/present", true},
		{"*present*", "target/hello/present-late", true},
		{"target/hello/?resent", "target/hello/present", true},
		{"*", "initiator/nop/echo", true},
		{"cases/target/hello/present.iser", "target/hello/present", true},
		{"cases/target/", "target/hello/present", true},
		{"", "target/hello/present", false},
		{"/", "target/hello/present", false},
		{"present", "target/hello/present", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(select_matches_id(rows[i].pattern, rows[i].id) == rows[i].yes,
			      "'%s' and %s", rows[i].pattern, rows[i].id);
}
END_TEST

START_TEST(by_tag_and_rule)
{
	/* The second on a statement only. */
	char *tags[] = {"seed", "buffers"}, *rules[] = {"I7145-5.1.1-1", "I7145-6.7-3"};
	char id[] = "initiator/buffers/burst";
	const struct script s = {
		.id = id, .tags = {tags, 2}, .rules = {rules, 1}, .cited = {rules, 2}};

	ck_assert(select_matches("tag:seed", &s));
	ck_assert(select_matches("tag:buf*", &s));
	ck_assert(!select_matches("tag:buf", &s));
	ck_assert(!select_matches("tag:", &s));
	ck_assert(select_matches("rule:I7145-6.7-3", &s));
	ck_assert(select_matches("rule:I7145-5.1.1-*", &s));
	ck_assert(!select_matches("rule:I7145-6.7", &s));
	ck_assert(select_matches("initiator/buffers", &s));
	ck_assert(!select_matches("seed", &s));
	ck_assert(select_is_id("initiator/buffers"));
	ck_assert(!select_is_id("tag:seed") && !select_is_id("rule:x"));
}
END_TEST

Suite *select_suite(void)
{
	Suite *s = suite_create("select");
	TCase *t = tcase_create("select");
	tcase_add_test(t, by_id);
	tcase_add_test(t, by_tag_and_rule);
	suite_add_tcase(s, t);
	return s;
}
