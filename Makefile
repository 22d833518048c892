# make          build build/oms
# make demo     a whole night through a real SFTP server, shown step by step
# make test     unit, scenario and SFTP tests
# make crash    every scenario, stopped after every durable step, run again
# make torture  the night broken in every way (tests/torture); FAMILY=... one
# make torture-net    a bad line and bad servers, a thousand nights
# make asan     the unit and scenario tests under ASan and UBSan
# make lint     layers, format, clang-tidy, cppcheck, shellcheck, man pages
# make check    test, crash, asan, lint           (before every push)
# make fuzz     P=xml|csv|ini|money|edi|edi_guide|edi_map: one parser, a minute
# make bench    orders per second and peak memory, beside a reference; EDI
# make install  DESTDIR= PREFIX=/usr/local
# make deps     install what is missing (OMS_NO_INSTALL=1 only prints it)
#
# V=1 shows whole commands.

BUILD   ?= build
export EVERY
CC      ?= cc
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := $(shell cat VERSION)
SCHEMAS := $(sort $(wildcard schemas/*/*))
EXAMPLE := $(sort $(wildcard config/*.ini config/*/*.* config/*/*/*.*))
PKGS    := sqlite3 talloc libxml-2.0 libssh2 inih libsodium libcrypto libpcre2-8 smartcols libcurl
CFLAGS  ?= -O2 -g
OMS_CFLAGS := -std=c17 -D_GNU_SOURCE -I. -I$(BUILD) \
	-include base/banned.h -DOMS_VERSION='"$(VERSION)"' -pthread \
	-Wall -Wextra -Wpedantic -Wshadow -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wformat=2 \
	-Wconversion -Wimplicit-fallthrough -Werror=incompatible-pointer-types \
	$(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDLIBS  := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcsv -pthread

# A new .c file in a listed folder is built without touching this file.
FOLDERS := base model parsers writers transport store mappers pipeline jobs cli
SRC     := $(wildcard $(FOLDERS:=/*.c))
LIB_SRC := $(filter-out cli/main.c,$(SRC))
GEN     := store_sql store_schema example $(if $(SCHEMAS),schemas)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o) $(GEN:%=$(BUILD)/gen/%.o)
LIB     := $(BUILD)/liboms.a
BIN     := $(BUILD)/oms
UNIT    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))

# The folder may have a space in its name, so no $(abspath).
ABS := $(if $(filter /%,$(BUILD)),,$(CURDIR)/)$(BUILD)

Q := $(if $(V),,@)
ifeq ($(V)$(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),)
say = @printf '%-6s %s\n' $1 $2
endif

all: $(BIN)

# The first build takes every core, unless the caller decides.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

# Objects of tests are kept like all others.
.SECONDARY:

$(BIN): $(BUILD)/cli/main.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIB): $(LIB_OBJ)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/tests/sftp/%: $(BUILD)/tests/sftp/%.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/tests/net/%: $(BUILD)/tests/net/%.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $<

$(BUILD)/tests/%.o: OMS_CFLAGS := $(filter-out -include base/banned.h,$(OMS_CFLAGS))

$(BUILD)/%.o: %.c | $(GEN:%=$(BUILD)/gen/%.h)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(OMS_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(OMS_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/store_sql.c $(BUILD)/gen/store_sql.h &: $(wildcard store/sql/*.sql) tools/sql2c
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)tools/sql2c $(@D) $(sort $(wildcard store/sql/*.sql))

$(BUILD)/gen/store_schema.c $(BUILD)/gen/store_schema.h &: $(wildcard store/schema/sqlite/*.sql) tools/embed
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)tools/embed $(@D) store_schema $(sort $(wildcard store/schema/sqlite/*.sql))

$(BUILD)/gen/schemas.c $(BUILD)/gen/schemas.h &: $(SCHEMAS) tools/embed
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)tools/embed $(@D) schemas $(SCHEMAS)

$(BUILD)/gen/example.c $(BUILD)/gen/example.h &: $(EXAMPLE) tools/embed
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)tools/embed $(@D) example $(EXAMPLE)

test: deps
	@$(MAKE) --no-print-directory $(JOBS) sftp-test
	@$(MAKE) --no-print-directory $(JOBS) run-tests

run-tests: $(BIN) $(UNIT)
	$(Q)LC_ALL=C CMOCKA_MESSAGE_OUTPUT=TAP prove $(PROVE) $(UNIT)
	$(Q)LC_ALL=C OMS='$(ABS)/oms' prove $(PROVE) tests/docs/run tests/docs/runbook \
	    tests/scenario/run tests/secrets/run tests/damage/run \
	    tests/damage/edi

sftp-test: $(BIN) $(BUILD)/tests/sftp/test_sftp
	$(Q)LC_ALL=C BUILD='$(ABS)' prove $(PROVE) tests/sftp/run
	$(Q)LC_ALL=C BUILD='$(ABS)' prove $(PROVE) tests/sftp/night
	$(Q)LC_ALL=C BUILD='$(ABS)' prove $(PROVE) tests/sftp/restore
	$(Q)LC_ALL=C BUILD='$(ABS)' prove $(PROVE) tests/sftp/partner
	$(Q)LC_ALL=C BUILD='$(ABS)' prove $(PROVE) tests/sftp/edi
	$(Q)LC_ALL=C BUILD='$(ABS)' prove $(PROVE) tests/alert/run

# The scenarios beside each other, two at a time; EVERY=5 stops after every
# fifth step only.
crash: $(BIN)
	$(Q)LC_ALL=C OMS='$(ABS)/oms' CRASH=1 prove $(PROVE) -j 2 \
	    -e tests/scenario/run $(wildcard tests/scenario/[0-9]*/about)
	$(Q)LC_ALL=C BUILD='$(ABS)' CRASH=1 prove $(PROVE) tests/sftp/night

# The night broken in every way: FAMILY=, EVERY=, RANDOM_KILLS=, SEED=, CASE=.
STRIKE := $(BUILD)/tests/torture/strike
NOMEM  := $(BUILD)/tests/torture/nomem.so

# The network waits more than it works: it is tried beside the rest.
torture: $(BIN) $(STRIKE) $(NOMEM)
	$(Q)net=; status=0; if [ -z '$(FAMILY)' ]; then \
	    $(MAKE) --no-print-directory torture-net > $(BUILD)/torture-net.log 2>&1 & \
	    net=$$!; fi; \
	OMS='$(ABS)/oms' STRIKE='$(STRIKE)' NOMEM='$(NOMEM)' \
	    tests/torture/run $(FAMILY) || status=$$?; \
	if [ -n "$$net" ]; then \
	    wait "$$net" || status=$$?; cat $(BUILD)/torture-net.log; fi; \
	exit "$$status"

torture-slice: $(BIN) $(STRIKE) $(NOMEM)
	$(Q)OMS='$(ABS)/oms' STRIKE='$(STRIKE)' NOMEM='$(NOMEM)' \
	    TORTURE_SLICE=1 tests/torture/run

$(STRIKE): tests/torture/strike.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(CFLAGS) -Wall -Wextra -Wshadow \
	    -Wconversion -Wformat=2 -o $@ $<

$(NOMEM): tests/torture/nomem.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(CFLAGS) -Wall -Wextra -Wshadow \
	    -Wconversion -Wformat=2 -shared -fPIC -o $@ $<

# The network and the servers behind it at their worst; EVERY=20 tries every
# twentieth case of each family only.
NET := $(BIN) $(BUILD)/tests/net/proxy $(BUILD)/tests/net/sftp_server

torture-net: $(NET)
	$(Q)LC_ALL=C BUILD='$(ABS)' tests/net/run

torture-net-slice: $(NET)
	$(Q)LC_ALL=C BUILD='$(ABS)' EVERY=20 WORKERS=3 tests/net/run

ASAN := BUILD=build-asan CFLAGS="-O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all"

asan:
	$(MAKE) $(ASAN) run-tests

# Every unit test, and the scenarios that go through most of the program: all
# of EDI among them.
asan-slice:
	$(MAKE) $(ASAN) run-slice

run-slice: $(BIN) $(UNIT)
	$(Q)LC_ALL=C CMOCKA_MESSAGE_OUTPUT=TAP prove $(PROVE) $(UNIT)
	$(Q)LC_ALL=C OMS='$(ABS)/oms' prove $(PROVE) tests/scenario/run :: \
	    910-database-gone 015-dead-letter-desk \
	    017-dead-letter-tried 600-personal 610-audit 610-disk-died \
	    611-trace 702-reconcile 703-windows 503-odd-answers \
	    $(notdir $(wildcard tests/scenario/9[2-7]0-*))

lint:
	tools/layers
	tools/doc-check
	@echo clang-format
	@clang-format --dry-run -Werror $(wildcard */*.[ch] tests/*/*.[ch])
	@echo cppcheck
	@cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr \
	    --suppress=nullPointerRedundantCheck -I. $(SRC)
	$(MAKE) --no-print-directory tidy
	@echo perl
	@for f in tools/play-* tests/torture/*.pm tests/torture/*/*.pm tests/torture/run tests/torture/check \
	    tests/torture/families/*; do perl -wc -Itests/torture "$$f" \
	    2> $(BUILD)/perl.log || { cat $(BUILD)/perl.log; exit 1; }; done
	@echo shellcheck
	@shellcheck $(SCRIPTS)
	mandoc -T lint -W error $(MANS)

# Needs the generated headers; one process a core.  It counts on stderr what
# .clang-tidy leaves out.
tidy: $(GEN:%=$(BUILD)/gen/%.h)
	@printf '%s\n' '-I$(CURDIR)' '-I$(ABS)' -include base/banned.h \
	    $(filter-out -I% -include base/banned.h,$(OMS_CFLAGS)) \
	    $(filter -I/%,$(OMS_CFLAGS)) > $(BUILD)/compile_flags.txt
	@echo clang-tidy
	@printf '%s\n' $(SRC) | xargs -P "$$(nproc)" -n 6 clang-tidy --quiet \
	    -p $(BUILD) 2> $(BUILD)/tidy.log || { cat $(BUILD)/tidy.log; exit 1; }

check: deps-all run-tests sftp-test crash torture-slice torture-net-slice asan lint

# --- documents -----------------------------------------------------------

MANS := $(BUILD)/man/oms.1 $(BUILD)/man/oms.ini.5 $(BUILD)/man/oms-codes.7 \
	$(BUILD)/man/oms-recovery.7

man: $(MANS)

lint: $(MANS)

$(BUILD)/man/%: docs/man/%.scd VERSION
	@mkdir -p $(@D)
	$(Q)scdoc < $< > $@

# These two are written by the program, from the tables that it runs by.
$(BUILD)/man/oms-codes.7: $(BIN) tools/man-codes
	@mkdir -p $(@D)
	$(Q)tools/man-codes $(BIN) | scdoc > $@

$(BUILD)/man/oms.ini.5: $(BIN) tools/man-config
	@mkdir -p $(@D)
	$(Q)tools/man-config $(BIN) | scdoc > $@

install: all man
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/oms
	for m in $(MANS); do install -D -m 644 $$m \
	    $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m##*/} || exit 1; done
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(BIN) completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/oms
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/local|$(PREFIX)|' contrib/oms-nightly.service > \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system/oms-nightly.service
	install -D -m 644 contrib/oms-nightly.timer $(DESTDIR)$(PREFIX)/lib/systemd/system/oms-nightly.timer
	install -D -m 644 contrib/oms.cron $(DESTDIR)$(PREFIX)/share/doc/oms/examples/oms.cron
	install -D -m 644 README.md $(DESTDIR)$(PREFIX)/share/doc/oms/README.md

# --- longer things -------------------------------------------------------

# One target a parser; the corpus is the seed, what is found goes to
# build-fuzz/found.  The library is built once for all of them.
FUZZ := BUILD=build-fuzz CC=clang CFLAGS="-O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined"
P ?= xml

fuzz: deps-all
	@$(MAKE) --no-print-directory $(JOBS) $(FUZZ) build-fuzz/run_$(P)
	@mkdir -p build-fuzz/found/$(P)
	build-fuzz/run_$(P) -max_total_time=$(or $(SECONDS),60) $(FUZZ_FLAGS) \
	    -artifact_prefix=build-fuzz/$(P)- build-fuzz/found/$(P) \
	    tests/corpus/$(or $(FUZZ_SEED_$(P)),$(P))

# The mappers read what the checker reads.
FUZZ_SEED_edi_map := edi/good

$(BUILD)/run_%: $(BUILD)/tests/fuzz/fuzz_%.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LDLIBS)

BENCH := gen_sfcc ref_xsd measure edi_gen bench_edi

$(BUILD)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=c17 -D_GNU_SOURCE $(CFLAGS) -Wall -Wextra \
	    $(shell pkg-config --cflags libxml-2.0 2>/dev/null) -o $@ $< -lxml2

$(BUILD)/bench/bench_edi: tests/bench/bench_edi.c $(LIB)
	@mkdir -p $(@D)
	$(CC) -std=c17 -D_GNU_SOURCE -I. $(CFLAGS) -Wall -Wextra -o $@ $< \
	    $(LIB) $(LDLIBS)

bench: $(BIN) $(BENCH:%=$(BUILD)/bench/%) bench-edi
	OMS='$(ABS)/oms' TOOLS='$(ABS)/bench' tests/bench/run $(SIZES)

# How fast EDI is read and stored; SETS=33000 sets of each standard.
bench-edi: $(BIN) $(BENCH:%=$(BUILD)/bench/%)
	OMS='$(ABS)/oms' TOOLS='$(ABS)/bench' tests/bench/edi $(SETS)

demo: deps
	@$(MAKE) --no-print-directory $(JOBS) $(BIN)
	@OMS='$(ABS)/oms' tools/demo

clean:
	rm -rf build build-*

deps:
	@tools/deps

deps-all:
	@tools/deps all

SCRIPTS := tools/deps tools/layers tools/sql2c tools/embed tools/sshd tools/demo \
	tools/doc-check tools/man-codes tools/man-config tests/scenario/run \
	tests/scenario/bin/night tests/scenario/bin/once tests/scenario/bin/stopped \
	tests/sftp/run tests/sftp/night tests/sftp/restore tests/sftp/partner tests/sftp/edi \
	tests/alert/run tests/net/run tests/damage/run tests/damage/edi tests/bench/run tests/bench/edi \
	tests/docs/run tests/secrets/run tests/lib.sh .ci/run

.PHONY: all test run-tests sftp-test torture torture-slice torture-net \
	torture-net-slice crash asan asan-slice run-slice lint tidy check man install \
	fuzz bench bench-edi demo clean deps deps-all
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
