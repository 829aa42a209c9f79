# nginx-journey
#
#   make demo      a live funnel from real requests, in one command
#   make test      every test; closes with one line "N passed, N failed"
#   make check     formatting, static analysis, both compilers, lint
#   make           the tool, the log generator and the nginx module
#   make install   PREFIX=/usr/local DESTDIR= NGX_MODULES=/usr/lib/nginx/modules
#                  NGINX= the nginx to build the module for
#
# demo, test and check call `make setup` by themselves (tools/setup.sh).
# Another nginx than the unpacked one: make NGX_SRC=/path/to/nginx/source

VERSION = 0.1.0

PREFIX = /usr/local
NGX_MODULES = /usr/lib/nginx/modules
PYTHON = /usr/bin/python3
FUZZ_SECONDS = 60

# A flavour is a folder: the release build in build/, the others inside it.

FLAVOUR = release
WERROR = 0

ifeq ($(FLAVOUR),release)
B = build
OPT = -O3 -g
else ifeq ($(FLAVOUR),clang)
B = build/clang
OPT = -O2 -g
override CC = clang
else ifeq ($(FLAVOUR),asan)
B = build/asan
OPT = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
      -fsanitize=address,undefined
LDFLAGS += -static-libasan -static-libubsan
else ifeq ($(FLAVOUR),tsan)
B = build/tsan
# A fence of the spool's is for other processes, whom TSan does not see.
OPT = -O1 -g -fno-omit-frame-pointer -fsanitize=thread -Wno-tsan
else ifeq ($(FLAVOUR),fuzz)
B = build/fuzz
OPT = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
      -fsanitize=fuzzer-no-link,address,undefined
override CC = clang
else
$(error FLAVOUR is one of release, clang, asan, tsan, fuzz)
endif

WARN = -W -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
       -Wpointer-arith -Wwrite-strings -Wvla -Wno-unused-parameter
ifneq ($(WERROR),0)
WARN += -Werror
endif

CPPFLAGS += -Isrc/format -Itools/journey
CFLAGS += $(OPT) $(WARN)

$(B)/obj/tools/%.o: CPPFLAGS += -DJNY_VERSION='"$(VERSION)"'

# src/ is what nginx compiles too: plain C99.  The tools are C11 on POSIX.
$(B)/obj/src/%.o: STD = -std=c99
STD = -std=c11 -D_GNU_SOURCE -pthread
$(B)/obj/src/module/%.o: STD = -std=gnu11
# What reads requests after the fact does so by the module's own rules.
$(B)/obj/tools/journey/%.o: CPPFLAGS += -Isrc/module
$(B)/obj/tests/%.o: CPPFLAGS += -Itools -Itests/unit -Isrc/module

FORMAT_SRC := $(sort $(wildcard src/format/*.c))
MODULE_SRC := $(sort $(wildcard src/module/*.c src/module/*.h))
PLAIN_SRC := $(shell tools/config-files.sh --without-nginx)
JOURNEY_SRC := $(sort $(wildcard tools/journey/*.c tools/journey/*/*.c))
LOGGEN_SRC := $(sort $(wildcard tools/loggen/*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_AUX_SRC := $(filter-out $(UNIT_SRC),$(sort $(wildcard tests/unit/*.c)))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

FORMAT_OBJ := $(call objects,$(FORMAT_SRC))
JOURNEY_OBJ := $(call objects,$(JOURNEY_SRC)) $(B)/obj/page.o \
               $(B)/obj/bots.o
PLAIN_OBJ := $(call objects,$(PLAIN_SRC))
LOGGEN_OBJ := $(call objects,$(LOGGEN_SRC))
UNIT_AUX_OBJ := $(call objects,$(UNIT_AUX_SRC))

JOURNEY_MAIN := $(B)/obj/tools/journey/main.o
LOGGEN_MAIN := $(B)/obj/tools/loggen/main.o

FORMAT_LIBS = -lmsgpackc -lz
JOURNEY_LIBS = $(FORMAT_LIBS) -ldeflate -llz4 -lsodium -lyaml -lm -pthread

UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))


# One short line for each file; the whole command with V=1.

V = 0
Q = $(if $(filter 0,$(V)),@)
say = @echo "  $(1)  $@"

.PHONY: all tools unit module setup demo test test-asan test-tsan \
        test-valgrind test-versions oracle calibrate check format lists \
        bench bench-peers bench-import bench-module \
        fuzz fuzzers nginx-asan thrash soak install clean
.DELETE_ON_ERROR:
.SECONDARY:

all: tools module

tools: $(if $(JOURNEY_SRC),$(B)/journey) $(if $(LOGGEN_SRC),$(B)/loggen)

unit: $(UNIT)

$(B)/libjny.a: $(FORMAT_OBJ)
$(B)/libmodule.a: $(PLAIN_OBJ)
$(B)/libjourney.a: $(filter-out $(JOURNEY_MAIN),$(JOURNEY_OBJ))
$(B)/libloggen.a: $(filter-out $(LOGGEN_MAIN),$(LOGGEN_OBJ))

%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR  )
	$(Q)$(AR) rcs $@ $^

$(B)/journey: $(JOURNEY_MAIN) $(B)/libjourney.a $(B)/libmodule.a $(B)/libjny.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(JOURNEY_LIBS)

$(B)/loggen: $(LOGGEN_MAIN) $(B)/libloggen.a $(B)/libjny.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(JOURNEY_LIBS)

$(B)/unit/%: $(B)/obj/tests/unit/%.o $(UNIT_AUX_OBJ) $(B)/libjourney.a \
             $(B)/libloggen.a $(B)/libmodule.a $(B)/libjny.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(JOURNEY_LIBS)

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(CC) $(STD) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The report's page, made C.

PAGE = tools/journey/render/page

$(B)/page.c: tools/embed-page.sh $(wildcard $(PAGE)/*)
	@mkdir -p $(@D)
	$(call say,GEN )
	$(Q)tools/embed-page.sh $(PAGE) > $@

# The lists of crawlers, made C; npm's, if tools/setup.sh could fetch them.

BOTS = build/bots/node_modules

$(B)/bots.c: tools/bots/compile tools/bots/builtin.txt \
             $(wildcard $(BOTS)/*/package.json)
	@mkdir -p $(@D)
	$(call say,GEN )
	$(Q)$(PYTHON) tools/bots/compile tools/bots/builtin.txt $(BOTS) > $@

$(B)/obj/page.o $(B)/obj/bots.o: $(B)/obj/%.o: $(B)/%.c
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(CC) $(STD) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)


# The module.  nginx's own build decides what to recompile; we only decide
# when to configure: `config` names every file, so it changes when one comes.
# module.from is written anew when it is to be another nginx or compiler.

NGX_SRC = build/nginx/usr/share/nginx/src
MODULE = $(B)/ngx_http_journey_module.so

# NGINX: an nginx that is installed, to build for instead.

ifdef NGINX
module:
	@NGX_SRC=$(if $(filter command line,$(origin NGX_SRC)),$(NGX_SRC)) \
	    tools/module-for.sh $(NGINX)
else
module: $(MODULE)
endif

$(MODULE): config $(MODULE_SRC) $(FORMAT_SRC) $(wildcard src/format/*.h) \
           tools/build-module.sh $(B)/module.from | $(NGX_SRC)/configure
	@tools/config-files.sh | cmp -s - config || \
	    echo "config does not name the files of src/: run 'make lists'" >&2
	$(call say,NGX )
	+$(Q)CC="$(CC)" tools/build-module.sh $(NGX_SRC) $(B)/module $@

$(B)/module.from: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(NGX_SRC)' | cmp -s - $@ || echo '$(CC) $(NGX_SRC)' > $@

.PHONY: FORCE

$(NGX_SRC)/configure:
	@echo "nginx's headers are not in $(NGX_SRC): run 'make setup'" >&2
	@false


# Set-up is idempotent and quick when nothing is missing; the stamps only
# spare the look.  The demo needs less than the tests, and gets less.

setup: build/.setup

build/.setup: tools/setup.sh
	tools/setup.sh all
	@touch build/.setup-demo $@

build/.setup-demo: tools/setup.sh
	tools/setup.sh demo
	@touch $@

demo: build/.setup-demo
	$(MAKE) all
	tools/demo/run


# Tests.  TESTS names groups of tests/run (default: all of them).

TESTS =

test: build/.setup
	$(MAKE) WERROR=1 all unit
	$(PYTHON) tests/run --build build $(TESTS)

test-asan: build/.setup nginx-asan
	$(MAKE) FLAVOUR=asan WERROR=1 tools unit
	$(PYTHON) tests/run --build build/asan $(or $(TESTS),unit cli nginx vectors)

test-tsan: build/.setup
	$(MAKE) FLAVOUR=tsan WERROR=1 tools unit
	$(PYTHON) tests/run --build build/tsan $(or $(TESTS),unit cli)

# The nginx tests of what runs for each request, each nginx under valgrind.
VALGRIND = valgrind -q --trace-children=yes --child-silent-after-fork=no \
           --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
           --errors-for-leak-kinds=definite \
           --suppressions=$(CURDIR)/tests/valgrind.supp
VALGRIND_TESTS = test_log_write or test_log_rotate or test_visitor \
                 or test_beacon or test_status or test_privacy or test_upstream

test-valgrind: build/.setup
	$(MAKE) WERROR=1 all
	JNY_WRAPPER="$(VALGRIND)" $(PYTHON) tests/run --build build \
	    --only "$(VALGRIND_TESTS)" nginx

# The same oracle as in `make test`, with ten times the random journeys.
oracle: build/.setup
	$(MAKE) all
	JNY_EXAMPLES=10 $(PYTHON) tests/run --build build oracle

# The planted pages of 200 loggen months, where `make test` takes 12.
calibrate: build/.setup
	$(MAKE) all
	JNY_SEEDS=200 $(PYTHON) -m pytest -q -s tests/oracle/test_pages_planted.py

# The crash tests of tests/nginx, at full length: ten minutes.
thrash: build/.setup
	$(MAKE) all
	$(PYTHON) tests/thrash/run

# The memory tests of tests/nginx, at full length: half an hour.
soak: build/.setup
	$(MAKE) all
	$(PYTHON) tests/soak/run

nginx-asan: build/nginx-asan/nginx

# Configured as Debian's nginx-dev says, but static.
build/nginx-asan/nginx: config $(MODULE_SRC) $(FORMAT_SRC) \
                        $(wildcard src/format/*.h src/module/*.h) \
                        tools/build-nginx.sh tools/fetch-nginx.sh \
                        | build/.setup
	tools/fetch-nginx.sh build/nginx-asan/src
	bash -c '. ./$(NGX_SRC)/conf_flags && tools/build-nginx.sh \
	    build/nginx-asan/src build/nginx-asan asan "$${NGX_CONF_FLAGS[@]}"'

# The nginx tests with other nginxes; VERSIONS names some of them.
test-versions: build/.setup
	$(MAKE) all
	tests/versions/run $(VERSIONS)


C_FILES = $(sort $(wildcard src/*/*.[ch] tools/*/*.[ch] tools/*/*/*.[ch] \
                            tests/unit/*.[ch] tests/fuzz/*.[ch]))

check: build/.setup
	@tools/format --check $(C_FILES)
	$(MAKE) WERROR=1 all unit
	$(MAKE) FLAVOUR=clang WERROR=1 all unit
	tools/cppcheck.sh
	$(PYTHON) tests/run --build build lint

format: lists
	@tools/format $(C_FILES)

# The files named in `config`.
lists:
	tools/config-files.sh > config.new
	cat config.new > config && rm config.new


bench: build/.setup
	$(MAKE) all
	tests/bench/run
	tests/bench/peers

# A funnel beside ClickHouse and DuckDB (npm), which are put into build/.
bench-peers: build/.setup
	$(MAKE) tools
	tests/bench/peers

# What the module adds to a request, beside access_log.
bench-module: build/.setup
	$(MAKE) module
	tests/bench/module

# Access-log lines a second, beside GoAccess.
bench-import: build/.setup
	$(MAKE) tools
	tests/bench/import

fuzz: build/.setup
	$(MAKE) FLAVOUR=fuzz WERROR=1 fuzzers
	@for f in $(FUZZ_SRC); do \
	    f=build/fuzz/$$(basename $$f .c); \
	    mkdir -p $$f.corpus; \
	    seeds=$$(ls -d tests/fuzz/$${f##*/}.seeds 2>/dev/null); \
	    $$f -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$$f. \
	        $$f.corpus $$seeds || exit 1; \
	done

fuzzers: $(patsubst tests/fuzz/%.c,$(B)/%,$(FUZZ_SRC))

$(B)/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/libjourney.a $(B)/libmodule.a \
             $(B)/libjny.a
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(JOURNEY_LIBS)


# With NGINX, what `module` made for that one.
FOR = $(shell $(NGINX) -v 2>&1 | sed 's,.*nginx/\([0-9.]*\).*,\1,')
INSTALLED = $(if $(NGINX),build/module-$(FOR)/$(notdir $(MODULE)),$(MODULE))

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(NGX_MODULES) \
	    $(DESTDIR)$(PREFIX)/share/doc/nginx-journey/docs \
	    $(DESTDIR)$(PREFIX)/share/doc/nginx-journey/conf-examples
	install $(B)/journey $(DESTDIR)$(PREFIX)/bin
	install tools/mail-token $(DESTDIR)$(PREFIX)/bin/journey-mail-token
	install -m 644 $(INSTALLED) $(DESTDIR)$(NGX_MODULES)
	install -m 644 README.md LICENSE CHANGELOG.md CONTRIBUTING.md \
	    $(DESTDIR)$(PREFIX)/share/doc/nginx-journey
	install -m 644 $(wildcard docs/*.md docs/*.png) \
	    $(DESTDIR)$(PREFIX)/share/doc/nginx-journey/docs
	install -m 644 $(wildcard conf-examples/*) \
	    $(DESTDIR)$(PREFIX)/share/doc/nginx-journey/conf-examples
ifneq ($(wildcard docs/man/*.1),)
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(wildcard docs/man/*.1) $(DESTDIR)$(PREFIX)/share/man/man1
endif

clean:
	rm -rf build
