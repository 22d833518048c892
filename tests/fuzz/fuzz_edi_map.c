/*
 * fuzz_edi_map.c - no set may crash a mapper, make it leak, or take it long.
 *
 * The input is a file of X12 or EDIFACT.  Mappers are given every set in it,
 * also those that the checker refuses: an overlay may relax a guide, and then
 * they are all that stands between the values and the store.
 */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "mappers/edi_ack.h"
#include "mappers/edi_trade.h"
#include "mappers/edi_transport.h"
#include "mappers/edi_warehouse.h"
#include "parsers/edi_check.h"
#include "parsers/edi_set_build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { SET_MAX_BYTES = 4 << 20, ANSWER_MAX_BYTES = 1 << 20, FINDINGS_MAX = 40 };

static char none[] = "", x12[] = "x12", edifact[] = "edifact", bp[] = "BP",
	    in[] = "IN", zz[] = "ZZ", vn[] = "VN", we[] = "US", he[] = "THEM",
	    v4010[] = "004010", v96a[] = "D:96A", word_new[] = "new",
	    word_delta[] = "delta", utf8[] = "utf-8", unoc[] = "UNOC",
	    blank[] = " ", lf[] = "lf";

struct mapping {
	mem_ctx *ctx; /* lifetime: the file */
	struct edi_set_builder *builder;
	const struct edi_interchange *ix;
	const struct edi_group *group;
	const struct edi_set_head *head;
	struct edi_profile profile;
	bool is_whole; /* what came of the set so far */
	struct edi_finding findings[FINDINGS_MAX]; /* of the set */
	size_t finding_count;
	mem_ctx *finding_ctx; /* of their texts */
};

/* Every text of a profile is there; this says the ones that mappers look at. */
static struct edi_profile
profile_of(enum edi_standard standard, bool other)
{
	bool is_x12 = standard == EDI_X12;

	return (struct edi_profile){
		.standard = is_x12 ? x12 : edifact,
		.version = is_x12 ? v4010 : v96a,
		.assoc = none,
		.our_id = we,
		.our_qualifier = zz,
		.their_id = he,
		.their_qualifier = zz,
		.our_group_id = none,
		.their_group_id = none,
		.application = none,
		.agreement = none,
		.element_separator = none,
		.component_separator = none,
		.repetition_separator = none,
		.terminator = none,
		.release = none,
		.decimal_mark = none,
		.suffix = lf,
		.replacement = blank,
		.charset = is_x12 ? utf8 : unoc,
		.syntax = 3,
		.control_first = 1,
		.control_last = 999999999,
		.control_prefix = none,
		.item_qualifier = other ? vn : none,
		.their_item_qualifier = other ? in : bp,
		.change_qty = other ? word_delta : word_new,
		.omitted_lines = none,
		.short_lines = none,
		.absent_items = none,
		.gs1_prefix = none,
		.vendor_no = none,
		.warehouse_id = none,
		.scac = none,
	};
}

/* A refusal says why. */
static void
done(bool ok, struct oms_error *err)
{
	assert(ok || (err->code != OMS_OK && err->reason[0] != '\0'));
	*err = NO_ERROR;
}

static void
map_trade(mem_ctx *ctx, const struct edi_set *set,
    const struct edi_profile *profile)
{
	struct oms_error err = NO_ERROR;
	struct trade_change change;
	struct remittance remittance;
	struct trade order, changed;
	char hash[HASH_BYTES];
	bool ok = edi_order_map(ctx, set, profile, &order, &err);
	bool has_order = ok;

	if (ok)
		edi_order_hash(&order, hash);
	done(ok, &err);
	ok = edi_order_change_map(ctx, set, profile, &change, &err);
	if (ok)
		edi_order_change_hash(&change, hash);
	done(ok, &err);
	if (ok && has_order)
		done(trade_change_apply(ctx, &order, &change, &changed, &err),
		    &err);
	done(edi_remittance_map(ctx, set, profile, &remittance, &err), &err);
}

static void
map_transport(mem_ctx *ctx, const struct edi_set *set)
{
	struct oms_error err = NO_ERROR;
	struct edi_tender_answer answer;
	struct edi_movements movements;
	struct edi_freight freight;

	done(edi_tender_answer_map(ctx, set, &answer, &err), &err);
	done(edi_movements_map(ctx, set, &movements, &err), &err);
	done(edi_freight_map(ctx, set, "USD", &freight, &err), &err);
	(void)edi_freight_shipment(set);
}

static void
map_warehouse(mem_ctx *ctx, const struct edi_set *set)
{
	struct oms_error err = NO_ERROR;

	done(edi_ship_advice_read(ctx, set, &err) != NULL, &err);
	done(edi_receipt_read(ctx, set, false, &err) != NULL, &err);
	done(edi_receipt_read(ctx, set, true, &err) != NULL, &err);
	done(edi_adjustment_read(ctx, set, &err) != NULL, &err);
	done(edi_stock_count_read(ctx, set, &err) != NULL, &err);
}

/* What was found in the set, said back. */
static void
answer(struct mapping *m, mem_ctx *ctx, const struct edi_set_head *h)
{
	static const struct edi_head head = { .interchange_no = 1,
		.group_no = 1 };
	bool is_x12 = m->ix->standard == EDI_X12;
	struct oms_error err = NO_ERROR;
	struct edi_group g = *m->group;
	struct edi_writer *w;
	struct edi_ack *a;
	struct sbuf out;

	g.verdict = h->verdict;
	sbuf_init(&out, ctx, ANSWER_MAX_BYTES);
	w = edi_writer_new(ctx, &out, &m->profile, &head);
	a = edi_ack_new(ctx, w, is_x12 ? "997" : "contrl", true);
	edi_w_interchange(w);
	edi_w_group(w, is_x12 ? "FA" : "CONTRL", "");
	edi_ack_interchange(a, m->ix);
	edi_ack_group(a, &g);
	edi_ack_set(a, h);
	for (size_t i = 0; i < m->finding_count; i++)
		edi_ack_finding(a, &m->findings[i]);
	edi_ack_set_end(a, h);
	edi_ack_group_end(a, &g);
	edi_ack_interchange_end(a, m->ix);
	edi_w_group_end(w);
	edi_w_interchange_end(w);
	done(edi_w_ok(w, &err), &err);
}

static bool
on_finding(void *u, const struct edi_finding *f, struct oms_error *err)
{
	struct mapping *m = u;
	struct edi_finding *kept = &m->findings[m->finding_count];

	(void)err;
	assert(f->message[0] != '\0');
	if (m->finding_count == FINDINGS_MAX || f->segment_no == 0)
		return true;
	m->finding_count++;
	*kept = *f;
	kept->segment = mem_strdup(m->finding_ctx, f->segment);
	kept->loop = mem_strdup(m->finding_ctx, f->loop);
	kept->element_id = mem_strdup(m->finding_ctx, f->element_id);
	kept->value = mem_strdup(m->finding_ctx, f->value);
	kept->message = "";
	return true;
}

static bool
on_interchange(void *u, const struct edi_interchange *ix, bool *ret_known,
    struct oms_error *err)
{
	struct mapping *m = u;

	(void)ret_known;
	(void)err;
	m->ix = ix;
	m->group = NULL;
	return true;
}

static bool
on_group(void *u, const struct edi_group *g, struct oms_error *err)
{
	struct mapping *m = u;

	(void)err;
	m->group = g;
	return true;
}

static bool
on_set(void *u, const struct edi_set_head *h, struct oms_error *err)
{
	struct mapping *m = u;
	char charset[8] = "";
	struct edi_set head = { .standard = m->ix->standard,
		.type = h->type,
		.version = h->version,
		.control = h->control,
		.interchange = m->ix->control,
		.sender = m->ix->sender,
		.receiver = m->ix->receiver,
		.group = m->group != NULL ? m->group->control : "",
		.decimal = m->ix->delimiters.decimal == ',' ? ',' : '.',
		.is_test = m->ix->is_test };

	(void)err;
	if (m->ix->standard == EDI_EDIFACT)
		(void)snprintf(charset, sizeof(charset), "%.4s",
		    m->ix->version);
	m->head = h;
	m->is_whole = true;
	edi_set_builder_reset(m->builder, &head, m->ix->delimiters.release,
	    charset, SET_MAX_BYTES);
	return true;
}

static bool
on_segment(void *u, const struct edi_segment *s, int64_t segment_no,
    const struct edi_node *node, struct oms_error *err)
{
	struct mapping *m = u;

	(void)err;
	m->is_whole = segment_no != 0 && m->is_whole &&
	    edi_set_builder_add(m->builder, s, node, segment_no);
	return true;
}

static bool
on_set_end(void *u, const struct edi_set_head *h,
    const struct edi_set *collected, struct oms_error *err)
{
	struct mapping *m = u;
	const struct edi_set *set = m->is_whole
	    ? edi_set_builder_finish(m->builder)
	    : NULL;

	(void)collected;
	(void)err;
	for (int other = 0; set != NULL && other < 2; other++) {
		mem_ctx *row = mem_ctx_new(m->ctx, "row");

		m->profile = profile_of(m->ix->standard, other == 1);
		map_trade(row, set, &m->profile);
		map_transport(row, set);
		map_warehouse(row, set);
		mem_free(row);
	}
	if (m->group != NULL) {
		m->profile = profile_of(m->ix->standard, false);
		answer(m, m->finding_ctx, h);
	}
	mem_free(m->finding_ctx);
	m->finding_ctx = mem_ctx_new(m->ctx, "findings");
	m->finding_count = 0;
	m->is_whole = false;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct edi_guides *guides; /* read once */
	mem_ctx *ctx = mem_ctx_new(NULL, "fuzz");
	struct mapping m = { .ctx = ctx,
		.builder = edi_set_builder_new(ctx),
		.finding_ctx = mem_ctx_new(ctx, "findings") };
	struct edi_sink sink = { .u = &m,
		.interchange = on_interchange,
		.group = on_group,
		.set = on_set,
		.segment = on_segment,
		.set_end = on_set_end,
		.finding = on_finding };
	struct oms_error err = NO_ERROR;
	struct edi_summary sum;
	struct edi_check *c;

	if (guides == NULL)
		guides = edi_guides_new(NULL);
	c = edi_check_new(ctx,
	    &(struct edi_check_options){ .is_test = -1,
		.guides = guides,
		.lenient = ~0u },
	    &sink);
	assert(edi_check_feed(c, (const char *)data, n, &err));
	(void)edi_check_finish(c, &sum, &err);
	mem_free(ctx);
	return 0;
}
