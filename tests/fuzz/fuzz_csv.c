/*
 * fuzz_csv.c - no bytes may crash the CSV reader, leak, or make it loop; a
 * reject it writes is CSV that it can read.
 */

#include <assert.h>
#include <stdint.h>

#include "base/mem.h"
#include "parsers/csv_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { OUT_MAX_BYTES = 4 << 20 };

static void
read_back(mem_ctx *ctx, const struct csv_schema *schema, const struct sbuf *b)
{
	struct oms_error err = NO_ERROR;

	if (sbuf_ok(b) &&
	    csv_open_bytes(ctx, b->p, b->len, "reject", schema, &err) == NULL)
		assert(err.code == OMS_ENCODING || err.code == OMS_LIMIT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "fuzz");
	struct oms_error err = NO_ERROR;
	const struct csv_schema *schema = csv_schema_load(ctx, "csv/rates.csv",
	    &err);
	const struct csv_record *rec;
	struct csv_reader *r;
	enum csv_result got;
	struct sbuf reject;

	assert(schema != NULL);
	sbuf_init(&reject, ctx, OUT_MAX_BYTES);
	r = csv_open_bytes(ctx, data, n, "fuzz.csv", schema, &err);
	while (r != NULL &&
	    ((got = csv_next(r, &rec, &err)) == CSV_RECORD || got == CSV_BAD)) {
		assert(rec->byte_off >= 0 &&
		    rec->byte_off + rec->byte_len <= (int64_t)n);
		if (got == CSV_BAD) {
			sbuf_clear(&reject);
			csv_reject(r, &err, &reject);
			err = NO_ERROR;
			read_back(ctx, schema, &reject);
		}
	}
	mem_free(ctx);
	return 0;
}
