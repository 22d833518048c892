/*
 * xml_frame.h - what the parser needs to know of a file of records.
 *
 * Private to parsers/xml_*.c: everybody else includes xml_record.h.
 */
#ifndef OMS_PARSERS_XML_FRAME_H
#define OMS_PARSERS_XML_FRAME_H

#include "parsers/xml_record.h"

/* What stands around a record so that it is a document of its own. */
struct xml_frame {
	char *head; /* declaration and root start tag, ends with a newline */
	size_t head_len;
	int64_t head_lines; /* newlines in head */
	char *tail;         /* the root's end tag, or "" */
	size_t tail_len;
	bool wrapped; /* false: the record itself is the root */
	bool is_utf8; /* else libxml2 converts, by the declaration */
};

const struct xml_frame *xml_file_frame(const struct xml_file *f);

/*
 * xml_check_head - is the start of the document well-formed, and of ours?
 *
 * doc     the head and the tail of a frame, without any record
 * line    of the root start tag in the file
 * errors  OMS_SYNTAX, OMS_SCHEMA
 */
bool xml_check_head(const char *doc, size_t n, const struct xml_vocabulary *voc,
    int64_t line, struct oms_error *err) MUST_CHECK;

#endif
