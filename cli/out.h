/*
 * out.h - rows of an answer: a table for people, JSON Lines for programs.
 *
 *	struct out *o = out_open(c, "file", "id state name received_ts_us");
 *
 *	while (stmt_next(s, err))
 *		out_stmt_row(o, s);
 *	out_close(o);
 *
 * The names of the statement's columns are the keys.  In JSON every column is
 * written; the text shows those listed, in that order.  By their ending:
 *
 *	_ts_us   a time: JSON "received_ts": "2026-03-28T02:00:00Z"
 *	_minor   money of the row's currency: an integer in JSON, 12.50 in text
 *	status   a part status: JSON adds status_name
 */
#ifndef OMS_CLI_OUT_H
#define OMS_CLI_OUT_H

#include <stdint.h>

#include "base/num.h"
#include "cli/cli.h"
#include "store/stmt.h"
#include "writers/json.h"

enum { OUT_COLUMNS_MAX = 16, OUT_ROW_MAX_BYTES = 1 << 20 };

struct out;

/*
 * kind     what a row is: "file"; the key "kind" of the JSON
 * columns  of the text, parted by blanks; one with '*' may be folded
 */
struct out *out_open(struct cli *c, const char *kind, const char *columns);

void out_row(struct out *o);
void out_text(struct out *o, const char *key, const char *value);
void out_int(struct out *o, const char *key, int64_t value);
/* Money of a currency; "" when there is none, and then only a number. */
void out_minor(struct out *o, const char *key, int64_t amount_minor,
    const char *currency);
void out_ts(struct out *o, const char *key, int64_t ts_us); /* 0: never */
void out_row_end(struct out *o);

/* A whole row of what was found: "id", "state", "code" and "message". */
void out_finding(struct out *o, const char *id, const char *state,
    const char *code, const char *message);

/* The columns of a statement's row: a whole row, or some cells of one. */
void out_stmt_row(struct out *o, struct stmt *s);
void out_stmt_columns(struct out *o, struct stmt *s);

/* Print what is left and free it; the number of rows. */
size_t out_close(struct out *o);

/*
 * out_all - every row of a statement.
 *
 * s  may be NULL: err says why, and nothing is printed
 */
bool out_all(struct cli *c, const char *kind, const char *columns,
    struct stmt *s, size_t *ret_rows, struct oms_error *err) MUST_CHECK;

/* Tell a person that a list is empty. */
void out_say_none(const struct cli *c, size_t rows);

/*
 * out_newest - the newest rows of a statement, as the end of a verb.
 *
 * Says when there are none, and when there may be more.
 *
 * s      has :rows, which is bound here
 */
enum exit_code out_newest(struct cli *c, const char *kind, const char *columns,
    struct stmt *s, int64_t limit);

/*
 * out_list - the verb "list" of a kind: a statement, filtered by options.
 *
 * id       has :rows, and a parameter for each filter, "" being any
 * filters  names of options and of parameters; NULL ends them
 */
enum exit_code out_list(struct cli *c, const char *kind, enum sql_id id,
    const char *const filters[], const char *columns);

/*
 * out_filtered - the same for a statement with more parameters, which are
 * bound already; NULL: err says why there is none.
 */
enum exit_code out_filtered(struct cli *c, struct run *run, const char *kind,
    struct stmt *s, const char *const filters[], const char *columns,
    struct oms_error *err);

/* The columns of a row as members of the object that is open in j. */
void out_json_columns(struct json *j, struct stmt *s);

/* A time as people read it, "2026-03-28T02:00:00Z". */
char *out_time(int64_t ts_us, char dst[NUM_TS_BYTES]);

/* Write the finished line to stdout and empty it. */
void out_line(struct sbuf *line);

/* The bytes of a blob to stdout, as they are: --raw. */
bool out_raw(const struct run *run, const char *sha256,
    struct oms_error *err) MUST_CHECK;

#endif
