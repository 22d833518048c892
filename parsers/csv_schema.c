/* csv_schema.c - column lists and typed values; see csv_schema.h. */

#include "parsers/csv_schema.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/count.h"
#include "base/num.h"
#include "base/str.h"
#include "gen/schemas.h"
#include "model/money.h"
#include "parsers/csv_record.h"

enum { SHOW_BYTES = 60, HOURS_SCALE = 4, HOUR_S = 3600 };

/* clang-format off */
/* What stands in a column list, so that one can be read like any file. */
static char *type_choices[] = { /* in the order of enum csv_type */
	(char[]){ "text" }, (char[]){ "int" }, (char[]){ "bool" },
	(char[]){ "enum" }, (char[]){ "time" }, (char[]){ "country" },
	(char[]){ "currency" }, (char[]){ "money" }, (char[]){ "hours" },
	(char[]){ "seconds" }, NULL
};
static char *yes_no[] = { (char[]){ "yes" }, (char[]){ "no" }, NULL };

static struct csv_column list_columns[] = {
	{ .name = "column", .type = CSV_TEXT, .required = true, .min = 1,
	  .max = 60 },
	{ .name = "type", .type = CSV_ENUM, .required = true,
	  .values = "the types of csv_schema.h", .choices = type_choices },
	{ .name = "required", .type = CSV_ENUM, .required = true,
	  .values = "yes|no", .choices = yes_no },
	{ .name = "min", .type = CSV_INT, .min = INT64_MIN, .max = INT64_MAX },
	{ .name = "max", .type = CSV_INT, .min = INT64_MIN, .max = INT64_MAX },
	{ .name = "values", .type = CSV_TEXT, .max = 400 },
	{ .name = "meaning", .type = CSV_TEXT, .required = true, .min = 1,
	  .max = 400 },
};
/* clang-format on */

static const struct csv_schema column_list = {
	.name = "column list",
	.columns = list_columns,
	.column_count = COUNT(list_columns),
	.currency = COUNT(list_columns),
};

static bool is_not(struct oms_error *err, const char *field, const char *fmt,
    ...) PRINTF(3, 4);

/* "field" is not <what was expected>. */
static bool
is_not(struct oms_error *err, const char *field, const char *fmt, ...)
{
	mem_ctx *tmp = mem_ctx_new(NULL, "is_not");
	char want[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	oms_fail(err, OMS_VALUE, "\"%s\" is not %s",
	    str_show(tmp, field, SHOW_BYTES), want);
	mem_free(tmp);
	return false;
}

static bool
set_text(const struct csv_column *c, char *field, struct csv_value *ret,
    struct oms_error *err)
{
	size_t n = strlen(field);

	for (const char *p = field; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return is_not(err, field,
			    "text without control characters");
	if ((int64_t)n < c->min || (int64_t)n > c->max)
		return is_not(err, field, "%lld to %lld bytes long",
		    (long long)c->min, (long long)c->max);
	ret->text = field;
	return true;
}

static bool
set_int(const struct csv_column *c, char *field, struct csv_value *ret,
    struct oms_error *err)
{
	struct oms_error ignored = NO_ERROR;

	return num_parse_int(field, c->min, c->max, &ret->i, &ignored) ||
	    is_not(err, field, "a whole number from %lld to %lld",
		(long long)c->min, (long long)c->max);
}

static bool
set_bool(char *field, struct csv_value *ret, struct oms_error *err)
{
	static const char *const words[] = { "0", "1", "false", "true", "no",
		"yes" };

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcasecmp(field, words[i]) == 0) {
			ret->i = i % 2;
			return true;
		}
	}
	return is_not(err, field, "0 or 1");
}

static bool
set_enum(const struct csv_column *c, char *field, struct csv_value *ret,
    struct oms_error *err)
{
	for (char **choice = c->choices; *choice != NULL; choice++) {
		if (strcasecmp(field, *choice) == 0) {
			ret->i = choice - c->choices;
			ret->text = *choice;
			return true;
		}
	}
	return is_not(err, field, "one of %s", c->values);
}

static bool
set_time(char *field, struct csv_value *ret, struct oms_error *err)
{
	struct oms_error ignored = NO_ERROR;

	return num_parse_ts(field, &ret->i, &ignored) ||
	    is_not(err, field, "a time like 2026-03-28T02:00:00Z");
}

static void
upper(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)toupper((unsigned char)*s);
}

static bool
set_country(char *field, struct csv_value *ret, struct oms_error *err)
{
	upper(field);
	if (strlen(field) != 2 ||
	    strspn(field, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
		return is_not(err, field, "a country of two letters, like US");
	ret->text = field;
	return true;
}

static bool
set_currency(char *field, struct csv_value *ret, struct oms_error *err)
{
	upper(field);
	if (money_exponent(field) < 0)
		return is_not(err, field, "a currency of ISO 4217, like EUR");
	ret->text = field;
	return true;
}

static bool
set_money(const struct csv_column *c, char *field, const char *currency,
    struct csv_value *ret, struct oms_error *err)
{
	struct oms_error ignored = NO_ERROR;

	if (currency[0] == '\0')
		return oms_fail(err, OMS_VALUE,
		    "an amount needs the currency of its row, which is empty");
	if (!money_parse(field, currency, &ret->i, &ignored))
		return is_not(err, field,
		    "an amount in %s with at most %d "
		    "decimals",
		    currency, money_exponent(currency));
	if (ret->i < c->min || ret->i > c->max)
		return is_not(err, field, "%s %lld minor units or %s",
		    ret->i < c->min ? "at least" : "at most",
		    (long long)(ret->i < c->min ? c->min : c->max),
		    ret->i < c->min ? "more" : "less");
	return true;
}

static bool
set_hours(const struct csv_column *c, char *field, struct csv_value *ret,
    struct oms_error *err)
{
	struct oms_error ignored = NO_ERROR;
	int64_t v;

	if (!num_parse_decimal(field, HOURS_SCALE, &v, &ignored) || v < 0 ||
	    v > INT64_MAX / HOUR_S)
		return is_not(err, field, "a number of hours like 1.5");
	ret->i = num_muldiv(v, HOUR_S, 10000); /* 10^HOURS_SCALE */
	return (ret->i >= c->min && ret->i <= c->max) ||
	    is_not(err, field, "%lld to %lld hours",
		(long long)(c->min / HOUR_S), (long long)(c->max / HOUR_S));
}

bool
csv_schema_value(const struct csv_column *c, char *field, const char *currency,
    struct csv_value *ret, struct oms_error *err)
{
	*ret = (struct csv_value){ .is_null = field[0] == '\0' };
	if (ret->is_null)
		return !c->required || oms_fail(err, OMS_VALUE, "is empty");
	switch (c->type) {
	case CSV_TEXT: return set_text(c, field, ret, err);
	case CSV_INT:
	case CSV_SECONDS: return set_int(c, field, ret, err);
	case CSV_BOOL: return set_bool(field, ret, err);
	case CSV_ENUM: return set_enum(c, field, ret, err);
	case CSV_TIME: return set_time(field, ret, err);
	case CSV_COUNTRY: return set_country(field, ret, err);
	case CSV_CURRENCY: return set_currency(field, ret, err);
	case CSV_MONEY: return set_money(c, field, currency, ret, err);
	case CSV_HOURS: return set_hours(c, field, ret, err);
	}
	return oms_fail(err, OMS_INTERNAL, "column %s has no type", c->name);
}

bool
csv_type_is_text(enum csv_type type)
{
	return type == CSV_TEXT || type == CSV_ENUM || type == CSV_COUNTRY ||
	    type == CSV_CURRENCY;
}

size_t
csv_schema_find(const struct csv_schema *s, const char *column)
{
	size_t i;

	for (i = 0; i < s->column_count; i++)
		if (strcasecmp(s->columns[i].name, column) == 0)
			break;
	return i;
}

/* "a|b|c" as three texts and a NULL. */
static char **
split_values(mem_ctx *ctx, const char *values)
{
	char **ret = mem_array(ctx, char *, strlen(values) / 2 + 2);
	size_t count = 0;

	for (const char *p = values; *p != '\0';) {
		size_t n = strcspn(p, "|");

		ret[count++] = mem_strndup(ctx, p, n);
		p += n + (p[n] == '|');
	}
	return ret;
}

static void
set_column(mem_ctx *ctx, const struct csv_record *rec, struct csv_column *c)
{
	bool is_text = strcmp(csv_text(rec, "type"), "text") == 0;

	c->name = mem_strdup(ctx, csv_text(rec, "column"));
	c->bind = mem_printf(ctx, ":%s", c->name);
	c->type = (enum csv_type)csv_int(rec, "type", CSV_TEXT);
	c->required = strcmp(csv_text(rec, "required"), "yes") == 0;
	c->min = csv_int(rec, "min", is_text ? 0 : -MONEY_MAX_MINOR);
	c->max = csv_int(rec, "max",
	    is_text ? CSV_FIELD_MAX_BYTES : MONEY_MAX_MINOR);
	c->values = mem_strdup(ctx, csv_text(rec, "values"));
	c->choices = split_values(ctx, c->values);
}

static bool
check_columns(const struct csv_schema *s, struct oms_error *err)
{
	for (size_t i = 0; i < s->column_count; i++) {
		const struct csv_column *c = &s->columns[i];

		if (csv_schema_find(s, c->name) != i)
			return oms_fail(err, OMS_INTERNAL,
			    "column %s stands twice", c->name);
		if (c->type == CSV_ENUM && c->choices[0] == NULL)
			return oms_fail(err, OMS_INTERNAL,
			    "column %s is an enum without values", c->name);
		if (c->type == CSV_MONEY && s->currency == s->column_count)
			return oms_fail(err, OMS_INTERNAL,
			    "column %s is money, and there is no currency",
			    c->name);
	}
	return s->column_count > 0 ||
	    oms_fail(err, OMS_INTERNAL, "a column list without columns");
}

static bool
read_columns(struct csv_reader *r, struct csv_schema *s, struct oms_error *err)
{
	const struct csv_record *rec;
	enum csv_result got;

	s->columns = mem_array(s, struct csv_column, CSV_COLUMNS_MAX);
	while ((got = csv_next(r, &rec, err)) == CSV_RECORD) {
		if (s->column_count == CSV_COLUMNS_MAX)
			return oms_fail(err, OMS_INTERNAL, "too many columns");
		set_column(s, rec, &s->columns[s->column_count++]);
	}
	if (got != CSV_END)
		return false;
	s->currency = csv_schema_find(s, "currency");
	return check_columns(s, err);
}

struct csv_schema *
csv_schema_parse(mem_ctx *ctx, const char *name, const char *text,
    struct oms_error *err)
{
	struct csv_schema *s = mem_new(ctx, struct csv_schema);
	struct csv_reader *r;

	s->name = mem_strdup(s, name);
	r = csv_open_bytes(s, text, strlen(text), name, &column_list, err);
	if (r == NULL || !read_columns(r, s, err)) {
		err->code = OMS_INTERNAL; /* ours, not a partner's */
		mem_free(s);
		return NULL;
	}
	mem_free(r);
	return s;
}

struct csv_schema *
csv_schema_load(mem_ctx *ctx, const char *name, struct oms_error *err)
{
	static const char folder[] = "schemas/";

	for (size_t i = 0; i < SCHEMAS_COUNT; i++)
		if (strcmp(schemas_names[i] + sizeof(folder) - 1, name) == 0)
			return csv_schema_parse(ctx, name, schemas_texts[i],
			    err);
	oms_fail(err, OMS_INTERNAL, "no column list %s", name);
	return NULL;
}
