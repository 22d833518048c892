/* dead_version.c - see dead_version.h. */

#include "pipeline/dead_version.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/scope.h"
#include "store/stmt.h"

enum { CHUNK_BYTES = 65536 };

struct dead_version *
dead_version_load(struct db *db, mem_ctx *ctx, int64_t dead_id, int64_t version,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_DEAD_VERSION_GET, err);
	struct dead_version *v = NULL;

	if (s == NULL)
		return NULL;
	stmt_int(s, ":dead_id", dead_id);
	stmt_int(s, ":version", version);
	if (stmt_one(s, err)) {
		v = mem_new(ctx, struct dead_version);
		v->version = col_int(s, 0);
		v->parent = col_int(s, 1);
		v->sha256 = col_dup(s, 2, v);
		v->actor = col_dup(s, 3, v);
		v->ts_us = col_int(s, 4);
		v->note = col_dup(s, 5, v);
	}
	stmt_end(s);
	if (v == NULL && err->code == OMS_OK)
		oms_fail(err, OMS_NOT_FOUND,
		    version == 0 ? "dead letter %lld has no bytes"
				 : "dead letter %lld has no version %lld",
		    (long long)dead_id, (long long)version);
	return v;
}

static bool
insert(struct run *run, int64_t dead_id, int64_t version, const char *sha256,
    const char *note, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_DEAD_VERSION_ADD, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":dead_id", dead_id);
	stmt_int(s, ":version", version);
	stmt_int(s, ":parent", version - 1);
	stmt_text(s, ":sha256", sha256);
	stmt_text(s, ":actor", run->actor);
	stmt_int(s, ":ts_us", run->now_us);
	stmt_text(s, ":note", note);
	if (!stmt_run(s, NULL, err))
		return false;
	s = stmt_begin(run->db, SQL_DEAD_VERSION_USE, err);
	if (s == NULL)
		return false;
	stmt_text(s, ":sha256", sha256);
	stmt_int(s, ":dead_id", dead_id);
	return stmt_run(s, NULL, err);
}

bool
dead_version_add(struct run *run, int64_t dead_id, const char *sha256,
    const char *note, int64_t *ret_version, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct oms_error none = NO_ERROR;
	struct dead_version *last = dead_version_load(run->db, row, dead_id, 0,
	    &none);
	int64_t version = last != NULL ? last->version + 1 : 1;
	bool is_new = sha256[0] != '\0' &&
	    (last == NULL || strcmp(last->sha256, sha256) != 0);
	bool ok = last != NULL || none.code == OMS_NOT_FOUND;

	if (!ok)
		*err = none;
	ok = ok &&
	    (!is_new || insert(run, dead_id, version, sha256, note, err));
	if (ok && ret_version != NULL)
		*ret_version = is_new ? version : 0;
	mem_free(row);
	return ok;
}

static bool
hash_file(int fd, const char *path, char ret_sha[FS_SHA_BYTES],
    struct oms_error *err)
{
	char chunk[CHUNK_BYTES];
	struct fs_sha h;
	ssize_t n;

	fs_sha_begin(&h);
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return oms_fail_errno(err, OMS_IO, "read %s", path);
		fs_sha_add(&h, chunk, (size_t)n);
	}
	fs_sha_end(&h, ret_sha);
	return true;
}

bool
dead_version_of_file(struct run *run, int64_t dead_id, const char *path,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_version, struct oms_error *err)
{
	AUTO_CLOSE int fd = open(path,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stmt *s;

	ret_sha[0] = '\0';
	*ret_version = 0;
	if (fd < 0) /* away, or a link: not a file that we would take */
		return true;
	if (!hash_file(fd, path, ret_sha, err))
		return false;
	s = stmt_begin(run->db, SQL_DEAD_VERSION_KNOWS, err);
	if (s == NULL)
		return false;
	stmt_int(s, ":dead_id", dead_id);
	stmt_text(s, ":sha256", ret_sha);
	if (stmt_one(s, err))
		*ret_version = col_int(s, 0);
	stmt_end(s);
	return err->code == OMS_OK;
}
