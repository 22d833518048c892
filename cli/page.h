/*
 * page.h - one thing in full: fields, then lists.
 *
 * As JSON one object with arrays; as text "name  value" lines and tables.
 */
#ifndef OMS_CLI_PAGE_H
#define OMS_CLI_PAGE_H

#include "cli/out.h"

enum { PAGE_MAX_BYTES = 256 << 20 };

struct page {
	struct sbuf line;
	struct json json;
	mem_ctx *ctx;
};

/* Begin an object with v and kind; page_end() writes and frees it. */
void page_begin(struct page *p, struct cli *c, const char *kind);
bool page_end(struct page *p, struct oms_error *err) MUST_CHECK;

/* An array of the statement's rows. s NULL: err says why. */
bool page_array(struct page *p, const char *key, struct stmt *s,
    struct oms_error *err) MUST_CHECK;

/* The columns of the row as lines for people; empty ones are left out. */
void page_fields(struct stmt *s);

/* A titled table for people; nothing at all when there are no rows. */
bool page_table(struct cli *c, const char *title, const char *columns,
    struct stmt *s, struct oms_error *err) MUST_CHECK;

/* The text of a column by its name; a bug when there is none. */
const char *page_field(struct stmt *s, const char *name);
int64_t page_field_int(struct stmt *s, const char *name);

/* Print text of a partner's, safe for a terminal. */
void page_print(const char *text);

/* The same for n bytes, however many, as a line; tabs stay. */
void page_print_line(const char *p, size_t n);

#endif
