/* test_transport_folder.c - the promises of transport.h, over a directory. */

#include "tests/unit/testing.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "transport/transport.h"

enum { NO_LIMIT = 1 << 30 };

struct fixture {
	struct config cfg;
	struct partner p;
	char *root;  /* the partner's tree */
	char *local; /* ours, and the home */
	struct transport *t;
	struct remote_entry *entry; /* of the last listing */
	size_t count;
	size_t skipped;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->root = testing_tmpdir(f);
	f->local = testing_tmpdir(f);
	f->cfg.home = f->local;
	f->p = (struct partner){
		.id = mem_strdup(f, "wms-east"),
		.transport = mem_strdup(f, "folder"),
		.path = f->root,
		.max_entries = 100,
	};
	*state = f;
	ASSERT_OK((f->t = transport_open(f, &f->cfg, &f->p, ERR)) != NULL);
	return 0;
}

static char *
there(struct fixture *f, const char *name)
{
	return mem_printf(f, "%s/%s", f->root, name);
}

static char *
ours(struct fixture *f, const char *name)
{
	return mem_printf(f, "%s/%s", f->local, name);
}

static void
put_text(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static bool
list(struct fixture *f, const char *dir)
{
	return transport_list(f->t, f, dir, &f->entry, &f->count, &f->skipped,
	    ERR);
}

static int64_t
mtime_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mtime;
}

static void
test_open__folder_is_missing__is_unreachable(void **state)
{
	struct fixture *f = *state;

	f->p.path = ours(f, "none");
	ASSERT_FAILS(OMS_PEER, transport_open(f, &f->cfg, &f->p, ERR) != NULL);
	assert_non_null(strstr(ERR->reason, f->p.path));
}

static void
test_open__no_path__is_a_configuration_error(void **state)
{
	struct fixture *f = *state;

	f->p.path = mem_strdup(f, "");
	ASSERT_FAILS(OMS_CONFIG,
	    transport_open(f, &f->cfg, &f->p, ERR) != NULL);
	f->p.transport = mem_strdup(f, "pigeon");
	ASSERT_FAILS(OMS_CONFIG,
	    transport_open(f, &f->cfg, &f->p, ERR) != NULL);
	assert_non_null(strstr(ERR->reason, "pigeon"));
}

static void
test_list__plain_files__are_sorted_and_others_left_out(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(there(f, "in"), 0700), 0);
	assert_int_equal(mkdir(there(f, "in/sub"), 0700), 0);
	put_text(there(f, "in/b.xml"), "bb");
	put_text(there(f, "in/a.xml"), "");
	put_text(there(f, "in/new\nline"), "x");
	put_text(there(f, "in/\xc3\x28"), "x");
	assert_int_equal(symlink("b.xml", there(f, "in/link")), 0);
	assert_int_equal(mkfifo(there(f, "in/pipe"), 0600), 0);

	ASSERT_OK(list(f, "in"));
	assert_int_equal(f->count, 2);
	assert_int_equal(f->skipped, 2);
	assert_string_equal(f->entry[0].name, "a.xml");
	assert_string_equal(f->entry[1].name, "b.xml");
	assert_int_equal(f->entry[1].size_bytes, 2);
	assert_int_equal(f->entry[1].mtime_s, mtime_of(there(f, "in/b.xml")));
}

static void
test_list__over_the_limit__stops_and_the_session_goes_on(void **state)
{
	struct fixture *f = *state;

	put_text(there(f, "a"), "");
	put_text(there(f, "b"), "");
	f->p.max_entries = 1;
	ASSERT_FAILS(OMS_LIMIT, list(f, ""));
	f->p.max_entries = 2;
	ASSERT_OK(list(f, ""));
	assert_int_equal(f->count, 2);
}

static void
test_list__bad_folder__says_which(void **state)
{
	struct fixture *f = *state;

	ASSERT_FAILS(OMS_NOT_FOUND, list(f, "none"));
	assert_non_null(strstr(ERR->reason, "list \"none\""));
	put_text(there(f, "file"), "");
	ASSERT_FAILS(OMS_NOT_FOUND, list(f, "file"));
}

/* A link planted in the tree must not lead out of it. */
static void
test_list__link_or_dots_in_the_way__is_denied(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink(f->local, there(f, "out")), 0);
	ASSERT_FAILS(OMS_NOT_FOUND, list(f, "out"));
	assert_int_equal(mkdir(there(f, "a"), 0700), 0);
	ASSERT_FAILS(OMS_NET_DENIED, list(f, "../"));
	ASSERT_FAILS(OMS_NET_DENIED, list(f, "a/../.."));
}

static void
test_get__as_listed__copies_and_hashes(void **state)
{
	struct fixture *f = *state;
	char sha[FS_SHA_BYTES], want[FS_SHA_BYTES];

	put_text(there(f, "a.xml"), "order");
	fs_sha_of("order", 5, want);
	ASSERT_OK(transport_get(f->t, "", "a.xml", 5,
	    mtime_of(there(f, "a.xml")), 5, ours(f, "dst"), sha, ERR));
	assert_string_equal(sha, want);
	assert_file_is(f->local, "dst", "order", 5);
}

static void
test_get__not_as_listed__is_unstable_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	char sha[FS_SHA_BYTES];
	int64_t mtime_s;

	put_text(there(f, "a"), "order");
	mtime_s = mtime_of(there(f, "a"));
	ASSERT_FAILS(OMS_UNSTABLE,
	    transport_get(f->t, "", "a", 4, mtime_s, NO_LIMIT, ours(f, "dst"),
		sha, ERR));
	ASSERT_FAILS(OMS_UNSTABLE,
	    transport_get(f->t, "", "a", 5, mtime_s + 1, NO_LIMIT,
		ours(f, "dst"), sha, ERR));
	ASSERT_FAILS(OMS_LIMIT,
	    transport_get(f->t, "", "a", 5, mtime_s, 4, ours(f, "dst"), sha,
		ERR));
	assert_tree_is(f->local, "");
}

static void
test_get__link_or_pipe__is_denied(void **state)
{
	struct fixture *f = *state;
	char sha[FS_SHA_BYTES];

	put_text(there(f, "a"), "order");
	assert_int_equal(symlink("a", there(f, "link")), 0);
	assert_int_equal(mkfifo(there(f, "pipe"), 0600), 0);
	ASSERT_FAILS(OMS_NET_DENIED,
	    transport_get(f->t, "", "link", 5, 0, NO_LIMIT, ours(f, "dst"), sha,
		ERR));
	ASSERT_FAILS(OMS_NET_DENIED,
	    transport_get(f->t, "", "pipe", 0, 0, NO_LIMIT, ours(f, "dst"), sha,
		ERR));
}

static void
test_put__twice__holds_the_last_bytes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(there(f, "out"), 0700), 0);
	put_text(ours(f, "one"), "a longer text");
	put_text(ours(f, "two"), "short");
	ASSERT_OK(transport_put(f->t, ours(f, "one"), "/out/", ".1.part", ERR));
	ASSERT_OK(transport_put(f->t, ours(f, "two"), "out", ".1.part", ERR));
	assert_file_is(f->root, "out/.1.part", "short", 5);
}

static void
test_put__pipe_is_in_the_way__is_denied(void **state)
{
	struct fixture *f = *state;

	put_text(ours(f, "one"), "text");
	assert_int_equal(mkfifo(there(f, "a"), 0600), 0);
	ASSERT_FAILS(OMS_NET_DENIED,
	    transport_put(f->t, ours(f, "one"), "", "a", ERR));
	ASSERT_FAILS(OMS_NOT_FOUND,
	    transport_put(f->t, ours(f, "one"), "none", "a", ERR));
}

static void
test_rename__onto_a_file__is_refused_and_keeps_both(void **state)
{
	struct fixture *f = *state;

	put_text(there(f, "a"), "a");
	put_text(there(f, "b"), "bb");
	ASSERT_FAILS(OMS_EXISTS, transport_rename(f->t, "", "a", "", "b", ERR));
	assert_file_is(f->root, "a", "a", 1);
	assert_file_is(f->root, "b", "bb", 2);
	ASSERT_OK(transport_rename(f->t, "", "a", "", "c", ERR));
	assert_tree_is(f->root, "./b\n./c\n");
	ASSERT_FAILS(OMS_NOT_FOUND,
	    transport_rename(f->t, "", "a", "", "c", ERR));
}

static void
test_remove__twice__is_fine(void **state)
{
	struct fixture *f = *state;
	int64_t bytes = 0;

	put_text(there(f, "a"), "a");
	ASSERT_OK(transport_remove(f->t, "", "a", ERR));
	ASSERT_OK(transport_remove(f->t, "", "a", ERR));
	ASSERT_OK(transport_stat(f->t, "", "a", &bytes, ERR));
	assert_int_equal(bytes, -1);
	assert_int_equal(mkdir(there(f, "dir"), 0700), 0);
	ASSERT_FAILS(OMS_NET_DENIED, transport_remove(f->t, "", "dir", ERR));
}

static void
test_any__unsafe_name__is_refused_and_touches_nothing(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a/b", "../x", "a\nb",
		"\x7f", "\xff" };
	struct fixture *f = *state;
	char sha[FS_SHA_BYTES];
	char longest[300];
	int64_t bytes;

	put_text(ours(f, "src"), "text");
	for (size_t i = 0; i < COUNT(bad); i++) {
		ASSERT_FAILS(OMS_VALUE,
		    transport_put(f->t, ours(f, "src"), "", bad[i], ERR));
		ASSERT_FAILS(OMS_VALUE,
		    transport_get(f->t, "", bad[i], 1, 1, 1, ours(f, "dst"),
			sha, ERR));
		ASSERT_FAILS(OMS_VALUE,
		    transport_rename(f->t, "", "a", "", bad[i], ERR));
		ASSERT_FAILS(OMS_VALUE,
		    transport_remove(f->t, "", bad[i], ERR));
	}
	memset(longest, 'a', sizeof(longest));
	longest[256] = '\0';
	ASSERT_FAILS(OMS_VALUE, transport_stat(f->t, "", longest, &bytes, ERR));
	assert_tree_is(f->root, "");
	longest[255] = '\0';
	ASSERT_OK(transport_put(f->t, ours(f, "src"), "", longest, ERR));
}

static void
test_any__after_a_local_failure__the_session_has_ended(void **state)
{
	struct fixture *f = *state;
	int64_t bytes;

	ASSERT_FAILS(OMS_IO,
	    transport_put(f->t, ours(f, "none"), "", "a", ERR));
	ASSERT_FAILS(OMS_NET_PROTOCOL,
	    transport_stat(f->t, "", "a", &bytes, ERR));
	assert_non_null(strstr(ERR->reason, "ended before"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open__folder_is_missing__is_unreachable),
		TEST(test_open__no_path__is_a_configuration_error),
		TEST(test_list__plain_files__are_sorted_and_others_left_out),
		TEST(test_list__over_the_limit__stops_and_the_session_goes_on),
		TEST(test_list__bad_folder__says_which),
		TEST(test_list__link_or_dots_in_the_way__is_denied),
		TEST(test_get__as_listed__copies_and_hashes),
		TEST(test_get__not_as_listed__is_unstable_and_leaves_nothing),
		TEST(test_get__link_or_pipe__is_denied),
		TEST(test_put__twice__holds_the_last_bytes),
		TEST(test_put__pipe_is_in_the_way__is_denied),
		TEST(test_rename__onto_a_file__is_refused_and_keeps_both),
		TEST(test_remove__twice__is_fine),
		TEST(test_any__unsafe_name__is_refused_and_touches_nothing),
		TEST(test_any__after_a_local_failure__the_session_has_ended),
	};
	return cmocka_run_group_tests_name("transport_folder", tests, NULL,
	    NULL);
}
