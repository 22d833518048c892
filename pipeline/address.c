/* address.c - see address.h. */

#include "pipeline/address.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/count.h"
#include "base/pattern.h"
#include "store/stmt.h"

enum { POSTAL_MAX_BYTES = 32 };

struct rule {
	const char *country;
	char *pattern_text;
	struct pattern *pattern; /* NULL: none, or not an expression */
	const char *fault;       /* why not; NULL when there is no fault */
	bool postal_required;
	bool state_required;
	bool deliverable;
};

struct zone {
	const char *country;
	const char *prefix; /* upper case, no blanks */
	char *zone;
};

struct address_book {
	struct rule *rules; /* by country */
	size_t rule_count;
	struct zone *zones; /* by country, prefix */
	size_t zone_count;
	size_t prefix_max_bytes;
};

static void
add_rule(struct address_book *book, struct stmt *s)
{
	struct oms_error why = NO_ERROR;
	struct rule *r;

	book->rules = mem_resize(book, book->rules,
	    (book->rule_count + 1) * sizeof(*book->rules));
	r = &book->rules[book->rule_count++];
	*r = (struct rule){ .country = col_dup(s, 0, book),
		.pattern_text = col_dup(s, 1, book),
		.postal_required = col_int(s, 2) != 0,
		.state_required = col_int(s, 3) != 0,
		.deliverable = col_int(s, 4) != 0 };
	if (r->pattern_text[0] == '\0')
		return;
	r->pattern = pattern_new(book, r->pattern_text, &why);
	if (r->pattern == NULL)
		r->fault = mem_strdup(book, why.reason);
}

static int
rule_order(const void *a, const void *b)
{
	return strcmp(((const struct rule *)a)->country,
	    ((const struct rule *)b)->country);
}

static bool
load_rules(struct address_book *book, const struct run *run,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ADDRESS_RULE_ALL, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err))
		add_rule(book, s);
	if (book->rule_count > 0) /* our order, not the database's collation */
		qsort(book->rules, book->rule_count, sizeof(*book->rules),
		    rule_order);
	return err->code == OMS_OK;
}

/* Upper case without blanks; cut when longer than any postal code. */
static void
squeeze(const char *s, char dst[POSTAL_MAX_BYTES])
{
	size_t n = 0;

	for (; *s != '\0' && n < POSTAL_MAX_BYTES - 1; s++)
		if (*s != ' ')
			dst[n++] = (char)toupper((unsigned char)*s);
	dst[n] = '\0';
}

static void
add_zone(struct address_book *book, struct stmt *s)
{
	char prefix[POSTAL_MAX_BYTES];
	struct zone *z;

	if ((book->zone_count & (book->zone_count - 1)) == 0)
		book->zones = mem_resize(book, book->zones,
		    (2 * book->zone_count + 1) * sizeof(*book->zones));
	z = &book->zones[book->zone_count++];
	squeeze(col_text(s, 1), prefix);
	z->country = col_dup(s, 0, book);
	z->prefix = mem_strdup(book, prefix);
	z->zone = col_dup(s, 2, book);
	if (strlen(prefix) > book->prefix_max_bytes)
		book->prefix_max_bytes = strlen(prefix);
}

static int
zone_order(const void *a, const void *b)
{
	const struct zone *x = a, *y = b;
	int by_country = strcmp(x->country, y->country);

	return by_country != 0 ? by_country : strcmp(x->prefix, y->prefix);
}

static bool
load_zones(struct address_book *book, const struct run *run,
    struct oms_error *err)
{
	struct stmt *s = stmt_begin(run->db, SQL_ZONE_ALL, err);

	if (s == NULL)
		return false;
	while (stmt_next(s, err))
		add_zone(book, s);
	if (book->zone_count > 0)
		qsort(book->zones, book->zone_count, sizeof(*book->zones),
		    zone_order);
	return err->code == OMS_OK;
}

struct address_book *
address_book_new(mem_ctx *ctx, const struct run *run, struct oms_error *err)
{
	struct address_book *book = mem_new(ctx, struct address_book);

	if (load_rules(book, run, err) && load_zones(book, run, err))
		return book;
	mem_free(book);
	return NULL;
}

static bool
is_void_word(const char *s, size_t n)
{
	static const char *const words[] = { "NA", "N/A", "undefined", "-" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (n == strlen(words[i]) && strncasecmp(s, words[i], n) == 0)
			return true;
	return false;
}

/* "undefined undefined" is what some shops call a nameless customer. */
static bool
is_empty(const char *s)
{
	for (;;) {
		size_t n;

		s += strspn(s, " \t");
		n = strcspn(s, " \t");
		if (n == 0)
			return true;
		if (!is_void_word(s, n))
			return false;
		s += n;
	}
}

static bool
lacks(struct sbuf *reason, const char *field)
{
	sbuf_addf(reason, "%s is empty", field);
	return true;
}

static bool
general_fault(const struct address *a, struct sbuf *reason)
{
	if (is_empty(a->name) && is_empty(a->company))
		return lacks(reason, "name");
	if (is_empty(a->address1))
		return lacks(reason, "address1");
	if (is_empty(a->city))
		return lacks(reason, "city");
	if (is_empty(a->country))
		return lacks(reason, "country");
	return false;
}

/* As written, but in upper case and without blanks around. */
static void
trim(const char *s, char dst[POSTAL_MAX_BYTES])
{
	size_t n = 0;

	s += strspn(s, " ");
	for (; *s != '\0' && n < POSTAL_MAX_BYTES - 1; s++)
		dst[n++] = (char)toupper((unsigned char)*s);
	while (n > 0 && dst[n - 1] == ' ')
		n--;
	dst[n] = '\0';
}

static bool
postal_fault(const struct rule *r, const char *postal_code, struct sbuf *reason)
{
	struct oms_error why = NO_ERROR;
	char code[POSTAL_MAX_BYTES];
	bool matches;

	if (r->fault != NULL) {
		sbuf_addf(reason, "postal_code cannot be checked: %s",
		    r->fault);
		return true;
	}
	if (r->pattern == NULL)
		return false;
	trim(postal_code, code);
	if (strlen(postal_code) >= POSTAL_MAX_BYTES)
		matches = false;
	else if (!pattern_match(r->pattern, code, &matches, &why)) {
		sbuf_addf(reason, "postal_code cannot be checked: %s",
		    why.reason);
		return true;
	}
	if (!matches)
		sbuf_addf(reason, "postal_code \"%.32s\" is none of %s: %.80s",
		    postal_code, r->country, r->pattern_text);
	return !matches;
}

bool
address_fault(const struct address_book *book, const struct address *a,
    struct sbuf *reason)
{
	struct rule key = { .country = a->country };
	const struct rule *r;

	if (general_fault(a, reason))
		return true;
	r = book->rule_count == 0 ? NULL
				  : bsearch(&key, book->rules, book->rule_count,
					sizeof(*book->rules), rule_order);
	if (r == NULL)
		return false;
	if (!r->deliverable) {
		sbuf_addf(reason, "country %s is not delivered to", r->country);
		return true;
	}
	if (r->state_required && is_empty(a->state)) {
		sbuf_addf(reason, "state is empty, %s needs one", r->country);
		return true;
	}
	if (!is_empty(a->postal_code))
		return postal_fault(r, a->postal_code, reason);
	if (r->postal_required)
		sbuf_addf(reason, "postal_code is empty, %s needs one",
		    r->country);
	return r->postal_required;
}

const char *
address_zone(const struct address_book *book, const char *country,
    const char *postal_code)
{
	char code[POSTAL_MAX_BYTES];
	struct zone key = { .country = country, .prefix = code };
	size_t n;

	if (book->zone_count == 0)
		return "";
	squeeze(postal_code, code);
	n = strlen(code);
	if (n > book->prefix_max_bytes)
		n = book->prefix_max_bytes;
	for (;; n--) {
		const struct zone *z;

		code[n] = '\0';
		z = bsearch(&key, book->zones, book->zone_count,
		    sizeof(*book->zones), zone_order);
		if (z != NULL)
			return z->zone;
		if (n == 0)
			return "";
	}
}
