/*
 * ref_xsd.c - the reference of the benchmark: libxml2 parsing a file and
 * validating it against a schema as it streams, and nothing else.
 *
 *	ref_xsd SCHEMA.xsd FILE.xml      exit 0 when valid
 */

#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>

int
main(int argc, char *argv[])
{
	xmlSchemaParserCtxtPtr pc;
	xmlSchemaPtr schema;
	xmlSchemaValidCtxtPtr valid;
	xmlParserInputBufferPtr in;
	xmlSAXHandler sax;
	int rc;

	if (argc != 3) {
		fprintf(stderr, "usage: ref_xsd SCHEMA.xsd FILE.xml\n");
		return 2;
	}
	xmlInitParser();
	pc = xmlSchemaNewParserCtxt(argv[1]);
	schema = xmlSchemaParse(pc);
	valid = schema != NULL ? xmlSchemaNewValidCtxt(schema) : NULL;
	in = xmlParserInputBufferCreateFilename(argv[2],
	    XML_CHAR_ENCODING_NONE);
	if (valid == NULL || in == NULL)
		return 2;
	memset(&sax, 0, sizeof(sax));
	sax.initialized = XML_SAX2_MAGIC;
	rc = xmlSchemaValidateStream(valid, in, XML_CHAR_ENCODING_NONE, &sax,
	    NULL);
	xmlSchemaFreeValidCtxt(valid);
	xmlSchemaFree(schema);
	xmlSchemaFreeParserCtxt(pc);
	return rc == 0 ? 0 : 1;
}
