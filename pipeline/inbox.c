/* inbox.c - see inbox.h; the steps are I3 to I7 of crash-safety 3.3. */

#include "pipeline/inbox.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/num.h"
#include "base/scope.h"
#include "base/str.h"
#include "pipeline/dead_ops.h"
#include "pipeline/feed_match.h"
#include "pipeline/finding.h"
#include "pipeline/partner_state.h"
#include "pipeline/stop.h"
#include "pipeline/spool.h"
#include "store/stmt.h"

#define UNCLAIMED_MAX_BYTES ((int64_t)512 << 20) /* when no feed says */

enum {
	END_BYTES = 4096,
	NAME_SHOWN_BYTES = 200,
	KEPT_MAX = 64 /* owned by one commit */
};

/* What lies there and cannot be taken. */
struct left_file {
	enum oms_code code; /* of its finding */
	char *object;       /* "inbox/sfcc/a.xml", "deadletter/requeue/7.xml" */
	const char *partner;
	char *why;
};

struct left_files {
	mem_ctx *ctx; /* owns all of it */
	struct left_file *file;
	size_t count;
	size_t room;
};

/* One file in an inbox, as it was when we looked first. */
struct drop {
	struct left_files *left;
	bool is_requeued; /* it lies in deadletter/requeue/, not in an inbox */
	const struct partner *p;
	const struct feed *feed; /* NULL: no pattern takes the name */
	int64_t dead_id;         /* of the letter it mends; 0: a new file */
	char *name;
	char *path;
	struct stat st;
	char sha[FS_SHA_BYTES]; /* of our copy */
	int64_t cards;          /* numbers blacked out in it */
};

struct drops {
	struct drop *drop;
	size_t count;
	size_t room;
};

struct todo {
	struct drops later; /* their end is not in sight yet: looked at again */
	struct drops kept;  /* we have a copy, and own them all in one commit */
	struct left_files left;
	bool *looked; /* into the inbox of that partner of the configuration */
};

struct names {
	char **name;
	size_t count;
	size_t room;
};

/* ---- has it an end? ----------------------------------------------------- */

static size_t
read_at(int fd, off_t from, char *dst, size_t room)
{
	ssize_t n = pread(fd, dst, room - 1, from);

	dst[n < 0 ? 0 : n] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

/* The name of the root element, after any declaration and comments. */
static bool
root_name(const char *head, char ret[64])
{
	const char *p = head;
	size_t n;

	while ((p = strchr(p, '<')) != NULL && (p[1] == '?' || p[1] == '!')) {
		const char *end = strncmp(p, "<!--", 4) == 0 ? "-->" : ">";

		p = strstr(p, end);
		if (p == NULL)
			return false;
	}
	if (p == NULL)
		return false;
	n = strcspn(p + 1, " \t\r\n/>");
	if (n == 0 || n >= 64)
		return false;
	memcpy(ret, p + 1, n);
	ret[n] = '\0';
	return true;
}

/* "</root  >" somewhere in the tail: it cannot come twice. */
static bool
has_closing_tag(const char *tail, const char *root)
{
	size_t n = strlen(root);

	for (const char *p = tail; (p = strstr(p, "</")) != NULL; p += 2)
		if (strncmp(p + 2, root, n) == 0 &&
		    p[2 + n + strspn(p + 2 + n, " \t\r\n")] == '>')
			return true;
	return false;
}

/* "<root .../>" and nothing after it. */
static bool
is_empty_root(const char *tail, size_t n, const char *root)
{
	const char *open = strrchr(tail, '<');
	size_t m = strlen(root);

	while (n > 0 && isspace((unsigned char)tail[n - 1]))
		n--;
	return n >= 2 && memcmp(tail + n - 2, "/>", 2) == 0 && open != NULL &&
	    strncmp(open + 1, root, m) == 0 &&
	    strchr(" \t\r\n/", open[1 + m]) != NULL;
}

bool
inbox_has_end(int fd, const char *type)
{
	char head[END_BYTES], tail[END_BYTES], root[64];
	off_t size = lseek(fd, 0, SEEK_END);
	size_t n = read_at(fd,
	    size > END_BYTES - 1 ? size - (END_BYTES - 1) : 0, tail,
	    sizeof(tail));

	if (strcmp(type, "sfcc.order") != 0)
		return n > 0 && tail[n - 1] == '\n';
	(void)read_at(fd, 0, head, sizeof(head));
	return root_name(head, root) &&
	    (has_closing_tag(tail, root) || is_empty_root(tail, n, root));
}

/* ---- taking one --------------------------------------------------------- */

static void
leave(const struct drop *d, struct stage_result *res, const char *event,
    const char *why)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");

	log_event(LOG_WARN_, "collect", "partner=%s file=%s event=%s: %s",
	    d->p->id, str_show(row, d->name, NAME_SHOWN_BYTES), event, why);
	res->waiting++;
	mem_free(row);
}

/* Into the report: any of them may be an order that nobody would ever miss. */
static void
tell(const struct drop *d, struct stage_result *res, enum oms_code code,
    const char *why)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	struct oms_error e = NO_ERROR;

	oms_fail(&e, code, "inbox/%s/%.80s: %s", d->p->id,
	    str_show(row, d->name, NAME_SHOWN_BYTES), why);
	partner_tell(res, d->p, &e);
	mem_free(row);
}

static void
add_left(struct left_files *l, enum oms_code code, const struct partner *p,
    char *object, const char *why)
{
	if (l->count == l->room) {
		l->room = l->room == 0 ? 16 : 2 * l->room;
		l->file = mem_resize(l->ctx, l->file,
		    l->room * sizeof(struct left_file));
	}
	l->file[l->count++] = (struct left_file){ .code = code,
		.object = object,
		.partner = p != NULL ? p->id : "",
		.why = mem_strdup(l->ctx, why) };
}

/*
 * A person must see to it: a finding, until it is gone.  In an inbox it may be
 * an order, so every run's report and status say so, too.
 */
static void
refuse(const struct drop *d, struct stage_result *res, enum oms_code code,
    const char *event, const char *why)
{
	mem_ctx *ctx = d->left->ctx;
	char *name = str_show(ctx, d->name, NAME_SHOWN_BYTES);

	leave(d, res, event, why);
	if (d->is_requeued) {
		add_left(d->left, OMS_REQUEUE, NULL,
		    mem_printf(ctx, "deadletter/requeue/%s", name), why);
		return;
	}
	tell(d, res, code, why);
	add_left(d->left, OMS_INBOX, d->p,
	    mem_printf(ctx, "inbox/%s/%s", d->p->id, name), why);
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Never waits: the name may be a pipe. */
static int
open_plain(const char *path, struct stat *ret_st)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, ret_st) == 0 && S_ISREG(ret_st->st_mode))
		return fd;
	(void)close(fd);
	errno = S_ISDIR(ret_st->st_mode) ? EISDIR : ENXIO;
	return -1;
}

const char *
inbox_obstacle(const char *path, const char *name)
{
	struct stat st;

	if (!str_is_safe_name(name))
		return "the name is not UTF-8, longer than 200 bytes, or has "
		       "control characters: rename it";
	if (lstat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return NULL;
	return S_ISLNK(st.st_mode) ? "a link: put the file itself there"
				   : "no plain file: remove it";
}

static int64_t
max_bytes(const struct drop *d)
{
	return d->feed != NULL ? d->feed->max_bytes : UNCLAIMED_MAX_BYTES;
}

/* A mended letter is a try of that letter; false in *ret_ours: not now. */
static bool
own_mended(struct run *run, const struct drop *d, const char *sha,
    struct stage_result *res, bool *ret_ours, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;

	*ret_ours = dead_requeue(run, d->dead_id, sha, "dropped mended", &why);
	if (*ret_ours)
		return true;
	if (oms_code_class(why.code) == CLASS_STOP ||
	    oms_code_class(why.code) == CLASS_RETRY) {
		*err = why;
		return false;
	}
	refuse(d, res, why.code, "dead.kept", why.reason);
	return true;
}

/* I6: from the commit on we own it. */
static bool
own(struct run *run, const struct drop *d, struct stage_result *res,
    struct oms_error *err)
{
	int64_t file_id;
	bool is_new;

	if (!spool_register(run, d->p->id, d->feed != NULL ? d->feed->name : "",
		d->feed != NULL ? d->feed->type : "", d->name, d->sha,
		d->st.st_size, "inbox", &file_id, &is_new, err) ||
	    !spool_note_cards(run, file_id, d->p->id, d->cards, err))
		return oms_context(err, "inbox/%s", d->p->id);
	log_event(LOG_INFO_, "collect",
	    "partner=%s file_id=%lld event=file.%s bytes=%lld", d->p->id,
	    (long long)file_id, is_new ? "new" : "known",
	    (long long)d->st.st_size);
	res->rejected += is_new && d->feed == NULL;
	return true;
}

/* What we have and what announced it. */
static bool
remove_taken(const struct drop *d, struct oms_error *err)
{
	mem_ctx *row;
	bool ok;

	if (!fs_remove(d->path, err))
		return false;
	if (d->feed == NULL || d->feed->complete != COMPLETE_DONE)
		return true;
	row = mem_ctx_new(NULL, "row");
	ok = fs_remove(mem_printf(row, "%s%s", d->path, d->feed->done_suffix),
	    err);
	mem_free(row);
	return ok;
}

/*
 * I7: remove what we have, unless it has become something else meanwhile.  In
 * a folder that we may not change it stays, and is known the next time.
 */
static bool
clear(const struct drop *d, struct stage_result *res, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	struct stat now;

	if (lstat(d->path, &now) < 0 || !is_same(&now, &d->st) ||
	    remove_taken(d, &why))
		return true;
	if (oms_code_class(why.code) == CLASS_STOP) {
		*err = why;
		return false;
	}
	refuse(d, res, why.code, "inbox.kept", why.reason);
	return true;
}

/* With a key ring, what spool_keep() makes of the copy is synced. */
static bool
copy_bytes(const struct run *run, const struct drop *d, int fd, const char *tmp,
    char ret_sha[FS_SHA_BYTES], int64_t *ret_bytes, struct oms_error *err)
{
	return run->cfg->ring != NULL
	    ? fs_draft_hashed(fd, tmp, max_bytes(d), ret_sha, ret_bytes, err)
	    : fs_copy_hashed(fd, tmp, max_bytes(d), ret_sha, ret_bytes, err);
}

/* I3: a copy that did not change under our hands; "" when it did. */
static bool
copy(const struct run *run, const struct drop *d, struct stage_result *res,
    const char *tmp, char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	struct stat before = { 0 }, after;
	int64_t bytes = 0;
	AUTO_CLOSE int fd = open_plain(d->path, &before);

	ret_sha[0] = '\0';
	if (fd < 0 || !is_same(&before, &d->st)) {
		leave(d, res, "inbox.unstable", "it changed or went away");
		return true;
	}
	if (!copy_bytes(run, d, fd, tmp, ret_sha, &bytes, &why)) {
		ret_sha[0] = '\0';
		if (oms_code_class(why.code) == CLASS_STOP) {
			*err = why;
			return oms_context(err, "copy %s", d->path);
		}
		refuse(d, res, why.code, "inbox.unreadable", why.reason);
		return true;
	}
	if (fstat(fd, &after) == 0 && is_same(&after, &d->st) &&
	    bytes == d->st.st_size)
		return true;
	ret_sha[0] = '\0';
	leave(d, res, "inbox.unstable", "it grew while it was read");
	return fs_remove(tmp, err);
}

static void
add_drop(mem_ctx *ctx, struct drops *l, const struct drop *d)
{
	if (l->count == l->room) {
		l->room = l->room == 0 ? 16 : 2 * l->room;
		l->drop = mem_resize(ctx, l->drop,
		    l->room * sizeof(struct drop));
	}
	l->drop[l->count++] = *d;
}

static bool
own_some(struct run *run, const struct drop *d, size_t count,
    struct stage_result *res, struct oms_error *err)
{
	int64_t rejected = res->rejected;
	bool ok = db_begin(run->db, err);

	for (size_t i = 0; ok && i < count; i++)
		ok = own(run, &d[i], res, err);
	if (!ok || !db_commit(run->db, "collect.register", err)) {
		db_rollback(run->db);
		res->rejected = rejected;
		return false;
	}
	for (size_t i = 0; ok && i < count; i++) {
		ok = clear(&d[i], res, err);
		res->done += ok;
	}
	return ok;
}

/* Is it the store that fails, and not what one file is? */
static bool
stops_all(const struct oms_error *err)
{
	enum oms_class class = oms_code_class(err->code);

	return class == CLASS_STOP || class == CLASS_RETRY ||
	    err->code == OMS_INTERNAL;
}

/*
 * One commit for many: what a small file costs is its syncs.  When one of them
 * is refused, each goes alone, and only that one stays.
 */
static bool
own_kept(struct run *run, struct drops *kept, struct stage_result *res,
    struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	size_t count = kept->count;

	kept->count = 0;
	if (count == 0 || own_some(run, kept->drop, count, res, &why))
		return true;
	for (size_t i = 0; i < count && !stops_all(&why); i++) {
		const struct drop *d = &kept->drop[i];

		why = NO_ERROR;
		if (own_some(run, d, 1, res, &why) || stops_all(&why))
			continue;
		refuse(d, res, why.code, "inbox.refused", why.reason);
	}
	if (stops_all(&why))
		*err = why;
	return err->code == OMS_OK;
}

/* The letter's own transactions; those before it keep their place. */
static bool
take_mended(struct run *run, const struct drop *d, struct drops *kept,
    struct stage_result *res, struct oms_error *err)
{
	bool ours;
	bool ok = own_kept(run, kept, res, err) &&
	    own_mended(run, d, d->sha, res, &ours, err) &&
	    (!ours || clear(d, res, err));

	res->done += ok && ours;
	return ok;
}

static bool
take(struct run *run, mem_ctx *ctx, struct drop *d, struct todo *todo,
    struct stage_result *res, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	char *tmp = spool_tmp(run, row);
	bool ok = copy(run, d, res, tmp, d->sha, err);

	if (ok && d->sha[0] != '\0') {
		ok = spool_scrub(tmp, d->feed, d->sha, &d->cards, err) &&
		    spool_keep(run, tmp, d->sha, err);
		if (ok && d->dead_id != 0)
			ok = take_mended(run, d, &todo->kept, res, err);
		else if (ok)
			add_drop(ctx, &todo->kept, d);
		if (ok && todo->kept.count == KEPT_MAX)
			ok = own_kept(run, &todo->kept, res, err);
	}
	mem_free(row);
	return ok || oms_context(err, "inbox/%s", d->p->id);
}

/* ---- all of them -------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
add_name(mem_ctx *ctx, struct names *n, const char *name)
{
	if (n->count == n->room) {
		n->room = n->room == 0 ? 64 : 2 * n->room;
		n->name = mem_resize(ctx, n->name, n->room * sizeof(char *));
	}
	n->name[n->count++] = mem_strdup(ctx, name);
}

static bool
list(mem_ctx *ctx, const char *path, struct names *ret, struct oms_error *err)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (d == NULL)
		return errno == ENOENT ||
		    oms_fail_errno(err, OMS_IO, "read folder %s", path);
	while ((e = readdir(d)) != NULL)
		if (!feed_ignores(e->d_name))
			add_name(ctx, ret, e->d_name);
	(void)closedir(d);
	if (ret->count > 1)
		qsort(ret->name, ret->count, sizeof(char *), by_name);
	return true;
}

/* A folder is fine: somebody keeps things there. */
static void
look_refused(const struct drop *d, struct stage_result *res, int why_errno)
{
	static const char event[] = "inbox.unreadable";
	static const char folder[] = "a folder: only files are taken";
	const char *obstacle = inbox_obstacle(d->path, d->name);

	if (why_errno == EISDIR && !d->is_requeued)
		leave(d, res, event, folder);
	else if (why_errno == EISDIR)
		refuse(d, res, OMS_VALUE, event, folder);
	else if (obstacle != NULL)
		refuse(d, res, OMS_VALUE, event, obstacle);
	else if (why_errno != ENOENT)
		refuse(d, res, OMS_IO, event, strerror(why_errno));
}

static bool
look(struct run *run, mem_ctx *ctx, struct drop *d, struct todo *todo,
    struct stage_result *res, struct oms_error *err)
{
	AUTO_CLOSE int fd = open_plain(d->path, &d->st);

	if (fd < 0) {
		look_refused(d, res, errno);
		return true;
	}
	if (d->st.st_size > max_bytes(d)) {
		refuse(d, res, OMS_LIMIT, "inbox.limit",
		    "larger than max_bytes");
		return true;
	}
	if (d->feed != NULL && !inbox_has_end(fd, d->feed->type)) {
		add_drop(ctx, &todo->later, d);
		return true;
	}
	return take(run, ctx, d, todo, res, err);
}

/* The number that a name begins with, "00000007-..." or "7.xml"; 0 none. */
static int64_t
letter_number(const char *name)
{
	size_t n = strspn(name, "0123456789");
	struct oms_error none = NO_ERROR;
	char digits[20];
	int64_t dead_id = 0;

	if (n == 0 || n >= sizeof(digits) || strchr(".-_", name[n]) == NULL)
		return 0; /* strchr() finds the end of the name, too */
	memcpy(digits, name, n);
	digits[n] = '\0';
	return num_parse_int(digits, 1, INT64_MAX, &dead_id, &none) ? dead_id
								    : 0;
}

/* Is it the file of a dead letter, moved here from deadletter/? */
static bool
find_letter(struct run *run, mem_ctx *ctx, struct drop *d,
    struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	int64_t dead_id = letter_number(d->name);
	struct dead_row *letter = NULL;
	const struct feed *feed;

	if (dead_id != 0)
		letter = dead_load(run->db, ctx, dead_id, &why);
	if (letter != NULL && strcmp(letter->name, d->name) == 0 &&
	    strcmp(letter->partner, d->p->id) == 0 &&
	    strcmp(letter->state, "resolved") != 0 &&
	    strcmp(letter->state, "closed") != 0 &&
	    (feed = dead_feed(run, letter, &why)) != NULL) {
		d->dead_id = dead_id;
		d->feed = feed;
	}
	if (oms_code_class(why.code) != CLASS_STOP)
		return true;
	*err = why;
	return false;
}

static bool
collect_folder(struct run *run, mem_ctx *ctx, const struct partner *p,
    struct todo *todo, struct stage_result *res, struct oms_error *err)
{
	char *dir = mem_printf(ctx, "%s/inbox/%s", run->cfg->home, p->id);
	struct names names = { 0 };
	struct oms_error why = NO_ERROR;

	if (!list(ctx, dir, &names, &why)) { /* the other partners go on */
		log_event(LOG_WARN_, "collect",
		    "partner=%s event=inbox.unreadable: %s", p->id, why.reason);
		partner_tell(res, p, &why);
		add_left(&todo->left, OMS_INBOX, p,
		    mem_printf(ctx, "inbox/%s", p->id), why.reason);
		res->waiting++;
		return true;
	}
	todo->looked[p - run->cfg->partners] = true;
	for (size_t i = 0; i < names.count; i++) {
		struct drop d = { .left = &todo->left,
			.p = p,
			.name = names.name[i],
			.path = fs_path(ctx, dir, names.name[i]),
			.feed = feed_match(p, NULL, names.name[i]) };

		if (!find_letter(run, ctx, &d, err))
			return false;
		if (str_is_safe_name(d.name)) {
			if (!look(run, ctx, &d, todo, res, err))
				return false;
			continue;
		}
		refuse(&d, res, OMS_VALUE, "inbox.name",
		    inbox_obstacle(d.path, d.name));
	}
	return true;
}

static void
nap_ms(int64_t ms)
{
	struct timespec left = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

/* One wait for all of them together; what stood still is taken as it is. */
static bool
collect_later(struct run *run, mem_ctx *ctx, struct todo *todo,
    struct stage_result *res, struct oms_error *err)
{
	if (todo->later.count == 0)
		return true;
	nap_ms(run->cfg->inbox_settle_ms);
	for (size_t i = 0; i < todo->later.count; i++)
		if (!take(run, ctx, &todo->later.drop[i], todo, res, err))
			return false;
	return true;
}

/* A file, or a folder with something in it? */
static bool
holds_files(mem_ctx *ctx, const char *path)
{
	struct oms_error unread = NO_ERROR;
	struct names names = { 0 };

	return !list(ctx, path, &names, &unread) || names.count > 0;
}

/* A folder that belongs to nobody would keep its files for ever, in silence. */
static bool
tell_strangers(struct run *run, mem_ctx *ctx, struct left_files *left,
    struct oms_error *err)
{
	static const char why[] = "no partner has this name";
	char *inbox = fs_path(ctx, run->cfg->home, "inbox");
	struct names names = { 0 };

	if (!list(ctx, inbox, &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.name[i];
		char *shown;

		if (config_partner(run->cfg, name) != NULL)
			continue;
		shown = mem_printf(ctx, "inbox/%s",
		    str_show(ctx, name, NAME_SHOWN_BYTES));
		log_event(LOG_WARN_, "collect",
		    "folder=%s event=inbox.stranger: %s", shown, why);
		if (holds_files(ctx, fs_path(ctx, inbox, name)))
			add_left(left, OMS_INBOX, NULL, shown, why);
	}
	return true;
}

/* A name there that is no letter's is left. */
static bool
take_requeued(struct run *run, mem_ctx *ctx, struct drop *d, struct todo *todo,
    struct stage_result *res, struct oms_error *err)
{
	struct oms_error why = NO_ERROR;
	int64_t dead_id = letter_number(d->name);
	struct dead_row *letter = NULL;

	if (dead_id == 0)
		oms_fail(&why, OMS_UNMATCHED,
		    "its name does not begin with a dead letter's number");
	else
		letter = dead_load(run->db, ctx, dead_id, &why);
	if (letter != NULL &&
	    (d->feed = dead_feed(run, letter, &why)) != NULL) {
		d->p = config_partner(run->cfg, letter->partner);
		d->dead_id = dead_id;
		if (!stop_is_set(run->cfg->home, d->p->id))
			return look(run, ctx, d, todo, res, err);
		res->waiting++;
		return true;
	}
	if (oms_code_class(why.code) == CLASS_STOP) {
		*err = why;
		return false;
	}
	refuse(d, res, why.code, "requeue.kept", why.reason);
	return true;
}

static bool
collect_requeue(struct run *run, mem_ctx *ctx, struct todo *todo,
    struct stage_result *res, struct oms_error *err)
{
	static char name[] = "requeue";
	static const struct partner nobody = { .id = name };
	char *dir = mem_printf(ctx, "%s/deadletter/%s", run->cfg->home, name);
	struct names names = { 0 };

	if (!list(ctx, dir, &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		struct drop d = { .left = &todo->left,
			.is_requeued = true,
			.p = &nobody,
			.name = names.name[i],
			.path = fs_path(ctx, dir, names.name[i]) };

		if (!take_requeued(run, ctx, &d, todo, res, err))
			return false;
	}
	return true;
}

static bool
tell_left(struct run *run, mem_ctx *ctx, const struct left_file *f,
    struct stage_result *res, struct oms_error *err)
{
	const char *next = f->code == OMS_INBOX
	    ? "it stays there until that is mended, or it is moved away"
	    : "it is not tried: give it the name of an open dead letter's "
	      "file (oms dead list), or remove it";
	bool is_known;

	if (!finding_is_open(run, f->code, f->object, &is_known, err))
		return false;
	if (f->code == OMS_REQUEUE) {
		if (!is_known)
			partner_note(res, f->code);
		snprintf(res->note, sizeof(res->note), "%.100s: %.90s",
		    f->object, f->why);
	}
	return finding_raise(run,
	    &(struct finding){ f->code, f->object, f->partner,
		mem_printf(ctx, "%s; %s", f->why, next) },
	    err);
}

static bool
is_left(const struct left_files *l, const char *object)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->file[i].code == OMS_INBOX &&
		    strcmp(l->file[i].object, object) == 0)
			return true;
	return false;
}

/* Where nobody looked, what lay there may lie there still. */
static bool
settle_inbox(struct run *run, mem_ctx *ctx, const struct todo *todo,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_FINDING_OF_CODE, err);
	struct names gone = { 0 };

	if (s != NULL)
		stmt_text(s, ":code", oms_code_name(OMS_INBOX));
	while (s != NULL && stmt_next(s, err)) {
		const struct partner *p = config_partner(run->cfg,
		    col_text(s, 2));

		if ((p == NULL || todo->looked[p - run->cfg->partners]) &&
		    !is_left(&todo->left, col_text(s, 0)))
			add_name(ctx, &gone, col_text(s, 0));
	}
	for (size_t i = 0; err->code == OMS_OK && i < gone.count; i++)
		if (!finding_clear(run, OMS_INBOX, gone.name[i], err))
			return false;
	return err->code == OMS_OK;
}

/* What could not be taken is a finding until it is gone. */
static bool
tell_all_left(struct run *run, mem_ctx *ctx, const struct todo *todo,
    struct stage_result *res, struct oms_error *err)
{
	const struct left_files *l = &todo->left;
	bool was_requeued, was_left, ok;

	if (!finding_is_open(run, OMS_REQUEUE, "", &was_requeued, err) ||
	    !finding_is_open(run, OMS_INBOX, "", &was_left, err))
		return false;
	if (l->count == 0 && !was_requeued && !was_left)
		return true;
	ok = db_begin(run->db, err);
	for (size_t i = 0; ok && i < l->count; i++)
		ok = tell_left(run, ctx, &l->file[i], res, err);
	if (ok && finding_settle(run, OMS_REQUEUE, err) &&
	    settle_inbox(run, ctx, todo, err) &&
	    db_commit(run->db, "collect.left", err))
		return true;
	db_rollback(run->db);
	return false;
}

bool
inbox_collect(struct run *run, struct stage_result *res, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "inbox");
	struct todo todo = { .left = { .ctx = ctx },
		.looked = mem_array(ctx, bool, run->cfg->partner_count) };
	bool ok = tell_strangers(run, ctx, &todo.left, err);

	for (size_t i = 0; ok && i < run->cfg->partner_count; i++) {
		const struct partner *p = &run->cfg->partners[i];

		if (!run_serves(run, p->id))
			continue;
		if (stop_is_set(run->cfg->home, p->id))
			res->waiting++;
		else
			ok = collect_folder(run, ctx, p, &todo, res, err);
	}
	ok = ok && collect_requeue(run, ctx, &todo, res, err) &&
	    collect_later(run, ctx, &todo, res, err) &&
	    own_kept(run, &todo.kept, res, err) &&
	    tell_all_left(run, ctx, &todo, res, err);
	mem_free(ctx);
	return ok;
}
