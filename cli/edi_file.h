/* edi_file.h - a file of EDI for a person: what oms edi check and show share. */
#ifndef OMS_CLI_EDI_FILE_H
#define OMS_CLI_EDI_FILE_H

#include "base/config.h"
#include "cli/cli.h"
#include "parsers/edi_check.h"

/*
 * edi_file_options - what the command line says: --lenient, --partner.
 *
 * The guides are those built in; with --partner those of his profile, which
 * then also says who may send what.  ret_partner is NULL without it.
 *
 * errors  OMS_USAGE, OMS_CONFIG
 */
bool edi_file_options(struct cli *c, struct edi_check_options *ret,
    const struct partner **ret_partner, struct oms_error *err) MUST_CHECK;

/*
 * edi_file_read - the file named by the first argument, "-" is stdin.
 *
 * errors  OMS_USAGE: there is no such file; OMS_IO; OMS_SYNTAX: it is no EDI; of the sink
 */
bool edi_file_read(struct cli *c, const struct edi_check_options *options,
    const struct edi_sink *sink, struct edi_summary *ret,
    struct oms_error *err) MUST_CHECK;

/* The exit status of a failure: what is no EDI is a wrong argument. */
enum exit_code edi_file_fail(struct cli *c, const struct oms_error *err);

#endif
