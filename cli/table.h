/*
 * table.h - columns for people, by libsmartcols.
 *
 * Control bytes of partners' texts are shown as \xNN, so that no file can
 * drive a terminal.  Rows are printed in blocks, so memory does not grow.
 * On a terminal the long column is folded between words, so that a row is no
 * wider than the screen; elsewhere a row is one line.
 */
#ifndef OMS_CLI_TABLE_H
#define OMS_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct table;

struct table *table_new(mem_ctx *ctx);

/* is_right  numbers; is_long  may be folded: the last such column is */
void table_column(struct table *t, const char *title, bool is_right,
    bool is_long);

/* Begin a row, then fill its cells by their index. */
void table_row(struct table *t);
void table_cell(struct table *t, size_t column, const char *text);

/* Print what is not printed yet; the titles only the first time. */
void table_print(struct table *t);

#endif
