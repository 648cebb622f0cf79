/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates as wholes: one that is true holds; one in which any byte was changed does not; and
 * one that was forged by somebody who has the key, with manifest and signature made anew, does not
 * either. The commands themselves do the work, on a model.
 */
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <nettle/base64.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../certificate/archive.h"
#include "../certificate/manifest.h"
#include "../certificate/packed.h"
#include "../certificate/signature.h"
#include "../cli/cli.h"
#include "../report/digest.h"
#include "../report/events.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "folder_remove.h"
#include "suites.h"

enum { FILE_MAX = 1 << 26 };
static char first_dir[64], cases[96], first_archive[96], key[96], public_key[96], report[96];
static char dir[64], archive[96], folder[96];

/* What the commands say is not looked at here. */
static int quiet(int (*command)(int argc, char **argv), char **argv)
{
	int argc = 0;
	while (argv[argc])
		argc++;
	fflush(stdout);
	const int out = dup(STDOUT_FILENO), none = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(none, STDOUT_FILENO);
	const int status = command(argc, argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	close(none);
	return status;
}

static int verify(void)
{
	char name[] = "verify", option[] = "--public-key";
	char *argv[] = {name, option, public_key, archive, NULL};
	return quiet(cmd_verify, argv);
}

static void write_key(EVP_PKEY *made, const char *path, bool private)
{
	FILE *out = fopen(path, "we");
	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(private ? PEM_write_PrivateKey(out, made, NULL, NULL, 0, NULL, NULL)
				 : PEM_write_PUBKEY(out, made),
			 1);
	fclose(out);
}

static void make_key(void)
{
	EVP_PKEY *made = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	ck_assert_ptr_nonnull(made);
	write_key(made, key, true);
	write_key(made, public_key, false);
	EVP_PKEY_free(made);
}

/* Few cases, for every verify reads all that there are. */
static void make_cases(void)
{
	static const char *const kept[] = {"rules", "tables", "target/nop"};
	snprintf(cases, sizeof(cases), "%s/cases", first_dir);
	ck_assert_int_eq(mkdir(cases, 0700), 0);
	char at[128], *top = realpath("cases", NULL), to[4200];
	ck_assert_ptr_nonnull(top);
	snprintf(at, sizeof(at), "%s/target", cases);
	ck_assert_int_eq(mkdir(at, 0700), 0);
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		snprintf(at, sizeof(at), "%s/%s", cases, kept[i]);
		snprintf(to, sizeof(to), "%s/%s", top, kept[i]);
		ck_assert_int_eq(symlink(to, at), 0);
	}
	free(top);
	setenv("ISERSPEC_CASES", cases, 1);
}

/* Once for all tests: a run of a liar, and its certificate. */
static void make_first(void)
{
	snprintf(first_dir, sizeof(first_dir), "/tmp/iserspec-verify-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(first_dir));
	make_cases();
	const struct {
		char *to;
		const char *name;
	} paths[] = {
		{first_archive, "x.tar"}, {key, "key"}, {public_key, "public"}, {report, "report"}};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		snprintf(paths[i].to, sizeof(archive), "%s/%s", first_dir, paths[i].name);
	make_key();

	char run[] = "run", model[] = "--model", target[] = "target", option[] = "--report",
	     silent[] = "--quiet", one[] = "target/nop/echo-0", other[] = "target/nop/echo-1",
	     knob[] = "--knob", lie[] = "nop-echo-truncated";
	char *run_argv[] = {run,  model, target, silent, option, report,
			    knob, lie,	 one,	 other,	 NULL};
	ck_assert_int_eq(quiet(cmd_run, run_argv), EXIT_RED);
	char certify[] = "certify", with[] = "--key", to[] = "--output";
	char *certify_argv[] = {certify, with, key, to, first_archive, report, NULL};
	ck_assert_int_eq(quiet(cmd_certify, certify_argv), EXIT_OK);
}

static void drop_first(void)
{
	folder_remove(first_dir);
}

static void begin(void)
{
	struct err e;
	size_t len;
	snprintf(dir, sizeof(dir), "/tmp/iserspec-verify-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(archive, sizeof(archive), "%s/x.tar", dir);
	snprintf(folder, sizeof(folder), "%s/folder", dir);
	snprintf(key, sizeof(key), "%s/key", first_dir);
	snprintf(public_key, sizeof(public_key), "%s/public", first_dir);
	char *bytes = file_read(first_archive, FILE_MAX, &len, &e);
	ck_assert_int_eq(file_replace(archive, bytes, len, &e), 0);
	free(bytes);
	ck_assert_int_eq(archive_unpack(archive, folder, &e), 0);
}

static void end(void)
{
	folder_remove(dir);
}

START_TEST(a_true_one_holds)
{
	ck_assert_int_eq(verify(), EXIT_OK);
}
END_TEST

START_TEST(a_key_that_nobody_named)
{
	char name[] = "verify";
	char *argv[] = {name, archive, NULL};
	ck_assert_int_eq(quiet(cmd_verify, argv), EXIT_UNDECIDED);
}
END_TEST

START_TEST(another_key)
{
	snprintf(key, sizeof(key), "%s/key", dir);
	snprintf(public_key, sizeof(public_key), "%s/public", dir);
	make_key();
	ck_assert_int_eq(verify(), EXIT_RED);
}
END_TEST

START_TEST(what_is_no_key)
{
	snprintf(public_key, sizeof(public_key), "%s", key);
	ck_assert_int_eq(verify(), EXIT_USAGE);
	snprintf(public_key, sizeof(public_key), "%s/none", dir);
	ck_assert_int_eq(verify(), EXIT_USAGE);
}
END_TEST

/* ---- a byte ---- */

/* Of a thousand all were found, which takes a while under the sanitizers. */
enum { FLIPS = 250, FLIPS_A_TEST = 50 };

/* Places spread by a number that has nothing in common with the length. */
START_TEST(a_byte_that_was_changed)
{
	struct err e;
	size_t len;
	char *bytes = file_read(archive, FILE_MAX, &len, &e);
	const int fd = open(archive, O_WRONLY | O_CLOEXEC);
	for (size_t i = 0; i < FLIPS_A_TEST; i++) {
		const uint64_t n = (uint64_t)_i * FLIPS_A_TEST + i;
		const size_t place = (size_t)(n * UINT64_C(0x9e3779b97f4a7c15) % len);
		const char other = (char)(bytes[place] ^ (1 << n % 8));
		ck_assert_int_eq(pwrite(fd, &other, 1, (off_t)place), 1);
		const int status = verify();
		ck_assert_msg(status == EXIT_RED || status == EXIT_USAGE, "byte %zu of %zu: %d",
			      place, len, status);
		ck_assert_int_eq(pwrite(fd, &bytes[place], 1, (off_t)place), 1);
	}
	close(fd);
	free(bytes);
}
END_TEST

START_TEST(what_was_cut_or_made_longer)
{
	struct err e;
	size_t len;
	char *bytes = file_read(archive, FILE_MAX, &len, &e);
	bytes = must(realloc(bytes, len + 512));
	memset(bytes + len, 0, 512);
	ck_assert_int_eq(file_replace(archive, bytes, len + 512, &e), 0);
	ck_assert_int_ne(verify(), EXIT_OK);
	ck_assert_int_eq(file_replace(archive, bytes, len - 512, &e), 0);
	ck_assert_int_ne(verify(), EXIT_OK);
	free(bytes);
}
END_TEST

/* ---- forged, with the key ---- */

static char *in_folder(const char *name)
{
	static char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static char *take(const char *name)
{
	struct err e;
	char *text = file_read(in_folder(name), FILE_MAX, NULL, &e);
	ck_assert_msg(text != NULL, "%s", name);
	return text;
}

static void put(const char *name, const void *at, size_t len)
{
	struct err e;
	ck_assert_int_eq(file_replace(in_folder(name), at, len, &e), 0);
}

static void seal(void)
{
	struct err e;
	uint8_t signature[SIGNATURE_BYTES];
	char *manifest = manifest_of(folder, &e);
	ck_assert_int_eq(signature_make(key, manifest, strlen(manifest), signature, &e), 0);
	put(MANIFEST, manifest, strlen(manifest));
	put(MANIFEST_SIGNATURE, signature, sizeof(signature));
	ck_assert_int_eq(archive_pack(folder, archive, &e), 0);
	free(manifest);
}

/* The n-th place of a word becomes another one, in every file that has it if `all`. False: there
 * are not so many. */
static bool replace(const char *file, size_t n, const char *word, const char *other)
{
	char *text = take(file), *at = text;
	for (size_t i = 0; at && (at = strstr(at, word)) && i < n; i++)
		at += strlen(word);
	if (at) {
		char *changed =
			text_format("%.*s%s%s", (int)(at - text), text, other, at + strlen(word));
		put(file, changed, strlen(changed));
		free(changed);
	}
	free(text);
	return at != NULL;
}

/* The first page of one that holds, and of no other. */
START_TEST(its_first_page)
{
	char name[] = "verify", option[] = "--public-key", page[] = "--page", to[96];
	snprintf(to, sizeof(to), "%s/page.html", dir);
	char *argv[] = {name, option, public_key, page, to, archive, NULL};
	ck_assert_int_eq(quiet(cmd_verify, argv), EXIT_OK);
	struct err e;
	char *text = file_read(to, FILE_MAX, NULL, &e), *there = take("certificate.html");
	ck_assert_str_eq(text, there);
	ck_assert_ptr_nonnull(strstr(text, "\"deviates\""));
	ck_assert_int_eq(unlink(to), 0);
	ck_assert(replace("certificate.txt", 0, "DEVIATES", "CONFORMS"));
	seal();
	ck_assert_int_eq(quiet(cmd_verify, argv), EXIT_RED);
	ck_assert_int_ne(access(to, F_OK), 0);
	free(there);
	free(text);
}
END_TEST

/* ---- logs ---- */

static const char log_name[] = "runs/1/logs/target.nop.echo-0.jsonl.gz";

/* The lines of a log, without the last one, which closes it. */
static size_t open_log(char *lines[], size_t room)
{
	struct err e;
	char plain[128];
	snprintf(plain, sizeof(plain), "%s/plain", dir);
	unlink(plain);
	ck_assert_int_eq(packed_expand(in_folder(log_name), plain, FILE_MAX, &e), 0);
	char *text = file_read(plain, FILE_MAX, NULL, &e), *rest = text;
	size_t n = 0;
	for (char *line; (line = strsep(&rest, "\n")) && *line && n < room;)
		lines[n++] = strdup(line);
	free(text);
	ck_assert_uint_gt(n, 10);
	return n;
}

/* Closed anew, so that its own digest fits. */
static void close_log(char *lines[], size_t n)
{
	struct err e;
	char digest[DIGEST_TEXT], plain[128], *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	for (size_t i = 0; i + 1 < n; i++)
		fprintf(out, "%s\n", lines[i]);
	fflush(out);
	digest_bytes(text, len, digest);
	json_t *last = json_loads(lines[n - 1], 0, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(last, "name")), "closed");
	json_object_set_new(last, "text", json_string(digest));
	char *line = json_dumps(last, JSON_COMPACT);
	fprintf(out, "%s\n", line);
	fclose(out);
	snprintf(plain, sizeof(plain), "%s/plain", dir);
	ck_assert_int_eq(file_replace(plain, text, len, &e), 0);
	ck_assert_int_eq(packed_write(plain, in_folder(log_name), &e), 0);
	free(line);
	free(text);
	json_decref(last);
	for (size_t i = 0; i < n; i++)
		free(lines[i]);
}

/* One event less, the others numbered as if it had never been. */
static void drop_event(size_t which)
{
	char *lines[500];
	size_t n = open_log(lines, 500);
	const size_t at = 1 + which % (n - 2);
	free(lines[at]);
	for (size_t i = at; i + 1 < n; i++) {
		json_t *o = json_loads(lines[i + 1], 0, NULL);
		json_object_set_new(o, "seq", json_integer((json_int_t)i + 1));
		lines[i] = json_dumps(o, JSON_COMPACT);
		free(lines[i + 1]);
		lines[i + 1] = NULL;
		json_decref(o);
	}
	close_log(lines, n - 1);
}

/* Another number in a message that came, or at a time. */
static void change_event(size_t which)
{
	char *lines[500];
	const size_t n = open_log(lines, 500);
	for (size_t i = 0, seen = 0; i + 1 < n; i++) {
		json_t *o = json_loads(lines[i], 0, NULL);
		const char *bytes = json_string_value(json_object_get(o, "bytes"));
		if (bytes && strlen(bytes) > 20 && seen++ == which % 6) {
			char *changed = strdup(bytes);
			char *digit = changed + (which * 7) % strlen(changed);
			*digit = *digit == '0' ? '1' : '0';
			json_object_set_new(o, "bytes", json_string(changed));
			free(changed);
			free(lines[i]);
			lines[i] = json_dumps(o, JSON_COMPACT);
			which = SIZE_MAX - 5; /* no other one */
		}
		json_decref(o);
	}
	close_log(lines, n);
}

/* The log says that the case had another text. */
static void swap_text(void)
{
	char *lines[500];
	const size_t n = open_log(lines, 500);
	json_t *o = json_loads(lines[0], 0, NULL);
	char *text = json_dumps(o, JSON_COMPACT);
	for (size_t i = 0; i + 1 < n; i++) {
		char *digest = strstr(lines[i], "\"text\":\"");
		if (digest && strspn(digest + 8, "0123456789abcdef") == 64) {
			digest[8] = digest[8] == '0' ? '1' : '0';
			break;
		}
	}
	free(text);
	json_decref(o);
	close_log(lines, n);
}

/* The log of one case under the name of the other. */
static void swap_logs(void)
{
	char other[256], here[256];
	snprintf(here, sizeof(here), "%s", in_folder(log_name));
	snprintf(other, sizeof(other), "%s", in_folder("runs/1/logs/target.nop.echo-1.jsonl.gz"));
	char *kept = text_format("%s/kept", dir);
	ck_assert_int_eq(rename(here, kept) || rename(other, here) || rename(kept, other), 0);
	free(kept);
}

/* ---- a hundred of them ---- */

enum { FORGERIES = 100 };

static void forge(size_t n)
{
	static const struct {
		const char *file, *word, *other;
	} words[] = {
		{"runs/1/report.json", "\"verdict\": \"fail\"", "\"verdict\": \"pass\""},
		{"runs/1/report.json", "\"verdict\": \"pass\"", "\"verdict\": \"fail\""},
		{"runs/1/report.json", "\"fail\": 1", "\"fail\": 0"},
		{"runs/1/report.json", "\"planned\": 2", "\"planned\": 1"},
		{"runs/1/report.json", "\"reason\": \"", "\"reason\": \"all is well: "},
		{"runs/1/report.json", "\"log\": \"logs/target.nop.echo-0.jsonl\"",
		 "\"log\": \"logs/target.nop.echo-1.jsonl\""},
		{"runs/1/report.html", "\"verdict\":\"fail\"", "\"verdict\":\"pass\""},
		{"runs/1/report.html", "\"summary\":", "\"summarY\":"},
		{"runs/1/junit.xml", "<failure", "<skipped"},
		{"runs/1/junit.xml", "failures=\"", "failures=\"1"},
		{"runs/1/journal.jsonl", "\"verdict\":\"pass\"", "\"verdict\":\"fail\""},
		{"runs/1/journal.jsonl", "\"close\":\"clean\"", "\"close\":\"abrupt\""},
		{"certificate.txt", "DEVIATES", "CONFORMS"},
		{"certificate.txt", "fail", "pass"},
		{"certificate.html", "deviates", "conforms"},
		{"certificate.json", "\"deviates\"", "\"conforms\""},
		{"certificate.json", "\"judged\": 1", "\"judged\": 2"},
		{"certificate.json", "\"fail\"", "\"warn\""},
	};
	enum { WORDS = sizeof(words) / sizeof(*words) };

	if (n == 98) {
		swap_text();
	} else if (n == 99) {
		swap_logs();
	} else if (n % 3 == 0) {
		drop_event(n / 3);
	} else if (n % 3 == 1) {
		change_event(n / 3);
	} else {
		/* Where a file has not so many of a word, the first one. */
		const size_t w = n / 3 % WORDS;
		if (!replace(words[w].file, n / 3 / WORDS, words[w].word, words[w].other))
			ck_assert_msg(replace(words[w].file, 0, words[w].word, words[w].other),
				      "%s has no %s", words[w].file, words[w].word);
	}
}

START_TEST(one_that_was_forged_with_the_key)
{
	forge((size_t)_i);
	seal();
	const int status = verify();
	ck_assert_msg(status == EXIT_RED || status == EXIT_USAGE, "forgery %d: %d", _i, status);
}
END_TEST

/* ---- page and captures ---- */

static const char capture_name[] = "runs/1/pcap/target.nop.echo-0.pcapng.gz",
		  page_name[] = "runs/1/report.html";

/* A capture in plain, `dir`/plain. */
static char *open_capture(size_t *len)
{
	struct err e;
	char plain[128];
	snprintf(plain, sizeof(plain), "%s/plain", dir);
	unlink(plain);
	ck_assert_int_eq(packed_expand(in_folder(capture_name), plain, FILE_MAX, &e), 0);
	char *bytes = file_read(plain, FILE_MAX, len, &e);
	ck_assert_ptr_nonnull(bytes);
	return bytes;
}

/* The n-th of eight places in it, the last of which is the end. */
static void change_capture(unsigned n)
{
	struct err e;
	size_t len;
	char *bytes = open_capture(&len);
	if (n == 7)
		len -= 4;
	else
		bytes[len * (n + 1) / 8] ^= 1;
	ck_assert_int_eq(packed_put(bytes, len, in_folder(capture_name), &e), 0);
	free(bytes);
}

static void drop_capture(unsigned n)
{
	(void)n;
	ck_assert_int_eq(unlink(in_folder(capture_name)), 0);
}

static void add_capture(unsigned n)
{
	struct err e;
	(void)n;
	ck_assert_int_eq(packed_put("x", 1, in_folder("runs/1/pcap/target.nop.echo.pcapng.gz"), &e),
			 0);
}

static void plain_capture(unsigned n)
{
	size_t len;
	char *bytes = open_capture(&len);
	(void)n;
	put(capture_name, bytes, len);
	free(bytes);
}

/* base64 of zlib's format. */
static char *unpack_text(const char *at, size_t len, size_t *out_len)
{
	struct base64_decode_ctx ctx;
	size_t n;
	uint8_t *packed = malloc(BASE64_DECODE_LENGTH(len));
	base64_decode_init(&ctx);
	ck_assert_int_eq(base64_decode_update(&ctx, &n, packed, len, at), 1);
	uLongf room = FILE_MAX;
	char *text = malloc(room);
	ck_assert_int_eq(uncompress((Bytef *)text, &room, packed, n), Z_OK);
	*out_len = room;
	free(packed);
	return text;
}

static char *pack_text(const char *text, size_t len, size_t *out_len)
{
	uLongf n = compressBound(len);
	uint8_t *packed = malloc(n);
	ck_assert_int_eq(compress2(packed, &n, (const Bytef *)text, len, Z_BEST_SPEED), Z_OK);
	*out_len = BASE64_ENCODE_RAW_LENGTH(n);
	char *out = malloc(*out_len + 1);
	base64_encode_raw(out, n, packed);
	out[*out_len] = '\0';
	free(packed);
	return out;
}

/* A log in the page, packed anew with other zlib settings, as another library might; changed by one
 * character where `change`. */
static void pack_anew(bool change)
{
	size_t len, packed_len;
	char *page = take(page_name), *at = strstr(page, "id=\"log-0\">");
	ck_assert_ptr_nonnull(at);
	at += strlen("id=\"log-0\">");
	char *end = strchr(at, '<');
	char *text = unpack_text(at, (size_t)(end - at), &len);
	if (change)
		text[len / 2] ^= 1;
	char *packed = pack_text(text, len, &packed_len);
	ck_assert(packed_len != (size_t)(end - at));
	char *changed = text_format("%.*s%s%s", (int)(at - page), page, packed, end);
	put(page_name, changed, strlen(changed));
	free(changed);
	free(packed);
	free(text);
	free(page);
}

static void change_log_of_page(unsigned n)
{
	(void)n;
	pack_anew(true);
}

static void drop_page(unsigned n)
{
	(void)n;
	ck_assert_int_eq(unlink(in_folder(page_name)), 0);
}

static const struct {
	void (*forge)(unsigned n);
	unsigned n;
} made_files[] = {
	{change_capture, 0}, {change_capture, 1}, {change_capture, 2}, {change_capture, 3},
	{change_capture, 4}, {change_capture, 5}, {change_capture, 6}, {change_capture, 7},
	{drop_capture, 0},   {add_capture, 0},	  {plain_capture, 0},  {change_log_of_page, 0},
	{drop_page, 0},
};

START_TEST(what_follows_from_a_log_forged_with_the_key)
{
	made_files[_i].forge(made_files[_i].n);
	seal();
	ck_assert_int_eq(verify(), EXIT_RED);
}
END_TEST

/* Who verifies may have another zlib than who signed. */
START_TEST(packed_by_another_library)
{
	size_t len;
	char *bytes = open_capture(&len);
	gzFile out = gzopen(in_folder(capture_name), "wb1");
	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(gzwrite(out, bytes, (unsigned)len), (int)len);
	ck_assert_int_eq(gzclose(out), Z_OK);
	free(bytes);
	pack_anew(false);
	seal();
	ck_assert_int_eq(verify(), EXIT_OK);
}
END_TEST

/* What makes a forgery of it is the forging, not the sealing. */
START_TEST(sealed_anew_and_true)
{
	char *lines[500] = {NULL};
	const size_t n = open_log(lines, 500);
	close_log(lines, n);
	seal();
	ck_assert_int_eq(verify(), EXIT_OK);
}
END_TEST

Suite *verify_suite(void)
{
	Suite *s = suite_create("verify");
	TCase *t = tcase_create("verify");
	tcase_add_unchecked_fixture(t, make_first, drop_first);
	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_true_one_holds);
	tcase_add_test(t, its_first_page);
	tcase_add_test(t, a_key_that_nobody_named);
	tcase_add_test(t, another_key);
	tcase_add_test(t, what_is_no_key);
	tcase_add_loop_test(t, a_byte_that_was_changed, 0, FLIPS / FLIPS_A_TEST);
	tcase_add_test(t, what_was_cut_or_made_longer);
	tcase_add_test(t, sealed_anew_and_true);
	tcase_add_test(t, packed_by_another_library);
	tcase_add_loop_test(t, what_follows_from_a_log_forged_with_the_key, 0,
			    sizeof(made_files) / sizeof(*made_files));
	tcase_add_loop_test(t, one_that_was_forged_with_the_key, 0, FORGERIES);
	suite_add_tcase(s, t);
	return s;
}
