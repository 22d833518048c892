/*
 * edi_letter.c - a set that was refused, as a file that can be read again.
 *
 * The envelope is the one it came in, as sent; only the counts behind it are
 * of this one set.
 */

#include <string.h>

#include "base/str.h"
#include "pipeline/edi_intake_internal.h"

enum {
	HEAD_MAX_BYTES = 2048, /* GS or UNG, with what is around it */
	LETTER_MAX_BYTES = 64 << 20,
	ENVELOPE_MAX_BYTES = 16 << 10
};

struct letter {
	struct sbuf b;
	const struct edi_interchange *ix;
	char element;
	char segment;
	const char *line_end; /* "" when terminators are line ends */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
end_segment(struct letter *l)
{
	sbuf_addc(&l->b, l->segment);
	sbuf_adds(&l->b, l->line_end);
}

static void
add_una(struct letter *l)
{
	const struct edi_delimiters *d = &l->ix->delimiters;

	if (l->ix->standard != EDI_EDIFACT)
		return;
	sbuf_adds(&l->b, "UNA");
	sbuf_addc(&l->b, d->component);
	sbuf_addc(&l->b, d->element);
	sbuf_addc(&l->b, d->decimal != '\0' ? d->decimal : '.');
	sbuf_addc(&l->b, d->release != '\0' ? d->release : ' ');
	sbuf_addc(&l->b, d->repetition != '\0' ? d->repetition : ' ');
	end_segment(l);
}

/* The last segment of the bytes, without its terminator; "" none. */
static const char *
last_segment(const struct edi_delimiters *d, char *bytes, size_t n)
{
	size_t from;

	while (n > 0 && (is_blank(bytes[n - 1]) && bytes[n - 1] != d->segment))
		n--;
	if (n == 0 || bytes[n - 1] != d->segment)
		return "";
	bytes[--n] = '\0';
	for (from = n; from > 0; from--)
		if (bytes[from - 1] == d->segment &&
		    (d->release == '\0' || from < 2 ||
			bytes[from - 2] != d->release))
			break;
	while (is_blank(bytes[from]))
		from++;
	return bytes + from;
}

/* Without it: what its fields were, in the form that is valid. */
static void
make_group_head(struct letter *l, const struct edi_group *g)
{
	char e = l->element;
	const struct edi_interchange *ix = l->ix;

	if (ix->standard == EDI_X12)
		sbuf_addf(&l->b, "GS%c%s%c%s%c%s%c%s%c%.4s%c%s%cX%c%s", e,
		    g->code, e, g->sender, e, g->receiver, e, ix->date, e,
		    ix->time, e, g->control, e, e, g->version);
	else
		sbuf_addf(&l->b, "UNG%c%s%c%s%c%s%c%.6s%c%.4s%c%s%cUN", e,
		    g->code, e, g->sender, e, g->receiver, e, ix->date + 2,
		    ix->delimiters.component, ix->time, e, g->control, e);
	end_segment(l);
}

/* GS or UNG as sent: it stands before the first set of its group. */
static bool
add_group_head(struct edi_reading *r, struct letter *l,
    const struct edi_group *g, int64_t head_end, struct oms_error *err)
{
	char bytes[HEAD_MAX_BYTES + 1];
	int64_t from = head_end > HEAD_MAX_BYTES ? head_end - HEAD_MAX_BYTES
						 : 0;
	const char *tag = l->ix->standard == EDI_X12 ? "GS" : "UNG";
	const char *found;
	size_t n;

	if (!blob_read(r->blob, bytes, (size_t)(head_end - from), from, &n,
		err))
		return false;
	bytes[n] = '\0';
	do {
		found = last_segment(&l->ix->delimiters, bytes, n);
		n = found[0] != '\0' ? (size_t)(found - bytes) : 0;
	} while (n > 0 && strncmp(found, tag, strlen(tag)) != 0);
	if (n == 0) {
		make_group_head(l, g);
		return true;
	}
	sbuf_adds(&l->b, found);
	end_segment(l);
	return true;
}

static bool
add_set(struct edi_reading *r, struct letter *l, int64_t off, int64_t len,
    struct oms_error *err)
{
	char *bytes = mem_zero(l->b.ctx, (size_t)len + 1, "set");
	size_t n;

	if (!blob_read(r->blob, bytes, (size_t)len, off, &n, err))
		return false;
	while (n > 0 && is_blank(bytes[n - 1]) && bytes[n - 1] != l->segment)
		n--;
	sbuf_add(&l->b, bytes, n);
	if (n > 0 && bytes[n - 1] != l->segment)
		sbuf_addc(&l->b, l->segment);
	sbuf_adds(&l->b, l->line_end);
	return true;
}

static void
add_trailer(struct letter *l, const char *tag, int count, const char *control)
{
	sbuf_addf(&l->b, "%s%c%d%c%s", tag, l->element, count, l->element,
	    control);
	end_segment(l);
}

static bool
compose(struct edi_reading *r, struct letter *l, const struct edi_group *g,
    int64_t head_end, int64_t off, int64_t len, struct oms_error *err)
{
	bool is_x12 = l->ix->standard == EDI_X12;
	bool has_group = g != NULL && !g->is_implied;

	add_una(l);
	sbuf_add(&l->b, l->ix->raw, l->ix->raw_len);
	end_segment(l);
	if ((has_group && !add_group_head(r, l, g, head_end, err)) ||
	    !add_set(r, l, off, len, err))
		return false;
	if (has_group)
		add_trailer(l, is_x12 ? "GE" : "UNE", 1, g->control);
	add_trailer(l, is_x12 ? "IEA" : "UNZ", g != NULL, l->ix->control);
	return sbuf_ok(&l->b) ||
	    oms_fail(err, OMS_INTERNAL, "a set too long to reject");
}

bool
edi_letter(struct edi_reading *r, const struct edi_interchange *ix,
    const struct edi_group *group, int64_t head_end, int64_t off, int64_t len,
    char ret_sha[FS_SHA_BYTES], struct oms_error *err)
{
	struct letter l = { .ix = ix,
		.element = ix->delimiters.element,
		.segment = ix->delimiters.segment,
		.line_end = is_blank(ix->delimiters.segment) ? "" : "\n" };
	mem_ctx *ctx;
	bool ok;

	ret_sha[0] = '\0';
	if (len > LETTER_MAX_BYTES) /* it is found in its file */
		return true;
	ctx = mem_ctx_new(r->ctx, "letter");
	sbuf_init(&l.b, ctx, LETTER_MAX_BYTES + ENVELOPE_MAX_BYTES);
	ok = compose(r, &l, group, head_end, off, len, err) &&
	    spool_keep_bytes(r->in.run, l.b.p, l.b.len, ret_sha, err);
	mem_free(ctx);
	return ok;
}
