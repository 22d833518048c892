/*
 * xml_record.h - records cut out of a big XML file, each parsed and checked.
 *
 *	struct xml_file *f = xml_file_open(ctx, path, ring, voc, err);
 *	struct xml_parser *p = xml_parser_new(ctx, voc, err);
 *
 *	while (xml_file_next(f, &rec, err))
 *		if (xml_parse(p, f, &rec, arena, &tree, err))
 *			use(tree);
 *		else
 *			reject(&rec, err);
 *
 * The file is read once, in order, through a window: memory does not grow
 * with it.  Records are cut at their tags before anything is parsed, so what
 * is wrong in one is confined to it and its bytes are exact.  Then each is
 * parsed by libxml2 with our schema plugged in and becomes a small tree.
 *
 * Taken: any prefix, the right namespace or none, any ASCII-compatible
 * encoding, a byte order mark, a blank line before the XML declaration, and
 * characters written as two surrogate references (the shop's emoji).
 * Elements the vocabulary does not name are dropped with what is in them.
 * Refused: a DOCTYPE, UTF-16, and a file whose end is missing: nothing of a
 * truncated file is ever handed out.
 */
#ifndef OMS_PARSERS_XML_RECORD_H
#define OMS_PARSERS_XML_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/blob.h"
#include "base/error.h"
#include "base/mem.h"

enum {
	XML_RECORD_MAX_BYTES = 8 << 20,
	XML_DEPTH_MAX = 64,
	XML_ATTRIBUTES_MAX = 256, /* of one element: libxml2 is quadratic */
	XML_NODES_MAX = 200000,   /* of one record */
	XML_ERRORS_MAX = 5,       /* told of one record */
	XML_KEY_MAX_BYTES = 100,
	XML_NOTE_BYTES = 160
};

enum xml_kind {
	XML_KEEP,
	XML_PERSONAL, /* kept, and no error shows its text */
	XML_OPAQUE,   /* kept; it may hold anything, and nobody looks */
	XML_IGNORE    /* dropped, and nothing is said of it */
};

/* An element name a mapper knows; its index in the table is its id. */
struct xml_name {
	const char *name;
	enum xml_kind kind;
};

/* What a kind of document is made of. */
struct xml_vocabulary {
	const char *ns;     /* its namespace */
	const char *root;   /* local name of the root: "orders" */
	const char *key;    /* attribute that names a record: "order-no" */
	const char *schema; /* "schemas/sfcc/order.xsd"; of a record */
	int record;         /* id of the record element */
	const struct xml_name *names;
	size_t name_count;
	const char *const *attributes; /* others are dropped */
	size_t attribute_count;
};

struct xml_attr {
	int id; /* index into the vocabulary's attributes */
	const char *value;
	struct xml_attr *next;
};

struct xml_node {
	int id;           /* index into the vocabulary's names */
	int64_t line;     /* of its start tag, in the file */
	const char *text; /* of a leaf, without outer blanks; never NULL */
	struct xml_attr *attrs;
	struct xml_node *child; /* the first, in the order of the file */
	struct xml_node *next;  /* sibling */
};

/* The first child with that id; NULL when there is none. */
const struct xml_node *xml_child(const struct xml_node *n, int id);

/* The next sibling with the id of n itself; NULL when there is none. */
const struct xml_node *xml_again(const struct xml_node *n);

/* The text of the child with that id; "" when there is none. */
const char *xml_text(const struct xml_node *n, int id);

/* The value of an attribute; "" when there is none. */
const char *xml_attr_of(const struct xml_node *n, int id);

/* Where a record lies; it is valid until the next call for its file. */
struct xml_record {
	int64_t record_no; /* from 1 */
	int64_t byte_off;  /* of its first byte in the file */
	int64_t byte_len;
	int64_t line;      /* of its first byte, from 1 */
	int64_t column;    /* in bytes, from 1 */
	const char *bytes; /* NULL when larger than XML_RECORD_MAX_BYTES */
	char key[XML_KEY_MAX_BYTES + 1]; /* as written, or "" */
	char note[XML_NOTE_BYTES];       /* repairs made, what was dropped */
	struct oms_error why; /* what is wrong with its place or its frame */
};

struct xml_file;   /* opaque */
struct xml_parser; /* opaque */

/*
 * xml_file_open - look at both ends of a file, and stand before its records.
 *
 * ctx     owner of the result; freeing it closes the file
 * ring    for an encrypted file (base/blob.h); NULL: it is plain
 * errors  OMS_IO, and for the whole file:
 *         OMS_TRUNCATED  it is empty, or its root is not closed at the end
 *         OMS_DOCTYPE    it has one
 *         OMS_ENCODING   UTF-16, UTF-32 or another that is not of ASCII
 *         OMS_SYNTAX     it is not XML
 *         OMS_SCHEMA     another root or namespace
 *         OMS_LIMIT      a root start tag beyond all measure
 */
struct xml_file *xml_file_open(mem_ctx *ctx, const char *path,
    const struct ring *ring, const struct xml_vocabulary *voc,
    struct oms_error *err) MUST_CHECK;

/*
 * xml_file_seek, xml_file_tell - where to go on: between two records.
 *
 * A seek takes only what a tell of the same file gave.
 */
bool xml_file_seek(struct xml_file *f, int64_t next_record, int64_t next_offset,
    int64_t next_line, struct oms_error *err) MUST_CHECK;
void xml_file_tell(const struct xml_file *f, int64_t *ret_record,
    int64_t *ret_offset, int64_t *ret_line);

/*
 * xml_file_next - cut out the next record.
 *
 * What cannot be a record (text between records, a record without an end, or
 * a too large one) comes as one too, with ret->why set, so that nothing of a
 * file goes unseen.
 *
 * false   at the end (err untouched) or on OMS_IO
 */
bool xml_file_next(struct xml_file *f, struct xml_record *ret,
    struct oms_error *err) MUST_CHECK;

/*
 * xml_file_extract - a record as a small document of its own.
 *
 * The declaration and the root start tag as in the file, the bytes of the
 * record, the end tag.  Reads the file again; safe beside xml_file_next in
 * another thread.
 *
 * ret_n   its length in bytes
 * errors  OMS_LIMIT  larger than XML_RECORD_MAX_BYTES; OMS_IO
 */
char *xml_file_extract(const struct xml_file *f, mem_ctx *ctx, int64_t byte_off,
    int64_t byte_len, size_t *ret_n, struct oms_error *err) MUST_CHECK;

/* The line of that document on which the record begins. */
int64_t xml_file_extract_line(const struct xml_file *f);

/*
 * xml_parser_new - a parser for the records of one vocabulary.
 *
 * The schema is compiled once per process; the first call must not race.
 *
 * errors  OMS_INTERNAL  our schema is not one
 */
struct xml_parser *xml_parser_new(mem_ctx *ctx,
    const struct xml_vocabulary *voc, struct oms_error *err) MUST_CHECK;

/*
 * xml_parse - one record as a tree, valid by its schema.
 *
 * The reason of a failure names up to XML_ERRORS_MAX faults, each with its
 * line and column in the file; where is that of the first.
 *
 * a       owner of the tree
 * rec     note is added to
 * errors  OMS_SYNTAX, OMS_ENCODING, OMS_DOCTYPE, OMS_SCHEMA, OMS_LIMIT, or
 *         what rec->why says
 */
bool xml_parse(struct xml_parser *p, const struct xml_file *f,
    struct xml_record *rec, struct arena *a, const struct xml_node **ret,
    struct oms_error *err) MUST_CHECK;

#endif
