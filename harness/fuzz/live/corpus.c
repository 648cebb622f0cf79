/* SPDX-License-Identifier: BSD-2-Clause */
#include "corpus.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"

/* Open addressing; a place is never 0, since its kind is not. */
struct hits {
	struct hit {
		uint64_t place, count;
	} * at;
	size_t count, room; /* room: a power of two */
};

/* Energies change slowly. */
enum { FIRST_ROOM = 256, STALE_AFTER = 32, RARITY = 1 << 16, TIRED = 4 };

static struct hit *hit_of(const struct hits *h, uint64_t place)
{
	size_t i = (size_t)((place ^ place >> 29) * UINT64_C(0x9e3779b97f4a7c15) >> 20);
	for (;; i++) {
		struct hit *hit = &h->at[i & (h->room - 1)];
		if (!hit->place || hit->place == place)
			return hit;
	}
}

static void make_room(struct hits *h)
{
	const struct hits old = *h;
	if (old.count * 2 < old.room)
		return;
	h->room = old.room * 2;
	h->at = must(calloc(h->room, sizeof(*h->at)));
	for (size_t i = 0; i < old.room; i++)
		if (old.at[i].place)
			*hit_of(h, old.at[i].place) = old.at[i];
	free(old.at);
}

/* True: it is there for the first time. */
static bool count_hits(struct corpus *c, uint64_t place, uint64_t n)
{
	make_room(c->hits);
	struct hit *hit = hit_of(c->hits, place);
	const bool fresh = !hit->place;
	const enum place_kind kind = place_kind(place);
	if (fresh && kind <= PLACE_CODE)
		c->seen[kind]++;
	hit->place = place;
	hit->count += n;
	c->hits->count += fresh;
	return fresh;
}

void corpus_init(struct corpus *c)
{
	*c = (struct corpus){.hits = must(calloc(1, sizeof(*c->hits)))};
	c->hits->room = FIRST_ROOM;
	c->hits->at = must(calloc(FIRST_ROOM, sizeof(*c->hits->at)));
}

void corpus_free(struct corpus *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->parents[i].text);
		places_free(&c->parents[i].places);
	}
	free(c->parents);
	free(c->energy);
	if (c->hits)
		free(c->hits->at);
	free(c->hits);
	*c = (struct corpus){0};
}

size_t corpus_visit(struct corpus *c, const struct places *visited, struct places *fresh)
{
	size_t count = 0;
	for (size_t i = 0; i < visited->count; i++) {
		if (!count_hits(c, visited->at[i], 1))
			continue;
		count++;
		if (fresh)
			places_push(fresh, visited->at[i]);
	}
	return count;
}

void corpus_add(struct corpus *c, const char *text, uint64_t session, struct places *places)
{
	c->parents = grow(c->parents, c->count, sizeof(*c->parents));
	c->parents[c->count++] = (struct parent){
		.text = must(strdup(text)),
		.session = session,
		.places = *places,
	};
	*places = (struct places){0};
	c->stale = 0;
}

uint64_t corpus_hits(const struct corpus *c, uint64_t place)
{
	return hit_of(c->hits, place)->count;
}

static uint64_t energy(const struct corpus *c, const struct parent *p)
{
	uint64_t sum = 1;
	for (size_t i = 0; i < p->places.count; i++) {
		const uint64_t hits = corpus_hits(c, p->places.at[i]);
		sum += RARITY / (hits ? hits : 1);
	}
	/* Whole numbers: the same on each machine. */
	return 1 + sum * TIRED / (TIRED + p->chosen);
}

struct parent *corpus_choose(struct corpus *c, uint64_t random)
{
	uint64_t sum = 0;
	if (!c->stale) {
		c->energy = must(reallocarray(c->energy, c->count, sizeof(*c->energy)));
		for (size_t i = 0; i < c->count; i++)
			c->energy[i] = energy(c, &c->parents[i]);
		c->stale = STALE_AFTER;
	}
	c->stale--;
	for (size_t i = 0; i < c->count; i++)
		sum += c->energy[i];
	/* Each has 1 at least. */
	uint64_t left = sum ? random % sum : 0;
	size_t i = 0;
	while (left >= c->energy[i])
		left -= c->energy[i++];
	c->parents[i].chosen++;
	return &c->parents[i];
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

struct places corpus_places(const struct corpus *c, enum place_kind kind)
{
	struct places p = {0};
	for (size_t i = 0; i < c->hits->room; i++)
		if (c->hits->at[i].place && place_kind(c->hits->at[i].place) == kind)
			places_push(&p, c->hits->at[i].place);
	if (p.count)
		qsort(p.at, p.count, sizeof(*p.at), compare);
	return p;
}

/* ---- on disk ---- */

static json_t *hex(uint64_t value)
{
	char text[20];
	snprintf(text, sizeof(text), "%016" PRIx64, value);
	return must(json_string(text));
}

static bool unhex(const char *text, uint64_t *value)
{
	char *end;
	if (!text)
		return false;
	*value = strtoull(text, &end, 16);
	return *text && !*end && place_kind(*value) >= PLACE_STATE &&
	       place_kind(*value) <= PLACE_CODE;
}

static json_t *hits_to_json(const struct corpus *c)
{
	json_t *o = must(json_object());
	for (int kind = PLACE_STATE; kind <= PLACE_CODE; kind++) {
		struct places p = corpus_places(c, (enum place_kind)kind);
		for (size_t i = 0; i < p.count; i++) {
			char name[20];
			snprintf(name, sizeof(name), "%016" PRIx64, p.at[i]);
			json_object_set_new(o, name,
					    json_integer((json_int_t)corpus_hits(c, p.at[i])));
		}
		places_free(&p);
	}
	return o;
}

json_t *corpus_to_json(const struct corpus *c)
{
	json_t *parents = must(json_array());
	for (size_t i = 0; i < c->count; i++) {
		const struct parent *p = &c->parents[i];
		json_t *places = must(json_array());
		for (size_t k = 0; k < p->places.count; k++)
			json_array_append_new(places, hex(p->places.at[k]));
		json_array_append_new(
			parents,
			must(json_pack("{s:I, s:I, s:o}", "session", (json_int_t)p->session,
				       "chosen", (json_int_t)p->chosen, "places", places)));
	}
	return must(json_pack("{s:o, s:o}", "parents", parents, "hits", hits_to_json(c)));
}

static int parent_from_json(struct corpus *c, const json_t *o,
			    char *(*text)(void *ctx, uint64_t session), void *ctx, struct err *e)
{
	json_int_t session, chosen;
	json_t *list, *one;
	size_t i;
	struct places places = {0};
	if (json_unpack((json_t *)o, "{s:I, s:I, s:o}", "session", &session, "chosen", &chosen,
			"places", &list) ||
	    session < 0 || chosen < 0)
		return err_set(e, 0, "a parent without session, chosen or places");
	json_array_foreach(list, i, one)
	{
		uint64_t value;
		if (!unhex(json_string_value(one), &value)) {
			places_free(&places);
			return err_set(e, 0, "a parent's place is no number of 16 hex digits");
		}
		places_push(&places, value);
	}
	char *own = text(ctx, (uint64_t)session);
	if (own) {
		corpus_add(c, own, (uint64_t)session, &places);
		c->parents[c->count - 1].chosen = (uint64_t)chosen;
	}
	free(own);
	places_free(&places);
	return 0;
}

int corpus_from_json(struct corpus *c, const json_t *o, char *(*text)(void *ctx, uint64_t session),
		     void *ctx, struct err *e)
{
	json_t *one;
	const char *name;
	size_t i;
	json_object_foreach(json_object_get(o, "hits"), name, one)
	{
		uint64_t value;
		if (!unhex(name, &value) || json_integer_value(one) < 1)
			return err_set(e, 0, "'%.40s' is no place with a count", name);
		count_hits(c, value, (uint64_t)json_integer_value(one));
	}
	json_array_foreach(json_object_get(o, "parents"), i,
			   one) if (parent_from_json(c, one, text, ctx, e)) return -1;
	return 0;
}
