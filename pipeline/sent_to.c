/* sent_to.c - see sent_to.h. */

#include "pipeline/sent_to.h"

#include <string.h>

#include "base/config.h"
#include "base/str.h"
#include "store/stmt.h"

enum { SHOW_BYTES = 60 };

/* Whom it was given to.  Texts are "" where there is none. */
struct sent {
	const char *node;     /* that ships it */
	const char *runs;     /* the partner that runs the node */
	const char *given;    /* the partner it goes to as things stand */
	const char *document; /* the partner of the document that it is in */
};

/* clang-format off */
static const struct {
	enum sql_id sql;
	const char *noun;
	const char *nobody;
} whats[] = {
	[SENT_SHIP_ORDER] = { SQL_SENT_SHIP_ORDER, "shipment", "no warehouse" },
	[SENT_BOOKING]    = { SQL_SENT_BOOKING,    "shipment", "no carrier"   },
	[SENT_CHARGE]     = { SQL_SENT_CHARGE,     "charge",   "nobody"       },
};
/* clang-format on */

static bool
load(struct run *run, enum sent_what what, const char *key, struct sent *v,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, whats[what].sql, err);

	if (s == NULL)
		return false;
	stmt_text(s, ":key", key);
	if (!stmt_one(s, err))
		return err->code == OMS_OK &&
		    oms_fail(err, OMS_UNMATCHED, "%s %s is not ours",
			whats[what].noun, str_show(v, key, SHOW_BYTES));
	v->node = col_dup(s, 0, v);
	v->runs = col_dup(s, 1, v);
	v->given = col_dup(s, 2, v);
	v->document = col_dup(s, 3, v);
	stmt_end(s);
	return true;
}

/* Does the partner run the node that ships it? */
static bool
is_warehouse(const struct sent *v, const struct partner *p, const char *partner)
{
	return strcmp(v->runs, partner) == 0 ||
	    (p != NULL && v->node[0] != '\0' && strcmp(v->node, p->node) == 0);
}

static bool
is_carrier(const struct partner *p)
{
	return p != NULL &&
	    (p->edi.scac[0] != '\0' || strcmp(p->kind, "carrier") == 0 ||
		strcmp(p->kind, "courier") == 0);
}

/* One carrier, with a partner for what goes out and one for what comes in. */
static bool
is_same_carrier(struct run *run, const struct partner *p, const char *given)
{
	const struct partner *q = config_partner(run->cfg, given);

	return p != NULL && q != NULL && p->edi.scac[0] != '\0' &&
	    strcmp(p->edi.scac, q->edi.scac) == 0;
}

static bool
may_speak(struct run *run, enum sent_what what, const struct sent *v,
    const char *partner)
{
	const struct partner *p = config_partner(run->cfg, partner);

	if (strcmp(v->given, partner) == 0 || strcmp(v->document, partner) == 0)
		return true;
	if (what == SENT_SHIP_ORDER)
		return is_warehouse(v, p, partner);
	if (what == SENT_CHARGE) /* not asked for yet: its state says more */
		return v->document[0] == '\0';
	if (v->given[0] == '\0')
		return is_carrier(p) || is_warehouse(v, p, partner);
	return is_same_carrier(run, p, v->given);
}

bool
sent_to_check(struct run *run, enum sent_what what, const char *key,
    const char *partner, struct oms_error *err)
{
	struct sent *v = mem_new(NULL, struct sent);
	bool ok = load(run, what, key, v, err);

	if (ok && !may_speak(run, what, v, partner)) {
		const char *owner = v->given[0] != '\0' ? v->given
		    : v->document[0] != '\0'            ? v->document
							: whats[what].nobody;

		ok = oms_fail(err, OMS_SENDER,
		    "%s %s was given to %s, not to %s", whats[what].noun,
		    str_show(v, key, SHOW_BYTES), owner, partner);
	}
	mem_free(v);
	return ok;
}
