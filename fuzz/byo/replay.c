/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a target on files and folders of files, for the coverage page: replay PATH... Each input has
 * a process of its own, so that one that fails or hangs takes nothing along but its own share. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INPUT_MAX = 1 << 20, SECONDS = 5 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* exit() writes what was counted; a signal does not. */
static void run_here(const char *path)
{
	unsigned char *data = malloc(INPUT_MAX);
	FILE *f = fopen(path, "re");

	if (!f || !data)
		exit(EXIT_FAILURE);
	size_t len = fread(data, 1, INPUT_MAX, f);
	(void)fclose(f);
	(void)alarm(SECONDS);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	exit(EXIT_SUCCESS);
}

static unsigned run(const char *path)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		run_here(path);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("replay");
		exit(EXIT_FAILURE);
	}
	return status == 0;
}

static unsigned run_all(const char *path)
{
	DIR *folder = opendir(path);
	unsigned good = 0;

	if (!folder)
		return run(path);
	for (struct dirent *entry; (entry = readdir(folder));) {
		char inner[4096];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		good += run_all(inner);
	}
	(void)closedir(folder);
	return good;
}

int main(int argc, char **argv)
{
	unsigned good = 0;

	for (int i = 1; i < argc; i++)
		good += run_all(argv[i]);
	printf("%u inputs\n", good);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
