/* journal.c - see journal.h. */

#include "pipeline/journal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/count.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/str.h"
#include "pipeline/document.h"
#include "pipeline/finding.h"
#include "pipeline/personal.h"
#include "pipeline/spool.h"
#include "pipeline/turn.h"
#include "store/journal.h"
#include "store/stmt.h"

enum { FIELDS_MAX_BYTES = 2000, ACTOR_SHOWN_BYTES = 200, BASES_KEPT = 2 };

struct journaling {
	struct run *run;
	struct journal *file;
	struct turn *turn;
	const char *stage; /* that is made again, NULL none */
	bool announced;    /* by this process */
	bool is_run;       /* not an act: it holds the lock of the run */
	bool let_acts;     /* after the last commit of the stage */
	int64_t commit_no; /* of that commit */
	int64_t lost_no;   /* the entries up to this one were not there */
};

/* What db_call() may name. */
static const struct {
	const char *name;
	bool (*fn)(struct run *run, int64_t arg, struct oms_error *err);
} calls[] = {
	{ "document_move_parts", document_move_parts },
};

bool
journal_call(struct run *run, const char *name, int64_t arg,
    struct oms_error *err)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].fn(run, arg, err);
	return oms_fail(err, OMS_JOURNAL, "this oms knows no call %.60s", name);
}

/* ---- entries ------------------------------------------------------------ */

/* It begins a file: what is before it may be removed one day. */
static bool
append_base(struct journaling *jn, int64_t commit_no, struct oms_error *err)
{
	char fields[120];
	struct journal_entry e = { .commit_no = commit_no + 1,
		.kind = "base",
		.fields = fields,
		.body = "",
		.begins_file = true };
	int64_t seq;

	snprintf(fields, sizeof(fields), "commit_no=%lld\tversion=%s",
	    (long long)commit_no, OMS_VERSION);
	return journal_append(jn->file, &e, true, &seq, err);
}

static bool
append(struct journaling *jn, int64_t commit_no, const char *kind,
    const char *fields, const char *body, size_t body_bytes, bool durable,
    int64_t *ret_seq, struct oms_error *err)
{
	struct journal_entry e = { .commit_no = commit_no,
		.kind = kind,
		.fields = fields,
		.body = body,
		.body_bytes = body_bytes };

	return journal_append(jn->file, &e, durable, ret_seq, err);
}

/* What the database does not know of was never true: say so for ever. */
static bool
void_untrue(struct journaling *jn, const struct db_commit_note *note,
    struct oms_error *err)
{
	struct journal_end end;
	char fields[80];
	int64_t seq;

	if (!journal_tail(jn->file, &end, err))
		return false;
	if (end.torn_bytes > 0)
		log_event(LOG_WARN_, "journal",
		    "event=journal.torn bytes=%lld: an entry that never became "
		    "true was cut off",
		    (long long)end.torn_bytes);
	if (end.tx_seq <= note->entry_no)
		return true;
	snprintf(fields, sizeof(fields), "after=%lld",
	    (long long)note->entry_no);
	return append(jn, note->commit_no - 1, "void", fields, "", 0, false,
	    &seq, err);
}

/*
 * Acts that came after a commit of the stage came before this one: it saw what
 * they did.  A stage that commits no more says nothing: it saw nothing to do.
 */
static bool
say_went_on(struct journaling *jn, int64_t commit_no, struct oms_error *err)
{
	char fields[40];
	int64_t seq;

	if (!jn->let_acts || commit_no == jn->commit_no + 1)
		return true;
	snprintf(fields, sizeof(fields), "run=%lld",
	    (long long)jn->run->run_id);
	jn->let_acts = false;
	return append(jn, commit_no, "on", fields, "", 0, true, &seq, err);
}

/* Everything that the stage needs beside the rows. */
static bool
announce(struct journaling *jn, int64_t commit_no, struct oms_error *err)
{
	struct run *run = jn->run;
	char fields[FIELDS_MAX_BYTES];
	int64_t seq;

	if (jn->stage == NULL)
		return true;
	if (jn->announced)
		return say_went_on(jn, commit_no, err);
	snprintf(fields, sizeof(fields),
	    "stage=%s\trun=%lld\tnow=%lld\twindow=%s\tskip=%lld\tconfig=%s\t"
	    "version=%s",
	    jn->stage, (long long)run->run_id, (long long)run->now_us,
	    run->window, (long long)run->skip_file, run->cfg->sha256,
	    OMS_VERSION);
	jn->announced = true;
	return append(jn, commit_no, "stage", fields, "", 0, true, &seq, err);
}

static bool
record(struct journaling *jn, struct db_commit_note *note,
    struct oms_error *err)
{
	struct run *run = jn->run;
	mem_ctx *row = mem_ctx_new(NULL, "entry");
	char *fields = mem_printf(row,
	    "name=%s\trun=%lld\tnow=%lld\tin=%s\tactor=%s", note->name,
	    (long long)run->run_id, (long long)run->now_us,
	    jn->stage != NULL ? jn->stage : "",
	    str_show(row, run->actor, ACTOR_SHOWN_BYTES));
	bool ok = append(jn, note->commit_no, "tx", fields, note->changes,
	    note->changes_bytes, true, &note->ret_entry_no, err);

	mem_free(row);
	return ok;
}

static bool
at_begin(void *u, struct db *db, struct oms_error *err)
{
	struct journaling *jn = u;

	(void)db;
	if (jn->stage != NULL)
		return turn_take_stage(jn->turn, err);
	return jn->is_run ||
	    (turn_take_act(jn->turn, err) && personal_is_same(jn->run, err));
}

static bool
at_commit(void *u, struct db_commit_note *note, struct oms_error *err)
{
	struct journaling *jn = u;

	bool ok = note->changes == NULL ? announce(jn, note->commit_no, err)
					: void_untrue(jn, note, err) &&
		announce(jn, note->commit_no, err) && record(jn, note, err);

	jn->commit_no = note->commit_no;
	return ok;
}

static void
at_end(void *u, struct db *db, bool is_committed)
{
	struct journaling *jn = u;

	(void)db;
	if (jn->stage != NULL && is_committed)
		jn->let_acts = turn_let_acts(jn->turn);
	else if (jn->stage == NULL && !jn->is_run)
		turn_give(jn->turn);
}

/* ---- stages ------------------------------------------------------------- */

bool
journal_stage(struct run *run, const char *stage, struct oms_error *err)
{
	struct journaling *jn = run->journal;

	if (jn == NULL)
		return true;
	if (!turn_take_stage(jn->turn, err))
		return false;
	jn->stage = stage;
	(void)db_record(run->db, false);
	journal_stage_again(run);
	return true;
}

void
journal_stage_end(struct run *run)
{
	if (run->journal == NULL || run->journal->stage == NULL)
		return;
	run->journal->stage = NULL;
	run->skip_file = 0;
	(void)db_record(run->db, true);
	turn_give(run->journal->turn);
}

void
journal_stage_again(struct run *run)
{
	if (run->journal == NULL)
		return;
	run->journal->announced = run->journal->let_acts = false;
}

bool
journal_document(struct run *run, int64_t doc_id, const char *name,
    const char *sha256, struct oms_error *err)
{
	char fields[FIELDS_MAX_BYTES];
	int64_t commit_no, entry_no, seq;

	if (run->journal == NULL)
		return true;
	if (!db_position(run->db, &commit_no, &entry_no, err))
		return false;
	snprintf(fields, sizeof(fields), "doc_id=%lld\tsha256=%s\tname=%s",
	    (long long)doc_id, sha256, name);
	/* Not synced: no partner sees it before deliver, which syncs. */
	return append(run->journal, commit_no + 1, "document", fields, "", 0,
	    false, &seq, err);
}

/* ---- the ground: configuration, copies of the database ------------------ */

char *
journal_config_dir(mem_ctx *ctx, const char *home, const char *sha256)
{
	return mem_printf(ctx, "%s/spool/journal/config-%s", home, sha256);
}

char *
journal_base_path(mem_ctx *ctx, const char *home, int64_t commit_no)
{
	return mem_printf(ctx, "%s/spool/journal/base-%012lld.db", home,
	    (long long)commit_no);
}

static bool
copy_again(const char *from, const char *to, struct oms_error *err)
{
	if (unlink(to) < 0 && errno != ENOENT)
		return oms_fail_errno(err, OMS_IO, "remove %s", to);
	return fs_copy(from, to, 0600, err);
}

static int
is_ini(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return e->d_name[0] != '.' && dot != NULL && strcmp(dot, ".ini") == 0;
}

static bool
copy_folder(mem_ctx *ctx, const char *from, const char *to,
    struct oms_error *err)
{
	struct dirent **list = NULL;
	int n = scandir(from, &list, is_ini, alphasort);
	bool ok = n >= 0 ? fs_mkdir(to, 0700, err)
			 : errno == ENOENT ||
		oms_fail_errno(err, OMS_IO, "read folder %s", from);

	for (int i = 0; i < n; i++) {
		ok = ok &&
		    copy_again(fs_path(ctx, from, list[i]->d_name),
			fs_path(ctx, to, list[i]->d_name), err);
		free(list[i]); /* scandir's own */
	}
	free(list);
	return ok;
}

/* The files that were read are the ones whose sum cfg has. */
static bool
keep_config(struct run *run, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "config");
	const char *home = run->cfg->home;
	char *dir = journal_config_dir(row, home, run->cfg->sha256);
	char *tmp = mem_printf(row, "%s.tmp", dir);
	bool ok = true;

	if (access(dir, F_OK) < 0) {
		ok = fs_mkdir(tmp, 0700, err) &&
		    copy_again(fs_path(row, home, "oms.ini"),
			fs_path(row, tmp, "oms.ini"), err) &&
		    copy_folder(row, fs_path(row, home, "partners"),
			fs_path(row, tmp, "partners"), err) &&
		    copy_folder(row, fs_path(row, home, "jobs"),
			fs_path(row, tmp, "jobs"), err);
		if (ok && rename(tmp, dir) < 0)
			ok = oms_fail_errno(err, fs_code_of_errno(errno),
			    "rename to %s", dir);
		ok = ok && fs_sync_dir_of(dir, err);
		if (ok)
			fault_step("journal.config");
	}
	mem_free(row);
	return ok || oms_context(err, "keep the configuration");
}

static int
is_base(const struct dirent *e)
{
	return strncmp(e->d_name, "base-", 5) == 0 && strlen(e->d_name) == 20;
}

static bool
drop_old_bases(mem_ctx *ctx, const char *home, int kept, struct oms_error *err)
{
	char *dir = fs_path(ctx, home, "spool/journal");
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_base, alphasort);
	bool ok = true;

	for (int i = 0; i < n; i++) {
		if (i < n - kept)
			ok = ok &&
			    fs_remove(fs_path(ctx, dir, list[i]->d_name), err);
		free(list[i]); /* scandir's own */
	}
	free(list);
	return ok;
}

/* The copy knows best how many commits it holds. */
static bool
commits_of(struct run *run, mem_ctx *ctx, const char *dir,
    int64_t *ret_commit_no, int64_t *ret_entry_no, struct oms_error *err)
{
	struct db *copy = db_open(ctx, dir, DB_WRITE, run->cfg->cache_bytes,
	    err);

	return copy != NULL &&
	    db_position(copy, ret_commit_no, ret_entry_no, err) &&
	    db_check(copy, err) && db_checkpoint(copy, err);
}

static bool
copy_database(struct run *run, mem_ctx *row, int64_t *ret_commit_no,
    int64_t *ret_entry_no, struct oms_error *err)
{
	mem_ctx *open = mem_ctx_new(row, "copy");
	char *dir = fs_path(row, run->cfg->home, "spool/journal/base.tmp");
	char *tmp = fs_path(row, dir, "oms.db"), *base;
	bool ok = fs_mkdir(dir, 0700, err) && fs_remove(tmp, err) &&
	    db_copy_to(run->db, tmp, err) &&
	    commits_of(run, open, dir, ret_commit_no, ret_entry_no, err);

	mem_free(open); /* closes it */
	if (!ok)
		return false;
	base = journal_base_path(row, run->cfg->home, *ret_commit_no);
	(void)unlink(fs_path(row, dir, "oms.db-wal"));
	(void)unlink(fs_path(row, dir, "oms.db-shm"));
	(void)unlink(fs_path(row, dir, "oms.db.writer"));
	if (rename(tmp, base) < 0)
		return oms_fail_errno(err, fs_code_of_errno(errno),
		    "rename to %s", base);
	(void)rmdir(dir);
	return fs_sync_dir_of(base, err);
}

bool
journal_base(struct run *run, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "base");
	struct journaling own = { .run = run }, *jn = run->journal;
	int64_t commit_no, entry_no;
	bool ok;

	if (jn == NULL) {
		own.file = journal_open(row, run->cfg->home);
		jn = &own;
	}
	ok = copy_database(run, row, &commit_no, &entry_no, err);
	if (ok) {
		fault_step("journal.base");
		journal_after(jn->file, entry_no);
		ok = append_base(jn, commit_no, err) &&
		    drop_old_bases(row, run->cfg->home, BASES_KEPT, err);
	}
	if (ok)
		log_event(LOG_INFO_, "journal",
		    "event=journal.base commit_no=%lld: a rebuild begins here",
		    (long long)commit_no);
	mem_free(row);
	return ok || oms_context(err, "copy of the database for the journal");
}

/* ---- tidying ------------------------------------------------------------ */

/* Of the first of so many copies; 0 when there are fewer. */
static bool
first_base(mem_ctx *ctx, const char *home, int kept, int64_t *ret,
    struct oms_error *err)
{
	struct dirent **list = NULL;
	int n = scandir(fs_path(ctx, home, "spool/journal"), &list, is_base,
	    alphasort);

	*ret = 0;
	if (n < 0)
		return oms_fail_errno(err, OMS_IO, "read spool/journal");
	if (n >= kept)
		*ret = strtoll(list[n - kept]->d_name + 5, NULL, 10);
	for (int i = 0; i < n; i++)
		free(list[i]); /* scandir's own */
	free(list);
	return true;
}

static bool
is_base_of(void *u, const struct journal_entry *e)
{
	return strcmp(e->kind, "base") == 0 &&
	    journal_field_int(e, "commit_no") == *(int64_t *)u;
}

/* A file became full and another one followed, since the last copy. */
static bool
is_long(mem_ctx *ctx, const char *home, bool *ret, struct oms_error *err)
{
	struct journal_entry *e = journal_first(ctx, home, err);

	*ret = e != NULL && e->seq > 1 && strcmp(e->kind, "base") != 0;
	return e != NULL || err->code == OMS_OK;
}

bool
journal_forget(struct run *run, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "forget");
	const char *home = run->cfg->home;
	int64_t commit_no = 0;
	bool ok = drop_old_bases(row, home, 1, err) &&
	    first_base(row, home, 1, &commit_no, err) &&
	    journal_prune(home, is_base_of, &commit_no, err);

	mem_free(row);
	return ok || oms_context(err, "forget what the journal had");
}

bool
journal_tidy(struct run *run, struct oms_error *err)
{
	mem_ctx *row = mem_ctx_new(NULL, "tidy");
	const char *home = run->cfg->home;
	int64_t commit_no = 0;
	struct journal_end end;
	bool is_due = false, ok;

	/* Of a broken chain nothing is removed: it may be what is needed. */
	ok = run->journal == NULL ||
	    (journal_read(home, NULL, NULL, &end, err) &&
		is_long(row, home, &is_due, err) &&
		(!is_due || journal_base(run, err)) &&
		first_base(row, home, BASES_KEPT, &commit_no, err) &&
		(commit_no == 0 ||
		    journal_prune(home, is_base_of, &commit_no, err)));
	mem_free(row);
	return ok || oms_context(err, "tidy spool/journal");
}

static bool
last_run(struct run *run, int64_t *ret_weight, char ret_version[64],
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_JOURNAL_LAST_RUN, err);

	if (s == NULL || !stmt_one(s, err))
		return false;
	*ret_weight = col_int(s, 0);
	(void)str_copy(ret_version, 64, col_text(s, 1));
	stmt_end(s);
	return true;
}

/* It begins with nothing: a new database at that time. */
static bool
say_new(struct run *run, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_JOURNAL_CREATED, err);
	char fields[120];
	int64_t seq;

	if (s == NULL || !stmt_one(s, err))
		return err->code != OMS_OK ? false : journal_base(run, err);
	snprintf(fields, sizeof(fields), "now=%lld\tversion=%s",
	    (long long)col_int(s, 0), OMS_VERSION);
	stmt_end(s);
	return append(run->journal, 1, "new", fields, "", 0, true, &seq, err);
}

static bool
look_at_entry(void *u, const struct journal_entry *e, struct oms_error *err)
{
	int64_t *highest_no = u;

	(void)err;
	if (strcmp(e->kind, "void") == 0)
		*highest_no = 0;
	else if (strcmp(e->kind, "tx") == 0 && e->commit_no > *highest_no)
		*highest_no = e->commit_no;
	return true;
}

bool
journal_highest(const char *home, int64_t *ret_commit_no,
    struct journal_end *ret, struct oms_error *err)
{
	*ret_commit_no = 0;
	return journal_read(home, look_at_entry, ret_commit_no, ret, err);
}

/*
 * An entry is written just before its commit: one may be ahead of the
 * database, after a crash.  More are commits that the database had and has no
 * longer: its WAL was cut or lost, or an old copy lies there.  To go on would
 * lose files that partners have already removed.
 *
 * Others may commit while we read, so the database is asked last.
 */
static bool
has_lost_nothing(const struct run *run, struct oms_error *err)
{
	struct journal_end end;
	int64_t highest_no, commit_no, entry_no;

	if (!journal_highest(run->cfg->home, &highest_no, &end, err) ||
	    !db_position(run->db, &commit_no, &entry_no, err))
		return false;
	return highest_no <= commit_no + 1 ||
	    oms_fail(err, OMS_STORE_DAMAGED,
		"oms.db has %lld commits, and spool/journal knows of %lld: "
		"the last ones are lost",
		(long long)commit_no, (long long)highest_no);
}

/* Where a rebuild shall begin, if not where the journal began before. */
static bool
find_ground(struct run *run, struct oms_error *err)
{
	int64_t commit_no, entry_no, weight;
	struct journal_end end;
	char version[64];

	/* In this order: of a commit of others meanwhile the entry is first. */
	if (!db_position(run->db, &commit_no, &entry_no, err) ||
	    !journal_tail(run->journal->file, &end, err) ||
	    !last_run(run, &weight, version, err))
		return false;
	if (end.tx_seq > entry_no && !has_lost_nothing(run, err))
		return false;
	if (end.seq == 0 && commit_no == 0 && weight == 0)
		return say_new(run, err);
	if (end.seq > 0 && end.tx_seq >= entry_no)
		return !db_was_migrated(run->db) || journal_base(run, err);
	if (entry_no > 0)
		log_event(LOG_WARN_, "journal",
		    "event=journal.lost: entries up to %lld are missing, it "
		    "begins anew with a copy of the database",
		    (long long)entry_no);
	run->journal->lost_no = entry_no;
	return journal_base(run, err);
}

/* Mended, but a person must know: somebody or a disk took it away. */
static bool
tell_lost(struct run *run, struct oms_error *err)
{
	char text[300];

	if (run->journal->lost_no == 0)
		return true;
	snprintf(text, sizeof(text),
	    "its entries up to %lld, which oms.db knows of, were not there; it "
	    "began anew with a copy of the database, so nothing is lost now. "
	    "Unless you have just restored a backup, look at the disk and at "
	    "who removes files there",
	    (long long)run->journal->lost_no);
	if (!db_begin(run->db, err))
		return false;
	if (finding_raise(run,
		&(struct finding){ OMS_JOURNAL, "spool/journal", "", text },
		err))
		return db_commit(run->db, "journal.lost", err);
	db_rollback(run->db);
	return false;
}

bool
journal_attach(struct run *run, struct oms_error *err)
{
	struct journaling *jn = mem_new(run->ctx, struct journaling);
	struct db_watch watch = { jn, at_begin, at_commit, at_end };

	jn->run = run;
	jn->file = journal_open(jn, run->cfg->home);
	jn->turn = turn_open(jn, run->cfg->home);
	run->journal = jn;
	if (!find_ground(run, err))
		return false;
	db_watch(run->db, &watch);
	(void)db_record(run->db, true);
	return tell_lost(run, err);
}

bool
journal_begin(struct run *run, struct oms_error *err)
{
	int64_t weight;
	char version[64];

	if (run->journal == NULL)
		return true;
	run->journal->is_run = true;
	if (!last_run(run, &weight, version, err))
		return false;
	if (version[0] != '\0' && strcmp(version, OMS_VERSION) != 0 &&
	    !journal_base(run, err))
		return false;
	return fs_mkdir(fs_path(run->ctx, run->cfg->home, "spool/journal"),
		   0700, err) &&
	    keep_config(run, err);
}
