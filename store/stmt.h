/*
 * stmt.h - run one of the named statements in store/sql/.
 *
 *	struct stmt *s = stmt_begin(db, SQL_HOLD_RESOLVE, err);
 *	if (s == NULL)
 *		return false;
 *	stmt_int(s, ":hold_id", hold_id);
 *	stmt_text(s, ":actor", actor);
 *	return stmt_run(s, &changed_rows, err);
 *
 * and for rows:
 *
 *	while (stmt_next(s, err))
 *		use(col_int(s, 0), col_text(s, 1));
 *	if (err->code != OMS_OK)
 *		return false;
 *
 * err must hold OMS_OK before stmt_next().  Binding a name the statement does
 * not have is a bug, and aborts.  Bind in the order the names first appear in
 * the text: that is the fast way.  A statement is one object a connection: do
 * not begin the same one again inside its own row loop.
 */
#ifndef OMS_STORE_STMT_H
#define OMS_STORE_STMT_H

#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "gen/store_sql.h"

struct db;
struct stmt;

/*
 * stmt_begin - the statement: prepared once a run, reset, nothing bound.
 *
 * errors  OMS_CONFIG  it does not fit the schema: wrong database version
 */
struct stmt *stmt_begin(struct db *db, enum sql_id id,
    struct oms_error *err) MUST_CHECK;

void stmt_int(struct stmt *s, const char *name, int64_t value);
void stmt_text(struct stmt *s, const char *name, const char *value);
/*
 * A personal text, sealed when the database has a key ring (base/seal.h), and
 * the number it is found by; 0 none.  place: "table.column/row", for that value
 * only.  col_text() and col_dup() give the plain text back by themselves.
 *
 * A statement that reads it says which row it is of, by a column with the name
 * "place_" and the table, e.g. place_ship_group with "17/1": what was sealed
 * for another row, or another column, is taken for damage then.
 */
void stmt_sealed(struct stmt *s, const char *name, const char *value,
    const char *place);
void stmt_hash(struct stmt *s, const char *name, const char *kind,
    const char *value);
void stmt_null(struct stmt *s, const char *name);
/* NULL when the value is NULL, or for _opt_int when it is INT64_MIN. */
void stmt_opt_text(struct stmt *s, const char *name, const char *value);
void stmt_opt_int(struct stmt *s, const char *name, int64_t value);

/* Does the statement have a parameter of that name? */
bool stmt_has(struct stmt *s, const char *name);

/*
 * stmt_run - execute a statement that returns no rows.
 *
 * ret_changed_rows  may be NULL
 * errors  OMS_DB_BUSY    another job holds the database; retry
 *         OMS_DUPLICATE  a UNIQUE rule of the schema refused it
 *         OMS_VALUE      a CHECK, NOT NULL or foreign key rule did
 */
bool stmt_run(struct stmt *s, int64_t *ret_changed_rows,
    struct oms_error *err) MUST_CHECK;

/* The next row; false at the end (err untouched) or on an error (err set). */
bool stmt_next(struct stmt *s, struct oms_error *err) MUST_CHECK;

/* Exactly one row or none: true when there is one; resets on the next use. */
bool stmt_one(struct stmt *s, struct oms_error *err) MUST_CHECK;

/* Give a half-read statement back, so that it holds no snapshot. */
void stmt_end(struct stmt *s);

int64_t col_int(struct stmt *s, int i);      /* 0 for NULL */
const char *col_text(struct stmt *s, int i); /* "" for NULL; until next row */
/* As it lies there, sealed or not. */
const char *col_raw(struct stmt *s, int i);
/* Is it plain, or sealed for this place and not changed? */
bool col_is_sound(struct stmt *s, int i);
bool col_is_null(struct stmt *s, int i);
char *col_dup(struct stmt *s, int i, mem_ctx *ctx); /* "" for NULL */
int col_count(struct stmt *s);
const char *col_name(struct stmt *s, int i);
bool col_is_int(struct stmt *s, int i);

#endif
