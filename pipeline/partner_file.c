/* partner_file.c - see partner_file.h. */

#include "pipeline/partner_file.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/count.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/inifile.h"
#include "base/str.h"
#include "pipeline/edi_out.h"
#include "pipeline/feed_type.h"

static const char next_[] = "next_";

/* What a credential consists of. */
static const char *const credential[] = { "key_file", "passphrase", "password",
	"use_agent" };

/* One line of the file being copied. */
struct line {
	const char *text; /* n bytes, with its newline if it has one */
	size_t n;
	bool is_sftp; /* it stands in [sftp] */
};

/* Write what becomes of the line; false ends the copy with err set. */
typedef void edit_fn(struct sbuf *out, const struct line *l, const void *u);

static bool
is_section(const struct line *l)
{
	size_t i = 0;

	while (i < l->n && (l->text[i] == ' ' || l->text[i] == '\t'))
		i++;
	return i < l->n && l->text[i] == '[';
}

static bool
is_named(const struct line *l, const char *section)
{
	const char *p = memchr(l->text, '[', l->n);
	size_t n = strlen(section);

	return p != NULL && (size_t)(l->text + l->n - p) > n + 1 &&
	    memcmp(p + 1, section, n) == 0 && p[n + 1] == ']';
}

/* Where the key of the line begins and how long it is; 0 when it has none. */
static size_t
key_of(const struct line *l, const char **ret)
{
	size_t from = 0, n = 0;

	while (from < l->n && (l->text[from] == ' ' || l->text[from] == '\t'))
		from++;
	*ret = l->text + from;
	while (from + n < l->n &&
	    (islower((unsigned char)(*ret)[n]) || (*ret)[n] == '_'))
		n++;
	return n;
}

static bool
is_key(const struct line *l, const char *name)
{
	const char *key;
	size_t n = key_of(l, &key);

	return n == strlen(name) && memcmp(key, name, n) == 0;
}

static char *
edited(mem_ctx *ctx, const char *text, size_t n, edit_fn *edit, const void *u)
{
	struct sbuf out;
	struct line l = { .text = text };

	sbuf_init(&out, ctx, INIFILE_MAX_BYTES * 2);
	for (const char *end = text + n; l.text < end; l.text += l.n) {
		const char *nl = memchr(l.text, '\n', (size_t)(end - l.text));

		l.n = (size_t)((nl != NULL ? nl + 1 : end) - l.text);
		if (is_section(&l))
			l.is_sftp = is_named(&l, "sftp");
		edit(&out, &l, u);
	}
	return mem_strndup(ctx, out.p, out.len);
}

/* The old text goes to <id>.ini.old, then the new one takes its place. */
static bool
replace(mem_ctx *ctx, const char *path, const char *before, size_t before_n,
    const char *after, struct oms_error *err)
{
	char *old = mem_printf(ctx, "%s.old", path);
	char *tmp = mem_printf(ctx, "%s.new", path);
	struct stat st;

	if (stat(path, &st) < 0)
		return oms_fail_errno(err, OMS_IO, "look at %s", path);
	(void)unlink(old);
	(void)unlink(tmp); /* of a change that was cut short */
	if (!fs_write_tmp(old, before, before_n, st.st_mode & 0777, err) ||
	    !fs_write_tmp(tmp, after, strlen(after), st.st_mode & 0777, err))
		return false;
	fault_step("partner.file_written");
	if (rename(tmp, path) < 0)
		return oms_fail_errno(err, OMS_IO, "rename %s", tmp);
	if (!fs_sync_dir_of(path, err))
		return false;
	fault_step("partner.file_replaced");
	return true;
}

static bool
change(const struct config *cfg, const struct partner *p, edit_fn *edit,
    const void *u, struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "partner file");
	char *path = mem_printf(ctx, "%s/partners/%s.ini", cfg->home, p->id);
	size_t n = 0;
	char *before = inifile_load(ctx, path, &n, err);
	bool ok = before != NULL;

	if (ok) {
		char *after = edited(ctx, before, n, edit, u);

		ok = strcmp(after, before) == 0 ||
		    replace(ctx, path, before, n, after, err);
	}
	mem_free(ctx);
	return ok;
}

static void
pin_line(struct sbuf *out, const struct line *l, const void *u)
{
	const char *key = u;

	sbuf_addf(out, "%.*s", (int)l->n, l->text);
	if (!l->is_sftp || !is_section(l))
		return;
	if (l->text[l->n - 1] != '\n')
		sbuf_adds(out, "\n");
	sbuf_addf(out, "host_key = %s\n", key);
}

bool
partner_file_pin(const struct config *cfg, const struct partner *p,
    const char *key, struct oms_error *err)
{
	for (size_t i = 0; i < p->host_key_count; i++)
		if (strcmp(p->host_keys[i], key) == 0)
			return true;
	return change(cfg, p, pin_line, key, err);
}

static void
rotate_line(struct sbuf *out, const struct line *l, const void *u)
{
	const char *key;
	size_t n = key_of(l, &key);

	(void)u;
	if (l->is_sftp && n > sizeof(next_) - 1 &&
	    memcmp(key, next_, sizeof(next_) - 1) == 0) {
		key += sizeof(next_) - 1;
		sbuf_addf(out, "%.*s", (int)(l->text + l->n - key), key);
		return;
	}
	for (size_t i = 0; l->is_sftp && i < COUNT(credential); i++)
		if (is_key(l, credential[i]))
			return;
	sbuf_addf(out, "%.*s", (int)l->n, l->text);
}

bool
partner_file_rotate(const struct config *cfg, const struct partner *p,
    struct oms_error *err)
{
	return change(cfg, p, rotate_line, NULL, err);
}

/* ---- a new one ----------------------------------------------------------- */

enum { ID_MAX_BYTES = 32, NEW_MAX_BYTES = 64 << 10 };

/* What a kind of partner sends, and what types he gets begin with. */
static const struct {
	const char *kind;
	const char *in;
	const char *out[2];
} kinds[] = {
	{ "shop", "edi.trade", { "trade.", "supply." } },
	{ "wms", "edi.warehouse", { "wms.", NULL } },
	{ "carrier", "edi.transport", { "carrier.", NULL } },
};

static bool
is_id(const char *id)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= ID_MAX_BYTES && id[n] == '\0';
}

static bool
begins(const char *type, const char *const prefixes[2])
{
	for (size_t i = 0; i < 2 && prefixes[i] != NULL; i++)
		if (strncmp(type, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return strcmp(type, "edi.ack") == 0;
}

static void
add_feeds(struct sbuf *b, size_t kind, const char *standard)
{
	bool is_x12 = strcmp(standard, "x12") == 0;

	sbuf_addf(b,
	    "\n; What he sends, whatever sets are in it.\n"
	    "[feed.edi]\ntype = %s\ndirection = in\npattern = *.%s\n",
	    kinds[kind].in, is_x12 ? "x12" : "edi");
	for (size_t i = 0; i < feed_type_count; i++) {
		const struct feed_type *t = &feed_types[i];

		if (t->direction != FEED_OUT ||
		    !begins(t->name, kinds[kind].out) ||
		    !edi_out_writes(t->name, is_x12 ? EDI_X12 : EDI_EDIFACT))
			continue;
		sbuf_addf(b,
		    "\n; %s\n[feed.%s]\ntype = %s\ndirection = out\n"
		    "format = %s\n",
		    t->what, strchr(t->name, '.') + 1, t->name, standard);
	}
}

static void
add_partner(struct sbuf *b, const char *id, const char *kind)
{
	sbuf_addf(b,
	    "; %s, by oms partner new. Look for TO DO, then: oms config "
	    "lint\n; Each feed out is written as soon as there is something "
	    "for it: take away\n; those that the partner did not ask for.\n"
	    "\n[partner]\nkind = %s\n",
	    id, kind);
	if (strcmp(kind, "wms") == 0) {
		sbuf_adds(b, "; TO DO: the ship node it runs.\nnode = ");
		for (const char *p = id; *p != '\0'; p++)
			sbuf_addc(b, (char)toupper((unsigned char)*p));
		sbuf_adds(b, "\n");
	}
	sbuf_adds(b,
	    "; Files lie in inbox/ and outbox/ of the home; for his server "
	    "say\n; transport = sftp and give [sftp], see "
	    "docs/configuration.md.\ntransport = folder\n\n");
}

/* It is what we would write: an earlier try got this far. */
static bool
is_same(mem_ctx *ctx, const char *path, const struct sbuf *b)
{
	struct oms_error unread = NO_ERROR;
	size_t n = 0;
	char *text = fs_read(ctx, path, NEW_MAX_BYTES, &n, &unread);

	return text != NULL && n == b->len && memcmp(text, b->p, n) == 0;
}

bool
partner_file_new(const struct config *cfg, const char *id, const char *kind,
    const char *standard, struct oms_error *err)
{
	mem_ctx *ctx;
	struct sbuf b;
	char *path, *tmp;
	size_t k = 0;
	bool ok;

	while (k < COUNT(kinds) && strcmp(kinds[k].kind, kind) != 0)
		k++;
	if (!is_id(id))
		return oms_fail(err, OMS_USAGE,
		    "\"%.60s\" cannot be a partner's id: a-z, 0-9 and -, at "
		    "most %d",
		    id, ID_MAX_BYTES);
	if (k == COUNT(kinds))
		return oms_fail(err, OMS_USAGE,
		    "--kind is shop, wms or carrier, not \"%.40s\"", kind);
	if (strcmp(standard, "x12") != 0 && strcmp(standard, "edifact") != 0)
		return oms_fail(err, OMS_USAGE,
		    "--edi is x12 or edifact, not \"%.40s\"", standard);
	ctx = mem_ctx_new(NULL, "partner file");
	path = mem_printf(ctx, "%s/partners/%s.ini", cfg->home, id);
	tmp = mem_printf(ctx, "%s.new", path);
	sbuf_init(&b, ctx, NEW_MAX_BYTES);
	add_partner(&b, id, kind);
	config_edi_section(&b, standard);
	add_feeds(&b, k, standard);
	if (access(path, F_OK) == 0) {
		ok = is_same(ctx, path, &b) ||
		    oms_fail(err, OMS_USAGE, "%s is there; nothing was written",
			path);
	} else {
		(void)unlink(tmp); /* of one that was cut short */
		ok = fs_write_tmp(tmp, b.p, b.len, 0640, err) &&
		    fs_publish(tmp, path, err);
	}
	mem_free(ctx);
	return ok;
}
