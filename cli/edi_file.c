/* edi_file.c - see edi_file.h. */

#include "cli/edi_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"

enum { PIECE_BYTES = 256 << 10 };

static const char *
party(mem_ctx *ctx, const struct edi_profile *p, const char *id,
    const char *qualifier)
{
	if (strcmp(p->standard, "edifact") == 0)
		return qualifier[0] != '\0'
		    ? mem_printf(ctx, "%s:%s", id, qualifier)
		    : id;
	return mem_printf(ctx, "%s:%s", qualifier[0] != '\0' ? qualifier : "ZZ",
	    id);
}

static bool
use_profile(struct cli *c, const char *id, struct edi_check_options *o,
    const struct partner **ret, struct oms_error *err)
{
	const struct config *cfg = config_load(c->ctx, c->home, err);
	const struct partner *p = cfg != NULL ? config_partner(cfg, id) : NULL;
	const struct edi_profile *e;

	if (cfg == NULL)
		return false;
	if (p == NULL || p->edi.standard[0] == '\0')
		return oms_fail(err, OMS_USAGE, "there is no %s%.40s%s",
		    p == NULL ? "partners/" : "[edi] in partners/", id, ".ini");
	e = &p->edi;
	*ret = p;
	o->sender = party(c->ctx, e, e->their_id, e->their_qualifier);
	o->receiver = party(c->ctx, e, e->our_id, e->our_qualifier);
	o->is_test = e->test;
	o->set_max_bytes = e->max_set_bytes;
	o->version = e->guide_version[0] != '\0' ? e->guide_version : NULL;
	o->no_group_check = !e->check_groups;
	o->no_set_check = !e->check_sets;
	o->suspend_interchange = strcmp(e->on_error, "interchange") == 0;
	if (!edi_lenient_parse(e->lenient, &o->lenient, err))
		return false;
	if (strcmp(e->trailing, "refused") != 0)
		o->lenient |= EDI_TRAILING;
	return edi_guides_overlays(o->guides, cfg->home, e->guides, err);
}

bool
edi_file_options(struct cli *c, struct edi_check_options *ret,
    const struct partner **ret_partner, struct oms_error *err)
{
	const char *names = cli_opt(c, "lenient");
	const char *id = cli_opt(c, "partner");
	unsigned named = 0;

	*ret = (struct edi_check_options){ .guides = edi_guides_new(c->ctx),
		.is_test = -1 };
	*ret_partner = NULL;
	if (names != NULL && !edi_lenient_parse(names, &named, err)) {
		err->code = OMS_USAGE;
		return false;
	}
	if (id != NULL && !use_profile(c, id, ret, ret_partner, err))
		return false;
	ret->lenient |= named;
	return true;
}

static bool
read_pieces(FILE *f, struct edi_check *check, char *piece,
    struct oms_error *err)
{
	size_t n;

	while ((n = fread(piece, 1, PIECE_BYTES, f)) > 0)
		if (!edi_check_feed(check, piece, n, err))
			return false;
	return !ferror(f) || oms_fail_errno(err, OMS_IO, "read");
}

bool
edi_file_read(struct cli *c, const struct edi_check_options *options,
    const struct edi_sink *sink, struct edi_summary *ret, struct oms_error *err)
{
	bool is_stdin = strcmp(c->args[0], "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(c->args[0], "rbe");
	struct edi_check *check;
	struct stat st;
	bool ok;

	if (f == NULL)
		return oms_fail_errno(err, errno == ENOENT ? OMS_USAGE : OMS_IO,
		    "%s", c->args[0]);
	if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
		(void)fclose(f);
		return oms_fail(err, OMS_USAGE,
		    "%s is a folder: name a file in it", c->args[0]);
	}
	check = edi_check_new(c->ctx, options, sink);
	ok = read_pieces(f, check, mem_array(c->ctx, char, PIECE_BYTES), err) &&
	    edi_check_finish(check, ret, err);
	if (!is_stdin)
		(void)fclose(f);
	return ok || oms_at(err, "%s", is_stdin ? "stdin" : c->args[0]);
}

enum exit_code
edi_file_fail(struct cli *c, const struct oms_error *err)
{
	enum exit_code exit = cli_fail(c, err);

	return oms_code_class(err->code) == CLASS_REJECT ? EXIT_USAGE : exit;
}
