# make          build build/oms
# make demo     a whole night through a real SFTP server, shown step by step
# make test     unit, scenario and SFTP tests
# make crash    every scenario, stopped after every durable step, run again
# make asan     the unit and scenario tests under ASan and UBSan
# make lint     layers, format, clang-tidy, cppcheck, shellcheck, man pages
# make check    test, crash, asan, lint           (before every push)
# make fuzz     P=xml|csv|ini|money: fuzz one parser for a minute
# make bench    orders per second and peak memory, beside a reference
# make install  DESTDIR= PREFIX=/usr/local
# make deps     install what is missing (OMS_NO_INSTALL=1 only prints it)

BUILD   ?= build
CC      ?= cc
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := $(shell cat VERSION)
SCHEMAS := $(sort $(wildcard schemas/*/*))
PKGS    := sqlite3 talloc libxml-2.0 libssh2 libcurl inih libsodium libpcre2-8
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
GEN     := store_sql store_schema $(if $(SCHEMAS),schemas)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o) $(GEN:%=$(BUILD)/gen/%.o)
LIB     := $(BUILD)/liboms.a
BIN     := $(BUILD)/oms
UNIT    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))

all: $(BIN)

$(BIN): $(BUILD)/cli/main.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIB): $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/tests/sftp/%: $(BUILD)/tests/sftp/%.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/tests/%.o: OMS_CFLAGS := $(filter-out -include base/banned.h,$(OMS_CFLAGS))

$(BUILD)/%.o: %.c | $(GEN:%=$(BUILD)/gen/%.h)
	@mkdir -p $(@D)
	$(CC) $(OMS_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(OMS_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/store_sql.c $(BUILD)/gen/store_sql.h &: $(wildcard store/sql/*.sql) tools/sql2c
	@mkdir -p $(@D)
	tools/sql2c $(@D) $(sort $(wildcard store/sql/*.sql))

$(BUILD)/gen/store_schema.c $(BUILD)/gen/store_schema.h &: $(wildcard store/schema/sqlite/*.sql) tools/embed
	@mkdir -p $(@D)
	tools/embed $(@D) store_schema $(sort $(wildcard store/schema/sqlite/*.sql))

$(BUILD)/gen/schemas.c $(BUILD)/gen/schemas.h &: $(SCHEMAS) tools/embed
	@mkdir -p $(@D)
	tools/embed $(@D) schemas $(SCHEMAS)

test: deps
	@$(MAKE) --no-print-directory run-tests

run-tests: $(BIN) $(UNIT)
	CMOCKA_MESSAGE_OUTPUT=TAP prove $(PROVE) $(UNIT)
	OMS=$(abspath $(BIN)) prove $(PROVE) tests/scenario/run

sftp-test: $(BUILD)/tests/sftp/test_sftp
	BUILD=$(abspath $(BUILD)) prove $(PROVE) tests/sftp/run

crash: $(BIN)
	OMS=$(abspath $(BIN)) CRASH=1 prove $(PROVE) tests/scenario/run

asan:
	$(MAKE) BUILD=build-asan CFLAGS="-O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all" run-tests

clean:
	rm -rf build build-*

deps:
	@tools/deps

.PHONY: all test run-tests sftp-test crash asan lint check fuzz bench demo clean deps
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
