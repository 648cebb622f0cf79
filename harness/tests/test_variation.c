/* SPDX-License-Identifier: BSD-2-Clause */
/* Legal variations drawn from a seed. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../peer/peer.h"
#include "../script/variation.h"
#include "suites.h"

enum { SEEDS = 200 };
static char id[] = "target/x/y";
static char moup[] = "moup=8", omitted[] = "omit=InitialR2T", late[] = "ImmediateData@2=Yes";
static char *settings[] = {moup, omitted, late};
static struct word_list models[] = {{settings, 3}};

static struct script script_of(enum peer_role sut, size_t model_count)
{
	return (struct script){.id = id, .sut = sut, .models = models, .model_count = model_count};
}

static bool draws(const struct word_list *l, const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < l->count; i++)
		if (!strncmp(l->at[i], name, len) && l->at[i][len] == '=')
			return true;
	return false;
}

static bool same(const struct word_list *a, const struct word_list *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	return a->count == b->count;
}

START_TEST(the_first_seed_draws_nothing)
{
	const struct script s = script_of(PEER_TARGET, 0);
	struct word_list l = variation_draw(&s, 0, 0);

	ck_assert_uint_eq(l.count, 0);
	variation_free(&l);
}
END_TEST

START_TEST(a_seed_draws_the_same_again_and_another_something_else)
{
	const struct script s = script_of(PEER_TARGET, 0);
	unsigned alike = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct word_list a = variation_draw(&s, 0, seed), b = variation_draw(&s, 0, seed),
				 c = variation_draw(&s, 0, seed + 1);
		ck_assert(same(&a, &b));
		alike += same(&a, &c);
		variation_free(&a);
		variation_free(&b);
		variation_free(&c);
	}
	ck_assert_uint_eq(alike, 0);
}
END_TEST

/* Every one is a setting of the model, and together the seeds come to what is peculiar to a role.
 */
START_TEST(what_is_drawn_can_be_set)
{
	const enum peer_role role = _i ? PEER_INITIATOR : PEER_TARGET;
	const struct script s = script_of(role, 0);
	struct peer_config *c = malloc(sizeof(*c));
	bool own = false;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct word_list l = variation_draw(&s, 0, seed);
		struct err e;
		peer_config_default(c, role);
		for (size_t i = 0; i < l.count; i++)
			ck_assert_msg(!peer_config_set(c, l.at[i], &e), "%s: %s", l.at[i], e.what);
		own |= draws(&l, _i ? "windows" : "send-inv");
		ck_assert(!draws(&l, _i ? "send-inv" : "windows"));
		variation_free(&l);
	}
	ck_assert(own);
	free(c);
}
END_TEST

/* However it is set: by value, by leaving it out, or only from some exchange on. */
START_TEST(what_a_case_sets_is_not_drawn)
{
	static const char *const fixed[] = {"moup", "InitialR2T", "ImmediateData"};
	const struct script with = script_of(PEER_TARGET, 1), without = script_of(PEER_TARGET, 0);

	for (size_t f = 0; f < 3; f++) {
		unsigned drawn = 0;
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			struct word_list a = variation_draw(&with, 0, seed),
					 b = variation_draw(&without, 0, seed);
			ck_assert_msg(!draws(&a, fixed[f]), "%s", fixed[f]);
			drawn += draws(&b, fixed[f]);
			variation_free(&a);
			variation_free(&b);
		}
		ck_assert_uint_gt(drawn, SEEDS / 10);
	}
}
END_TEST

Suite *variation_suite(void)
{
	Suite *s = suite_create("variation");
	TCase *t = tcase_create("draw");

	tcase_add_test(t, the_first_seed_draws_nothing);
	tcase_add_test(t, a_seed_draws_the_same_again_and_another_something_else);
	tcase_add_loop_test(t, what_is_drawn_can_be_set, 0, 2);
	tcase_add_test(t, what_a_case_sets_is_not_drawn);
	suite_add_tcase(s, t);
	return s;
}
