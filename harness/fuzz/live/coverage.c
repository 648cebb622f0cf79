/* SPDX-License-Identifier: BSD-2-Clause */
#include "coverage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../report/file.h"
#include "../../report/memory.h"

enum { FILE_LIMIT = 16 << 20, MAP_LIMIT = 64 << 20, DEPTH_MAX = 24 };

/*
 * A .gcda file (GCC's gcov-io.h): words of 32 bits in the order of this machine. Magic, version,
 * stamp, since GCC 12 a checksum; then records of tag, length and content, in words, since GCC 12
 * in bytes. Counters have 64 bits, the low word first; a record of counters that are all 0 has its
 * length negated and no content.
 */
enum {
	GCDA_MAGIC = 0x67636461,
	TAG_FUNCTION = 0x01000000,
	TAG_COUNTERS = 0x01a10000,
	TAG_COUNTERS_END = 0x01ff0000,
	GCC_WITH_BYTES = 12,
};

struct counters {
	char *path;
	uint64_t *at; /* as of the last look */
	size_t count;
};

struct coverage {
	char **dirs; /* gcov */
	size_t dir_count;
	struct counters *files;
	size_t file_count;
	uint8_t *map; /* shared: of a file, or */
	bool segment; /* of System V's memory */
	size_t map_len;
	struct reached *reached;
	uint64_t session;
};

/* ---- counters of a compiler ---- */

static struct counters *file_of(struct coverage *c, const char *path)
{
	for (size_t i = 0; i < c->file_count; i++)
		if (!strcmp(c->files[i].path, path))
			return &c->files[i];
	c->files = grow(c->files, c->file_count, sizeof(*c->files));
	c->files[c->file_count] = (struct counters){.path = must(strdup(path))};
	return &c->files[c->file_count++];
}

static uint32_t word(const uint8_t *at)
{
	uint32_t value;
	memcpy(&value, at, sizeof(value));
	return value;
}

/* "B22*" is 12: a letter for the tens, a digit. Before GCC 10 it was "A93*" in the same way. */
static unsigned compiler(uint32_t version)
{
	const unsigned tens = (version >> 24) - 'A', ones = (version >> 16 & 0xff) - '0';
	return tens < 26 && ones < 10 ? tens * 10 + ones : 0;
}

/* The i-th counter of a file now has that value. */
static void take(struct counters *f, size_t i, uint64_t value, struct places *out)
{
	if (i >= f->count) {
		f->at = grow(f->at, f->count, sizeof(*f->at));
		f->at[f->count++] = 0;
	}
	if (value > f->at[i]) {
		char name[512];
		const int n = snprintf(name, sizeof(name), "%zu %s", i, f->path);
		places_push(out,
			    place_of_code(name, n < (int)sizeof(name) ? (size_t)n : sizeof(name)));
	}
	f->at[i] = value;
}

static void read_records(struct counters *f, const uint8_t *at, size_t len, struct places *out)
{
	if (len < 12 || word(at) != GCDA_MAGIC)
		return;
	const bool bytes = compiler(word(at + 4)) >= GCC_WITH_BYTES;
	size_t i = bytes ? 16 : 12, counter = 0;
	while (i + 8 <= len) {
		const uint32_t tag = word(at + i);
		const int64_t said = (int32_t)word(at + i + 4) * (bytes ? 1 : 4);
		const size_t size = said > 0 ? (size_t)said : 0;
		const bool counts = tag >= TAG_COUNTERS && tag < TAG_COUNTERS_END;
		i += 8;
		if (size > len - i)
			return;
		for (size_t k = 0; counts && k + 8 <= size; k += 8)
			take(f, counter + k / 8,
			     word(at + i + k) | (uint64_t)word(at + i + k + 4) << 32, out);
		if (counts)
			counter += (size_t)(said < 0 ? -said : said) / 8;
		/* Whose place among the file's is kept, though nothing stands there. */
		while (counts && f->count < counter) {
			f->at = grow(f->at, f->count, sizeof(*f->at));
			f->at[f->count++] = 0;
		}
		i += size;
	}
}

static int read_counters(struct coverage *c, const char *path, struct places *out, struct err *e)
{
	struct err inner = {0};
	size_t len;
	char *text = file_read(path, FILE_LIMIT, &len, &inner);
	/* A module that is gone has taken its counters along. */
	if (!text)
		return inner.errnum == ENOENT ? 0 : err_set(e, inner.errnum, "%s", inner.what);
	read_records(file_of(c, path), (const uint8_t *)text, len, out);
	free(text);
	return 0;
}

static int walk(struct coverage *c, const char *dir, unsigned depth, struct places *out,
		struct err *e)
{
	struct dirent **list = NULL;
	const int n = scandir(dir, &list, NULL, alphasort);
	int status = n < 0 ? err_set(e, errno, "cannot read %s", dir) : 0;
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		const size_t len = strlen(name);
		char *path = text_format("%s/%s", dir, name);
		struct stat st;
		if (!status && *name != '.' && !lstat(path, &st)) {
			if (S_ISDIR(st.st_mode))
				status = depth < DEPTH_MAX ? walk(c, path, depth + 1, out, e) : 0;
			else if (S_ISREG(st.st_mode) && len > 5 && !strcmp(name + len - 5, ".gcda"))
				status = read_counters(c, path, out, e);
		}
		free(path);
		free(list[i]);
	}
	free(list);
	return status;
}

static void open_folders(struct coverage *c, const char *words)
{
	char *copy = must(strdup(words)), *at = copy;
	for (char *dir; (dir = strsep(&at, ","));) {
		c->dirs = grow(c->dirs, c->dir_count, sizeof(*c->dirs));
		c->dirs[c->dir_count++] = must(strdup(dir));
	}
	free(copy);
}

static int look_at_folders(struct coverage *c, struct places *out, struct err *e)
{
	for (size_t i = 0; i < c->dir_count; i++)
		if (walk(c, c->dirs[i], 0, out, e))
			return -1;
	return 0;
}

/* ---- a map ---- */

static int open_map(struct coverage *c, const char *path, struct err *e)
{
	struct stat st;
	const int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		err_set(e, errno, "--coverage: cannot open %s", path);
	} else if (st.st_size < 1 || st.st_size > MAP_LIMIT) {
		err_set(e, 0, "--coverage: %s has %lld bytes, and a map has 1 to %d", path,
			(long long)st.st_size, MAP_LIMIT);
	} else {
		c->map_len = (size_t)st.st_size;
		c->map = mmap(NULL, c->map_len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (c->map == MAP_FAILED) {
			c->map = NULL;
			err_set(e, errno, "--coverage: cannot map %s", path);
		}
	}
	if (fd >= 0)
		close(fd);
	return c->map ? 0 : -1;
}

static int open_segment(struct coverage *c, const char *words, struct err *e)
{
	struct shmid_ds about;
	char *end;
	errno = 0;
	const long id = strtol(words, &end, 10);
	if (errno || end == words || *end || id < 0 || id > INT_MAX)
		return err_set(e, 0, "--coverage: '%.40s' is no number of a segment", words);
	if (shmctl((int)id, IPC_STAT, &about))
		return err_set(e, errno, "--coverage: there is no segment %ld", id);
	if (about.shm_segsz < 1 || about.shm_segsz > MAP_LIMIT)
		return err_set(e, 0, "--coverage: segment %ld has %zu bytes, and a map has 1 to %d",
			       id, about.shm_segsz, MAP_LIMIT);
	void *at = shmat((int)id, NULL, 0);
	if ((intptr_t)at == -1)
		return err_set(e, errno, "--coverage: cannot attach segment %ld", id);
	c->map = at;
	c->map_len = about.shm_segsz;
	c->segment = true;
	return 0;
}

/* One more time round a loop is no news, twice as often may be. */
static unsigned power_of_two(uint8_t count)
{
	unsigned power = 0;
	while (count >>= 1)
		power++;
	return power;
}

/* Most of it is empty. */
static size_t next_counted(const struct coverage *c, size_t i)
{
	uint64_t eight;
	for (; i + sizeof(eight) <= c->map_len; i += sizeof(eight)) {
		memcpy(&eight, c->map + i, sizeof(eight));
		if (eight)
			break;
	}
	while (i < c->map_len && !c->map[i])
		i++;
	return i;
}

static int read_map(struct coverage *c, struct places *out, struct err *e)
{
	for (size_t i = next_counted(c, 0); i < c->map_len; i = next_counted(c, i + 1)) {
		const uint64_t name[2] = {i, power_of_two(c->map[i])};
		places_push(out, place_of_code(name, sizeof(name)));
		if (c->reached)
			reached_add(c->reached, c->session, i);
		c->map[i] = 0;
	}
	return c->reached ? reached_write(c->reached, e) : 0;
}

/* ---- either ---- */

struct coverage *coverage_open(const char *words, struct err *e)
{
	struct coverage *c = must(calloc(1, sizeof(*c)));
	const char *colon = strchr(words, ':');
	const size_t len = colon ? (size_t)(colon - words) : 0;
	struct places first = {0};
	int status = -1;
	if (len == 4 && !strncmp(words, "gcov", 4)) {
		open_folders(c, colon + 1);
		status = look_at_folders(c, &first, e);
		if (!status && !c->file_count)
			status = err_set(e, 0, "--coverage: there is no .gcda under %s", colon + 1);
	} else if (len == 3 && !strncmp(words, "map", 3)) {
		status = open_map(c, colon + 1, e);
	} else if (len == 3 && !strncmp(words, "shm", 3)) {
		status = open_segment(c, colon + 1, e);
	} else {
		err_set(e, 0,
			"--coverage: '%.100s' is none of gcov:DIR, map:FILE, shm:ID and cmd:CMD",
			words);
	}
	places_free(&first);
	/* What the system did before it was spoken to is none of a session's. */
	if (c->map)
		memset(c->map, 0, c->map_len);
	if (!status)
		return c;
	coverage_close(c);
	return NULL;
}

int coverage_look(struct coverage *c, struct places *out, struct err *e)
{
	return c->map ? read_map(c, out, e) : look_at_folders(c, out, e);
}

size_t coverage_counters(const struct coverage *c)
{
	return c->map_len;
}

void coverage_note(struct coverage *c, struct reached *r, uint64_t session)
{
	c->reached = r;
	c->session = session;
}

void coverage_close(struct coverage *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->file_count; i++) {
		free(c->files[i].path);
		free(c->files[i].at);
	}
	free(c->files);
	if (c->segment)
		shmdt(c->map);
	else if (c->map)
		munmap(c->map, c->map_len);
	for (size_t i = 0; i < c->dir_count; i++)
		free(c->dirs[i]);
	free(c->dirs);
	free(c);
}
