/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scenarios: adversarial situations that people have met or thought of, by their numbers
 * (t01, a target is tested; n01, an initiator; p01, either parses). A case that makes one come
 * about has its number among its tags; one that no case has needs a reason. In
 * cases/scenarios.json.
 */
#ifndef CLI_SCENARIOS_H
#define CLI_SCENARIOS_H

#include <jansson.h>

#include "catalogue.h"

/* The object of scenarios, {} where the folder of cases has none; the caller's. NULL with *e naming
 * file:line:column. */
json_t *scenarios_load(const char *dir, struct err *e);
/* Of these tags' names, is it one? What it is about, else NULL. */
const char *scenario_words(const json_t *scenarios, const char *tag);
/* A line for each scenario that no case has as a tag, with its reason. How many have none, or have
 * one although a case covers them: a line each, too. cat must have been opened without patterns. */
size_t scenarios_left(const json_t *scenarios, const struct catalogue *cat, FILE *out);

#endif
