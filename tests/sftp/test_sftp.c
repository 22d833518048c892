/*
 * test_sftp.c - the promises of transport.h, against real OpenSSH servers.
 *
 * tests/sftp/run starts the servers; argv[1] holds one folder for each, as
 * tools/sshd makes it.  Every test runs twice: with the session in this
 * process, and in a child (transport_spawn).
 */
#include "tests/unit/testing.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "transport/transport.h"

enum { BIG_BYTES = 400 << 20, SOME_BYTES = 3 << 20, NO_LIMIT = 1 << 30 };

static const char *servers; /* argv[1] */

struct fixture {
	struct config cfg;
	struct partner p;
	char *server; /* its folder */
	char *files;  /* where its logins land */
	char *local;  /* a folder of ours */
	bool is_spawned;
};

/* Is the libssh2 we run with one that knows rsa-sha2, GCM and EtM? */
static bool
is_modern(void)
{
	return libssh2_version(0x010b00) != NULL;
}

static char *
text_of(mem_ctx *ctx, const char *dir, const char *name)
{
	struct oms_error err = NO_ERROR;
	char path[512];
	char *s;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	s = fs_read(ctx, path, 1 << 20, &n, &err);
	if (s == NULL)
		fail_msg("%s", err.reason);
	while (n > 0 && s[n - 1] == '\n')
		s[--n] = '\0';
	return s;
}

/* Pin every line of the file, as ssh_config's known_hosts would. */
static void
pin(struct fixture *f, const char *dir, const char *name)
{
	char *s = text_of(f, dir, name);

	f->p.host_key_count = 0;
	while (s != NULL) {
		char *line = strsep(&s, "\n");

		f->p.host_keys[f->p.host_key_count++] = line;
	}
}

/* Point the fixture at one of the servers. */
static void
use(struct fixture *f, const char *mode)
{
	f->server = mem_printf(f, "%s/%s", servers, mode);
	f->files = mem_printf(f, "%s/files", f->server);
	f->p = (struct partner){
		.id = mem_strdup(f, "shop"),
		.transport = mem_strdup(f, "sftp"),
		.path = mem_strdup(f, ""),
		.host = mem_strdup(f, "127.0.0.1"),
		.port = strtol(text_of(f, f->server, "port"), NULL, 10),
		.user = text_of(f, f->server, "user"),
		.key_file = mem_printf(f, "%s/client_ed25519", f->server),
		.passphrase = mem_strdup(f, ""),
		.password = mem_strdup(f, ""),
		.connect_timeout_ms = 5000,
		.idle_timeout_ms = 10000,
		.file_deadline_s = 60,
		.session_deadline_s = 120,
		.keepalive_s = 1,
		.max_entries = 1000,
	};
	pin(f, f->server, "host_key");
}

static int
setup_as(void **state, bool is_spawned)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	f->local = testing_tmpdir(f);
	f->is_spawned = is_spawned;
	f->cfg.home = f->local;
	f->cfg.child_memory_bytes = 512 << 20;
	use(f, "default");
	*state = f;
	return 0;
}

static int
setup_direct(void **state)
{
	return setup_as(state, false);
}

static int
setup_spawned(void **state)
{
	return setup_as(state, true);
}

static struct transport *
try_open(struct fixture *f)
{
	return f->is_spawned ? transport_spawn(f, &f->cfg, &f->p, -1, ERR)
			     : transport_open(f, &f->cfg, &f->p, ERR);
}

static struct transport *
open_ok(struct fixture *f)
{
	struct transport *t;

	ASSERT_OK((t = try_open(f)) != NULL);
	return t;
}

static void
assert_says(const char *part)
{
	if (strstr(ERR->reason, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, ERR->reason);
}

/* A file of n bytes: of noise, or a hole. */
static char *
make_file(struct fixture *f, const char *dir, const char *name, off_t n,
    bool is_noise)
{
	char *path = mem_printf(f, "%s/%s", dir, name);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	uint64_t x = 88172645463325252U;

	assert_true(fd >= 0);
	if (!is_noise) {
		assert_int_equal(ftruncate(fd, n), 0);
	} else {
		for (off_t i = 0; i < n; i += (off_t)sizeof(x)) {
			size_t part = n - i < (off_t)sizeof(x) ? (size_t)(n - i)
							       : sizeof(x);

			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			assert_int_equal(write(fd, &x, part), part);
		}
	}
	close(fd);
	return path;
}

static int64_t
mtime_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mtime;
}

static off_t
size_of(const char *dir, const char *name)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) < 0 ? -1 : st.st_size;
}

static void
fresh_folder(struct fixture *f, const char *name)
{
	char *empty = mem_printf(f, "find '%s' -mindepth 1 -delete", f->files);

	assert_int_equal(system(empty), 0);
	assert_int_equal(mkdir(mem_printf(f, "%s/%s", f->files, name), 0700),
	    0);
}

/*
 * Who we talk to.
 */

static char *
fingerprint(struct fixture *f, const char *dir, const char *file)
{
	char line[512];
	FILE *p = popen(mem_printf(f, "ssh-keygen -l -f '%s/%s'", dir, file),
	    "r");
	char *from, *to;

	assert_non_null(p);
	assert_non_null(fgets(line, sizeof(line), p));
	pclose(p);
	from = strstr(line, "SHA256:");
	assert_non_null(from);
	to = strchr(from, ' ');
	return mem_strndup(f, from, (size_t)(to - from));
}

/* How often the server saw somebody begin to log in. */
static size_t
logins(struct fixture *f)
{
	char *log = text_of(f, f->server, "sshd.log");
	size_t n = 0;

	for (char *s = log; (s = strstr(s, "authenticating user")) != NULL; s++)
		n++;
	for (char *s = log; (s = strstr(s, "Accepted ")) != NULL; s++)
		n++;
	return n;
}

static void
test_open__pinned_key_and_ed25519__logs_in(void **state)
{
	struct fixture *f = *state;
	char *text;
	struct transport *t = open_ok(f);

	ASSERT_OK((text = transport_describe(t, f, ERR)) != NULL);
	assert_non_null(strstr(text, "host_key: ssh-ed25519\n"));
	assert_non_null(strstr(text, "login: key file\n"));
	assert_non_null(
	    strstr(text, fingerprint(f, f->server, "host_ed25519.pub")));
	assert_non_null(strstr(text, libssh2_version(0)));
}

static void
test_open__several_pins__any_of_them_will_do(void **state)
{
	struct fixture *f = *state;

	f->p.host_keys[0] = text_of(f, servers, "stranger.pub");
	f->p.host_keys[1] = text_of(f, f->server, "host_ecdsa.pub");
	f->p.host_key_count = 2;
	open_ok(f);
}

static void
test_open__no_pin__is_refused_with_the_fingerprint(void **state)
{
	struct fixture *f = *state;
	size_t before = logins(f);

	f->p.host_key_count = 0;
	ASSERT_FAILS(OMS_HOST_KEY, try_open(f) != NULL);
	assert_says(fingerprint(f, f->server, "host_ed25519.pub"));
	assert_says("ssh-ed25519");
	assert_says("pinned: none");
	assert_int_equal(logins(f), before);
}

static void
test_open__changed_key__is_refused_before_login(void **state)
{
	struct fixture *f = *state;
	size_t before = logins(f);

	f->p.host_keys[0] = text_of(f, servers, "etm-only/host_ed25519.pub");
	f->p.host_key_count = 1;
	ASSERT_FAILS(OMS_HOST_KEY, try_open(f) != NULL);
	assert_says(fingerprint(f, f->server, "host_ed25519.pub"));
	assert_says("pinned: ssh-ed25519");
	assert_int_equal(logins(f), before);
}

static void
test_open__key_of_another_type__is_refused_and_names_both(void **state)
{
	struct fixture *f = *state;
	size_t before = logins(f);

	f->p.host_keys[0] = text_of(f, servers, "stranger.pub");
	f->p.host_key_count = 1;
	ASSERT_FAILS(OMS_HOST_KEY, try_open(f) != NULL);
	assert_says("shows the ssh-ed25519 key");
	assert_says("pinned: ecdsa-sha2-nistp384");
	assert_int_equal(logins(f), before);
}

static void
test_open__damaged_pin__is_a_configuration_error(void **state)
{
	struct fixture *f = *state;

	f->p.host_keys[0] = mem_strdup(f, "ssh-ed25519 AAAAC3NzaC1lZDI");
	ASSERT_FAILS(OMS_CONFIG, try_open(f) != NULL);
}

/* What libssh2 1.10 cannot do says the cure; what 1.11 can do works. */
static void
assert_needs_modern(struct fixture *f, const char *mode)
{
	use(f, mode);
	if (is_modern()) {
		open_ok(f);
		return;
	}
	ASSERT_FAILS(OMS_ALGORITHM, try_open(f) != NULL);
	assert_says(libssh2_version(0));
	assert_says("libssh2 1.11.1 or newer");
	assert_says("ask the partner");
	assert_says("aes-ctr");
}

static void
test_open__rsa_host_key_only__works_or_names_the_cure(void **state)
{
	assert_needs_modern(*state, "rsa-hostkey-only");
}

static void
test_open__modern_ciphers_only__works_or_names_the_cure(void **state)
{
	assert_needs_modern(*state, "modern-ciphers-only");
}

static void
test_open__etm_only__works_or_names_the_cure(void **state)
{
	assert_needs_modern(*state, "etm-only");
}

/*
 * Who we are.
 */

static void
test_open__ecdsa_key__logs_in(void **state)
{
	struct fixture *f = *state;

	f->p.key_file = mem_printf(f, "%s/client_ecdsa", f->server);
	open_ok(f);
}

static void
test_open__encrypted_key__needs_its_passphrase(void **state)
{
	struct fixture *f = *state;

	f->p.key_file = mem_printf(f, "%s/client_encrypted", f->server);
	ASSERT_FAILS(OMS_SECRET, try_open(f) != NULL);
	assert_says("passphrase is not set");
	setenv("OMS_TEST_SECRET", "wrong", 1);
	f->p.passphrase = mem_strdup(f, "env:OMS_TEST_SECRET");
	ASSERT_FAILS(OMS_AUTH, try_open(f) != NULL);
	assert_says("wrong passphrase");
	setenv("OMS_TEST_SECRET", text_of(f, f->server, "passphrase"), 1);
	open_ok(f);
}

static void
test_open__rsa_key__works_or_names_the_cure(void **state)
{
	struct fixture *f = *state;

	f->p.key_file = mem_printf(f, "%s/client_rsa", f->server);
	if (is_modern()) {
		open_ok(f);
		return;
	}
	ASSERT_FAILS(OMS_AUTH, try_open(f) != NULL);
	assert_says("RSA keys do not work with libssh2 1.10");
	assert_says("ed25519");
}

static void
test_open__key_the_server_does_not_know__is_refused(void **state)
{
	struct fixture *f = *state;

	f->p.key_file = mem_printf(f, "%s/etm-only/client_ed25519", servers);
	ASSERT_FAILS(OMS_AUTH, try_open(f) != NULL);
	assert_says("key file refused");
}

static void
test_open__key_file_open_to_others__is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
	    symlink(f->p.key_file, mem_printf(f, "%s/link", f->local)), 0);
	assert_int_equal(chmod(f->p.key_file, 0640), 0);
	ASSERT_FAILS(OMS_SECRET, try_open(f) != NULL);
	assert_int_equal(chmod(f->p.key_file, 0600), 0);
	assert_says("chmod 600");
}

static void
test_open__agent__logs_in(void **state)
{
	struct fixture *f = *state;
	char *text;

	setenv("SSH_AUTH_SOCK", mem_printf(f, "%s/agent_ed25519", servers), 1);
	f->p.key_file = mem_strdup(f, "");
	f->p.use_agent = true;
	ASSERT_OK((text = transport_describe(open_ok(f), f, ERR)) != NULL);
	assert_non_null(strstr(text, "login: agent key\n"));
}

static void
test_open__agent_with_rsa_only__works_or_names_the_cure(void **state)
{
	struct fixture *f = *state;

	setenv("SSH_AUTH_SOCK", mem_printf(f, "%s/agent_rsa", servers), 1);
	f->p.key_file = mem_strdup(f, "");
	f->p.use_agent = true;
	if (is_modern()) {
		open_ok(f);
		return;
	}
	ASSERT_FAILS(OMS_AUTH, try_open(f) != NULL);
	assert_says("RSA keys do not work");
}

static void
test_open__wrong_password__is_refused_after_one_try(void **state)
{
	struct fixture *f = *state;

	setenv("OMS_TEST_SECRET", "wrong", 1);
	f->p.key_file = mem_strdup(f, "");
	f->p.password = mem_strdup(f, "env:OMS_TEST_SECRET");
	ASSERT_FAILS(OMS_AUTH, try_open(f) != NULL);
	assert_says("password refused");
}

static void
test_open__nothing_configured__says_what_the_server_takes(void **state)
{
	struct fixture *f = *state;

	f->p.key_file = mem_strdup(f, "");
	ASSERT_FAILS(OMS_AUTH, try_open(f) != NULL);
	assert_says("publickey");
	assert_says("nothing");
}

static void
assert_password_works(struct fixture *f, const char *mode, const char *login)
{
	char *text;

	use(f, mode);
	f->p.key_file = mem_strdup(f, "");
	f->p.password = mem_strdup(f, "env:OMS_TEST_SECRET");
	setenv("OMS_TEST_SECRET", "wrong", 1);
	ASSERT_FAILS(OMS_AUTH, try_open(f) != NULL);
	setenv("OMS_TEST_SECRET", text_of(f, f->server, "password"), 1);
	ASSERT_OK((text = transport_describe(open_ok(f), f, ERR)) != NULL);
	assert_non_null(strstr(text, login));
}

static void
test_open__password__logs_in(void **state)
{
	assert_password_works(*state, "password", "login: password\n");
}

static void
test_open__keyboard_interactive__logs_in(void **state)
{
	assert_password_works(*state, "keyboard",
	    "login: keyboard-interactive\n");
}

/*
 * Files.
 */

static void
test_list__odd_names__are_left_out_and_counted(void **state)
{
	struct fixture *f = *state;
	struct transport *t = open_ok(f);
	struct remote_entry *e;
	size_t count, skipped;
	char *dir, *path;

	fresh_folder(f, "in");
	dir = mem_printf(f, "%s/in", f->files);
	path = make_file(f, dir, "b.xml", 7, true);
	make_file(f, dir, "a b.xml", 0, true);
	make_file(f, dir, "bad\nname", 1, true);
	make_file(f, dir, "\xff.xml", 1, true);
	assert_int_equal(mkdir(mem_printf(f, "%s/sub", dir), 0700), 0);
	assert_int_equal(symlink("b.xml", mem_printf(f, "%s/link", dir)), 0);

	ASSERT_OK(transport_list(t, f, "in", &e, &count, &skipped, ERR));
	assert_int_equal(count, 2);
	assert_int_equal(skipped, 2);
	assert_string_equal(e[0].name, "a b.xml");
	assert_string_equal(e[1].name, "b.xml");
	assert_int_equal(e[1].size_bytes, 7);
	assert_int_equal(e[1].mtime_s, mtime_of(path));
}

static void
test_list__longest_name__is_whole(void **state)
{
	struct fixture *f = *state;
	struct transport *t = open_ok(f);
	struct remote_entry *e;
	size_t count, skipped;
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	fresh_folder(f, "in");
	make_file(f, mem_printf(f, "%s/in", f->files), name, 1, true);
	ASSERT_OK(transport_list(t, f, "in/", &e, &count, &skipped, ERR));
	assert_int_equal(count, 1);
	assert_string_equal(e[0].name, name);
}

static void
test_list__too_many__stops_and_the_session_goes_on(void **state)
{
	struct fixture *f = *state;
	struct remote_entry *e;
	size_t count, skipped;
	struct transport *t;
	char name[32];

	fresh_folder(f, "in");
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "%d", i);
		make_file(f, mem_printf(f, "%s/in", f->files), name, 0, true);
	}
	f->p.max_entries = 299;
	t = open_ok(f);
	ASSERT_FAILS(OMS_LIMIT,
	    transport_list(t, f, "in", &e, &count, &skipped, ERR));
	assert_says("max_entries");
	ASSERT_FAILS(OMS_NOT_FOUND,
	    transport_list(t, f, "none", &e, &count, &skipped, ERR));
	ASSERT_OK(transport_list(t, f, "", &e, &count, &skipped, ERR));
	assert_int_equal(count, 0);
}

static void
test_put__then_get__gives_the_same_bytes(void **state)
{
	struct fixture *f = *state;
	struct transport *t = open_ok(f);
	char *src = make_file(f, f->local, "src", SOME_BYTES + 17, true);
	char *dst = mem_printf(f, "%s/dst", f->local);
	char want[FS_SHA_BYTES], got[FS_SHA_BYTES];
	int64_t bytes;
	char *copy;
	size_t n;

	fresh_folder(f, "out");
	make_file(f, mem_printf(f, "%s/out", f->files), ".1.part",
	    2 * SOME_BYTES, true);
	ASSERT_OK(transport_put(t, src, "out", ".1.part", ERR));
	ASSERT_OK(transport_stat(t, "out", ".1.part", &bytes, ERR));
	assert_int_equal(bytes, SOME_BYTES + 17);

	ASSERT_OK(transport_get(t, "out", ".1.part", bytes,
	    mtime_of(mem_printf(f, "%s/out/.1.part", f->files)), NO_LIMIT, dst,
	    got, ERR));
	ASSERT_OK((copy = fs_read(f, src, NO_LIMIT, &n, ERR)) != NULL);
	fs_sha_of(copy, n, want);
	assert_string_equal(got, want);
	ASSERT_OK((copy = fs_read(f, dst, NO_LIMIT, &n, ERR)) != NULL);
	fs_sha_of(copy, n, got);
	assert_string_equal(got, want);
}

static void
test_put__empty_file__lies_there(void **state)
{
	struct fixture *f = *state;
	struct transport *t = open_ok(f);
	char *src = make_file(f, f->local, "src", 0, true);
	char *dst = mem_printf(f, "%s/dst", f->local);
	char sha[FS_SHA_BYTES];

	fresh_folder(f, "out");
	ASSERT_OK(transport_put(t, src, "out/", "a", ERR));
	ASSERT_OK(transport_get(t, "out", "a", 0,
	    mtime_of(mem_printf(f, "%s/out/a", f->files)), NO_LIMIT, dst, sha,
	    ERR));
	assert_int_equal(size_of(f->local, "dst"), 0);
}

static void
test_put__folder_is_missing__is_not_found(void **state)
{
	struct fixture *f = *state;
	struct transport *t = open_ok(f);
	char *src = make_file(f, f->local, "src", 10, true);
	int64_t bytes;

	fresh_folder(f, "out");
	ASSERT_FAILS(OMS_NOT_FOUND, transport_put(t, src, "none", "a", ERR));
	ASSERT_OK(transport_stat(t, "out", "a", &bytes, ERR));
	assert_int_equal(bytes, -1);
}

static void
test_put__server_takes_no_more__is_full_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct transport *t = open_ok(f);
	char *src = make_file(f, f->local, "src", SOME_BYTES, true);
	char *name = mem_printf(f, "%s/out/a", f->files);
	int64_t bytes;

	fresh_folder(f, "out");
	assert_int_equal(symlink("/dev/full", name), 0);
	ASSERT_FAILS(OMS_REMOTE_FULL, transport_put(t, src, "out", "a", ERR));
	ASSERT_OK(transport_stat(t, "out", "a", &bytes, ERR));
	assert_int_equal(bytes, -1);
}

static void
test_rename__onto_a_file__is_refused_and_keeps_both(void **state)
{
	struct fixture *f = *state;
	struct transport *t = open_ok(f);
	char *dir = mem_printf(f, "%s/out", f->files);

	fresh_folder(f, "out");
	make_file(f, dir, "a", 1, true);
	make_file(f, dir, "b", 2, true);
	ASSERT_FAILS(OMS_EXISTS,
	    transport_rename(t, "out", "a", "out", "b", ERR));
	assert_int_equal(size_of(dir, "a"), 1);
	assert_int_equal(size_of(dir, "b"), 2);
	ASSERT_OK(transport_rename(t, "out", "a", "", "c", ERR));
	assert_int_equal(size_of(dir, "a"), -1);
	assert_int_equal(size_of(f->files, "c"), 1);
	ASSERT_FAILS(OMS_NOT_FOUND,
	    transport_rename(t, "out", "a", "", "c", ERR));
}

static void
test_remove__twice__is_fine(void **state)
{
	struct fixture *f = *state;
	struct transport *t = open_ok(f);

	fresh_folder(f, "out");
	make_file(f, mem_printf(f, "%s/out", f->files), "a", 1, true);
	ASSERT_OK(transport_remove(t, "out", "a", ERR));
	assert_int_equal(size_of(f->files, "out/a"), -1);
	ASSERT_OK(transport_remove(t, "out", "a", ERR));
	ASSERT_FAILS(OMS_NET_DENIED, transport_remove(t, "", "out", ERR));
}

static void
test_get__not_as_listed__is_unstable_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct transport *t = open_ok(f);
	char *dst = mem_printf(f, "%s/dst", f->local);
	char sha[FS_SHA_BYTES];
	int64_t mtime_s;

	fresh_folder(f, "in");
	mtime_s = mtime_of(
	    make_file(f, mem_printf(f, "%s/in", f->files), "a", 100, true));
	ASSERT_FAILS(OMS_UNSTABLE,
	    transport_get(t, "in", "a", 99, mtime_s, NO_LIMIT, dst, sha, ERR));
	ASSERT_FAILS(OMS_UNSTABLE,
	    transport_get(t, "in", "a", 101, mtime_s, NO_LIMIT, dst, sha, ERR));
	ASSERT_FAILS(OMS_UNSTABLE,
	    transport_get(t, "in", "a", 100, mtime_s - 1, NO_LIMIT, dst, sha,
		ERR));
	ASSERT_FAILS(OMS_LIMIT,
	    transport_get(t, "in", "a", 100, mtime_s, 99, dst, sha, ERR));
	ASSERT_FAILS(OMS_NOT_FOUND,
	    transport_get(t, "in", "b", 1, 1, NO_LIMIT, dst, sha, ERR));
	assert_int_equal(size_of(f->local, "dst"), -1);
	ASSERT_OK(
	    transport_get(t, "in", "a", 100, mtime_s, NO_LIMIT, dst, sha, ERR));
}

/*
 * Misbehaviour.  A second process waits until path holds more than bytes,
 * and then does something to it or to a process.
 */
struct mischief {
	const char *path;
	off_t bytes;
	pid_t victim;
	int signal; /* 0: append to append_to for ever */
	const char *append_to;
};

static void
grow(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND);

	for (;;) {
		(void)!write(fd, "more", 4);
		usleep(500);
	}
}

static pid_t
start(const struct mischief *m)
{
	struct stat st;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	alarm(60);
	while (stat(m->path, &st) < 0 || st.st_size <= m->bytes)
		usleep(200);
	if (m->signal == 0)
		grow(m->append_to);
	kill(m->victim, m->signal);
	_exit(0);
}

static void
stop(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static pid_t
sftp_server(struct fixture *f)
{
	return (pid_t)strtol(text_of(f, f->server, "sftp.pid"), NULL, 10);
}

static void
test_get__file_grows_while_read__is_unstable(void **state)
{
	struct fixture *f = *state;
	struct transport *t = open_ok(f);
	char *dst = mem_printf(f, "%s/dst", f->local);
	char sha[FS_SHA_BYTES];
	char *path;
	pid_t pid;

	fresh_folder(f, "in");
	path = make_file(f, mem_printf(f, "%s/in", f->files), "a",
	    BIG_BYTES / 8, false);
	pid = start(&(struct mischief){ .path = dst, .append_to = path });
	ASSERT_FAILS(OMS_UNSTABLE,
	    transport_get(t, "in", "a", BIG_BYTES / 8, mtime_of(path), NO_LIMIT,
		dst, sha, ERR));
	stop(pid);
	assert_int_equal(size_of(f->local, "dst"), -1);
}

/* Take a large file while something happens to the sftp-server. */
static void
assert_get_ends(struct fixture *f, int signal, enum oms_code code)
{
	struct transport *t;
	char *dst = mem_printf(f, "%s/dst", f->local);
	char sha[FS_SHA_BYTES];
	char *path;
	pid_t pid;
	int64_t bytes;

	fresh_folder(f, "in");
	path = make_file(f, mem_printf(f, "%s/in", f->files), "a", BIG_BYTES,
	    false);
	f->p.idle_timeout_ms = 1000;
	t = open_ok(f);
	pid = start(&(struct mischief){ .path = dst,
	    .victim = sftp_server(f),
	    .signal = signal });
	ASSERT_FAILS(code,
	    transport_get(t, "in", "a", BIG_BYTES, mtime_of(path), NO_LIMIT,
		dst, sha, ERR));
	stop(pid);
	kill(sftp_server(f), SIGKILL);
	assert_int_equal(size_of(f->local, "dst"), -1);
	ASSERT_FAILS(OMS_NET_PROTOCOL,
	    transport_stat(t, "in", "a", &bytes, ERR));
	assert_says("ended");
}

static void
test_get__server_process_killed__ends_at_once(void **state)
{
	assert_get_ends(*state, SIGKILL, OMS_NET_PROTOCOL);
}

static void
test_get__server_process_stopped__times_out(void **state)
{
	assert_get_ends(*state, SIGSTOP, OMS_TIMEOUT);
}

static void
assert_put_ends(struct fixture *f, int signal, enum oms_code code)
{
	char *src = make_file(f, f->local, "src", BIG_BYTES, false);
	struct transport *t;
	pid_t pid;

	fresh_folder(f, "out");
	f->p.idle_timeout_ms = 1000;
	t = open_ok(f);
	pid = start(
	    &(struct mischief){ .path = mem_printf(f, "%s/out/a", f->files),
		.victim = sftp_server(f),
		.signal = signal });
	ASSERT_FAILS(code, transport_put(t, src, "out", "a", ERR));
	stop(pid);
	kill(sftp_server(f), SIGKILL);
}

static void
test_put__server_process_killed__ends_at_once(void **state)
{
	assert_put_ends(*state, SIGKILL, OMS_NET_PROTOCOL);
}

static void
test_put__server_process_stopped__times_out(void **state)
{
	assert_put_ends(*state, SIGSTOP, OMS_TIMEOUT);
}

/* The heart of exactly-once delivery: crash-safety, O8. */
static void
test_rename__reply_lost__was_done_and_stat_tells(void **state)
{
	struct fixture *f = *state;
	char *dir = mem_printf(f, "%s/out", f->files);
	struct transport *t;
	pid_t victim;
	int64_t part, final;

	fresh_folder(f, "out");
	make_file(f, dir, ".1.part", 5, true);
	f->p.idle_timeout_ms = 1000;
	t = open_ok(f);
	victim = sftp_server(f);
	assert_int_equal(kill(victim, SIGSTOP), 0);
	ASSERT_FAILS(OMS_TIMEOUT,
	    transport_rename(t, "out", ".1.part", "out", "a", ERR));
	assert_int_equal(size_of(dir, "a"), -1);
	assert_int_equal(kill(victim, SIGCONT), 0);
	for (int i = 0; i < 1000 && size_of(dir, "a") < 0; i++)
		usleep(10000);

	t = open_ok(f);
	ASSERT_OK(transport_stat(t, "out", ".1.part", &part, ERR));
	ASSERT_OK(transport_stat(t, "out", "a", &final, ERR));
	assert_int_equal(part, -1);
	assert_int_equal(final, 5);
}

/*
 * Servers that are none.
 */

static int
listen_on_loopback(struct fixture *f)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(listen(fd, 4), 0);
	f->p.port = ntohs(a.sin_port);
	return fd;
}

static void
test_open__silent_server__times_out(void **state)
{
	struct fixture *f = *state;
	int fd = listen_on_loopback(f);

	f->p.idle_timeout_ms = 500;
	ASSERT_FAILS(OMS_TIMEOUT, try_open(f) != NULL);
	close(fd);
}

static void
test_open__nobody_listens__is_unreachable(void **state)
{
	struct fixture *f = *state;

	close(listen_on_loopback(f));
	ASSERT_FAILS(OMS_PEER, try_open(f) != NULL);
	assert_says("refused");
}

static void
test_open__unknown_host__is_unreachable(void **state)
{
	struct fixture *f = *state;

	f->p.host = mem_strdup(f, "no-such-host.invalid");
	ASSERT_FAILS(OMS_PEER, try_open(f) != NULL);
}

static void
test_open__not_an_ssh_server__breaks_the_protocol(void **state)
{
	struct fixture *f = *state;
	int fd = listen_on_loopback(f);
	pid_t pid = fork();

	if (pid == 0) {
		int to = accept(fd, NULL, NULL);

		(void)!write(to, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
		_exit(0);
	}
	ASSERT_FAILS(OMS_NET_PROTOCOL, try_open(f) != NULL);
	close(fd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int
connect_loopback(int64_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		_exit(1);
	return fd;
}

/* Pass bytes both ways; after free_bytes to the client, a few at a time. */
static void
be_dripping_proxy(int listener, int64_t port, size_t free_bytes)
{
	int fd[2] = { accept(listener, NULL, NULL), connect_loopback(port) };
	size_t passed = 0;
	char buf[4096];

	alarm(60);
	for (;;) {
		struct pollfd p[2] = { { .fd = fd[0], .events = POLLIN },
			{ .fd = fd[1], .events = POLLIN } };

		poll(p, 2, -1);
		for (int i = 0; i < 2; i++) {
			bool drips = i == 1 && passed > free_bytes;
			ssize_t n;

			if (p[i].revents == 0)
				continue;
			n = read(fd[i], buf, drips ? 400 : sizeof(buf));
			if (n <= 0)
				_exit(0);
			passed += i == 1 ? (size_t)n : 0;
			(void)!write(fd[1 - i], buf, (size_t)n);
			if (drips)
				usleep(10000);
		}
	}
}

static void
test_get__server_drips__is_cut_by_the_rate(void **state)
{
	struct fixture *f = *state;
	char *dst = mem_printf(f, "%s/dst", f->local);
	char sha[FS_SHA_BYTES];
	int64_t port = f->p.port;
	struct transport *t;
	char *path;
	int listener;
	pid_t pid;

	fresh_folder(f, "in");
	path = make_file(f, mem_printf(f, "%s/in", f->files), "a", BIG_BYTES,
	    false);
	listener = listen_on_loopback(f);
	pid = fork();
	if (pid == 0)
		be_dripping_proxy(listener, port, 1 << 20);
	f->p.min_rate_bytes_s = 1 << 20; /* it gives 40 KB a second */
	f->p.file_deadline_s = 20;       /* so the window is two seconds */
	t = open_ok(f);
	ASSERT_FAILS(OMS_TIMEOUT,
	    transport_get(t, "in", "a", BIG_BYTES, mtime_of(path), NO_LIMIT,
		dst, sha, ERR));
	assert_says("min_rate_bytes_s");
	assert_int_equal(size_of(f->local, "dst"), -1);
	stop(pid);
	close(listener);
}

static void
test_get__line_is_cut__breaks_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	char *dst = mem_printf(f, "%s/dst", f->local);
	char sha[FS_SHA_BYTES];
	int64_t port = f->p.port;
	struct transport *t;
	char *path;
	int listener;
	pid_t proxy, killer;

	fresh_folder(f, "in");
	path = make_file(f, mem_printf(f, "%s/in", f->files), "a", BIG_BYTES,
	    false);
	listener = listen_on_loopback(f);
	proxy = fork();
	if (proxy == 0)
		be_dripping_proxy(listener, port, SIZE_MAX);
	t = open_ok(f);
	killer = start(&(struct mischief){ .path = dst,
	    .victim = proxy,
	    .signal = SIGKILL });
	ASSERT_FAILS(OMS_NET_PROTOCOL,
	    transport_get(t, "in", "a", BIG_BYTES, mtime_of(path), NO_LIMIT,
		dst, sha, ERR));
	assert_int_equal(size_of(f->local, "dst"), -1);
	stop(killer);
	stop(proxy);
	close(listener);
}

/*
 * What libssh2 1.10 itself forgets: requests under way when a file is closed,
 * and a little of OpenSSL's after a wrong passphrase.
 */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libssh2\nleak:CRYPTO_zalloc\n";
}

/* clang-format off */
#define BOTH(fn)                                                              \
	{ #fn "__here",     fn, setup_direct,  testing_teardown, NULL },      \
	{ #fn "__in_child", fn, setup_spawned, testing_teardown, NULL }

static const struct CMUnitTest tests[] = {
	BOTH(test_open__pinned_key_and_ed25519__logs_in),
	BOTH(test_open__several_pins__any_of_them_will_do),
	BOTH(test_open__no_pin__is_refused_with_the_fingerprint),
	BOTH(test_open__changed_key__is_refused_before_login),
	BOTH(test_open__key_of_another_type__is_refused_and_names_both),
	BOTH(test_open__damaged_pin__is_a_configuration_error),
	BOTH(test_open__rsa_host_key_only__works_or_names_the_cure),
	BOTH(test_open__modern_ciphers_only__works_or_names_the_cure),
	BOTH(test_open__etm_only__works_or_names_the_cure),
	BOTH(test_open__ecdsa_key__logs_in),
	BOTH(test_open__encrypted_key__needs_its_passphrase),
	BOTH(test_open__rsa_key__works_or_names_the_cure),
	BOTH(test_open__key_the_server_does_not_know__is_refused),
	BOTH(test_open__key_file_open_to_others__is_refused),
	BOTH(test_open__agent__logs_in),
	BOTH(test_open__agent_with_rsa_only__works_or_names_the_cure),
	BOTH(test_open__wrong_password__is_refused_after_one_try),
	BOTH(test_open__nothing_configured__says_what_the_server_takes),
	BOTH(test_list__odd_names__are_left_out_and_counted),
	BOTH(test_list__longest_name__is_whole),
	BOTH(test_list__too_many__stops_and_the_session_goes_on),
	BOTH(test_put__then_get__gives_the_same_bytes),
	BOTH(test_put__empty_file__lies_there),
	BOTH(test_put__folder_is_missing__is_not_found),
	BOTH(test_put__server_takes_no_more__is_full_and_leaves_nothing),
	BOTH(test_rename__onto_a_file__is_refused_and_keeps_both),
	BOTH(test_remove__twice__is_fine),
	BOTH(test_get__not_as_listed__is_unstable_and_leaves_nothing),
	BOTH(test_get__file_grows_while_read__is_unstable),
	BOTH(test_get__server_process_killed__ends_at_once),
	BOTH(test_get__server_process_stopped__times_out),
	BOTH(test_put__server_process_killed__ends_at_once),
	BOTH(test_put__server_process_stopped__times_out),
	BOTH(test_rename__reply_lost__was_done_and_stat_tells),
	BOTH(test_open__silent_server__times_out),
	BOTH(test_open__nobody_listens__is_unreachable),
	BOTH(test_open__unknown_host__is_unreachable),
	BOTH(test_open__not_an_ssh_server__breaks_the_protocol),
	BOTH(test_get__server_drips__is_cut_by_the_rate),
	BOTH(test_get__line_is_cut__breaks_and_leaves_nothing),
};

/* Only where an account can be given a password (tools/sshd). */
static const struct CMUnitTest password_tests[] = {
	BOTH(test_open__password__logs_in),
	BOTH(test_open__keyboard_interactive__logs_in),
};
/* clang-format on */

int
main(int argc, char **argv)
{
	struct CMUnitTest all[COUNT(tests) + COUNT(password_tests)];
	char path[512];
	size_t n = COUNT(tests);

	if (argc != 2) {
		fprintf(stderr, "usage: test_sftp DIR (see tests/sftp/run)\n");
		return 2;
	}
	servers = argv[1];
	memcpy(all, tests, sizeof(tests));
	snprintf(path, sizeof(path), "%s/keyboard/password", servers);
	if (access(path, R_OK) == 0) {
		memcpy(all + n, password_tests, sizeof(password_tests));
		n += COUNT(password_tests);
	}
	return _cmocka_run_group_tests("sftp", all, n, NULL, NULL);
}
