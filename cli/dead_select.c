/* dead_select.c - see dead_select.h. */

#include "cli/dead_select.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/count.h"
#include "base/nearest.h"
#include "cli/out.h"
#include "cli/partner_row.h"
#include "store/stmt.h"

#define US_PER_S     INT64_C(1000000)
#define MAX_AGE_S    (INT64_C(14) * 86400) /* when no configuration says */
#define IDS_MAX      ((size_t)1 << 20)
#define NO_AGE_LIMIT INT64_MIN

static const char *const filters[] = { "partner", "code", "feed", "state",
	"older-than", "owner", "key" };

bool
dead_select_add(struct cli *c, struct dead_selection *sel, int64_t id,
    struct oms_error *err)
{
	if (sel->count == IDS_MAX)
		return oms_fail(err, OMS_USAGE, "more than %zu ids", IDS_MAX);
	if ((sel->count & (sel->count - 1)) == 0) /* full: a power of two */
		sel->ids = mem_resize(c->ctx, sel->ids,
		    (sel->count == 0 ? 1 : 2 * sel->count) * sizeof(int64_t));
	sel->ids[sel->count++] = id;
	return true;
}

/* One id a line; blank lines are nothing. */
static bool
read_ids(struct cli *c, struct dead_selection *sel, struct oms_error *err)
{
	char line[64];
	int64_t id;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		size_t n = strcspn(line, "\r\n");

		if (line[n] == '\0' && !feof(stdin))
			return oms_fail(err, OMS_USAGE,
			    "a line of stdin is no id: \"%.40s...\"", line);
		line[n] = '\0';
		if (n > 0 &&
		    (!cli_id(line, &id, err) ||
			!dead_select_add(c, sel, id, err)))
			return false;
	}
	return !ferror(stdin) || oms_fail_errno(err, OMS_IO, "read stdin");
}

static bool
has_filter(const struct cli *c)
{
	for (size_t i = 0; i < COUNT(filters); i++)
		if (cli_flag(c, filters[i]))
			return true;
	return false;
}

/* " open held ", or the one that --state names. */
static bool
states_of(struct cli *c, const char *states, const char **ret,
    struct oms_error *err)
{
	static const char all[] = " open held retried resolved closed ";
	const char *state = cli_opt(c, "state");

	*ret = state == NULL ? states : mem_printf(c->ctx, " %s ", state);
	return state == NULL ||
	    (strchr(state, ' ') == NULL && strstr(all, *ret) != NULL) ||
	    oms_fail(err, OMS_USAGE, "--state \"%.40s\" is none of%.*s", state,
		(int)strlen(all) - 1, all);
}

static bool
before_us(struct cli *c, int64_t now_us, int64_t *ret, struct oms_error *err)
{
	const char *age = cli_opt(c, "older-than");
	struct oms_error why = NO_ERROR;
	int64_t s = 0;

	*ret = 0;
	if (age == NULL)
		return true;
	if (!config_duration(age, &s, &why) || s > now_us / US_PER_S)
		return oms_fail(err, OMS_USAGE,
		    "--older-than \"%.40s\" is no time like 2d, 12h or 30m",
		    age);
	*ret = now_us - s * US_PER_S;
	return true;
}

/* A typing error must not look as if nothing waited. */
static bool
code_filter(struct cli *c, struct oms_error *err)
{
	const char *code = cli_filter(c, "code"), *meant;
	struct nearest n = NEAREST_TO(code);

	if (code[0] == '\0' || oms_code_of_name(code) != OMS_CODE_COUNT)
		return true;
	for (int i = 0; i < OMS_CODE_COUNT; i++)
		nearest_offer(&n, oms_code_name((enum oms_code)i));
	meant = nearest_found(&n);
	return oms_fail(err, OMS_USAGE, "no code \"%.40s\"%s%s%s", code,
	    meant != NULL ? "; is " : "; see oms explain --all",
	    meant != NULL ? meant : "", meant != NULL ? " meant?" : "");
}

/* What is older is overdue. */
static int64_t
overdue_us(struct cli *c, int64_t now_us)
{
	struct oms_error bad = NO_ERROR;
	const struct config *cfg = config_load(c->ctx, c->home, &bad);
	int64_t age_s = cfg != NULL ? cfg->dead_max_age_s : MAX_AGE_S;

	return age_s == 0 ? NO_AGE_LIMIT : now_us - age_s * US_PER_S;
}

bool
dead_select_bind(struct cli *c, const struct run *run, struct stmt *s,
    const char *states, int64_t rows, struct oms_error *err)
{
	int64_t before;

	if (!states_of(c, states, &states, err) ||
	    !before_us(c, run->now_us, &before, err) || !code_filter(c, err) ||
	    !partner_filter(c, run, err))
		return false;
	stmt_int(s, ":overdue_us", overdue_us(c, run->now_us));
	stmt_text(s, ":states", states);
	stmt_text(s, ":partner", cli_filter(c, "partner"));
	stmt_text(s, ":code", cli_filter(c, "code"));
	stmt_text(s, ":feed", cli_filter(c, "feed"));
	stmt_text(s, ":owner", cli_filter(c, "owner"));
	stmt_text(s, ":key", cli_filter(c, "key"));
	stmt_int(s, ":before_us", before);
	stmt_int(s, ":rows", rows);
	return true;
}

static bool
by_filters(struct cli *c, const struct run *run, const char *states,
    struct dead_selection *sel, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_DEAD_LIST, err);

	if (s == NULL || !dead_select_bind(c, run, s, states, INT64_MAX, err))
		return false;
	while (stmt_next(s, err))
		if (!dead_select_add(c, sel, col_int(s, 0), err))
			break;
	stmt_end(s);
	return err->code == OMS_OK;
}

bool
dead_select(struct cli *c, const struct run *run, const char *states,
    struct dead_selection *ret, struct oms_error *err)
{
	bool is_one = c->arg_count == 1, filtered = has_filter(c);
	bool is_all = is_one && strcmp(c->args[0], "ALL") == 0;
	int64_t id;

	*ret = (struct dead_selection){ .is_explicit = true };
	if (is_all || (c->arg_count == 0 && filtered)) {
		ret->is_explicit = false;
		return by_filters(c, run, states, ret, err);
	}
	if (c->arg_count == 0)
		return oms_fail(err, OMS_USAGE,
		    "say which: ids, a filter such as --partner, ALL, or - for "
		    "ids from stdin");
	if (filtered)
		return oms_fail(err, OMS_USAGE,
		    "ids or filters, not both: ids need no filter");
	if (is_one && strcmp(c->args[0], "-") == 0)
		return read_ids(c, ret, err);
	for (size_t i = 0; i < c->arg_count; i++)
		if (!cli_id(c->args[i], &id, err) ||
		    !dead_select_add(c, ret, id, err))
			return false;
	return true;
}

bool
dead_count_overdue(struct cli *c, const struct run *run, int64_t *ret,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_CLI_DEAD_OVERDUE, err);

	if (s == NULL)
		return false;
	stmt_int(s, ":overdue_us", overdue_us(c, run->now_us));
	*ret = stmt_one(s, err) ? col_int(s, 0) : 0;
	stmt_end(s);
	return err->code == OMS_OK;
}

/* One line an item, so that a script sees which of many did not work. */
static void
tell(struct out *o, int64_t dead_id, const char *state,
    const struct oms_error *err)
{
	bool ok = err->code == OMS_OK;

	out_row(o);
	out_int(o, "id", dead_id);
	out_text(o, "state", ok ? state : "refused");
	out_text(o, "code", ok ? "" : oms_code_name(err->code));
	out_text(o, "message", err->reason);
	out_row_end(o);
}

enum exit_code
dead_each(struct cli *c, struct run *run, const struct dead_selection *sel,
    const char *done, dead_act_fn *act, void *u)
{
	struct out *o = out_open(c, "dead", "id state code message*");
	enum oms_code worst = OMS_OK;

	for (size_t i = 0; i < sel->count; i++) {
		struct oms_error err = NO_ERROR;
		bool ok = act(run, sel->ids[i], u, &err);

		if (err.code ==
		    OMS_NOT_FOUND) /* that is of partners' folders */
			err.code = OMS_USAGE;
		tell(o, sel->ids[i], done, &err);
		if (ok)
			continue;
		worst = err.code;
		if (oms_code_class(worst) == CLASS_STOP)
			break; /* the others would fail of it, too */
	}
	out_say_none(c, out_close(o));
	if (sel->count > 1 && worst != OMS_OK &&
	    oms_code_class(worst) != CLASS_STOP)
		return EXIT_REJECTED;
	return exit_code_of(worst);
}
