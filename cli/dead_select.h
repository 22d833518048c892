/*
 * dead_select.h - which dead letters a command is about.
 *
 *	oms dead retry 7 8 9                  by their ids
 *	oms dead retry --partner sfcc         by filters
 *	oms dead retry ALL                    every one that the verb is for
 *	oms --json dead list | jq .id | oms dead retry -
 *
 * The list is frozen before the first is touched: what dies again meanwhile
 * is not taken twice.  Every item gets one row of answer; one that fails does
 * not keep the others.
 */
#ifndef OMS_CLI_DEAD_SELECT_H
#define OMS_CLI_DEAD_SELECT_H

#include <stdint.h>

#include "cli/cli.h"
#include "store/stmt.h"

/* The options of a selection, for the tables in verbs.c. */
/* clang-format off */
#define DEAD_FILTERS \
	{ "partner", "ID", "only of that partner" }, \
	{ "code", "CODE", "only with that code" }, \
	{ "feed", "NAME", "only of that feed" }, \
	{ "state", "STATE", "open, held, retried, resolved or closed" }, \
	{ "older-than", "TIME", "only those older than 2d, 12h, ..." }, \
	{ "owner", "NAME", "only those of that person" }, \
	{ "key", "KEY", "only of that order, shipment, ..." }
/* clang-format on */

struct dead_selection {
	int64_t *ids;
	size_t count;
	bool is_explicit; /* every id was named */
};

/*
 * dead_select - the ids, from the arguments, stdin or the filters.
 *
 * states  those the verb is for, " open held "; --state says another one
 * errors  OMS_USAGE  nothing is selected by the command line; ids and filters
 */
bool dead_select(struct cli *c, const struct run *run, const char *states,
    struct dead_selection *ret, struct oms_error *err) MUST_CHECK;

/* One more id, into c->ctx.  errors  OMS_USAGE  too many */
bool dead_select_add(struct cli *c, struct dead_selection *sel, int64_t id,
    struct oms_error *err) MUST_CHECK;

/*
 * dead_select_bind - bind the filters of a statement with those of
 * cli_dead_list.
 *
 * errors  OMS_USAGE  --state, --older-than, --partner or --code is none
 */
bool dead_select_bind(struct cli *c, const struct run *run, struct stmt *s,
    const char *states, int64_t rows, struct oms_error *err) MUST_CHECK;

/* How many are overdue: older than [dead] max_age. */
bool dead_count_overdue(struct cli *c, const struct run *run, int64_t *ret,
    struct oms_error *err) MUST_CHECK;

/* A verb on one letter. */
typedef bool dead_act_fn(struct run *run, int64_t dead_id, void *u,
    struct oms_error *err);

/*
 * dead_each - do it to every one of them, and tell what came of each.
 *
 * done     the state that is told of a success, "closed"
 * returns  the exit status: of the failure, when it was the only item; 3 when
 *          some of many failed
 */
enum exit_code dead_each(struct cli *c, struct run *run,
    const struct dead_selection *sel, const char *done, dead_act_fn *act,
    void *u);

/* Tell what a retry of them would change; change nothing. */
enum exit_code dead_try(struct cli *c, const struct dead_selection *sel);

#endif
