/* journal.c - see journal.h. */

#include "store/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/num.h"
#include "base/scope.h"
#include "base/str.h"

#define ENTRY_MAX_BYTES ((size_t)520 << 20)
#define SEGMENT_BYTES   ((int64_t)64 << 20) /* then another file begins */
#define NO_SHA                                                                 \
	"00000000000000000000000000000000"                                     \
	"00000000000000000000000000000000"

enum { LOCK_WAIT_MS = 10000, TAIL_BYTES = 256, NAME_BYTES = 32 };

struct journal {
	char *dir;
	char *lock_path;
	int fd; /* of the last segment, -1: none yet */
	int64_t size_bytes;
	int64_t limit_bytes;
	int64_t after_seq; /* it begins after that one */
	struct journal_end end;
};

/* ---- names -------------------------------------------------------------- */

static int
is_segment(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n == 14 && strspn(e->d_name, "0123456789") == 10 &&
	    strcmp(e->d_name + 10, ".log") == 0;
}

static char *
segment_path(mem_ctx *ctx, const char *dir, int64_t first_seq)
{
	return mem_printf(ctx, "%s/%010lld.log", dir, (long long)first_seq);
}

/* The names of all segments, in their order; none is fine. */
static bool
list_segments(mem_ctx *ctx, const char *dir, char ***ret, int *ret_count,
    struct oms_error *err)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_segment, alphasort);

	*ret_count = 0;
	if (n < 0)
		return errno == ENOENT ||
		    oms_fail_errno(err, OMS_IO, "read folder %s", dir);
	*ret = mem_array(ctx, char *, (size_t)n + 1);
	for (int i = 0; i < n; i++) {
		(*ret)[i] = fs_path(ctx, dir, list[i]->d_name);
		free(list[i]); /* scandir's own */
	}
	free(list);
	*ret_count = n;
	return true;
}

/* ---- the end ------------------------------------------------------------ */

/* "end <seq> <tx_seq> <sha256>", with or without its newline */
static bool
parse_end(char *line, struct journal_end *ret)
{
	struct oms_error other = NO_ERROR;
	char *rest = line, *word = strsep(&rest, "\t"), *seq, *tx_seq;

	if (strcmp(word, "end") != 0 || rest == NULL)
		return false;
	seq = strsep(&rest, "\t");
	tx_seq = rest != NULL ? strsep(&rest, "\t") : NULL;
	if (tx_seq == NULL || rest == NULL)
		return false;
	rest[strcspn(rest, "\n")] = '\0';
	return strlen(rest) == FS_SHA_BYTES - 1 &&
	    num_parse_int(seq, 1, INT64_MAX, &ret->seq, &other) &&
	    num_parse_int(tx_seq, 0, INT64_MAX, &ret->tx_seq, &other) &&
	    str_copy(ret->sha, sizeof(ret->sha), rest);
}

/* By the last line alone; false when that is no end of an entry. */
static bool
read_last_line(struct journal *j, int64_t size)
{
	char tail[TAIL_BYTES + 1];
	int64_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	ssize_t n = pread(j->fd, tail, TAIL_BYTES, from);
	char *line;

	if (n <= 0 || tail[n - 1] != '\n')
		return false;
	tail[n - 1] = '\0';
	line = strrchr(tail, '\n');
	return memchr(tail, '\0', (size_t)n - 1) == NULL && line != NULL &&
	    parse_end(line + 1, &j->end);
}

/* Where the last entry that is whole ends, from the start of the file. */
static int64_t
find_torn(int fd, struct journal_end *ret)
{
	AUTO_FCLOSE FILE *f = fdopen(dup(fd), "r");
	struct journal_end end;
	char *line = NULL;
	size_t room = 0;
	int64_t at = 0, whole = 0;
	ssize_t n;

	if (f == NULL || fseek(f, 0, SEEK_SET) < 0)
		return 0;
	while ((n = getline(&line, &room, f)) > 0 && line[n - 1] == '\n' &&
	    memchr(line, '\0', (size_t)n) == NULL) {
		at += n;
		if (parse_end(line, &end)) {
			*ret = end;
			whole = at;
		}
	}
	free(line); /* getline's own */
	return whole;
}

/* Only what was never synced can be torn, and nothing was built on that. */
static bool
cut_torn(struct journal *j, int64_t size, struct oms_error *err)
{
	int64_t whole = find_torn(j->fd, &j->end);

	if (whole == 0)
		return oms_fail(err, OMS_JOURNAL, "no entry is whole in %s",
		    j->dir);
	if (ftruncate(j->fd, whole) < 0 || fsync(j->fd) < 0)
		return oms_fail_errno(err, OMS_IO, "cut %s", j->dir);
	j->end.torn_bytes = size - whole;
	j->size_bytes = whole;
	return true;
}

static bool
open_segment(struct journal *j, const char *path, struct oms_error *err)
{
	if (j->fd >= 0)
		(void)close(j->fd);
	j->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	j->size_bytes = -1;
	return j->fd >= 0 || oms_fail_errno(err, OMS_IO, "open %s", path);
}

static bool
open_last(struct journal *j, mem_ctx *row, struct oms_error *err)
{
	char **paths = NULL;
	struct stat st;
	int count;

	if (j->fd >= 0 && fstat(j->fd, &st) == 0 && st.st_nlink > 0)
		return true;
	if (j->fd >= 0) /* it was pruned meanwhile */
		(void)close(j->fd);
	j->fd = -1;
	return list_segments(row, j->dir, &paths, &count, err) &&
	    (count == 0 || open_segment(j, paths[count - 1], err));
}

static bool
load_end(struct journal *j, struct oms_error *err)
{
	struct stat st;

	if (fstat(j->fd, &st) < 0)
		return oms_fail_errno(err, OMS_IO, "journal");
	if (st.st_size == j->size_bytes)
		return true;
	j->size_bytes = st.st_size;
	j->end.torn_bytes = 0;
	return read_last_line(j, st.st_size) || cut_torn(j, st.st_size, err);
}

/* Others append too; with the lock held, this is what there is. */
static bool
refresh(struct journal *j, mem_ctx *row, struct oms_error *err)
{
	if (!open_last(j, row, err))
		return false;
	while (j->fd >= 0) {
		char *next;

		if (!load_end(j, err))
			return false;
		next = segment_path(row, j->dir, j->end.seq + 1);
		if (access(next, F_OK) < 0)
			return true;
		if (!open_segment(j, next, err))
			return false;
	}
	j->end = (struct journal_end){ .seq = j->after_seq,
		.tx_seq = j->after_seq,
		.sha = NO_SHA };
	return true;
}

/* ---- append ------------------------------------------------------------- */

static void
close_journal(void *p)
{
	struct journal *j = p;

	if (j->fd >= 0)
		(void)close(j->fd);
}

struct journal *
journal_open(mem_ctx *ctx, const char *home)
{
	struct journal *j = mem_new(ctx, struct journal);

	j->fd = -1;
	j->limit_bytes = SEGMENT_BYTES;
	j->dir = fs_path(j, home, "spool/journal");
	j->lock_path = fs_path(j, j->dir, "lock");
	mem_on_free(j, close_journal);
	return j;
}

void
journal_after(struct journal *j, int64_t seq)
{
	j->after_seq = seq;
}

void
journal_limit(struct journal *j, int64_t file_bytes)
{
	j->limit_bytes = file_bytes;
}

static void
end_sha(const char *before, const char *p, size_t n, char ret[FS_SHA_BYTES])
{
	struct fs_sha h;

	fs_sha_begin(&h);
	fs_sha_add(&h, before, FS_SHA_BYTES - 1);
	fs_sha_add(&h, p, n);
	fs_sha_end(&h, ret);
}

/* The bytes of an entry; end becomes what it will be. */
static void
format_entry(const struct journal_entry *e, bool begins_file,
    struct journal_end *end, struct sbuf *b)
{
	char before[FS_SHA_BYTES];

	memcpy(before, end->sha, sizeof(before));
	end->torn_bytes = 0;
	end->seq++;
	if (strcmp(e->kind, "tx") == 0)
		end->tx_seq = end->seq;
	sbuf_addf(b, "entry\t%lld\t%lld\t%s\t%s", (long long)end->seq,
	    (long long)e->commit_no, e->kind, e->fields);
	if (begins_file && end->seq > 1)
		sbuf_addf(b, "\tbefore=%s", before);
	sbuf_addc(b, '\n');
	sbuf_add(b, e->body, e->body_bytes);
	end_sha(before, b->p, b->len, end->sha);
	sbuf_addf(b, "end\t%lld\t%lld\t%s\n", (long long)end->seq,
	    (long long)end->tx_seq, end->sha);
}

/*
 * A file of the journal is never empty: its first entry comes with its name.
 * Only the last file may end in the middle, so the one before it, which may
 * hold entries that nobody synced, is whole first.
 */
static bool
begin_segment(struct journal *j, mem_ctx *row, const struct sbuf *b,
    struct oms_error *err)
{
	char *path = segment_path(row, j->dir, j->end.seq + 1);
	char *tmp = mem_printf(row, "%s.tmp", path);

	if (j->fd >= 0 && fdatasync(j->fd) < 0)
		return oms_fail_errno(err, fs_code_of_errno(errno), "sync %s",
		    j->dir);
	if (unlink(tmp) < 0 && errno != ENOENT)
		return oms_fail_errno(err, OMS_IO, "remove %s", tmp);
	return fs_write_tmp(tmp, b->p, b->len, 0600, err) &&
	    fs_publish(tmp, path, err) && open_segment(j, path, err);
}

static bool
write_all(int fd, const char *p, size_t left, int64_t at)
{
	while (left > 0) {
		ssize_t n = pwrite(fd, p, left, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		left -= (size_t)n;
		at += n;
	}
	return true;
}

static bool
write_entry(struct journal *j, const struct sbuf *b, bool durable,
    struct oms_error *err)
{
	if (write_all(j->fd, b->p, b->len, j->size_bytes) &&
	    (!durable || fdatasync(j->fd) == 0))
		return true;
	oms_fail_errno(err, fs_code_of_errno(errno), "write to %s", j->dir);
	if (ftruncate(j->fd, j->size_bytes) < 0)
		oms_context(err, "and it could not be taken back");
	j->size_bytes = -1; /* look again */
	return false;
}

static bool
append_locked(struct journal *j, mem_ctx *row, const struct journal_entry *e,
    bool durable, int64_t *ret_seq, struct oms_error *err)
{
	struct journal_end end;
	struct sbuf b;
	bool is_first, ok;

	if (!refresh(j, row, err))
		return false;
	end = j->end;
	is_first = j->fd < 0 || e->begins_file ||
	    j->size_bytes >= j->limit_bytes;
	sbuf_init(&b, row, ENTRY_MAX_BYTES);
	format_entry(e, is_first, &end, &b);
	if (!sbuf_ok(&b))
		return oms_fail(err, OMS_LIMIT,
		    "an entry of the journal is "
		    "too long");
	ok = is_first ? begin_segment(j, row, &b, err)
		      : write_entry(j, &b, durable, err);
	if (!ok)
		return false;
	j->size_bytes = is_first ? (int64_t)b.len
				 : j->size_bytes + (int64_t)b.len;
	j->end = end;
	*ret_seq = end.seq;
	return true;
}

bool
journal_append(struct journal *j, const struct journal_entry *e, bool durable,
    int64_t *ret_seq, struct oms_error *err)
{
	mem_ctx *row;
	bool ok;

	if (j->fd < 0 && !fs_mkdir(j->dir, 0700, err))
		return false;
	AUTO_CLOSE int lock = fs_lock(j->lock_path, LOCK_WAIT_MS, err);
	if (lock < 0)
		return oms_context(err, "journal");
	row = mem_ctx_new(NULL, "entry");
	ok = append_locked(j, row, e, durable, ret_seq, err);
	mem_free(row);
	if (ok && durable)
		fault_step("journal.append");
	return ok;
}

bool
journal_tail(struct journal *j, struct journal_end *ret, struct oms_error *err)
{
	mem_ctx *row;
	bool ok;

	if (j->fd < 0 && access(j->dir, F_OK) < 0) {
		*ret = (struct journal_end){ .sha = NO_SHA };
		return true;
	}
	AUTO_CLOSE int lock = fs_lock(j->lock_path, LOCK_WAIT_MS, err);
	if (lock < 0)
		return oms_context(err, "journal");
	row = mem_ctx_new(NULL, "tail");
	ok = refresh(j, row, err);
	*ret = j->end;
	mem_free(row);
	return ok;
}

/* ---- read --------------------------------------------------------------- */

struct reader {
	FILE *f;
	const char *path;
	int64_t line_no;
	int64_t at; /* bytes read of this file */
	char *line;
	size_t room;
	ssize_t n;
	struct sbuf entry; /* its first line and its body */
	struct journal_end end;
	bool is_last; /* file: it may end in the middle */
	bool is_cut;  /* nothing was read yet, and older files were removed */
};

static bool
broken(const struct reader *r, const char *what, struct oms_error *err)
{
	oms_fail(err, OMS_JOURNAL, "%s", what);
	return oms_at(err, "%s line %lld", r->path, (long long)r->line_no);
}

/* The next whole line; false at the end, or where the file is cut short. */
static bool
next_line(struct reader *r)
{
	r->n = getline(&r->line, &r->room, r->f);
	r->line_no++;
	r->at += r->n > 0 ? r->n : 0;
	return r->n > 0 && r->line[r->n - 1] == '\n';
}

static bool
parse_header(char *line, struct journal_entry *e)
{
	struct oms_error other = NO_ERROR;
	char *rest = line, *word = strsep(&rest, "\t");
	char *seq = rest != NULL ? strsep(&rest, "\t") : NULL;
	char *commit_no = rest != NULL ? strsep(&rest, "\t") : NULL;

	e->kind = rest != NULL ? strsep(&rest, "\t") : NULL;
	e->fields = rest;
	return rest != NULL && strcmp(word, "entry") == 0 &&
	    num_parse_int(seq, 1, INT64_MAX, &e->seq, &other) &&
	    num_parse_int(commit_no, 0, INT64_MAX, &e->commit_no, &other);
}

/* Its first line and its body, in place. */
static bool
split_entry(char *p, size_t n, struct journal_entry *e)
{
	char *body = memchr(p, '\n', n);

	if (body == NULL)
		return false;
	*body++ = '\0';
	e->body = body;
	e->body_bytes = n - (size_t)(body - p);
	return parse_header(p, e);
}

/* What the chain was before the first entry that is left. */
static bool
take_before(struct reader *r, int64_t seq)
{
	static const char key[] = "\tbefore=";
	char *p = memmem(r->entry.p, strcspn(r->entry.p, "\n"), key,
	    sizeof(key) - 1);

	r->is_cut = false;
	r->end.seq = seq - 1;
	if (p == NULL ||
	    strcspn(p + sizeof(key) - 1, "\t\n") != FS_SHA_BYTES - 1)
		return false;
	memcpy(r->end.sha, p + sizeof(key) - 1, FS_SHA_BYTES - 1);
	return true;
}

/* The line that ends it has come: is it whole, and the next of the chain? */
static bool
check_end(struct reader *r, struct journal_entry *e, struct oms_error *err)
{
	struct journal_end end = { 0 };
	char sha[FS_SHA_BYTES];

	if (!parse_end(r->line, &end))
		return broken(r, "this line ends no entry", err);
	if (r->is_cut && !take_before(r, end.seq))
		return broken(r, "entries are missing before this one", err);
	end_sha(r->end.sha, r->entry.p, r->entry.len, sha);
	if (strcmp(sha, end.sha) != 0)
		return broken(r,
		    "the entry that ends here is not what was written, or "
		    "does not follow the one before it",
		    err);
	e->path = r->path;
	e->bytes = (int64_t)r->entry.len;
	e->at = r->at - r->n - e->bytes;
	if (!split_entry(r->entry.p, r->entry.len, e) || e->seq != end.seq ||
	    e->seq != r->end.seq + 1)
		return broken(r, "entries are missing here", err);
	r->end = end;
	return true;
}

/* 1: an entry, 0: the end of the file, -1: err says what is broken. */
static int
next_entry(struct reader *r, struct journal_entry *e, struct oms_error *err)
{
	sbuf_clear(&r->entry);
	while (next_line(r)) {
		if (strncmp(r->line, "end\t", 4) == 0 && r->entry.len > 0)
			return check_end(r, e, err) ? 1 : -1;
		sbuf_add(&r->entry, r->line, (size_t)r->n);
	}
	if (r->n > 0)
		sbuf_add(&r->entry, r->line, (size_t)r->n);
	r->end.torn_bytes = (int64_t)r->entry.len;
	if (r->entry.len > 0 && !r->is_last) {
		(void)broken(r, "the file is cut short", err);
		return -1;
	}
	return 0;
}

static bool
read_segment(struct reader *r,
    bool (*each)(void *u, const struct journal_entry *e, struct oms_error *err),
    void *u, struct oms_error *err)
{
	struct journal_entry e;
	int got;

	AUTO_FCLOSE FILE *f = fopen(r->path, "re");
	if (f == NULL)
		return oms_fail_errno(err, OMS_IO, "open %s", r->path);
	r->f = f;
	r->line_no = r->at = 0;
	while ((got = next_entry(r, &e, err)) > 0)
		if (each != NULL && !each(u, &e, err))
			return oms_at(err, "%s line %lld", r->path,
			    (long long)r->line_no);
	return got == 0;
}

static bool
is_from_one(const char *path)
{
	return strcmp(strrchr(path, '/') + 1, "0000000001.log") == 0;
}

bool
journal_read(const char *home,
    bool (*each)(void *u, const struct journal_entry *e, struct oms_error *err),
    void *u, struct journal_end *ret, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "journal");
	struct reader r = { .end = { .sha = NO_SHA } };
	char **paths = NULL;
	int count;
	bool ok = list_segments(ctx, fs_path(ctx, home, "spool/journal"),
	    &paths, &count, err);

	r.is_cut = ok && count > 0 && !is_from_one(paths[0]);
	sbuf_init(&r.entry, ctx, ENTRY_MAX_BYTES);
	for (int i = 0; ok && i < count; i++) {
		r.path = paths[i];
		r.is_last = i == count - 1;
		ok = read_segment(&r, each, u, err);
	}
	*ret = r.end;
	free(r.line); /* getline's own */
	mem_free(ctx);
	return ok;
}

struct journal_entry *
journal_load(mem_ctx *ctx, const char *path, int64_t at, int64_t bytes,
    struct oms_error *err)
{
	struct journal_entry *e = mem_new(ctx, struct journal_entry);
	char *p = mem_zero(e, (size_t)bytes + 1, "entry");

	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, p, (size_t)bytes, at) != bytes) {
		oms_fail_errno(err, OMS_IO, "read %s", path);
		return NULL;
	}
	if (!split_entry(p, (size_t)bytes, e)) {
		oms_fail(err, OMS_JOURNAL, "%s changed while it was read",
		    path);
		return NULL;
	}
	return e;
}

/* ---- the files ---------------------------------------------------------- */

static struct journal_entry *
first_of(mem_ctx *ctx, const char *path, struct oms_error *err)
{
	AUTO_FCLOSE FILE *f = fopen(path, "re");
	struct journal_entry *e = NULL;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (f == NULL) {
		oms_fail_errno(err, OMS_IO, "open %s", path);
		return NULL;
	}
	n = getline(&line, &room, f);
	if (n > 0)
		e = journal_load(ctx, path, 0, n, err);
	else
		oms_fail(err, OMS_JOURNAL, "%s is empty", path);
	free(line); /* getline's own */
	return e;
}

struct journal_entry *
journal_first(mem_ctx *ctx, const char *home, struct oms_error *err)
{
	char **paths = NULL;
	int count;

	if (!list_segments(ctx, fs_path(ctx, home, "spool/journal"), &paths,
		&count, err) ||
	    count == 0)
		return NULL;
	return first_of(ctx, paths[count - 1], err);
}

/* The index of the file that is the first to be kept. */
static bool
find_first(mem_ctx *ctx, char **paths, int count,
    bool (*is_first)(void *u, const struct journal_entry *e), void *u, int *ret,
    struct oms_error *err)
{
	*ret = 0;
	for (int i = count - 1; i > 0; i--) {
		struct journal_entry *e = first_of(ctx, paths[i], err);

		if (e == NULL)
			return false;
		if (is_first(u, e)) {
			*ret = i;
			return true;
		}
	}
	return true;
}

bool
journal_prune(const char *home,
    bool (*is_first)(void *u, const struct journal_entry *e), void *u,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "prune");
	char **paths = NULL;
	int count, kept = 0;
	bool ok = list_segments(ctx, fs_path(ctx, home, "spool/journal"),
		      &paths, &count, err) &&
	    find_first(ctx, paths, count, is_first, u, &kept, err);

	for (int i = 0; ok && i < kept; i++)
		ok = fs_remove(paths[i], err) && fs_sync_dir_of(paths[i], err);
	mem_free(ctx);
	return ok;
}

/* ---- fields ------------------------------------------------------------- */

char *
journal_field(mem_ctx *ctx, const struct journal_entry *e, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = e->fields; *p != '\0';) {
		size_t len = strcspn(p, "\t");

		if (strncmp(p, key, n) == 0 && p[n] == '=')
			return mem_strndup(ctx, p + n + 1, len - n - 1);
		p += len + (p[len] == '\t');
	}
	return mem_strdup(ctx, "");
}

int64_t
journal_field_int(const struct journal_entry *e, const char *key)
{
	mem_ctx *row = mem_ctx_new(NULL, "field");
	struct oms_error other = NO_ERROR;
	int64_t n = 0;

	if (!num_parse_int(journal_field(row, e, key), INT64_MIN, INT64_MAX, &n,
		&other))
		n = 0;
	mem_free(row);
	return n;
}
