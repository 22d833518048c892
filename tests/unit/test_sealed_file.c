/* Whole files under a key (SEC-07): what goes in comes out, or nothing does. */

#include "tests/unit/testing.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sealed_file.h"

static const char
    hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static int
setup(void **state)
{
	*state = mem_ctx_new(mem_ctx_new(NULL, "test"), "state");
	return 0;
}

struct sealed {
	mem_ctx *ctx;
	struct file_key key;
	char *plain, *path, *out;
	size_t bytes;
	char sha[FS_SHA_BYTES];
};

static struct sealed *
seal_bytes(mem_ctx *ctx, size_t n)
{
	struct sealed *s = mem_new(ctx, struct sealed);
	char *dir = testing_tmpdir(ctx), *text = mem_zero(ctx, n + 1, "text");
	char sha[FS_SHA_BYTES];
	int64_t bytes;
	int fd;

	for (size_t i = 0; i < n; i++)
		text[i] = (char)(i * 7 + i / 251);
	s->ctx = ctx;
	s->bytes = n;
	s->plain = fs_path(ctx, dir, "plain");
	s->path = fs_path(ctx, dir, "sealed");
	s->out = fs_path(ctx, dir, "out");
	ASSERT_OK(file_key_parse(hex, &s->key, ERR));
	ASSERT_OK(fs_write_tmp(s->plain, text, n, 0600, ERR));
	fs_sha_of(text, n, s->sha);
	fd = open(s->plain, O_RDONLY);
	ASSERT_OK(sealed_file_write(fd, s->path, &s->key, sha, &bytes, ERR));
	close(fd);
	assert_string_equal(sha, s->sha);
	assert_int_equal(bytes, n);
	return s;
}

static bool
open_it(struct sealed *s, struct oms_error *err)
{
	char sha[FS_SHA_BYTES];
	int64_t bytes;
	int fd = open(s->path, O_RDONLY);
	bool ok = sealed_file_read(fd, s->out, &s->key, sha, &bytes, err);

	close(fd);
	if (ok) {
		assert_string_equal(sha, s->sha);
		assert_int_equal(bytes, s->bytes);
		assert_int_equal(unlink(s->out), 0);
	} else {
		assert_int_equal(access(s->out, F_OK), -1);
	}
	return ok;
}

static void
refused(struct sealed *s)
{
	struct oms_error err = NO_ERROR;

	assert_false(open_it(s, &err));
	assert_int_equal(err.code, OMS_SECRET);
}

static void
test_sealed_file__any_length__comes_back_whole(void **state)
{
	static const size_t lengths[] = { 0, 1, 65535, 65536, 65537, 131072,
		200000 };
	mem_ctx *ctx = *state;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct sealed *s = seal_bytes(ctx, lengths[i]);
		struct stat st;

		ASSERT_OK(open_it(s, ERR));
		assert_int_equal(stat(s->path, &st), 0);
		assert_int_equal(st.st_size,
		    sealed_file_bytes((int64_t)lengths[i]));
	}
}

static void
test_sealed_file__another_key__nothing_comes_out(void **state)
{
	struct sealed *s = seal_bytes(*state, 1000);

	s->key.byte[31] ^= 1;
	refused(s);
}

static void
test_sealed_file__any_byte_changed__nothing_comes_out(void **state)
{
	struct sealed *s = seal_bytes(*state, 70000);
	int64_t size = sealed_file_bytes(70000);
	static const int64_t places[] = { 0, 8, 31, 32, 33, 65000, 65584, 65585,
		65586, 70000, -1 };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int64_t at = places[i] < 0 ? size + places[i] : places[i];
		int fd = open(s->path, O_RDWR);
		unsigned char c;

		assert_int_equal(pread(fd, &c, 1, at), 1);
		c ^= 0x40;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		refused(s);
		c ^= 0x40;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		close(fd);
	}
	ASSERT_OK(open_it(s, ERR));
}

static void
test_sealed_file__cut_or_longer__nothing_comes_out(void **state)
{
	struct sealed *s = seal_bytes(*state, 65536);
	int64_t size = sealed_file_bytes(65536);

	/* At the end of its first chunk, so that only its last is missing. */
	assert_int_equal(truncate(s->path, 32 + 65536 + 17), 0);
	refused(s);
	assert_int_equal(truncate(s->path, 20), 0);
	refused(s);
	s = seal_bytes(s->ctx, 65536);
	assert_int_equal(truncate(s->path, size + 1), 0);
	refused(s);
}

static void
test_file_key_name__same_text__same_name_only_with_the_key(void **state)
{
	struct file_key a, b;
	char x[FS_SHA_BYTES], y[FS_SHA_BYTES];

	(void)state;
	ASSERT_OK(file_key_parse(hex, &a, ERR));
	b = a;
	file_key_name(&a, "text", x);
	file_key_name(&b, "text", y);
	assert_string_equal(x, y);
	b.byte[0] ^= 1;
	file_key_name(&b, "text", y);
	assert_string_not_equal(x, y);
	file_key_wipe(&b);
	assert_int_equal(b.byte[1], 0);
}

static void
test_file_key_parse__no_key__is_refused_and_not_told(void **state)
{
	struct oms_error err = NO_ERROR;
	struct file_key key;

	(void)state;
	assert_false(file_key_parse("not a key at all", &key, &err));
	assert_int_equal(err.code, OMS_SECRET);
	assert_null(strstr(err.reason, "not a key"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sealed_file__any_length__comes_back_whole),
		TEST(test_sealed_file__another_key__nothing_comes_out),
		TEST(test_sealed_file__any_byte_changed__nothing_comes_out),
		TEST(test_sealed_file__cut_or_longer__nothing_comes_out),
		TEST(
		    test_file_key_name__same_text__same_name_only_with_the_key),
		TEST(test_file_key_parse__no_key__is_refused_and_not_told),
	};

	return cmocka_run_group_tests_name("sealed_file", tests, NULL, NULL);
}
