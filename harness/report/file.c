/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files: replaced in one step, read in one step. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

int write_all(int fd, const void *data, size_t len)
{
	const uint8_t *at = data;
	while (len) {
		const ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_replace(const char *path, const void *data, size_t len, struct err *e)
{
	char *temp = text_format("%s.new-%ld", path, (long)getpid());
	int status = -1;
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0) {
		err_set(e, errno, "cannot write %s", path);
		goto out;
	}
	if (write_all(fd, data, len) || fsync(fd)) {
		err_set(e, errno, "cannot write %s", path);
		goto out_unlink;
	}
	/* Some file systems tell of a full disk only here. */
	const int closed = close(fd);
	fd = -1;
	if (closed || rename(temp, path)) {
		err_set(e, errno, "cannot write %s", path);
		goto out_unlink;
	}
	status = 0;
	goto out;
out_unlink:
	if (fd >= 0)
		close(fd);
	unlink(temp);
out:
	free(temp);
	return status;
}

char *file_read(const char *path, size_t limit, size_t *len, struct err *e)
{
	char *text = NULL;
	size_t used = 0;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		err_set(e, errno, "cannot read %s", path);
		return NULL;
	}
	for (size_t room = 0;;) {
		if (room - used < 2)
			text = must(realloc(text, room = room ? room * 2 : 4096));
		const ssize_t n = read(fd, text + used, room - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_set(e, errno, "cannot read %s", path);
			goto fail;
		}
		if (!n)
			break;
		used += (size_t)n;
		if (used > limit) {
			err_set(e, EFBIG, "%s has more than %zu bytes", path, limit);
			goto fail;
		}
	}
	close(fd);
	text[used] = '\0';
	if (len)
		*len = used;
	return text;
fail:
	close(fd);
	free(text);
	return NULL;
}

int folder_make(const char *path, struct err *e)
{
	char *copy = must(strdup(path));
	int status = 0;

	for (char *at = copy + 1; !status; at++) {
		if (*at && *at != '/')
			continue;
		const char was = *at;
		*at = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST)
			status = err_set(e, errno, "cannot make the folder %s", copy);
		*at = was;
		if (!was)
			break;
	}
	struct stat st;
	if (!status && stat(path, &st))
		status = err_set(e, errno, "cannot make the folder %s", path);
	else if (!status && !S_ISDIR(st.st_mode))
		status = err_set(e, ENOTDIR, "%s", path);
	free(copy);
	return status;
}
