/* db.c - see db.h and stmt.h.  With stmt.h, all there is of SQLite. */

#include "store/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/num.h"
#include "base/seal.h"
#include "base/str.h"
#include "gen/store_schema.h"
#include "store/audit.h"
#include "store/stmt.h"

enum {
	APPLICATION_ID = 0x6f6d7331, /* "oms1" */
	BUSY_TIMEOUT_MS = 10000,
	VALUE_MAX_BYTES = 64 << 20,
	PAGE_BYTES = 8192, /* of a new database: half the frames of 4096 */
	WAL_MAX_PAGES = (64 << 20) / PAGE_BYTES,
	OLDEST_SQLITE = 3040001,
	COUNTERS_MAX = 24,
	COUNTER_NAME_BYTES = 16,
	TEXT_BYTES = 1024, /* bound to one statement, mostly */
	RECORD_MAX_BYTES = 512 << 20,
	PLACES_MAX = 2, /* of one statement */
	PLACE_BYTES = 160
};

static const char place_mark[] = "place_"; /* and the name of a table */

struct stmt {
	struct db *db;
	sqlite3_stmt *sql;
	char **names; /* of its parameters; SQLite would search for each */
	int name_count;
	int hint; /* parameters bound so far: the next one is mostly names[hint] */
	char *text; /* what was bound lies here until the next begin */
	size_t text_len;
	size_t text_room;
	mem_ctx *opened; /* sealed texts of the row, unsealed; NULL none */
	int places[PLACES_MAX]; /* its columns place_...; see stmt.h */
	int place_count;
	const char *label; /* as in -- :name */
	struct sbuf bound; /* what was bound, when it is recorded */
};

/* Counters of the transaction, written back when it commits. */
struct counters {
	struct counter {
		char name[COUNTER_NAME_BYTES];
		int64_t value; /* the last one given */
	} of[COUNTERS_MAX];
	size_t count;
};

struct db {
	sqlite3 *handle;
	struct counters counters;
	struct counters saved; /* as they were at db_save() */
	char *path;
	char *lock_path;
	struct stat opened;   /* the file as it was opened */
	int lock_fd;          /* the writer lock, -1 when not held */
	int wal_pages;        /* as of the last commit */
	bool is_writer;       /* opened to write, and it was there */
	bool is_migrating;    /* its commits are not counted */
	bool was_migrated;    /* from an older schema */
	bool records;         /* db_record() */
	bool in_call;         /* between db_call() and its end */
	struct sbuf changes;  /* of this transaction */
	size_t changes_saved; /* their length at db_save() */
	size_t last_change;   /* where the last one begins */
	struct db_watch watch;
	const struct ring *ring;      /* NULL: nothing is sealed */
	bool is_broken;               /* a sealed text was changed */
	struct stmt stmts[SQL_COUNT]; /* prepared on first use */
};

/*
 * Which of our codes an SQLite result is: the one place that decides.  SQLite
 * knows of a full disk, but takes a quota or the limit of a file's size for a
 * broken one; errno_seen tells.
 */
static enum oms_code
code_of(int rc, int errno_seen)
{
	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY: return OMS_DUPLICATE;
	}
	switch (rc & 0xff) {                      /* the primary result code */
	case SQLITE_CONSTRAINT: return OMS_VALUE; /* a CHECK or NOT NULL */
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return OMS_DB_BUSY;
	case SQLITE_FULL: return OMS_SPACE;
	case SQLITE_CANTOPEN:
		return fs_code_of_errno(errno_seen) == OMS_SPACE ? OMS_SPACE
								 : OMS_CONFIG;
	case SQLITE_IOERR:
		return fs_code_of_errno(errno_seen) == OMS_SPACE ? OMS_SPACE
								 : OMS_DISK;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return OMS_STORE_DAMAGED;
	case SQLITE_NOMEM: return OMS_DISK;
	default: return OMS_CONFIG; /* wrong schema, not a database, ... */
	}
}

/*
 * A WAL that cannot be opened for writing is opened for reading, and all that
 * is told later is "readonly": of a full disk or a quota, too.  So it is asked
 * once more.  When it opens now, what was in the way has passed.  (Never open
 * the database itself: closing it would drop its locks.)
 */
static enum oms_code
code_of_readonly(const struct db *db)
{
	mem_ctx *row;
	int fd;

	if (!db->is_writer || faccessat(AT_FDCWD, db->path, W_OK, AT_EACCESS))
		return OMS_CONFIG;
	row = mem_ctx_new(NULL, "row");
	fd = open(mem_printf(row, "%s-wal", db->path),
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	mem_free(row);
	if (fd >= 0)
		(void)close(fd);
	else if (errno == EACCES || errno == EPERM || errno == EROFS)
		return OMS_CONFIG;
	return fd >= 0 ? OMS_IO : fs_code_of_errno(errno);
}

static bool
fail(struct db *db, int rc, const char *what, struct oms_error *err)
{
	int seen = errno; /* SQLite keeps it, but not when a commit fails */
	int kept = sqlite3_system_errno(db->handle);
	enum oms_code code = code_of(rc, kept != 0 ? kept : seen);

	if (code == OMS_CONFIG &&
	    (rc == SQLITE_READONLY || (rc & 0xff) == SQLITE_CANTOPEN))
		code = code_of_readonly(db);
	return oms_fail(err, code, "%s: %s", what, sqlite3_errmsg(db->handle));
}

static bool
script(struct db *db, const char *sql, struct oms_error *err)
{
	int rc;

	errno = 0;
	rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK || fail(db, rc, "database", err);
}

static void
db_close(void *p)
{
	struct db *db = p;

	db->watch = (struct db_watch){ 0 }; /* who watched may be gone */
	db_rollback(db);
	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(db->stmts[i].sql);
	sqlite3_close(db->handle);
}

static bool
pragma_int(struct db *db, const char *sql, int64_t *ret, struct oms_error *err)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL);

	if (rc == SQLITE_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		*ret = sqlite3_column_int64(s, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(s);
	return rc == SQLITE_OK || fail(db, rc, sql, err);
}

static int
count_wal(void *p, sqlite3 *handle, const char *schema, int pages)
{
	struct db *db = p;

	(void)handle;
	(void)schema;
	db->wal_pages = pages;
	return SQLITE_OK;
}

/* Hardening and durability of every connection: see libraries 2.4. */
static bool
configure(struct db *db, enum db_mode mode, int64_t cache_bytes,
    struct oms_error *err)
{
	static const struct {
		int op;
		int value;
	} options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 },
	};
	char sql[80] = "";

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		sqlite3_db_config(db->handle, options[i].op, options[i].value,
		    NULL);
	sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, VALUE_MAX_BYTES);
	sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	if (mode == DB_CREATE)
		snprintf(sql, sizeof(sql), "PRAGMA page_size = %d;",
		    PAGE_BYTES);
	if (!script(db, sql, err))
		return false;
	snprintf(sql, sizeof(sql), "PRAGMA cache_size = -%lld;",
	    (long long)(cache_bytes / 1024));
	if (!script(db, sql, err) ||
	    !script(db,
		"PRAGMA foreign_keys = ON;"
		"PRAGMA cell_size_check = ON;",
		err))
		return false;
	if (mode == DB_READ)
		return true;
	/* In memory: what a statement over a batch may have to take back. */
	if (!script(db,
		"PRAGMA temp_store = MEMORY;"
		"PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL;"
		"PRAGMA wal_autocheckpoint = 0;",
		err))
		return false;
	(void)sqlite3_wal_hook(db->handle, count_wal, db);
	return true;
}

void
db_use_ring(struct db *db, const struct ring *ring)
{
	db->ring = ring;
}

bool
db_vacuum(struct db *db, struct oms_error *err)
{
	int fd = fs_lock(db->lock_path, BUSY_TIMEOUT_MS, err);
	bool ok;

	if (fd < 0)
		return false;
	ok = script(db, "VACUUM;", err);
	(void)close(fd);
	return ok && db_checkpoint(db, err);
}

/* The audit itself is a step: it speaks from the last one on. */
static bool
say_migrated(struct db *db, int64_t from, struct oms_error *err)
{
	char before[40], after[40];
	struct audit_entry e = { .category = "schema",
		.action = from == 0 ? "create" : "migrate",
		.object = "database",
		.before = from == 0 ? NULL : before,
		.after = after };

	snprintf(before, sizeof(before), "schema %lld", (long long)from);
	snprintf(after, sizeof(after), "schema %d", SCHEMA_COUNT);
	return audit_add(db, clock_now_us(), "oms " OMS_VERSION, &e, err);
}

/* Apply the schema steps the database has not seen, each with its number. */
static bool
migrate(struct db *db, int64_t from, struct oms_error *err)
{
	char sql[64];

	db->is_migrating = true;
	for (int64_t v = from; v < SCHEMA_COUNT; v++) {
		snprintf(sql, sizeof(sql), "PRAGMA user_version = %lld;",
		    (long long)v + 1);
		if (!db_begin(db, err))
			return false;
		if (!script(db, schema_texts[v], err) ||
		    !script(db, sql, err) ||
		    (v + 1 == SCHEMA_COUNT && !say_migrated(db, from, err))) {
			db_rollback(db);
			return oms_context(err, "schema step %lld",
			    (long long)v + 1);
		}
		if (!db_commit(db, "db.migrate", err))
			return false;
	}
	db->is_migrating = false;
	db->was_migrated = from > 0 && from < SCHEMA_COUNT;
	return true;
}

/* Is it ours, and of a schema that we know? */
static bool
check_identity(struct db *db, int64_t *ret_version, struct oms_error *err)
{
	int64_t app = 0;

	if (!pragma_int(db, "PRAGMA application_id", &app, err) ||
	    !pragma_int(db, "PRAGMA user_version", ret_version, err))
		return false;
	if (app != APPLICATION_ID || *ret_version < 1)
		return oms_fail(err, OMS_STORE_DAMAGED,
		    "%s is not a database of oms", db->path);
	return *ret_version <= SCHEMA_COUNT ||
	    oms_fail(err, OMS_STORE_VERSION,
		"%s has schema %lld, this oms knows up to %d", db->path,
		(long long)*ret_version, SCHEMA_COUNT);
}

static bool
check_version(struct db *db, enum db_mode mode, struct oms_error *err)
{
	int64_t version = 0;
	char sql[64];

	if (mode == DB_CREATE) {
		snprintf(sql, sizeof(sql), "PRAGMA application_id = %d;",
		    APPLICATION_ID);
		if (!script(db, sql, err))
			return false;
	} else if (!check_identity(db, &version, err)) {
		return false;
	}
	if (version < SCHEMA_COUNT && mode == DB_READ)
		return oms_fail(err, OMS_DB_BUSY,
		    "%s has schema %lld and waits for its next run to bring "
		    "it to %d",
		    db->path, (long long)version, SCHEMA_COUNT);
	return migrate(db, version, err);
}

/* A new database in the place of a lost one would make its journal void. */
static bool
had_one(const char *home)
{
	mem_ctx *row = mem_ctx_new(NULL, "row");
	bool had = access(fs_path(row, home, "spool/journal/lock"), F_OK) == 0;

	mem_free(row);
	return had;
}

/* SQLite would make a database where none is, and say little. */
static bool
is_expected(const struct db *db, const char *home, enum db_mode mode,
    struct oms_error *err)
{
	struct stat st;

	if (stat(db->path, &st) == 0)
		return mode != DB_CREATE ||
		    oms_fail(err, OMS_CONFIG, "%s exists already", db->path);
	if (errno != ENOENT)
		return oms_fail_errno(err, OMS_CONFIG, "open %s", db->path);
	if (had_one(home))
		return oms_fail(err, OMS_STORE_DAMAGED,
		    "%s is gone, and spool/journal knows that it was there",
		    db->path);
	return mode == DB_CREATE ||
	    oms_fail(err, OMS_CONFIG,
		"\"%s\" is no home, it has no oms.db: give --home DIR or set "
		"OMS_HOME, or make one: oms init DIR",
		home);
}

struct db *
db_open(mem_ctx *ctx, const char *home, enum db_mode mode, int64_t cache_bytes,
    struct oms_error *err)
{
	struct db *db = mem_new(ctx, struct db);
	int flags = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE |
	    SQLITE_OPEN_NOMUTEX | /* no threads: processes */
	    (mode == DB_READ ? SQLITE_OPEN_READONLY
		    : mode == DB_CREATE
		    ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
		    : SQLITE_OPEN_READWRITE);
	int rc;

	assert(sqlite3_libversion_number() >= OLDEST_SQLITE);
	/* Nobody asks for its counts, and keeping them takes a lock a malloc;
	   refused, and no matter, once a connection was open. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	db->lock_fd = -1;
	sbuf_init(&db->changes, db, RECORD_MAX_BYTES);
	db->path = fs_path(db, home, "oms.db");
	db->lock_path = fs_path(db, home, "oms.db.writer");
	if (!is_expected(db, home, mode, err))
		return NULL;
	rc = sqlite3_open_v2(db->path, &db->handle, flags, NULL);
	mem_on_free(db, db_close);
	if (rc != SQLITE_OK) {
		fail(db, rc, db->path, err);
		if (stat(db->path, &db->opened) == 0 &&
		    !S_ISREG(db->opened.st_mode))
			err->code = OMS_STORE_DAMAGED; /* a folder, a pipe */
		return NULL;
	}
	if (mode == DB_CREATE)
		(void)chmod(db->path, 0600);
	if (stat(db->path, &db->opened) < 0) {
		oms_fail_errno(err, OMS_CONFIG, "open %s", db->path);
		return NULL;
	}
	db->is_writer = mode == DB_WRITE;
	if (!configure(db, mode, cache_bytes, err) ||
	    !check_version(db, mode, err))
		return NULL;
	return db;
}

static void
unlock(struct db *db)
{
	if (db->lock_fd >= 0)
		(void)close(db->lock_fd);
	db->lock_fd = -1;
}

static void
tell_end(struct db *db, bool is_committed)
{
	if (db->watch.end != NULL)
		db->watch.end(db->watch.u, db, is_committed);
}

/* A rebuild or a restore may have moved it: a commit there would be lost. */
static bool
is_where_it_was(const struct db *db, struct oms_error *err)
{
	struct stat now;

	return (stat(db->path, &now) == 0 && now.st_dev == db->opened.st_dev &&
		   now.st_ino == db->opened.st_ino) ||
	    oms_fail(err, OMS_DB_BUSY, "%s was replaced since it was opened",
		db->path);
}

static bool
begin_locked(struct db *db, struct oms_error *err)
{
	db->lock_fd = fs_lock(db->lock_path, BUSY_TIMEOUT_MS, err);
	if (db->lock_fd < 0) {
		if (err->code == OMS_LOCKED)
			err->code = OMS_DB_BUSY;
		return false;
	}
	if (is_where_it_was(db, err) && script(db, "BEGIN IMMEDIATE;", err))
		return true;
	unlock(db);
	return false;
}

bool
db_begin(struct db *db, struct oms_error *err)
{
	assert(db->lock_fd < 0); /* transactions do not nest */
	sbuf_clear(&db->changes);
	if ((db->watch.begin == NULL ||
		db->watch.begin(db->watch.u, db, err)) &&
	    begin_locked(db, err))
		return true;
	tell_end(db, false);
	return false;
}

static bool
write_counters(struct db *db, struct oms_error *err)
{
	for (size_t i = 0; i < db->counters.count; i++) {
		struct stmt *s = stmt_begin(db, SQL_COUNTER_SET, err);

		if (s == NULL)
			return false;
		stmt_int(s, ":value", db->counters.of[i].value);
		stmt_text(s, ":name", db->counters.of[i].name);
		if (!stmt_run(s, NULL, err))
			return false;
	}
	db->counters.count = 0;
	return true;
}

/*
 * A WAL that grows all night makes every page that is not in the cache dear
 * to find.  The commit is durable: what fails here is tried at the next one.
 */
static void
trim_wal(struct db *db)
{
	if (db->wal_pages < WAL_MAX_PAGES)
		return;
	(void)sqlite3_wal_checkpoint_v2(db->handle, NULL,
	    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	db->wal_pages = 0;
}

static bool
set_entry(struct db *db, int64_t entry_no, struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_JOURNAL_ENTRY, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":entry_no", entry_no);
	return stmt_run(s, NULL, err);
}

/* Each commit has a number, and whoever watches has a word. */
static bool
count_commit(struct db *db, const char *name, struct oms_error *err)
{
	struct db_commit_note note = { .name = name,
		.changes = db->records ? db->changes.p : NULL,
		.changes_bytes = db->changes.len };
	bool was_recording = db_record(db, false), ok;
	struct stmt *s;

	if (was_recording && !sbuf_ok(&db->changes)) {
		(void)db_record(db, true);
		return oms_fail(err, OMS_LIMIT,
		    "a transaction changes too much to be recorded");
	}
	s = stmt_begin(db, SQL_JOURNAL_COMMIT, err);
	ok = s != NULL && stmt_one(s, err);
	if (ok) {
		note.commit_no = col_int(s, 0);
		note.entry_no = col_int(s, 1);
		stmt_end(s);
		ok = db->watch.commit == NULL ||
		    db->watch.commit(db->watch.u, &note, err);
	}
	ok = ok &&
	    (note.ret_entry_no == 0 || set_entry(db, note.ret_entry_no, err));
	(void)db_record(db, was_recording);
	return ok;
}

bool
db_commit(struct db *db, const char *name, struct oms_error *err)
{
	if (db->is_broken)
		oms_fail(err, OMS_STORE_DAMAGED,
		    "a sealed text was changed, or moved to another "
		    "row, since it was written: oms fsck says which");
	if (db->is_broken || !write_counters(db, err) ||
	    (!db->is_migrating && !count_commit(db, name, err)) ||
	    !script(db, "COMMIT;", err)) {
		db_rollback(db);
		return false;
	}
	trim_wal(db);
	unlock(db);
	fault_step(name);
	tell_end(db, true);
	return true;
}

void
db_rollback(struct db *db)
{
	bool was_open = db->lock_fd >= 0;

	db->counters.count = 0;
	db->in_call = false;
	if (db->handle != NULL && !sqlite3_get_autocommit(db->handle)) {
		for (int i = 0; i < SQL_COUNT; i++)
			sqlite3_reset(db->stmts[i].sql);
		(void)sqlite3_exec(db->handle, "ROLLBACK;", NULL, NULL, NULL);
	}
	unlock(db);
	if (was_open)
		tell_end(db, false);
}

bool
db_save(struct db *db, struct oms_error *err)
{
	db->saved = db->counters;
	db->changes_saved = db->changes.len;
	return script(db, "SAVEPOINT record;", err);
}

bool
db_keep(struct db *db, struct oms_error *err)
{
	return script(db, "RELEASE record;", err);
}

bool
db_undo(struct db *db, struct oms_error *err)
{
	db->counters = db->saved;
	db->changes.len = db->changes_saved;
	return script(db, "ROLLBACK TO record; RELEASE record;", err);
}

bool
db_checkpoint(struct db *db, struct oms_error *err)
{
	int fd = fs_lock(db->lock_path, BUSY_TIMEOUT_MS, err);
	int rc;

	if (fd < 0)
		return false;
	rc = sqlite3_wal_checkpoint_v2(db->handle, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)close(fd);
	if (rc != SQLITE_OK && rc != SQLITE_BUSY)
		return fail(db, rc, "checkpoint", err);
	fault_step("db.checkpoint");
	return true;
}

/* The counter as this transaction knows it; read at its first use. */
static struct counter *
find_counter(struct db *db, const char *name, struct oms_error *err)
{
	struct counters *c = &db->counters;
	struct stmt *s;

	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->of[i].name, name) == 0)
			return &c->of[i];
	s = stmt_begin(db, SQL_COUNTER_GET, err);
	if (s == NULL)
		return NULL;
	stmt_text(s, ":name", name);
	if (!stmt_one(s, err) || c->count == COUNTERS_MAX ||
	    strlen(name) >= COUNTER_NAME_BYTES) {
		if (err->code == OMS_OK)
			oms_fail(err, OMS_INTERNAL, "no counter %s", name);
		stmt_end(s);
		return NULL;
	}
	snprintf(c->of[c->count].name, COUNTER_NAME_BYTES, "%s", name);
	c->of[c->count].value = col_int(s, 0);
	stmt_end(s);
	return &c->of[c->count++];
}

bool
db_next(struct db *db, const char *counter, int64_t *ret, struct oms_error *err)
{
	struct counter *c;

	assert(db->lock_fd >= 0); /* only inside a transaction */
	c = find_counter(db, counter, err);
	if (c == NULL)
		return false;
	*ret = ++c->value;
	return true;
}

static int
first_fault(void *u, int n, char **value, char **name)
{
	struct oms_error *err = u;

	(void)name;
	if (err->code == OMS_OK && n > 0 && value[0] != NULL &&
	    strcmp(value[0], "ok") != 0)
		oms_fail(err, OMS_STORE_DAMAGED, "%s", value[0]);
	return 0;
}

/*
 * Every table, index, view and trigger with its text: SQLite sees that it can
 * be read, not that it still says what it said.  (The first homes of 0.1.0
 * had one word more in a CHECK.)
 */
static const char schema_query
    [] = "SELECT type || ' ' || name, replace(sql, ', ''ask''', '')"
	 " FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
	 " ORDER BY 1;";

/* The first object that differs; NULL: none does. */
static const char *
schema_difference(sqlite3_stmt *ours, sqlite3_stmt *made)
{
	for (;;) {
		int rc = sqlite3_step(ours), want = sqlite3_step(made);

		if (rc != SQLITE_ROW || want != SQLITE_ROW)
			return rc == want ? NULL : "its list of tables";
		for (int i = 0; i < 2; i++) {
			const void *a = sqlite3_column_text(ours, i);
			const void *b = sqlite3_column_text(made, i);

			if (a == NULL || b == NULL || strcmp(a, b) != 0)
				return (
				    const char *)sqlite3_column_text(made, 0);
		}
	}
}

/* Is the schema what its steps make of the empty database made? */
static bool
check_schema(struct db *db, sqlite3 *made, struct oms_error *err)
{
	sqlite3_stmt *ours = NULL, *theirs = NULL;
	const char *name;
	int64_t version = 0;
	int rc = SQLITE_OK;

	if (!pragma_int(db, "PRAGMA user_version", &version, err))
		return false;
	for (int64_t v = 0; rc == SQLITE_OK && v < version; v++)
		rc = sqlite3_exec(made, schema_texts[v], NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(made, schema_query, -1, &theirs, NULL);
	if (rc != SQLITE_OK)
		return oms_fail(err, OMS_INTERNAL, "the schema in memory: %s",
		    sqlite3_errmsg(made));
	rc = sqlite3_prepare_v2(db->handle, schema_query, -1, &ours, NULL);
	if (rc != SQLITE_OK)
		fail(db, rc, "read the schema", err);
	else if ((name = schema_difference(ours, theirs)) != NULL)
		oms_fail(err, OMS_STORE_DAMAGED,
		    "the schema is not as oms made it: %.100s", name);
	(void)sqlite3_finalize(ours);
	(void)sqlite3_finalize(theirs);
	return err->code == OMS_OK;
}

bool
db_check(struct db *db, struct oms_error *err)
{
	int rc = sqlite3_exec(db->handle,
	    "PRAGMA integrity_check; PRAGMA foreign_key_check;", first_fault,
	    err, NULL);

	if (rc != SQLITE_OK && err->code == OMS_OK)
		return fail(db, rc, "integrity check", err);
	return err->code == OMS_OK;
}

bool
db_check_schema(struct db *db, struct oms_error *err)
{
	sqlite3 *made = NULL;
	bool ok = sqlite3_open(":memory:", &made) == SQLITE_OK
	    ? check_schema(db, made, err)
	    : oms_fail(err, OMS_INTERNAL, "no database in memory");

	(void)sqlite3_close(made);
	return ok;
}

void
db_watch(struct db *db, const struct db_watch *watch)
{
	db->watch = *watch;
}

void
db_watch_as(struct db *db, const struct db *parent)
{
	db->watch = parent->watch;
	db->records = parent->records;
}

bool
db_record(struct db *db, bool on)
{
	bool before = db->records;

	db->records = on;
	return before;
}

void
db_record_drop(struct db *db)
{
	if (db->records && !db->in_call)
		db->changes.len = db->last_change;
}

void
db_call(struct db *db, const char *name, int64_t arg)
{
	if (!db->records)
		return;
	sbuf_addf(&db->changes, "()\t%s\t%lld\n", name, (long long)arg);
	db->in_call = true;
}

void
db_call_end(struct db *db)
{
	db->in_call = false;
}

bool
db_was_migrated(const struct db *db)
{
	return db->was_migrated;
}

bool
db_position(struct db *db, int64_t *ret_commit_no, int64_t *ret_entry_no,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_JOURNAL_POSITION, err);

	if (s == NULL || !stmt_one(s, err))
		return err->code != OMS_OK ? false
					   : oms_fail(err, OMS_STORE_DAMAGED,
						 "the table journal_head is "
						 "empty");
	*ret_commit_no = col_int(s, 0);
	*ret_entry_no = col_int(s, 1);
	stmt_end(s);
	return true;
}

static bool
find_statement(const char *name, enum sql_id *ret)
{
	for (int i = 0; i < SQL_COUNT; i++)
		if (strcmp(sql_texts[i].name, name) == 0) {
			*ret = (enum sql_id)i;
			return true;
		}
	return false;
}

static void
unescape(char *p)
{
	char *to = p;

	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			*to++ = *++p == 't' ? '\t' : *p == 'n' ? '\n' : *p;
		else
			*to++ = *p;
	}
	*to = '\0';
}

/* ":name=i12" or ":name=ttext" */
static bool
bind_recorded(struct stmt *s, char *field, struct oms_error *err)
{
	char *value = strchr(field, '=');
	int64_t n;

	if (value == NULL)
		return oms_fail(err, OMS_JOURNAL, "no value: %.80s", field);
	*value++ = '\0';
	if (!stmt_has(s, field))
		return oms_fail(err, OMS_JOURNAL, "%s has no parameter %.40s",
		    s->label, field);
	if (*value == 't') {
		unescape(++value);
		stmt_text(s, field, value);
		return true;
	}
	if (*value != 'i' ||
	    !num_parse_int(value + 1, INT64_MIN, INT64_MAX, &n, err))
		return oms_fail(err, OMS_JOURNAL, "no value: %.80s", value);
	stmt_int(s, field, n);
	return true;
}

static bool
apply_statement(struct db *db, char *line, struct oms_error *err)
{
	char *rest = line, *field;
	enum sql_id id;
	struct stmt *s;

	field = strsep(&rest, "\t");
	if (!find_statement(field, &id))
		return oms_fail(err, OMS_JOURNAL,
		    "this oms has no statement %.60s", field);
	s = stmt_begin(db, id, err);
	if (s == NULL)
		return false;
	while ((field = strsep(&rest, "\t")) != NULL)
		if (!bind_recorded(s, field, err))
			return false;
	while (stmt_next(s, err)) /* RETURNING */
		;
	return err->code == OMS_OK || oms_context(err, "%s", s->label);
}

bool
db_apply(struct db *db, const char *changes, size_t bytes,
    bool (*call)(void *u, const char *name, int64_t arg, struct oms_error *err),
    void *u, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "changes");
	char *rest = mem_strndup(ctx, changes, bytes), *line;
	bool ok = true;

	while (ok && (line = strsep(&rest, "\n")) != NULL) {
		int64_t arg;
		char *name = line;

		if (*line == '\0')
			continue;
		if (strncmp(line, "()\t", 3) != 0) {
			ok = apply_statement(db, line, err);
			continue;
		}
		name += 3;
		line = strchr(name, '\t');
		if (line == NULL ||
		    !num_parse_int(line + 1, INT64_MIN, INT64_MAX, &arg, err)) {
			ok = oms_fail(err, OMS_JOURNAL, "no call: %.60s", name);
			break;
		}
		*line = '\0';
		ok = call(u, name, arg, err);
	}
	mem_free(ctx);
	return ok;
}

bool
db_copy_to(struct db *db, const char *path, struct oms_error *err)
{
	sqlite3 *to = NULL;
	sqlite3_backup *b = NULL;
	enum oms_code code;
	int rc = sqlite3_open_v2(path, &to,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

	if (rc == SQLITE_OK) {
		(void)chmod(path, 0600);
		b = sqlite3_backup_init(to, "main", db->handle, "main");
	}
	if (b != NULL) {
		(void)sqlite3_backup_step(b, -1);
		rc = sqlite3_backup_finish(b);
		if (rc == SQLITE_OK) /* ours is WAL, and so is its copy */
			rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE;",
			    NULL, NULL, NULL);
	}
	code = code_of(rc, errno);
	if (rc != SQLITE_OK || b == NULL)
		oms_fail(err, code == OMS_CONFIG ? OMS_IO : code,
		    "copy database to %s: %s", path, sqlite3_errmsg(to));
	sqlite3_close(to);
	return rc == SQLITE_OK && b != NULL;
}

bool
db_check_file(const char *path, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "check");
	struct db *db = mem_new(ctx, struct db);
	int64_t version = 0;
	bool ok;
	int rc;

	db->lock_fd = -1;
	db->path = mem_strdup(db, path);
	rc = sqlite3_open_v2(path, &db->handle,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
	    NULL);
	mem_on_free(db, db_close);
	ok = rc == SQLITE_OK || fail(db, rc, path, err);
	ok = ok && script(db, "PRAGMA cell_size_check = ON;", err) &&
	    check_identity(db, &version, err) && db_check(db, err);
	mem_free(ctx);
	return ok;
}

/* Which of its columns say what row the others are of? */
static void
find_places(struct stmt *s)
{
	int count = sqlite3_column_count(s->sql);

	for (int i = 0; i < count && s->place_count < PLACES_MAX; i++)
		if (strncmp(sqlite3_column_name(s->sql, i), place_mark,
			sizeof(place_mark) - 1) == 0)
			s->places[s->place_count++] = i;
}

static bool
prepare(struct db *db, const struct sql_text *t, struct stmt *s,
    struct oms_error *err)
{
	int rc = sqlite3_prepare_v3(db->handle, t->text, -1,
	    SQLITE_PREPARE_PERSISTENT, &s->sql, NULL);

	if (rc != SQLITE_OK)
		return fail(db, rc, t->source, err);
	s->db = db;
	s->label = t->name;
	sbuf_init(&s->bound, db, RECORD_MAX_BYTES);
	s->text = mem_zeros(db, 1, TEXT_BYTES, "text");
	s->text_room = TEXT_BYTES;
	s->name_count = sqlite3_bind_parameter_count(s->sql);
	s->names = mem_array(db, char *, (size_t)s->name_count);
	for (int i = 0; i < s->name_count; i++)
		s->names[i] = mem_strdup(db,
		    sqlite3_bind_parameter_name(s->sql, i + 1));
	find_places(s);
	return true;
}

/* The texts of the last row are not needed any more. */
static void
forget_opened(struct stmt *s)
{
	if (s->opened == NULL)
		return;
	mem_free(s->opened);
	s->opened = NULL;
}

struct stmt *
stmt_begin(struct db *db, enum sql_id id, struct oms_error *err)
{
	struct stmt *s = &db->stmts[id];

	if (s->sql == NULL && !prepare(db, &sql_texts[id], s, err))
		return NULL;
	sqlite3_reset(s->sql);
	sqlite3_clear_bindings(s->sql);
	s->hint = 0;
	s->text_len = 0;
	forget_opened(s);
	if (db->records)
		sbuf_clear(&s->bound);
	return s;
}

static int
index_of(struct stmt *s, const char *name)
{
	if (s->hint < s->name_count && strcmp(s->names[s->hint], name) == 0)
		return ++s->hint;
	s->hint = sqlite3_bind_parameter_index(s->sql, name);
	if (s->hint == 0) {
		fprintf(stderr, "oms: no parameter %s in: %s\n", name,
		    sqlite3_sql(s->sql));
		abort();
	}
	return s->hint;
}

bool
stmt_has(struct stmt *s, const char *name)
{
	return sqlite3_bind_parameter_index(s->sql, name) > 0;
}

/* What a call binds is not recorded: it is made again. */
static bool
is_noted(const struct stmt *s)
{
	return s->db->records && !s->db->in_call;
}

static void
note_name(struct stmt *s, const char *name, const char *equals)
{
	sbuf_addc(&s->bound, '\t');
	sbuf_adds(&s->bound, name);
	sbuf_adds(&s->bound, equals);
}

void
stmt_int(struct stmt *s, const char *name, int64_t value)
{
	sqlite3_bind_int64(s->sql, index_of(s, name), value);
	if (!is_noted(s))
		return;
	note_name(s, name, "=i");
	sbuf_addi(&s->bound, value);
}

/* A record is a line, its values parted by tabs. */
static void
note_text(struct stmt *s, const char *name, const char *value)
{
	note_name(s, name, "=t");
	while (*value != '\0') {
		size_t n = strcspn(value, "\t\n\\");

		sbuf_add(&s->bound, value, n);
		value += n;
		switch (*value) {
		case '\t': sbuf_adds(&s->bound, "\\t"); break;
		case '\n': sbuf_adds(&s->bound, "\\n"); break;
		case '\\': sbuf_adds(&s->bound, "\\\\"); break;
		}
		value += *value != '\0';
	}
}

/* SQLite would take memory for each copy, and give it back. */
void
stmt_text(struct stmt *s, const char *name, const char *value)
{
	size_t n = strlen(value);
	char *copy = s->text + s->text_len;

	if (is_noted(s))
		note_text(s, name, value);
	if (n > s->text_room - s->text_len) {
		sqlite3_bind_text(s->sql, index_of(s, name), value, (int)n,
		    SQLITE_TRANSIENT);
		return;
	}
	memcpy(copy, value, n);
	s->text_len += n;
	sqlite3_bind_text(s->sql, index_of(s, name), copy, (int)n,
	    SQLITE_STATIC);
}

void
stmt_sealed(struct stmt *s, const char *name, const char *value,
    const char *place)
{
	char *sealed;

	if (s->db->ring == NULL || value[0] == '\0') {
		stmt_text(s, name, value);
		return;
	}
	sealed = seal(s->db, s->db->ring, place, value);
	stmt_text(s, name, sealed);
	mem_free(sealed);
}

void
stmt_hash(struct stmt *s, const char *name, const char *kind, const char *value)
{
	stmt_int(s, name,
	    s->db->ring != NULL ? seal_search(s->db->ring, kind, value) : 0);
}

void
stmt_null(struct stmt *s, const char *name)
{
	sqlite3_bind_null(s->sql, index_of(s, name));
}

void
stmt_opt_text(struct stmt *s, const char *name, const char *value)
{
	if (value == NULL)
		stmt_null(s, name);
	else
		stmt_text(s, name, value);
}

void
stmt_opt_int(struct stmt *s, const char *name, int64_t value)
{
	if (value == INT64_MIN)
		stmt_null(s, name);
	else
		stmt_int(s, name, value);
}

/* The statement has done its work: it changed something, or may have. */
static void
note_change(struct stmt *s)
{
	struct db *db = s->db;

	if (!db->records || db->in_call || sqlite3_stmt_readonly(s->sql))
		return;
	db->last_change = db->changes.len;
	sbuf_adds(&db->changes, s->label);
	sbuf_add(&db->changes, s->bound.p != NULL ? s->bound.p : "",
	    s->bound.len);
	sbuf_addc(&db->changes, '\n');
}

bool
stmt_run(struct stmt *s, int64_t *ret_changed_rows, struct oms_error *err)
{
	int rc;

	errno = 0;
	rc = sqlite3_step(s->sql);
	if (rc != SQLITE_DONE) {
		fail(s->db, rc, "statement", err);
		sqlite3_reset(s->sql);
		return false;
	}
	if (ret_changed_rows != NULL)
		*ret_changed_rows = sqlite3_changes64(s->db->handle);
	note_change(s);
	sqlite3_reset(s->sql);
	return true;
}

bool
stmt_next(struct stmt *s, struct oms_error *err)
{
	bool is_first = !sqlite3_stmt_busy(s->sql);
	int rc;

	forget_opened(s);
	errno = 0;
	rc = sqlite3_step(s->sql);
	if (is_first && (rc == SQLITE_ROW || rc == SQLITE_DONE))
		note_change(s);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		fail(s->db, rc, "query", err);
	sqlite3_reset(s->sql);
	return false;
}

bool
stmt_one(struct stmt *s, struct oms_error *err)
{
	return stmt_next(s, err);
}

void
stmt_end(struct stmt *s)
{
	sqlite3_reset(s->sql);
}

int64_t
col_int(struct stmt *s, int i)
{
	return sqlite3_column_int64(s->sql, i);
}

/* Is column i of a row that the statement names?  It may name none. */
static bool
is_in_place(struct stmt *s, int i, const char *sealed, const char *text)
{
	for (int p = 0; p < s->place_count; p++) {
		int at = s->places[p];
		char place[PLACE_BYTES];

		(void)snprintf(place, sizeof(place), "%s.%s/%s",
		    sqlite3_column_name(s->sql, at) + sizeof(place_mark) - 1,
		    sqlite3_column_name(s->sql, i),
		    (const char *)sqlite3_column_text(s->sql, at));
		if (seal_is_of(s->db->ring, place, sealed, text))
			return true;
	}
	return s->place_count == 0;
}

/* What it hides; a text that only looks sealed is itself. */
static const char *
opened(struct stmt *s, int i, const char *sealed)
{
	char *text;

	if (s->opened == NULL)
		s->opened = mem_ctx_new(s->db, "opened");
	switch (unseal(s->opened, s->db->ring, sealed, &text)) {
	case SEAL_OPENED:
		if (is_in_place(s, i, sealed, text))
			return text;
		s->db->is_broken = true;
		break;
	case SEAL_BROKEN: s->db->is_broken = true; break;
	case SEAL_PLAIN: break;
	}
	return sealed;
}

const char *
col_text(struct stmt *s, int i)
{
	const char *t = (const char *)sqlite3_column_text(s->sql, i);

	if (t == NULL)
		return "";
	return s->db->ring != NULL && strncmp(t, "enc1:", 5) == 0
	    ? opened(s, i, t)
	    : t;
}

const char *
col_raw(struct stmt *s, int i)
{
	const char *t = (const char *)sqlite3_column_text(s->sql, i);

	return t != NULL ? t : "";
}

bool
col_is_sound(struct stmt *s, int i)
{
	bool was_broken = s->db->is_broken, ok;

	s->db->is_broken = false;
	(void)col_text(s, i);
	ok = !s->db->is_broken;
	s->db->is_broken = was_broken;
	return ok;
}

bool
col_is_null(struct stmt *s, int i)
{
	return sqlite3_column_type(s->sql, i) == SQLITE_NULL;
}

bool
col_is_int(struct stmt *s, int i)
{
	return sqlite3_column_type(s->sql, i) == SQLITE_INTEGER;
}

char *
col_dup(struct stmt *s, int i, mem_ctx *ctx)
{
	return mem_strdup(ctx, col_text(s, i));
}

int
col_count(struct stmt *s)
{
	return sqlite3_column_count(s->sql);
}

const char *
col_name(struct stmt *s, int i)
{
	return sqlite3_column_name(s->sql, i);
}
