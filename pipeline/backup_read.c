/* backup_read.c - copies are listed, proved, thinned out: see backup.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/scope.h"
#include "base/str.h"
#include "pipeline/backup_internal.h"
#include "store/db.h"

enum { LINE_BYTES = 1500 };

int
backup_lock(mem_ctx *ctx, const char *home, struct oms_error *err)
{
	int fd = fs_lock(fs_path(ctx, home, "locks/backup.lock"), 0, err);

	if (fd < 0 && err->code == OMS_LOCKED)
		oms_fail(err, OMS_LOCKED,
		    "a backup of this home is being made, or restored");
	return fd;
}

/* ---- which there are ---------------------------------------------------- */

static bool
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

static bool
is_manifest(const char *name)
{
	return str_is_safe_name(name) && strlen(name) < BACKUP_NAME_BYTES &&
	    (ends_with(name, ".backup") || ends_with(name, ".sealed"));
}

/* 20260328T020000Z, then -2 of the same second, then -10. */
static int
by_age(const void *a, const void *b)
{
	char x[BACKUP_NAME_BYTES], y[BACKUP_NAME_BYTES];

	str_copy(x, sizeof(x), *(char *const *)a);
	str_copy(y, sizeof(y), *(char *const *)b);
	*strrchr(x, '.') = '\0'; /* is_manifest() saw one */
	*strrchr(y, '.') = '\0';
	return strverscmp(x, y);
}

bool
backup_names(mem_ctx *ctx, const char *dir, char ***ret, size_t *ret_count,
    struct oms_error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t room = 16;

	*ret = mem_array(ctx, char *, room);
	*ret_count = 0;
	if (d == NULL)
		return oms_fail_errno(err, OMS_USAGE, "no backups in %s", dir);
	while ((e = readdir(d)) != NULL) {
		if (!is_manifest(e->d_name))
			continue;
		if (*ret_count == room) {
			room *= 2;
			*ret = mem_resize(ctx, *ret, room * sizeof(**ret));
		}
		(*ret)[(*ret_count)++] = mem_strdup(ctx, e->d_name);
	}
	(void)closedir(d);
	if (*ret_count > 1)
		qsort(*ret, *ret_count, sizeof(**ret), by_age);
	return true;
}

/* ---- manifests ---------------------------------------------------------- */

static bool
damaged(struct oms_error *err, const char *name, const char *what)
{
	return oms_fail(err, OMS_DAMAGED, "%s: %s", name, what);
}

/* The manifest as text in scratch, whatever it is in the store. */
static char *
fetch_list(mem_ctx *ctx, const struct backup_store *st, const char *name,
    const char *scratch, struct oms_error *err)
{
	char *text = fs_path(ctx, scratch, "manifest");
	char sha[FS_SHA_BYTES];
	int64_t bytes;
	bool ok;
	AUTO_CLOSE int fd = open(fs_path(ctx, st->dir, name),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0) {
		oms_fail_errno(err, OMS_USAGE, "backup %s in %s", name,
		    st->dir);
		return NULL;
	}
	if (!fs_remove(text, err))
		return NULL;
	if (!ends_with(name, ".sealed"))
		ok = fs_copy_hashed(fd, text, INT64_MAX, sha, &bytes, err);
	else if (st->key == NULL)
		ok = oms_fail(err, OMS_SECRET,
		    "%s is sealed: give its key, --key file:PATH or env:NAME",
		    name);
	else
		ok = sealed_file_read(fd, text, st->key, sha, &bytes, err) ||
		    oms_context(err, "%s", name);
	return ok ? text : NULL;
}

/* A path of a piece, that a hostile manifest must not lead elsewhere. */
static bool
is_safe_path(const char *path)
{
	static const char *const folders[] = { "partners/", "jobs/", "rules/" };
	const char *rest = NULL;

	if (strcmp(path, "oms.db") == 0 || strcmp(path, "oms.ini") == 0)
		return true;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strncmp(path, folders[i], strlen(folders[i])) == 0)
			rest = path + strlen(folders[i]);
	return rest != NULL && str_is_safe_name(rest);
}

/* Who wants to hear of which lines; any may be NULL. */
struct reader {
	struct backup_info *info;
	piece_fn *piece;
	lay_fn *lay;
	void *u;
	struct fs_sha sha;
	int64_t pieces;
	int64_t bytes;
	bool has_end;
};

static bool
read_piece(struct reader *r, char *text, struct oms_error *err)
{
	struct piece p = { 0 };
	char *bytes = text + FS_SHA_BYTES - 1, *path;

	if (strlen(text) < FS_SHA_BYTES || *bytes != ' ' ||
	    strspn(text, "0123456789abcdef") != FS_SHA_BYTES - 1 ||
	    (path = strchr(bytes + 1, ' ')) == NULL)
		return damaged(err, "manifest", "a line is no piece");
	*bytes++ = '\0';
	*path++ = '\0';
	str_copy(p.sha256, sizeof(p.sha256), text);
	p.path = path;
	if (!num_parse_int(bytes, 0, INT64_MAX, &p.bytes, err) ||
	    !is_safe_path(path))
		return damaged(err, "manifest", "a piece has no path of ours");
	r->pieces++;
	r->bytes += p.bytes;
	return r->piece == NULL || r->piece(r->u, &p, err);
}

/* The words of a blob's line, parted; NULL when they are not four. */
static bool
split_blob(char *text, char *ret[4])
{
	for (size_t i = 0; i < 4; i++) {
		ret[i] = text;
		text = strchr(text, ' ');
		if (text == NULL)
			return i == 3;
		*text++ = '\0';
	}
	return false;
}

static bool
is_sha(const char *s)
{
	return strlen(s) == FS_SHA_BYTES - 1 &&
	    strspn(s, "0123456789abcdef") == FS_SHA_BYTES - 1;
}

/* ret_content: of text. */
static bool
parse_blob(char *text, struct piece *ret, char **ret_content,
    struct oms_error *err)
{
	char *word[4];

	*ret = (struct piece){ 0 };
	if (!split_blob(text, word) || !is_sha(word[1]) || !is_sha(word[3]) ||
	    (strcmp(word[0], "-") != 0 &&
		!str_copy(ret->key_id, sizeof(ret->key_id), word[0])) ||
	    !num_parse_int(word[2], 0, INT64_MAX, &ret->bytes, err))
		return damaged(err, "manifest", "a line is no blob");
	str_copy(ret->sha256, sizeof(ret->sha256), word[1]);
	*ret_content = word[3];
	return true;
}

static bool
read_blob(struct reader *r, char *text, struct oms_error *err)
{
	mem_ctx *row;
	struct piece p;
	char *content = NULL;
	bool ok;

	if (!parse_blob(text, &p, &content, err))
		return false;
	r->pieces++;
	r->bytes += p.bytes;
	if (r->piece == NULL)
		return true;
	row = mem_ctx_new(NULL, "blob");
	p.path = mem_printf(row, "spool/blob/%.2s/%s", content, content);
	ok = r->piece(r->u, &p, err);
	mem_free(row);
	return ok;
}

static bool
read_lay(struct reader *r, char *text, struct oms_error *err)
{
	char *name = strchr(text, '/');

	if (name == NULL)
		return damaged(err, "manifest", "a line names no document");
	*name++ = '\0';
	return r->lay == NULL || r->lay(r->u, text, name, err);
}

static bool
read_end(struct reader *r, const char *text, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "end");
	char sha[FS_SHA_BYTES];

	fs_sha_end(&r->sha, sha);
	r->has_end = strcmp(text,
			 mem_printf(row, "%lld %lld %s", (long long)r->pieces,
			     (long long)r->bytes, sha)) == 0;
	mem_free(row);
	return r->has_end ||
	    damaged(err, "manifest", "it is not what was written");
}

static bool
read_head(struct reader *r, const char *key, const char *value,
    struct oms_error *err)
{
	struct backup_info *i = r->info;

	if (strcmp(key, "oms-backup") == 0)
		return strcmp(value, "1") == 0 ||
		    damaged(err, "manifest", "a newer oms wrote it");
	if (strcmp(key, "oms") == 0) {
		str_copy(i->version, sizeof(i->version), value);
		return true;
	}
	if (strcmp(key, "made") == 0)
		return num_parse_ts(value, &i->ts_us, err);
	if (strcmp(key, "run") == 0)
		return num_parse_int(value, 0, INT64_MAX, &i->run_id, err);
	return damaged(err, "manifest", "a line is not known");
}

static bool
read_line(struct reader *r, char *line, struct oms_error *err)
{
	char *value;

	if (r->has_end)
		return damaged(err, "manifest", "it goes on after its end");
	if (strncmp(line, "end ", 4) != 0)
		fs_sha_add(&r->sha, line, strlen(line));
	line[strcspn(line, "\n")] = '\0';
	value = strchr(line, ' ');
	if (value == NULL)
		return damaged(err, "manifest", "a line is not known");
	*value++ = '\0';
	if (strcmp(line, "piece") == 0)
		return read_piece(r, value, err);
	if (strcmp(line, "blob") == 0)
		return read_blob(r, value, err);
	if (strcmp(line, "lay") == 0)
		return read_lay(r, value, err);
	if (strcmp(line, "end") == 0)
		return read_end(r, value, err);
	return read_head(r, line, value, err);
}

/* From the first line to the last; damage shows at the latest there. */
static bool
read_list(const char *text, struct reader *r, struct oms_error *err)
{
	AUTO_FCLOSE FILE *f = fopen(text, "re");
	char line[LINE_BYTES];
	bool ok = true;

	if (f == NULL)
		return oms_fail_errno(err, OMS_IO, "open the manifest");
	fs_sha_begin(&r->sha);
	r->pieces = r->bytes = 0;
	r->has_end = false;
	while (ok && fgets(line, sizeof(line), f) != NULL)
		ok = read_line(r, line, err);
	if (ok && ferror(f))
		return oms_fail_errno(err, OMS_IO, "read the manifest");
	return ok && (r->has_end || damaged(err, "manifest", "it is cut off"));
}

bool
manifest_open(mem_ctx *ctx, const struct backup_store *st, const char *name,
    const char *scratch, char **ret, struct backup_info *ret_info,
    struct oms_error *err)
{
	struct reader r = { .info = ret_info };

	*ret_info = (struct backup_info){ .is_sealed = ends_with(name,
					      ".sealed") };
	str_copy(ret_info->name, sizeof(ret_info->name), name);
	ret_info->name[strlen(name) - strlen(".backup")] = '\0';
	*ret = fetch_list(ctx, st, name, scratch, err);
	if (*ret == NULL)
		return false;
	if (!read_list(*ret, &r, err)) {
		if (err->code != OMS_IO)
			err->code = OMS_DAMAGED;
		return oms_context(err, "backup %s", ret_info->name);
	}
	ret_info->pieces = r.pieces;
	ret_info->bytes = r.bytes;
	return true;
}

bool
manifest_each(const char *text, piece_fn *piece, lay_fn *lay, void *u,
    struct oms_error *err)
{
	struct backup_info info;
	struct reader r = { .info = &info, .piece = piece, .lay = lay, .u = u };

	return read_list(text, &r, err);
}

bool
backup_read(const struct backup_store *st, const char *name,
    const char *scratch, struct backup_info *ret, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "backup");
	char *text;
	bool ok = manifest_open(ctx, st, name, scratch, &text, ret, err);

	mem_free(ctx);
	return ok;
}

/* ---- what the copy before has ------------------------------------------- */

struct older {
	FILE *list;
	struct piece p; /* the blob that was read last */
	char content[FS_SHA_BYTES];
	bool is_over;
};

static void
close_older(void *p)
{
	(void)fclose(((struct older *)p)->list);
}

struct older *
older_open(mem_ctx *ctx, const struct backup_store *st, const char *scratch)
{
	mem_ctx *row = mem_ctx_new(NULL, "older");
	struct oms_error none = NO_ERROR;
	char **names = NULL, *text = NULL,
	     *mine = fs_path(row, scratch, "older");
	size_t count = 0;
	struct older *o = NULL;
	FILE *list = NULL;

	if (!backup_names(row, st->dir, &names, &count, &none))
		count = 0;
	for (; list == NULL && count > 0; count--) {
		struct backup_info info;
		struct oms_error locked = NO_ERROR;

		if (manifest_open(row, st, names[count - 1], scratch, &text,
			&info, &locked) &&
		    rename(text, mine) == 0)
			list = fopen(mine, "re");
	}
	(void)unlink(fs_path(row, scratch, "manifest")); /* of one not opened */
	mem_free(row);
	if (list == NULL)
		return NULL;
	o = mem_new(ctx, struct older);
	o->list = list;
	mem_on_free(o, close_older);
	return o;
}

/* Its next blob; other lines are left out.  It was proved whole. */
static void
older_next(struct older *o)
{
	struct oms_error none = NO_ERROR;
	char line[LINE_BYTES], *content = NULL;

	while (fgets(line, sizeof(line), o->list) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "blob ", 5) == 0 &&
		    parse_blob(line + 5, &o->p, &content, &none)) {
			str_copy(o->content, sizeof(o->content), content);
			return;
		}
	}
	o->is_over = true;
}

bool
older_find(struct older *o, const char *sha256, struct piece *ret)
{
	while (!o->is_over && strcmp(o->content, sha256) < 0)
		older_next(o);
	if (o->is_over || strcmp(o->content, sha256) != 0)
		return false;
	*ret = o->p;
	return true;
}

/* ---- proving ------------------------------------------------------------ */

struct verifier {
	const struct backup_store *st;
	const char *scratch;
	backup_fault_fn *each;
	void *u;
	size_t faults;
	bool has_db;
};

static bool
verify_piece(void *u, const struct piece *p, struct oms_error *err)
{
	struct verifier *v = u;
	mem_ctx *row = mem_ctx_new(NULL, "piece");
	struct oms_error why = NO_ERROR;
	bool is_db = strcmp(p->path, "oms.db") == 0, ok;
	char *dst = is_db ? fs_path(row, v->scratch, "oms.db") : NULL;

	ok = (dst == NULL || fs_remove(dst, &why)) &&
	    piece_get(v->st, p, dst, &why) &&
	    (dst == NULL || db_check_file(dst, &why));
	if (dst != NULL)
		(void)unlink(dst);
	v->has_db = v->has_db || is_db;
	mem_free(row);
	if (ok)
		return true;
	if (oms_code_class(why.code) == CLASS_STOP && why.code != OMS_SPACE) {
		v->faults++;
		v->each(v->u, p->path, why.reason);
		return true;
	}
	*err = why;
	return false;
}

bool
backup_verify(const struct backup_store *st, const char *name,
    const char *scratch, backup_fault_fn *each, void *u, size_t *ret,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "verify");
	struct backup_info info;
	struct verifier v = { st, scratch, each, u, 0, false };
	char *text;
	bool ok = manifest_open(ctx, st, name, scratch, &text, &info, err) &&
	    manifest_each(text, verify_piece, NULL, &v, err);

	if (ok && !v.has_db) {
		v.faults++;
		each(u, "oms.db", "the backup has no database");
	}
	mem_free(ctx);
	*ret = v.faults;
	return ok;
}

/* ---- thinning out ------------------------------------------------------- */

/* Names of pieces that must stay; a tree of tsearch(3). */
struct keeper {
	const struct backup_store *st;
	mem_ctx *ctx;
	void *named;
	int64_t bytes;
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool
keep_piece(void *u, const struct piece *p, struct oms_error *err)
{
	struct keeper *k = u;
	char name[FS_SHA_BYTES];

	str_copy(name, sizeof(name), p->sha256);
	if (k->st->key != NULL)
		file_key_name(k->st->key, p->sha256, name);
	return tsearch(mem_strdup(k->ctx, name), &k->named, by_text) != NULL ||
	    oms_fail(err, OMS_IO, "no memory for %lld names",
		(long long)p->bytes);
}

static bool
drop_folder(struct keeper *k, const char *dir, struct oms_error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool ok = true;

	while (ok && d != NULL && (e = readdir(d)) != NULL) {
		char *path = fs_path(k->ctx, dir, e->d_name);
		struct stat st;

		if (strlen(e->d_name) != FS_SHA_BYTES - 1 ||
		    tfind(e->d_name, &k->named, by_text) != NULL ||
		    lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		k->bytes += st.st_size;
		ok = fs_remove(path, err);
	}
	if (d != NULL)
		(void)closedir(d);
	return ok;
}

static bool
drop_unnamed(struct keeper *k, struct oms_error *err)
{
	char *data = fs_path(k->ctx, k->st->dir, "data");
	bool ok = true;

	for (unsigned i = 0; ok && i < 256; i++)
		ok = drop_folder(k, mem_printf(k->ctx, "%s/%02x", data, i),
		    err);
	return ok;
}

static void
leave_node(void *node)
{
	(void)node; /* it belongs to the context */
}

bool
backup_keep(const struct backup_store *st, int64_t n, const char *scratch,
    int64_t *ret_removed, int64_t *ret_bytes, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "keep");
	struct keeper k = { .st = st, .ctx = ctx };
	AUTO_CLOSE int lock = fs_lock(fs_path(ctx, st->dir, "lock"), 0, err);
	char **names = NULL, *text;
	size_t count = 0, first;
	bool ok = lock >= 0 && backup_names(ctx, st->dir, &names, &count, err);

	first = ok && (int64_t)count > n ? count - (size_t)n : 0;
	/* What stays is read first: one that cannot be read names everything. */
	for (size_t i = first; ok && i < count; i++) {
		struct backup_info info;

		ok = manifest_open(ctx, st, names[i], scratch, &text, &info,
			 err) &&
		    manifest_each(text, keep_piece, NULL, &k, err);
	}
	for (size_t i = 0; ok && i < first; i++)
		ok = fs_remove(fs_path(ctx, st->dir, names[i]), err);
	ok = ok && (first == 0 || drop_unnamed(&k, err));
	*ret_removed = ok ? (int64_t)first : 0;
	*ret_bytes = k.bytes;
	tdestroy(k.named, leave_node);
	mem_free(ctx);
	return ok;
}
