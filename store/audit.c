/* audit.c - see audit.h. */

#include "store/audit.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "store/stmt.h"

/* A member with its length, so that no two rows read the same. */
static void
add_text(struct fs_sha *h, const char *text)
{
	char len[24];

	snprintf(len, sizeof(len), "%zu:", strlen(text));
	fs_sha_add(h, len, strlen(len));
	fs_sha_add(h, text, strlen(text));
}

static void
add_int(struct fs_sha *h, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	add_text(h, text);
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

void
audit_hash(int64_t audit_id, int64_t ts_us, const char *actor,
    const struct audit_entry *e, const char *prev, char ret_hex[FS_SHA_BYTES])
{
	struct fs_sha h;

	fs_sha_begin(&h);
	add_text(&h, prev);
	add_int(&h, audit_id);
	add_int(&h, ts_us);
	add_text(&h, actor);
	add_text(&h, e->category);
	add_text(&h, e->action);
	add_text(&h, e->object);
	add_text(&h, e->before);
	add_text(&h, e->after);
	fs_sha_end(&h, ret_hex);
}

bool
audit_read_head(struct db *db, struct audit_head *ret, struct oms_error *err)
{
	struct stmt *s = stmt_begin(db, SQL_AUDIT_LAST, err);

	*ret = (struct audit_head){ 0 };
	if (s == NULL)
		return false;
	if (stmt_one(s, err)) {
		snprintf(ret->hash, FS_SHA_BYTES, "%s", col_text(s, 0));
		ret->audit_id = col_int(s, 1);
	}
	stmt_end(s);
	return err->code == OMS_OK;
}

bool
audit_add(struct db *db, int64_t ts_us, const char *actor,
    const struct audit_entry *given, struct oms_error *err)
{
	struct audit_entry e = { or_empty(given->category),
		or_empty(given->action), or_empty(given->object),
		or_empty(given->before), or_empty(given->after) };
	struct audit_head last;
	char hash[FS_SHA_BYTES];
	int64_t audit_id = 0;
	struct stmt *s;

	if (!db_next(db, "audit", &audit_id, err) ||
	    !audit_read_head(db, &last, err) ||
	    (s = stmt_begin(db, SQL_AUDIT_ADD, err)) == NULL)
		return false;
	audit_hash(audit_id, ts_us, actor, &e, last.hash, hash);
	stmt_int(s, ":audit_id", audit_id);
	stmt_int(s, ":ts_us", ts_us);
	stmt_text(s, ":actor", actor);
	stmt_text(s, ":category", e.category);
	stmt_text(s, ":action", e.action);
	stmt_text(s, ":object", e.object);
	stmt_text(s, ":before", e.before);
	stmt_text(s, ":after", e.after);
	stmt_text(s, ":prev", last.hash);
	stmt_text(s, ":hash", hash);
	return stmt_run(s, NULL, err);
}
