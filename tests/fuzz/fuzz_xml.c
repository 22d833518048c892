/*
 * fuzz_xml.c - no bytes may crash the way from an XML file to an order; the
 * places of records lie within the file; what is mapped adds up.
 */

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "mappers/order_hash.h"
#include "mappers/sfcc_order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { TOLERANCE_MINOR = 1 };

static void
add(struct amount *sum, const struct amount *more)
{
	sum->net_minor += more->net_minor;
	sum->tax_minor += more->tax_minor;
}

/* What will be billed is what the customer is to pay. */
static void
check_total(const struct order *o)
{
	struct amount sum = { 0 };

	for (size_t i = 0; i < o->line_count; i++) {
		add(&sum, &o->lines[i].goods);
		add(&sum, &o->lines[i].discount);
		add(&sum, &o->lines[i].shipping);
	}
	for (size_t i = 0; i < o->group_count; i++)
		add(&sum, &o->groups[i].shipping);
	assert(sum.net_minor == o->total.net_minor);
	assert(sum.tax_minor == o->total.tax_minor);
}

static void
check_order(const struct order *o)
{
	char hash[HASH_BYTES];

	order_content_hash(o, hash);
	order_basket_hash(o, hash);
	if (o->recon[0] == '\0')
		check_total(o);
	assert(o->order_no[0] != '\0' && strlen(o->order_no) <= 50);
	assert(strlen(o->currency) == 3);
	for (size_t i = 0; i < o->line_count; i++) {
		assert(o->lines[i].qty > 0 && o->lines[i].qty <= QTY_MAX);
		assert(
		    o->lines[i].group < o->group_count || o->group_count == 0);
	}
}

static void
read_file(mem_ctx *ctx, const char *path, size_t n)
{
	struct oms_error err = NO_ERROR;
	struct xml_file *f = xml_file_open(ctx, path, NULL,
	    &sfcc_order_vocabulary, &err);
	struct xml_parser *p = xml_parser_new(ctx, &sfcc_order_vocabulary,
	    &err);
	struct arena *a = arena_new(ctx, 1 << 16);
	struct xml_record rec;
	const struct xml_node *tree;
	struct order o;

	while (f != NULL && xml_file_next(f, &rec, &err)) {
		assert(rec.byte_off >= 0 && rec.byte_len >= 0 &&
		    rec.byte_off + rec.byte_len <= (int64_t)n);
		if (xml_parse(p, f, &rec, a, &tree, &err) &&
		    sfcc_order_map(a, tree, TOLERANCE_MINOR, &o, &err))
			check_order(&o);
		err = NO_ERROR;
		arena_reset(a);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "fuzz");
	/* A name of its own: xml_file_open follows no link, so no /proc. */
	char *path = mem_printf(ctx, "/dev/shm/oms-fuzz-%d", (int)getpid());
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	read_file(ctx, path, n);
	close(fd);
	(void)unlink(path);
	mem_free(ctx);
	return 0;
}
