/*
 * fuzz_xml.c - no bytes may crash the way from an XML file to an order; the
 * places of records lie within the file; what is mapped adds up.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "mappers/order_hash.h"
#include "mappers/sfcc_order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { TOLERANCE_MINOR = 1 };

static void
check_order(const struct order *o)
{
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
	struct xml_file *f = xml_file_open(ctx, path, &sfcc_order_vocabulary,
	    &err);
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
	int fd = memfd_create("fuzz", 0);

	assert(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	read_file(ctx, mem_printf(ctx, "/proc/self/fd/%d", fd), n);
	close(fd);
	mem_free(ctx);
	return 0;
}
