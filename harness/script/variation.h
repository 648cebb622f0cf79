/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Legal variations of the honest model: what an implementation may do otherwise than ours does by
 * default, and what a network and a busy host do to the order of independent events.
 */
#ifndef SCRIPT_VARIATION_H
#define SCRIPT_VARIATION_H

#include "script.h"

/*
 * The settings ("login-rounds=2") that this seed draws for a model that runs the case, behind those
 * of its model-th `model` line, which are kept and never contradicted. The first seed, 0, draws
 * none. Malloc'd words in a malloc'd list: variation_free().
 */
struct word_list variation_draw(const struct script *s, size_t model, uint64_t seed);
void variation_free(struct word_list *l);
/* One setting ("login-rounds=2") of those that a seed may draw for a model of this role. */
void variation_one(enum peer_role role, uint64_t seed, char *out, size_t size);

#endif
