/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder as one file, by libarchive. */
#include "archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../report/file.h"
#include "../report/memory.h"

enum { BLOCK = 1 << 16, FILES_MAX = 100000 };
static const int64_t BYTES_MAX = INT64_C(8) << 30;

static int of_library(struct archive *a, const char *path, struct err *e)
{
	const char *what = archive_error_string(a);
	return err_set(e, 0, "%s: %s", path, what ? what : "libarchive says no more");
}

/* ---- into one file ---- */

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int put_content(struct archive *a, const char *file, const char *path, struct err *e)
{
	char *block = must(malloc(BLOCK));
	const int fd = open(file, O_RDONLY | O_CLOEXEC);
	int status = fd < 0 ? err_set(e, errno, "cannot read %s", file) : 0;

	while (!status) {
		const ssize_t n = read(fd, block, BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			status = err_set(e, errno, "cannot read %s", file);
		if (n <= 0)
			break;
		if (archive_write_data(a, block, (size_t)n) != n)
			status = of_library(a, path, e);
	}
	if (fd >= 0)
		close(fd);
	free(block);
	return status;
}

static int put_file(struct archive *a, const FTSENT *f, size_t top, const char *path, struct err *e)
{
	struct archive_entry *entry = must(archive_entry_new());
	char *name = text_format("%s%s", ARCHIVE_TOP, f->fts_path + top);
	int status;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, f->fts_statp->st_size);
	archive_entry_set_mtime(entry, 0, 0);
	if (archive_write_header(a, entry) != ARCHIVE_OK)
		status = of_library(a, path, e);
	else
		status = put_content(a, f->fts_path, path, e);
	archive_entry_free(entry);
	free(name);
	return status;
}

static int put_folder(struct archive *a, const char *folder, const char *path, struct err *e)
{
	char *roots[] = {must(strdup(folder)), NULL};
	FTS *tree = must(fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name));
	int status = 0;

	for (const FTSENT *f; !status && (f = fts_read(tree));) {
		if (f->fts_info == FTS_F)
			status = put_file(a, f, strlen(folder), path, e);
		else if (f->fts_info != FTS_D && f->fts_info != FTS_DP)
			status = err_set(e, f->fts_errno, "%s: not a plain file", f->fts_path);
	}
	fts_close(tree);
	free(roots[0]);
	return status;
}

int archive_pack(const char *folder, const char *path, struct err *e)
{
	char *temp = text_format("%s.new-%ld", path, (long)getpid());
	struct archive *a = must(archive_write_new());
	int status = -1;

	archive_write_set_format_ustar(a);
	archive_write_add_filter_none(a);
	if (archive_write_open_filename(a, temp) != ARCHIVE_OK) {
		of_library(a, path, e);
		goto out;
	}
	status = put_folder(a, folder, path, e);
	if (archive_write_close(a) != ARCHIVE_OK && !status)
		status = of_library(a, path, e);
	if (!status && rename(temp, path))
		status = err_set(e, errno, "cannot write %s", path);
	if (status)
		unlink(temp);
out:
	archive_write_free(a);
	free(temp);
	return status;
}

/* ---- out of it ---- */

/* The part below ARCHIVE_TOP, or NULL: it leads elsewhere. */
static const char *safe_name(const char *name)
{
	const size_t len = strlen(ARCHIVE_TOP);
	if (!name || strncmp(name, ARCHIVE_TOP "/", len + 1) != 0)
		return NULL;
	const char *rest = name + len + 1;
	for (const char *part = rest;; part++) {
		const size_t n = strcspn(part, "/");
		if (!n || part[0] == '.')
			return NULL;
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)part[i] <= ' ' || (unsigned char)part[i] > '~' ||
			    part[i] == '\\')
				return NULL;
		part += n;
		if (!*part)
			return rest;
	}
}

static int take_content(struct archive *a, int fd, const char *path, const char *file,
			int64_t *room, struct err *e)
{
	char *block = must(malloc(BLOCK));
	int status = 0;

	for (;;) {
		const la_ssize_t n = archive_read_data(a, block, BLOCK);
		if (n < 0)
			status = of_library(a, path, e);
		if (n <= 0)
			break;
		*room -= n;
		if (*room < 0)
			status = err_set(e, 0, "%s: more than 8 GiB", path);
		else if (write_all(fd, block, (size_t)n))
			status = err_set(e, errno, "cannot write %s", file);
		if (status)
			break;
	}
	free(block);
	return status;
}

static int take_file(struct archive *a, struct archive_entry *entry, const char *path,
		     const char *folder, int64_t *room, struct err *e)
{
	const char *rest = safe_name(archive_entry_pathname(entry));

	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) || !rest)
		return err_set(e, 0, "%s: a member that does not belong in a certificate: %s", path,
			       archive_entry_pathname(entry) ? archive_entry_pathname(entry) : "");
	char *file = text_format("%s/%s", folder, rest);
	char *slash = strrchr(file, '/');
	*slash = '\0';
	int status = folder_make(file, e);
	*slash = '/';
	if (!status) {
		const int fd =
			open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (fd < 0) {
			status = err_set(e, errno, "cannot write %s", file);
		} else {
			status = take_content(a, fd, path, file, room, e);
			if (close(fd) && !status)
				status = err_set(e, errno, "cannot write %s", file);
		}
	}
	free(file);
	return status;
}

int archive_unpack(const char *path, const char *folder, struct err *e)
{
	struct archive *a = must(archive_read_new());
	struct archive_entry *entry;
	int64_t room = BYTES_MAX;
	unsigned files = 0;
	int status = 0, step;

	archive_read_support_format_tar(a);
	if (archive_read_open_filename(a, path, BLOCK) != ARCHIVE_OK) {
		status = of_library(a, path, e);
		goto out;
	}
	while (!status && (step = archive_read_next_header(a, &entry)) != ARCHIVE_EOF) {
		if (step != ARCHIVE_OK)
			status = of_library(a, path, e);
		else if (++files > FILES_MAX)
			status = err_set(e, 0, "%s: more than %d files", path, FILES_MAX);
		else
			status = take_file(a, entry, path, folder, &room, e);
	}
	if (!status && !files)
		status = err_set(e, 0, "%s: an archive of nothing", path);
out:
	archive_read_free(a);
	return status;
}

/* ---- the same? ---- */

static bool same_bytes(FILE *a, FILE *b)
{
	enum { PIECE = 4096 };
	char one[PIECE], two[PIECE];
	size_t n;
	do {
		n = fread(one, 1, PIECE, a);
		if (fread(two, 1, PIECE, b) != n || memcmp(one, two, n) != 0)
			return false;
	} while (n);
	return !ferror(a) && !ferror(b);
}

int archive_is_of(const char *path, const char *folder, const char *temp, bool *same, struct err *e)
{
	if (archive_pack(folder, temp, e))
		return -1;
	FILE *there = fopen(path, "re"), *again = fopen(temp, "re");
	int status = 0;
	if (there && again)
		*same = same_bytes(there, again);
	else
		status = err_set(e, errno, "cannot read %s", there ? temp : path);
	if (there)
		fclose(there);
	if (again)
		fclose(again);
	unlink(temp);
	return status;
}
