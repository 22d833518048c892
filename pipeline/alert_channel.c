/* alert_channel.c - see alert_channel.h. */

#include "pipeline/alert_channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/count.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/num.h"
#include "base/scope.h"
#include "base/str.h"
#include "transport/notify.h"
#include "writers/json.h"

enum {
	MESSAGE_MAX_BYTES = 1 << 20,
	SYSLOG_BYTES = 1000,
	SYSLOG_WARNING = 3 << 3 | 4, /* daemon, warning */
	US_PER_S = 1000000
};

/* The same for every try of a message, and for no other message. */
static char *
name_of(mem_ctx *ctx, const struct alert_message *m)
{
	if (m->alert_id == 0) /* tried once, by this process only */
		return mem_printf(ctx, "oms-%s-%lld-%ld", m->kind,
		    (long long)(m->ts_us / US_PER_S), (long)getpid());
	return mem_printf(ctx, "oms-%lld-%s-%lld", (long long)m->alert_id,
	    m->kind, (long long)(m->ts_us / US_PER_S));
}

/* The form of RFC 5322 3.3, in UTC. */
static void
mail_date(int64_t ts_us, char *dst, size_t room)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)(ts_us / US_PER_S);
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	snprintf(dst, room, "%s, %02d %s %d %02d:%02d:%02d +0000",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static char *
mail_of(mem_ctx *ctx, const struct config *cfg, const struct alert_message *m)
{
	const char *at = strrchr(cfg->mail_from, '@');
	struct sbuf b;
	char date[64];

	mail_date(m->ts_us, date, sizeof(date));
	sbuf_init(&b, ctx, MESSAGE_MAX_BYTES);
	sbuf_addf(&b, "From: %s\n",
	    cfg->mail_from[0] != '\0' ? cfg->mail_from : "oms@localhost");
	sbuf_addf(&b, "To: %s\n",
	    cfg->mail_to[0] != '\0' ? cfg->mail_to : "operators@localhost");
	sbuf_addf(&b, "Subject: [oms] %s\n", m->title);
	sbuf_addf(&b, "Date: %s\nMessage-ID: <%s@%s>\n", date, name_of(ctx, m),
	    at != NULL ? at + 1 : "localhost");
	sbuf_adds(&b,
	    "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n\n");
	sbuf_adds(&b, m->body);
	return b.p;
}

/* ---- a folder ----------------------------------------------------------- */

static bool
has_folder(const struct config *cfg)
{
	return cfg->alert_folder[0] != '\0';
}

static bool
to_folder(const struct config *cfg, const struct alert_message *m,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "alert");
	char *text = mail_of(ctx, cfg, m);
	char *path = mem_printf(ctx, "%s/%s.eml", cfg->alert_folder,
	    name_of(ctx, m));
	char *tmp = mem_printf(ctx, "%s/.%s.tmp", cfg->alert_folder,
	    name_of(ctx, m));
	bool ok;

	(void)unlink(tmp); /* of a run that died */
	ok = fs_mkdir(cfg->alert_folder, 0750, err) &&
	    fs_write_tmp(tmp, text, strlen(text), 0640, err) &&
	    fs_publish(tmp, path, err);
	if (ok)
		fault_step("alert.file");
	mem_free(ctx);
	return ok;
}

/* ---- syslog ------------------------------------------------------------- */

static bool
has_syslog(const struct config *cfg)
{
	return cfg->alert_syslog[0] != '\0';
}

/* One datagram, as the local syslog and the journal take it. */
static bool
to_syslog(const struct config *cfg, const struct alert_message *m,
    struct oms_error *err)
{
	AUTO_CLOSE int fd = socket(AF_UNIX,
	    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char line[SYSLOG_BYTES];
	int n;

	if (strlen(cfg->alert_syslog) >= sizeof(to.sun_path))
		return oms_fail(err, OMS_CONFIG, "syslog is too long a path");
	str_copy(to.sun_path, sizeof(to.sun_path), cfg->alert_syslog);
	n = snprintf(line, sizeof(line), "<%d>oms[%ld]: alert=%s items=%lld %s",
	    SYSLOG_WARNING, (long)getpid(), m->kind, (long long)m->items,
	    m->title);
	if (n > (int)sizeof(line) - 1)
		n = (int)sizeof(line) - 1;
	if (fd < 0 ||
	    sendto(fd, line, (size_t)n, MSG_NOSIGNAL, (struct sockaddr *)&to,
		sizeof(to)) < 0)
		return oms_fail_errno(err, OMS_PEER, "syslog at %s",
		    cfg->alert_syslog);
	return true;
}

/* ---- mail --------------------------------------------------------------- */

static bool
has_mail(const struct config *cfg)
{
	return cfg->mail_to[0] != '\0';
}

static void
forget(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
}

static bool
to_mail(const struct config *cfg, const struct alert_message *m,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "alert");
	char *password = NULL;
	struct notify_mail mail = { .server = cfg->mail_server,
		.user = cfg->mail_user,
		.is_plain_allowed = strcmp(cfg->mail_tls, "none") == 0,
		.ca_file = cfg->alert_ca_file,
		.from = cfg->mail_from,
		.to = cfg->mail_to,
		.message = mail_of(ctx, cfg, m),
		.timeout_ms = cfg->alert_timeout_ms };
	bool ok = cfg->mail_from[0] != '\0' ||
	    oms_fail(err, OMS_CONFIG, "mail_to needs mail_from");

	if (ok && cfg->mail_password[0] != '\0') {
		password = config_secret(ctx, cfg, cfg->mail_password, err);
		ok = password != NULL;
	}
	mail.password = password;
	ok = ok && notify_mail(&mail, err);
	if (ok)
		fault_step("alert.mailed");
	forget(password);
	mem_free(ctx);
	return ok;
}

/* ---- webhook ------------------------------------------------------------ */

static bool
has_webhook(const struct config *cfg)
{
	return cfg->webhook_url[0] != '\0';
}

static char *
json_of(mem_ctx *ctx, const struct config *cfg, const struct alert_message *m,
    const char *id, const char *ts)
{
	struct sbuf b;
	struct json j;

	sbuf_init(&b, ctx, 2 * MESSAGE_MAX_BYTES);
	json_begin(&j, &b);
	json_object(&j, NULL);
	json_int(&j, "v", 1);
	json_text(&j, "kind", "alert");
	json_text(&j, "id", id);
	json_text(&j, "alert", m->kind);
	json_text(&j, "company", cfg->company_name);
	json_text(&j, "ts", ts);
	json_int(&j, "items", m->items);
	json_text(&j, "title", m->title);
	json_text(&j, "text", m->body);
	json_close(&j);
	return b.p;
}

static bool
to_webhook(const struct config *cfg, const struct alert_message *m,
    struct oms_error *err)
{
	mem_ctx *ctx = mem_ctx_new(NULL, "alert");
	char ts[NUM_TS_BYTES];
	char *key = NULL;
	struct notify_post post = { .url = cfg->webhook_url,
		.id = name_of(ctx, m),
		.ts = num_format_ts(m->ts_us, ts),
		.ca_file = cfg->alert_ca_file,
		.timeout_ms = cfg->alert_timeout_ms };
	bool ok = true;

	post.body = json_of(ctx, cfg, m, post.id, post.ts);
	if (cfg->webhook_secret[0] != '\0') {
		key = config_secret(ctx, cfg, cfg->webhook_secret, err);
		ok = key != NULL;
	}
	post.key = key;
	ok = ok && notify_post(&post, err);
	if (ok)
		fault_step("alert.posted");
	forget(key);
	mem_free(ctx);
	return ok;
}

const struct alert_channel alert_channels[] = {
	{ "folder", has_folder, to_folder },
	{ "syslog", has_syslog, to_syslog },
	{ "mail", has_mail, to_mail },
	{ "webhook", has_webhook, to_webhook },
};
const size_t alert_channel_count = COUNT(alert_channels);
