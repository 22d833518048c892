/*
 * fuzz_edi_guide.c - no text may crash the loader of guides, leak, or make it
 * loop; what it takes has tables that hold together.
 *
 * The first byte says what the text is: d a dictionary, o an overlay, else a
 * set.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "parsers/edi_guide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char dictionary
    [] = "standard x12\nversion 009010\n"
	 "e 1 AN 1 9\ne 2 ID 1 2 closed\nv 2 A\nv 2 BB\nc C1 1 2\n"
	 "s ST 1 1\ns SE 1 1\ns BEG 2M 1 C1\ns REF 1 1*3 | P0102\ns N1 1\n"
	 "s HL 1 1 2\ns CTT 1 1\n";

static const char set[] = "standard x12\nversion 009010\n"
			  "use x12-009010.dictionary\nset 850 PO\n"
			  "  BEG 1 1\n  REF 0 9\n  loop N1 0 2\n    N1 1 1\n"
			  "    REF 0 1\n  CTT 0 1\ncount CTT 1 N1\n";

static void
check_nodes(const struct edi_set_def *def)
{
	for (size_t i = 0; i < def->node_count; i++) {
		const struct edi_node *node = def->nodes[i];

		assert(node->index == i && node->end > i);
		assert(node->end <= def->node_count);
		assert(node->min <= node->max);
		assert((node->segment != NULL) == (node->child_count == 0));
		if (node->segment == NULL)
			assert(node->children[0].segment != NULL);
		else
			assert(edi_set_places(def, node->id)->count > 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "fuzz");
	struct edi_guides *g = edi_guides_new(ctx);
	const struct edi_set_def *def = NULL;
	struct oms_error err = NO_ERROR;
	char kind = n > 0 ? (char)data[0] : 's';
	char *text = mem_strndup(ctx, (const char *)data + (n > 0),
	    n - (n > 0));
	bool ok = true;

	edi_guides_text(g, "x12-009010.dictionary",
	    kind == 'd' ? text : dictionary);
	edi_guides_text(g, "x12-009010-850.guide",
	    kind == 'd' || kind == 'o' ? set : text);
	if (kind == 'o')
		ok = edi_guides_overlay_text(g, "o", text, &err);
	ok = ok && edi_guides_find(g, EDI_X12, "850", "009010", &def, &err);
	if (ok && def != NULL)
		check_nodes(def);
	assert(ok || (err.reason[0] != '\0' && err.where[0] != '\0'));
	mem_free(ctx);
	return 0;
}
