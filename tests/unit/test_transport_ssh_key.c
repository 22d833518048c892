/* test_transport_ssh_key.c - pinned host keys, and what a key file is. */

#include "tests/unit/testing.h"

#include <stdbool.h>

#include "base/fs.h"
#include "transport/ssh_key.h"

/* An ed25519 key of 32 letters A; ssh-keygen -l gave its fingerprint. */
#define BLOB_TYPE "\0\0\0\013ssh-ed25519"
#define BLOB      BLOB_TYPE "\0\0\0\040AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BASE64                                                                 \
	"AAAAC3NzaC1lZDI1NTE5AAAAIEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
#define FINGERPRINT "SHA256:ycecTFElO4tMaWgqfHQDEUjUete0Tsl0wmvU/kkDXFc"
#define RSA                                                                    \
	"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDkIi8JxCtpX0QKwKMGyasXMYXLgr"   \
	"NoM9SBQ1jMjsVngUcqt5B3fMezAOsUXXX6eBhNP51YfKWo9Pd3aT7hG6MInH97CioyYZ" \
	"B"                                                                    \
	"+SnLWC2eHeh0QNk8W9Df+zTZAqcj0k5TuM7rKWMLuwtBaM7fVe6zL4XymlI+"         \
	"gJBPiwWh9"                                                            \
	"AYB/kQ=="

struct fixture {
	struct partner p;
	struct sbuf b;
};

static int
setup(void **state)
{
	mem_ctx *run = mem_ctx_new(NULL, "test");
	struct fixture *f = mem_new(run, struct fixture);

	sbuf_init(&f->b, f, SSH_METHODS_MAX);
	*state = f;
	return 0;
}

static void
pin(struct fixture *f, const char *line)
{
	f->p.host_keys[f->p.host_key_count++] = mem_strdup(f, line);
}

static struct ssh_key
shown(struct fixture *f, const void *blob, size_t n)
{
	unsigned char raw[SSH_SHA256_BYTES];
	char hex[FS_SHA_BYTES];
	struct ssh_key key;
	unsigned byte;

	fs_sha_of(blob, n, hex);
	for (size_t i = 0; i < sizeof(raw); i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		raw[i] = (unsigned char)byte;
	}
	ASSERT_OK(ssh_key_of_blob(f, blob, n, raw, &key, ERR));
	return key;
}

static void
test_key_of_blob__ed25519__is_said_as_openssh_says_it(void **state)
{
	struct fixture *f = *state;
	struct ssh_key key = shown(f, BLOB, sizeof(BLOB) - 1);

	assert_string_equal(key.type, "ssh-ed25519");
	assert_string_equal(key.base64, BASE64);
	assert_string_equal(key.fingerprint, FINGERPRINT);
}

static void
test_key_of_blob__no_type__is_refused(void **state)
{
	static const unsigned char sha[SSH_SHA256_BYTES];
	struct fixture *f = *state;
	struct ssh_key key;

	for (size_t n = 0; n < sizeof(BLOB_TYPE) - 1; n++)
		ASSERT_FAILS(OMS_NET_PROTOCOL,
		    ssh_key_of_blob(f, BLOB, n, sha, &key, ERR));
	ASSERT_FAILS(OMS_NET_PROTOCOL,
	    ssh_key_of_blob(f, "\xff\xff\xff\xff....", 8, sha, &key, ERR));
	ASSERT_FAILS(OMS_NET_PROTOCOL,
	    ssh_key_of_blob(f, "\0\0\0\0", 4, sha, &key, ERR));
}

static void
test_is_pinned__same_bytes__with_comment_or_without(void **state)
{
	struct fixture *f = *state;
	struct ssh_key key = shown(f, BLOB, sizeof(BLOB) - 1);

	assert_false(ssh_key_is_pinned(&f->p, &key));
	pin(f, RSA);
	assert_false(ssh_key_is_pinned(&f->p, &key));
	pin(f, "ssh-ed25519 " BASE64 " sftp.example.com 2026");
	assert_true(ssh_key_is_pinned(&f->p, &key));
	f->p.host_key_count = 0;
	pin(f, "  ssh-ed25519\t" BASE64);
	assert_true(ssh_key_is_pinned(&f->p, &key));
}

static void
test_is_pinned__part_or_other_type__is_not_enough(void **state)
{
	static const char *const bad[] = {
		"ssh-ed25519 " BASE64 "A",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
		"ssh-ed25519",
		("ssh-rsa " BASE64),
		"",
	};
	struct fixture *f = *state;
	struct ssh_key key = shown(f, BLOB, sizeof(BLOB) - 1);

	for (size_t i = 0; i < COUNT(bad); i++) {
		f->p.host_key_count = 0;
		pin(f, bad[i]);
		assert_false(ssh_key_is_pinned(&f->p, &key));
	}
}

static void
test_check_pins__whole_lines__are_taken(void **state)
{
	struct fixture *f = *state;

	ASSERT_OK(ssh_key_check_pins(&f->p, ERR));
	pin(f, RSA);
	pin(f, RSA " comment");
	pin(f, "ssh-ed25519 " BASE64);
	ASSERT_OK(ssh_key_check_pins(&f->p, ERR));
}

static void
test_check_pins__anything_else__is_a_configuration_error(void **state)
{
	static const char *const bad[] = {
		"",
		"ssh-ed25519",
		"ssh-ed25519 AAAA",
		"ssh-rsa " BASE64,
		"ssh-dss " BASE64,
		"sftp.example.com ssh-ed25519 " BASE64,
		"ssh-ed25519 " BASE64 "*",
		"|1|salt|hash ssh-ed25519 " BASE64,
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		f->p.host_key_count = 0;
		pin(f, bad[i]);
		ASSERT_FAILS(OMS_CONFIG, ssh_key_check_pins(&f->p, ERR));
	}
}

static const char *
methods(struct fixture *f, bool only_pinned)
{
	sbuf_clear(&f->b);
	ssh_key_methods(&f->p, only_pinned, &f->b);
	return f->b.p;
}

static void
test_methods__pinned_types__narrow_the_list(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(methods(f, false),
	    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,"
	    "ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256");
	assert_string_equal(methods(f, true), "");
	pin(f, RSA);
	assert_string_equal(methods(f, true), "rsa-sha2-512,rsa-sha2-256");
	pin(f, "ssh-ed25519 " BASE64);
	assert_string_equal(methods(f, true),
	    "ssh-ed25519,rsa-sha2-512,rsa-sha2-256");
	f->p.legacy_algorithms = true;
	assert_string_equal(methods(f, true),
	    "ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ssh-rsa");
}

static void
test_pinned_types__each__is_named_once(void **state)
{
	struct fixture *f = *state;

	ssh_key_pinned_types(&f->p, &f->b);
	assert_string_equal(f->b.p, "none");
	pin(f, RSA);
	pin(f, RSA);
	pin(f, "ssh-ed25519 " BASE64);
	sbuf_clear(&f->b);
	ssh_key_pinned_types(&f->p, &f->b);
	assert_string_equal(f->b.p, "ssh-ed25519 and ssh-rsa");
}

/* The heads of keys made by ssh-keygen for this test; the rest is cut off. */
static void
test_key_file_look__kinds__are_told_apart(void **state)
{
	static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
	static const struct {
		const char *text;
		bool is_openssh;
		bool is_rsa;
		bool is_encrypted;
	} cases[] = {
		{ "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwA"
		  "AAAtzc2gtZW\nQyNTUxOQAAACANZEN6a3yubf9r",
		    true, false, false },
		{ "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAlwA"
		  "AAAdzc2gtcn\nNhAAAAAwEAAQAAAIEA5CIvCcQraV9ECsCjBsmrFzGF",
		    true, true, false },
		{ "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAA"
		  "AABAVH/O+K5\nv/"
		  "CqmZeR7MJpVbAAAAEAAAAAEAAACXAAAAB3NzaC1yc2EAAA",
		    true, true, true },
		{ "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAA"
		  "AABDutRxTVT\n/"
		  "Yn3AtYomJQzIDAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1N",
		    true, false, true },
		{ "b3Blb", true, false, false },
		{ "", true, false, false },
		{ "-----BEGIN RSA PRIVATE KEY-----\n", false, true, false },
		{ "-----BEGIN RSA PRIVATE KEY-----\n"
		  "Proc-Type: 4,ENCRYPTED\n",
		    false, true, true },
		{ "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", false, false,
		    true },
		{ "", false, false, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ssh_key_file kind = ssh_key_file_look(mem_printf(f,
		    "%s%s", cases[i].is_openssh ? begin : "", cases[i].text));

		assert_int_equal(kind.is_rsa, cases[i].is_rsa);
		assert_int_equal(kind.is_encrypted, cases[i].is_encrypted);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_key_of_blob__ed25519__is_said_as_openssh_says_it),
		TEST(test_key_of_blob__no_type__is_refused),
		TEST(test_is_pinned__same_bytes__with_comment_or_without),
		TEST(test_is_pinned__part_or_other_type__is_not_enough),
		TEST(test_check_pins__whole_lines__are_taken),
		TEST(test_check_pins__anything_else__is_a_configuration_error),
		TEST(test_methods__pinned_types__narrow_the_list),
		TEST(test_pinned_types__each__is_named_once),
		TEST(test_key_file_look__kinds__are_told_apart),
	};
	return cmocka_run_group_tests_name("transport_ssh_key", tests, NULL,
	    NULL);
}
