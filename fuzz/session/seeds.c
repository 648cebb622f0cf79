/* SPDX-License-Identifier: BSD-2-Clause */
/* Every case as a session, a file each: seeds of the session target. usage: seeds FOLDER */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pools.h"

static int save(const char *folder, const struct session_pool *p, size_t i)
{
	char path[512];
	struct script *s = session_from(p, i, 1);

	snprintf(path, sizeof(path), "%s/%s", folder, session_pool_case(p, i));
	for (char *c = path + strlen(folder) + 1; *c; c++)
		if (*c == '/')
			*c = '_';
	FILE *out = fopen(path, "w");
	const bool good = out && fputs(s->text, out) >= 0;
	const bool closed = out && !fclose(out);
	if (!good || !closed)
		fprintf(stderr, "seeds: %s: %s\n", path, strerror(errno));
	script_free(s);
	return good && closed ? 0 : -1;
}

int main(int argc, char **argv)
{
	static const enum peer_role roles[] = {PEER_TARGET, PEER_INITIATOR};

	if (argc != 2) {
		fputs("usage: seeds FOLDER\n", stderr);
		return 2;
	}
	for (size_t r = 0; r < 2; r++)
		for (size_t i = 0; i < session_pool_count(pool_of(roles[r])); i++)
			if (save(argv[1], pool_of(roles[r]), i))
				return 1;
	return 0;
}
