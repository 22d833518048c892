/*
 * route.c - the stage route: a carrier's service for every shipment.
 *
 * A service is a candidate when it serves the method, weight and value, and
 * has a rate to the zone in the order's currency.  The first routing rule
 * that fits says which of them may be used, and in which order; then the
 * cheapest wins, then the fastest, then by name.  Orders carry no date by
 * which they must arrive, so none is cheap but too late.
 *
 * The tables are small and read once a run.  They are sorted here, not by
 * the database, whose idea of text order we need not share.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "model/money.h"
#include "pipeline/order_ops.h"
#include "pipeline/stage.h"
#include "pipeline/queue.h"
#include "store/stmt.h"

enum { US_PER_S = 1000000, TARGETS_MAX = 16, REASON_BYTES = 300 };

struct service {
	const char *carrier;
	const char *service;
	const char *kind;
	const char *partner;
	const char *method; /* "" any */
	const char *currency;
	int64_t transit_s;
	int64_t max_weight_g;    /* INT64_MAX: no limit */
	int64_t max_value_minor; /* in currency; INT64_MAX: no limit */
};

struct rate {
	const char *zone;
	const struct service *service;
	int64_t max_weight_g;
	int64_t price_minor;
	const char *currency;
};

/* "carrier" or "carrier:service" of a rule; service NULL for all. */
struct target {
	const char *carrier;
	const char *service;
};

struct rule {
	const char *channel;
	const char *zone;
	const char *class;
	const char *method;
	const char *currency;
	int64_t min_value_minor, max_value_minor;
	int64_t min_weight_g, max_weight_g;
	struct target targets[TARGETS_MAX];
	size_t target_count;
};

struct tables {
	mem_ctx *ctx;
	struct service *services; /* by carrier and service */
	size_t service_count;
	struct rate *rates; /* by zone, carrier, service and weight */
	size_t rate_count;
	struct rule *rules; /* by rule_no */
	size_t rule_count;
	bool uses_classes; /* some rule asks for a class */
};

struct shipment {
	const char *shipment_key;
	int64_t order_id;
	int64_t weight_g;
	int64_t value_minor;
	const char *channel;
	const char *currency;
	const char *method;
	const char *zone;
	int64_t lead_s;
	bool has_hold; /* ours, of an earlier run */
	const char **classes;
	size_t class_count;
};

static void *
grow(mem_ctx *ctx, void *p, size_t count, size_t bytes)
{
	enum { FIRST = 16 };

	if (count != 0 && (count < FIRST || (count & (count - 1)) != 0))
		return p;
	return mem_resize(ctx, p, (count == 0 ? FIRST : count * 2) * bytes);
}

static int64_t
limit_of(struct stmt *s, int i)
{
	return col_is_null(s, i) ? INT64_MAX : col_int(s, i);
}

static int
compare_service(const void *a, const void *b)
{
	const struct service *x = a, *y = b;
	int by_carrier = strcmp(x->carrier, y->carrier);

	return by_carrier != 0 ? by_carrier : strcmp(x->service, y->service);
}

static int
compare_rate(const void *a, const void *b)
{
	const struct rate *x = a, *y = b;
	int by_zone = strcmp(x->zone, y->zone);

	if (by_zone != 0)
		return by_zone;
	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	return (x->max_weight_g > y->max_weight_g) -
	    (x->max_weight_g < y->max_weight_g);
}

static bool
load_services(struct run *run, struct tables *t, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ROUTE_SERVICES, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		t->services = grow(t->ctx, t->services, t->service_count,
		    sizeof(t->services[0]));
		t->services[t->service_count++] = (struct service){
			.carrier = col_dup(s, 0, t->ctx),
			.service = col_dup(s, 1, t->ctx),
			.kind = col_dup(s, 2, t->ctx),
			.partner = col_dup(s, 3, t->ctx),
			.method = col_dup(s, 4, t->ctx),
			.transit_s = col_int(s, 5),
			.max_weight_g = limit_of(s, 6),
			.currency = col_dup(s, 7, t->ctx),
			.max_value_minor = limit_of(s, 8),
		};
	}
	if (t->service_count > 0)
		qsort(t->services, t->service_count, sizeof(t->services[0]),
		    compare_service);
	return err->code == OMS_OK;
}

/* The zone of the rate before, or a copy: neighbours mostly share it. */
static const char *
shared_text(const struct tables *t, const char *before, const char *text)
{
	return before != NULL && strcmp(before, text) == 0
	    ? before
	    : mem_strdup(t->ctx, text);
}

/* Rates of services that are not active are left out. */
static bool
load_rates(struct run *run, struct tables *t, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ROUTE_RATES, err);
	const struct rate *last = NULL;

	if (s == NULL)
		return false;
	while (t->service_count > 0 && stmt_next(s, err)) {
		struct service key = { .carrier = col_text(s, 0),
			.service = col_text(s, 1) };
		const struct service *of = bsearch(&key, t->services,
		    t->service_count, sizeof(key), compare_service);

		if (of == NULL)
			continue;
		t->rates = grow(t->ctx, t->rates, t->rate_count,
		    sizeof(t->rates[0]));
		assert(t->rates != NULL); /* grow() gives room or ends us */
		last = t->rate_count > 0 ? &t->rates[t->rate_count - 1] : NULL;
		t->rates[t->rate_count++] = (struct rate){
			.zone = shared_text(t, last ? last->zone : NULL,
			    col_text(s, 2)),
			.service = of,
			.max_weight_g = col_int(s, 3),
			.price_minor = col_int(s, 4),
			.currency = shared_text(t, last ? last->currency : NULL,
			    col_text(s, 5)),
		};
	}
	stmt_end(s);
	if (t->rate_count > 0)
		qsort(t->rates, t->rate_count, sizeof(t->rates[0]),
		    compare_rate);
	return err->code == OMS_OK;
}

/* "DHL:EXPRESS|UPS": cut in place. */
static bool
parse_targets(struct rule *r, char *text, struct oms_error *err)
{
	char *rest = text, *one, *colon;

	while ((one = strsep(&rest, "|")) != NULL) {
		if (*one == '\0')
			continue;
		if (r->target_count == TARGETS_MAX)
			return oms_fail(err, OMS_LIMIT,
			    "a routing rule has over %d targets", TARGETS_MAX);
		colon = strchr(one, ':');
		if (colon != NULL)
			*colon++ = '\0';
		r->targets[r->target_count].carrier = one;
		r->targets[r->target_count++].service = colon;
	}
	return true;
}

static bool
load_rules(struct run *run, struct tables *t, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ROUTE_RULES, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err)) {
		struct rule *r;

		t->rules = grow(t->ctx, t->rules, t->rule_count,
		    sizeof(t->rules[0]));
		r = &t->rules[t->rule_count++];
		*r = (struct rule){
			.channel = col_dup(s, 0, t->ctx),
			.zone = col_dup(s, 1, t->ctx),
			.class = col_dup(s, 2, t->ctx),
			.method = col_dup(s, 3, t->ctx),
			.currency = col_dup(s, 4, t->ctx),
			.min_value_minor = col_is_null(s, 5) ? INT64_MIN
							     : col_int(s, 5),
			.max_value_minor = limit_of(s, 6),
			.min_weight_g = col_int(s, 7),
			.max_weight_g = limit_of(s, 8),
		};
		t->uses_classes |= r->class[0] != '\0';
		if (!parse_targets(r, col_dup(s, 9, t->ctx), err))
			return false;
	}
	return err->code == OMS_OK;
}

static bool
is_any_or(const char *wanted, const char *is)
{
	return wanted[0] == '\0' || strcmp(wanted, is) == 0;
}

static bool
has_class(const struct shipment *sh, const char *class)
{
	if (class[0] == '\0')
		return true;
	for (size_t i = 0; i < sh->class_count; i++)
		if (strcmp(sh->classes[i], class) == 0)
			return true;
	return false;
}

static bool
rule_fits(const struct rule *r, const struct shipment *sh)
{
	return is_any_or(r->channel, sh->channel) &&
	    is_any_or(r->zone, sh->zone) && is_any_or(r->method, sh->method) &&
	    is_any_or(r->currency, sh->currency) &&
	    sh->value_minor >= r->min_value_minor &&
	    sh->value_minor <= r->max_value_minor &&
	    sh->weight_g >= r->min_weight_g &&
	    sh->weight_g <= r->max_weight_g && has_class(sh, r->class);
}

static const struct rule *
find_rule(const struct tables *t, const struct shipment *sh)
{
	for (size_t i = 0; i < t->rule_count; i++)
		if (rule_fits(&t->rules[i], sh))
			return &t->rules[i];
	return NULL;
}

/* The place of a service in the rule's targets; -1 when it has none. */
static int64_t
rank_in(const struct rule *r, const struct service *s)
{
	if (r == NULL)
		return 0;
	for (size_t i = 0; i < r->target_count; i++)
		if (strcmp(r->targets[i].carrier, s->carrier) == 0 &&
		    (r->targets[i].service == NULL ||
			strcmp(r->targets[i].service, s->service) == 0))
			return (int64_t)i;
	return -1;
}

static bool
service_takes(const struct service *s, const struct shipment *sh)
{
	return is_any_or(s->method, sh->method) &&
	    sh->weight_g <= s->max_weight_g &&
	    (sh->value_minor <= s->max_value_minor ||
		strcmp(s->currency, sh->currency) != 0);
}

/* The first rate to a zone; rate_count when there is none. */
static size_t
first_rate(const struct tables *t, const char *zone)
{
	size_t low = 0, high = t->rate_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(t->rates[middle].zone, zone) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Rates of a service stand in weight order: the first that holds counts. */
static const struct rate *
choose(const struct tables *t, const struct shipment *sh)
{
	const struct rule *rule = find_rule(t, sh);
	const struct rate *best = NULL;
	const struct service *served = NULL;
	int64_t best_rank = 0;

	for (size_t i = first_rate(t, sh->zone);
	     i < t->rate_count && strcmp(t->rates[i].zone, sh->zone) == 0;
	     i++) {
		const struct rate *r = &t->rates[i];
		int64_t rank;

		if (r->service == served || r->max_weight_g < sh->weight_g ||
		    strcmp(r->currency, sh->currency) != 0)
			continue;
		served = r->service;
		rank = rank_in(rule, r->service);
		if (rank < 0 || !service_takes(r->service, sh))
			continue;
		if (best == NULL || rank < best_rank ||
		    (rank == best_rank &&
			(r->price_minor < best->price_minor ||
			    (r->price_minor == best->price_minor &&
				r->service->transit_s <
				    best->service->transit_s)))) {
			best = r;
			best_rank = rank;
		}
	}
	return best;
}

static void
add_class(mem_ctx *ctx, struct shipment *sh, const char *class)
{
	if (has_class(sh, class)) /* known, or "" */
		return;
	sh->classes = grow(ctx, sh->classes, sh->class_count,
	    sizeof(sh->classes[0]));
	sh->classes[sh->class_count++] = mem_strdup(ctx, class);
}

/* Of a batch; rows and shipments come in one order, some of them held. */
static bool
load_classes(struct run *run, mem_ctx *ctx, const char *after,
    struct shipment *sh, size_t count, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ROUTE_CLASSES, err);
	size_t i = 0;

	if (s == NULL)
		return false;
	stmt_text(s, ":after", after);
	stmt_text(s, ":upto", sh[count - 1].shipment_key);
	while (stmt_next(s, err)) {
		while (strcmp(sh[i].shipment_key, col_text(s, 0)) < 0)
			i++;
		if (strcmp(sh[i].shipment_key, col_text(s, 0)) > 0)
			continue;
		add_class(ctx, &sh[i], col_text(s, 1));
		add_class(ctx, &sh[i], col_text(s, 2));
	}
	return err->code == OMS_OK;
}

static bool
no_service(struct run *run, const struct shipment *sh, struct stage_result *res,
    struct oms_error *err)
{
	char reason[REASON_BYTES], value[NUM_DECIMAL_BYTES];
	bool is_new;

	snprintf(reason, sizeof(reason),
	    "no service to zone \"%.40s\" for %lld g worth %s %s "
	    "by method \"%.60s\"",
	    sh->zone, (long long)sh->weight_g,
	    money_format(sh->value_minor, sh->currency, value), sh->currency,
	    sh->method);
	if (!hold_set(run, sh->order_id, sh->shipment_key, "DATA",
		OMS_NO_SERVICE, reason, &is_new, err))
		return false;
	res->held += is_new;
	return true;
}

static bool
set_route(struct run *run, const struct shipment *sh, const struct rate *r,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ROUTE_SHIPMENT_ROUTED, err);
	char words[REASON_BYTES], price[NUM_DECIMAL_BYTES];

	if (s == NULL)
		return false;
	stmt_text(s, ":carrier", r->service->carrier);
	stmt_text(s, ":service", r->service->service);
	stmt_text(s, ":kind", r->service->kind);
	stmt_text(s, ":partner", r->service->partner);
	stmt_int(s, ":rate_minor", r->price_minor);
	stmt_int(s, ":promise_ts_us",
	    run->now_us + (sh->lead_s + r->service->transit_s) * US_PER_S);
	stmt_text(s, ":shipment_key", sh->shipment_key);
	if (!stmt_run(s, NULL, err))
		return false;
	snprintf(words, sizeof(words), "%s %.60s %.60s %s %s", sh->shipment_key,
	    r->service->carrier, r->service->service,
	    money_format(r->price_minor, r->currency, price), r->currency);
	return order_event(run, sh->order_id, "routed", 0, 0, words, err);
}

static bool
route_shipment(struct run *run, const struct tables *t, struct shipment *sh,
    struct stage_result *res, struct oms_error *err)
{
	const struct rate *best = choose(t, sh);

	if (best == NULL)
		return no_service(run, sh, res, err);
	if (sh->has_hold &&
	    !hold_resolve(run, sh->order_id, sh->shipment_key, "DATA", err))
		return false;
	res->done++;
	return set_route(run, sh, best, err);
}

static bool
load_batch(struct run *run, mem_ctx *ctx, const char *after,
    struct shipment **ret, size_t *ret_count, struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ROUTE_QUEUE, err);
	size_t count = 0;

	if (s == NULL)
		return false;
	*ret = mem_array(ctx, struct shipment, (size_t)run->cfg->batch_orders);
	stmt_text(s, ":after", after);
	stmt_int(s, ":n", run->cfg->batch_orders);
	while (stmt_next(s, err))
		(*ret)[count++] = (struct shipment){
			.shipment_key = col_dup(s, 0, ctx),
			.order_id = col_int(s, 1),
			.weight_g = col_int(s, 2),
			.value_minor = col_int(s, 3),
			.channel = col_dup(s, 4, ctx),
			.currency = col_dup(s, 5, ctx),
			.method = col_dup(s, 6, ctx),
			.zone = col_dup(s, 7, ctx),
			.lead_s = col_int(s, 8),
			.has_hold = col_int(s, 9) != 0,
		};
	*ret_count = count;
	return err->code == OMS_OK;
}

/* *last is replaced by the last key seen, "" when there are no more. */
static bool
route_batch(struct run *run, const struct tables *t, char *last,
    size_t last_size, struct stage_result *res, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(run->ctx, "route");
	struct shipment *sh;
	size_t count = 0;
	bool ok = load_batch(run, ctx, last, &sh, &count, err) &&
	    (count == 0 || !t->uses_classes ||
		load_classes(run, ctx, last, sh, count, err));

	last[0] = '\0';
	for (size_t i = 0; ok && i < count; i++) {
		ok = route_shipment(run, t, &sh[i], res, err) ||
		    oms_context(err, "shipment %s", sh[i].shipment_key);
		snprintf(last, last_size, "%s", sh[i].shipment_key);
	}
	mem_free(ctx);
	return ok;
}

static bool
route_queue(struct run *run, const struct tables *t, struct stage_result *res,
    struct oms_error *err)
{
	char last[64] = "";
	bool ok;

	do {
		ok = db_begin(run->db, err) &&
		    route_batch(run, t, last, sizeof(last), res, err) &&
		    db_commit(run->db, "route.batch", err);
	} while (ok && last[0] != '\0');
	if (!ok)
		db_rollback(run->db);
	return ok;
}

bool
stage_route(struct run *run, struct stage_result *res, struct oms_error *err)
{
	struct tables t = { .ctx = mem_ctx_new(run->ctx, "carriers") };
	bool ok = load_services(run, &t, err) && load_rates(run, &t, err) &&
	    load_rules(run, &t, err) && route_queue(run, &t, res, err) &&
	    queue_count(run, SQL_ROUTE_QUEUE_COUNT, &res->waiting, err);

	mem_free(t.ctx);
	return ok;
}
