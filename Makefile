# Builds Mend. `make run` and `make test` install what they need, build, and go.
#
# New sources need no edit here: every folder of a layer is one static library,
# every cgi/NAME.c with a main is one program. One build folder per flavour, so
# that sanitised and plain objects never mix. BUILD= puts it elsewhere.

SHELL := /bin/bash
V ?=
say = $(if $(V),,@echo '  $(1)' $(patsubst $(B)/%,%,$@);)
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
ifeq (,$(filter -j%,$(MAKEFLAGS)))
MAKEFLAGS += -j$(shell nproc)
endif

FLAVOUR ?=
BUILD ?= build
B := $(BUILD)$(FLAVOUR:%=/%)
VERSION ?= 0.1.0
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
PORT ?= 8090

# ---- how to compile ---------------------------------------------------------

ifeq ($(origin CC),default)
CC := gcc
endif
IS_CLANG := $(shell $(CC) --version | grep -q clang && echo yes)
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wformat=2 -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wswitch-enum -Wcast-qual \
	-Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough -Werror
ifneq ($(IS_CLANG),yes)
WARN += -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wrestrict
endif
HARDEN := -fstack-protector-strong -fPIE
# Instrumented code confuses some warnings; the plain flavour has the say.
ASAN := -Wno-error -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
FLAGS_ := -O2 $(HARDEN) -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
FLAGS_asan := $(ASAN) $(HARDEN)
FLAGS_fuzz := $(ASAN) $(HARDEN) -fsanitize=fuzzer-no-link
FLAGS_coverage := -Wno-error -O0 --coverage -fPIE
ifndef FLAGS_$(FLAVOUR)
ifneq ($(FLAVOUR),)
$(error unknown FLAVOUR $(FLAVOUR))
endif
endif

CFLAGS ?= -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -I. -pthread -DMEND_PREFIX='"$(PREFIX)"' \
	-DMEND_VERSION='"$(VERSION)"' $(WARN) $(FLAGS_$(FLAVOUR)) $(CFLAGS)
LINK = $(CC) $(FLAGS_$(FLAVOUR)) $(CFLAGS) -pie -Wl,-z,relro,-z,now $(LDFLAGS)
LDLIBS := -lsqlite3 -lcjson -lnettle -pthread

# ---- what to build ----------------------------------------------------------

objects = $(patsubst %.c,$(B)/o/%.o,$(wildcard $(1)))
library = $(1:%=$(B)/lib%.a)
has_main = $(if $(wildcard $(1)),$(shell grep -lE '^(int )?main\b' $(wildcard $(1))))

OBJ_base := $(call objects,engine/base/*.c)
OBJ_store := $(call objects,engine/store/*.c) $(B)/o/gen/schema_mend.o
OBJ_flow := $(call objects,engine/flow/*.c)
OBJ_adapters := $(call objects,engine/adapters/*.c)
OBJ_loop := $(filter-out %/main.o,$(call objects,engine/loop/*.c))
OBJ_cgi := $(call objects,cgi/lib/*.c)
OBJ_ctl := $(call objects,engine/ctl/*.c)
OBJ_sandbox := $(filter-out %/main.o,$(call objects,cgi/sandbox/*.c)) \
	$(B)/o/gen/schema_sandbox.o
LAYERS := base store flow adapters loop cgi sandbox

# The order of linking is the order of the layers, upside down.
LIB_CGI := $(call library,cgi flow store base)
LIB_ENGINE := $(call library,loop adapters flow store base)

FACES := $(patsubst cgi/%.c,%,$(call has_main,cgi/*.c))
PROGRAMS := $(FACES:%=$(B)/mend-%) \
	$(if $(call has_main,engine/loop/main.c),$(B)/mendd) \
	$(if $(call has_main,engine/ctl/*.c),$(B)/mendctl) \
	$(if $(call has_main,cgi/sandbox/main.c),$(B)/mend-sandbox)

SUITES := unit store engine
tests_of = $(patsubst %.c,$(B)/%,$(wildcard tests/$(1)/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: all deps run test asan valgrind fuzz fuzz-build fuzz-replay planted \
	simulation kills faults hostile storm soak bench bench-build lint fmt analyze \
	coverage install dist clean libs $(SUITES:%=tests-%) tests-system
all: $(PROGRAMS)
libs: $(call library,$(LAYERS))

$(B)/mendd: $(B)/o/engine/loop/main.o $(LIB_ENGINE)
	$(call say,LINK)$(LINK) -o $@ $^ -lcurl $(LDLIBS)
$(B)/mendctl: $(OBJ_ctl) $(LIB_ENGINE)
	$(call say,LINK)$(LINK) -o $@ $^ -lcurl $(LDLIBS)
$(B)/mend-sandbox: $(B)/o/cgi/sandbox/main.o $(call library,sandbox) $(LIB_CGI)
	$(call say,LINK)$(LINK) -o $@ $^ -lfcgi $(LDLIBS)
define FACE
$(B)/mend-$(1): $(call objects,cgi/$(1).c cgi/$(1)_*.c) $$(LIB_CGI)
	$$(call say,LINK)$$(LINK) -o $$@ $$^ -lfcgi $$(LDLIBS)
endef
$(foreach f,$(FACES),$(eval $(call FACE,$(f))))

define LAYER
$(B)/lib$(1).a: $(OBJ_$(1)) $(B)/.flags
	$$(call say,AR)rm -f $$@ && $(AR) rcs $$@ $(OBJ_$(1))
endef
$(foreach l,$(LAYERS),$(eval $(call LAYER,$(l))))

# Compiler and flags, rewritten only when they changed.
$(B)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(subst ','\'',$(ALL_CFLAGS))' | cmp -s - $@ || \
		echo '$(CC) $(subst ','\'',$(ALL_CFLAGS))' >$@
FORCE:

$(B)/o/%.o: %.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/o/gen/%.o: $(B)/gen/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
.SECONDARY:

# ---- SQL into C -------------------------------------------------------------

SQL_mend := $(sort $(wildcard engine/store/schema/*.sql))
SQL_sandbox := $(sort $(wildcard cgi/sandbox/schema/*.sql))
# The terminating row keeps an empty list legal C. ? is escaped for trigraphs.
define SCHEMA
$(B)/gen/schema_$(1).c: $(SQL_$(1)) Makefile
	@mkdir -p $$(@D)
	$$(call say,SQL){ echo '/* Made by make from the .sql files. */'; \
	echo '#pragma GCC diagnostic ignored "-Woverlength-strings"'; \
	echo '#include "engine/store/db.h"'; \
	echo 'extern const struct db_migration $(1)_migrations[];'; \
	echo 'extern const int $(1)_migration_count;'; \
	echo 'const int $(1)_migration_count = $(words $(SQL_$(1)));'; \
	echo 'const struct db_migration $(1)_migrations[] = {'; \
	for f in $(SQL_$(1)); do b=$$$${f##*/}; b=$$$${b%.sql}; \
		echo "{ $$$$((10#$$$${b%%_*})), \"$$$${b#*_}\","; \
		sed -e 's/\\/\\\\/g; s/"/\\"/g; s/?/\\?/g' \
			-e 's/^/"/; s/$$$$/\\n"/' "$$$$f"; echo '},'; \
	done; echo '{ 0, 0, 0 } };'; } >$$@.new && mv $$@.new $$@
endef
$(foreach s,mend sandbox,$(eval $(call SCHEMA,$(s))))

# ---- tests ------------------------------------------------------------------

# Sources of a suite's folder that are no test are helpers of all its tests.
define SUITE
$(B)/tests/$(1)/%: $(B)/o/tests/$(1)/%.o $(LIB_$(1)) \
		$(call objects,$(filter-out tests/$(1)/test_%,$(wildcard tests/$(1)/*.c)))
	@mkdir -p $$(@D)
	$$(call say,LINK)$$(LINK) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) \
		$(LDLIBS_$(1)) $$(LDLIBS) -lcmocka
tests-$(1): $(call tests_of,$(1))
endef
LIB_unit := $(call library,sandbox cgi adapters flow store base)
LIB_store := $(call library,flow store base)
LIB_engine := $(LIB_ENGINE)
LDLIBS_unit := -lcurl -lfcgi
LDLIBS_engine := -lcurl \
	-Wl,--wrap=catalog_load,--wrap=catalog_free,--wrap=malloc_trim
$(foreach s,$(SUITES),$(eval $(call SUITE,$(s))))
# Most of its time is small blocks of SQLite's; a sanitizer brings its own ways.
ifeq ($(FLAVOUR),)
$(B)/tests/engine/test_simulation: LDLIBS += -ljemalloc
endif
# The command line is no library: of it only what is tested by itself.
$(B)/tests/unit/test_fixture: $(B)/o/engine/ctl/fixture.o
# Where memory runs out at will, on every core.
$(B)/tests/engine/test_memory: $(B)/o/tests/store/workers.o
$(B)/tests/engine/test_memory: LDFLAGS += -Wl,--wrap=calloc,--wrap=realloc

# Replayed by every test run with a main of our own; searched with libFuzzer.
# The faces come along, each with its main under another name.
FUZZ_SHARED := $(B)/o/tests/fuzz/fuzz.o
FUZZ_LIBS := $(B)/libfaces.a $(call library,cgi adapters flow store base)
OBJ_faces := $(FACES:%=$(B)/o/faces/%.o) $(call objects,cgi/*_*.c)
$(B)/o/faces/%.o: cgi/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes \
		-Dmain=mend_$*_main -MMD -MP -c -o $@ $<
$(B)/libfaces.a: $(OBJ_faces)
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^
$(B)/tests/fuzz/%: $(B)/o/tests/fuzz/%.o $(B)/o/tests/fuzz/replay.o \
		$(FUZZ_SHARED) $(FUZZ_LIBS)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $^ -lfcgi $(LDLIBS)
$(B)/libfuzzer/%: $(B)/o/tests/fuzz/%.o $(FUZZ_SHARED) $(FUZZ_LIBS)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -fsanitize=fuzzer -o $@ $^ -lfcgi $(LDLIBS)
fuzz-replay: $(FUZZERS:%=$(B)/tests/fuzz/%)
fuzz-build: $(FUZZERS:%=$(B)/libfuzzer/%)

# Measured by `make bench`: the engine in one process, and a load for the API.
bench-build: $(B)/tests/bench/engine_bench $(B)/tests/bench/load
$(B)/tests/bench/engine_bench: $(call objects,tests/bench/engine_*.c) \
		$(LIB_ENGINE)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $^ -lcurl $(LDLIBS)
$(B)/tests/bench/load: $(B)/o/tests/bench/load.o $(call library,base)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $^ $(LDLIBS)

# What system tests are done with, besides the programs themselves.
tests-system: $(B)/tests/system/flood $(B)/tests/system/killpoint.so \
	$(B)/tests/system/bad_disk.so
# More requests than can be served, for the tests of overload.
$(B)/tests/system/flood: $(B)/o/tests/system/flood.o
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) -o $@ $^

# Preloaded into a program that is to be struck at one of its calls.
$(B)/tests/system/killpoint.so: tests/system/killpoint.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(ALL_CFLAGS) -U_FORTIFY_SOURCE -fPIC -shared -o $@ $<
# Loaded in front of programs, for the tests of disks that fail.
$(B)/tests/system/bad_disk.so: tests/system/bad_disk.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $<

# ---- what people call -------------------------------------------------------

static/vendor: package.json package-lock.json $(wildcard static/build.mjs)
	[ -d node_modules ] || .ci/deps run
	if grep -q '"vendor":' package.json; then \
		npm run --silent vendor; touch $@; fi
deps:
	.ci/deps test
run:
	.ci/deps run
	$(MAKE) all static/vendor
	exec $(B)/mendctl dev --data var --port $(PORT)
test:
	.ci/deps test
	tests/run
asan:
	tests/run asan
valgrind: all
	WRAPPER="valgrind -q --leak-check=full --error-exitcode=99" \
		tests/run $(SUITES)
fuzz:
	$(MAKE) FLAVOUR=fuzz CC=clang fuzz-build
	BUILD=$(BUILD) tests/fuzz/run
# What is promised, shown at full size; soak: all of it, for some hours.
simulation kills faults hostile storm soak: all
	tests/run $@
bench: all
	tests/run bench
lint:
	tests/lint.sh
FORMATTED = $(wildcard $(foreach d,engine/* cgi cgi/* tests tests/*,$d/*.c $d/*.h))
fmt:
	clang-format -i $(FORMATTED)
analyze:
	clang --analyze --analyzer-output text -Xclang -analyzer-werror \
		-std=c17 -D_GNU_SOURCE -I. -DMEND_PREFIX='""' \
		-DMEND_VERSION='""' $(filter-out tests/% %.h,$(FORMATTED))
coverage:
	find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	FLAVOUR=coverage tests/run $(SUITES)
	gcov -n $$(find $(BUILD)/coverage/o/engine -name '*.gcda') 2>/dev/null | \
		awk -F"[':% ]+" '/^File/ { f = $$2 } /^Lines/ && \
		f ~ /^engine/ { printf "%6.1f %% of %5d %s\n", $$3, $$5, f; f = "" }' | \
		sort -n
# Plants faults one by one: tests must see each.
planted:
	BUILD=$(BUILD) tests/planted/run
clean:
	rm -rf $(BUILD)
dist:
	mkdir -p $(BUILD)
	git archive --prefix=mend-$(VERSION)/ -o $(BUILD)/mend-$(VERSION).tar.gz HEAD

D = $(DESTDIR)
# Of the packaged web server: address, folder of its pid, of its temporary files.
LISTEN ?= 127.0.0.1:8090
WEB_RUN ?= /run/mend-web
WEB_CACHE ?= /var/cache/mend-web
RENDER_UNIT = sed -e 's|/usr/bin/mendctl|$(PREFIX)/bin/mendctl|' \
	-e 's|/usr/libexec/mend|$(PREFIX)/libexec/mend|' \
	-e 's|/etc/mend|$(SYSCONFDIR)/mend|'
RENDER_NGINX = sed -e '/^[ \t]*\#/b' -e 's|@LISTEN@|$(LISTEN)|' \
	-e 's|@WORKER_USER@||' -e 's|@LOG@|stderr|' \
	-e 's|@PID@|$(WEB_RUN)/nginx.pid|' -e 's|@TEMP@|$(WEB_CACHE)|' \
	-e 's|@STATIC@|$(PREFIX)/share/mend/static|' \
	-e 's|@RUNS_SOCK@|/run/mend/runs.sock|' \
	-e 's|@TASKS_SOCK@|/run/mend/tasks.sock|' \
	-e 's|@REPORTS_SOCK@|/run/mend/reports.sock|' \
	-e 's|@SANDBOX_SOCK@|/run/mend/sandbox.sock|'
# Settings that somebody has changed are left alone.
install: all static/vendor
	install -d $(D)$(PREFIX)/bin $(D)$(PREFIX)/libexec/mend \
		$(D)$(PREFIX)/lib/systemd/system $(D)$(SYSCONFDIR)/mend
	install $(filter %/mendctl,$(PROGRAMS)) $(D)$(PREFIX)/bin
	install $(filter-out %/mendctl,$(PROGRAMS)) $(D)$(PREFIX)/libexec/mend
	cd static && find . -type f ! -name build.mjs ! -name tsconfig.json \
		! -name '*.d.ts' -exec install -D -m 644 {} \
		$(abspath $(D)$(PREFIX))/share/mend/static/{} \;
	cd conf && find adapters playbooks policy schema nginx openapi.json -type f \
		-exec install -D -m 644 {} \
		$(abspath $(D)$(SYSCONFDIR))/mend/{} \;
	test -e $(D)$(SYSCONFDIR)/mend/mend.conf || $(RENDER_UNIT) \
		conf/systemd/mend.conf >$(D)$(SYSCONFDIR)/mend/mend.conf
	$(RENDER_NGINX) conf/nginx/mend.conf.in >$(D)$(SYSCONFDIR)/mend/nginx.conf
	cd conf/systemd && for unit in *.service *.socket *.target; do \
		$(RENDER_UNIT) $$unit \
			>$(abspath $(D)$(PREFIX))/lib/systemd/system/$$unit; done
	install -D -m 644 conf/systemd/mend.sysusers \
		$(D)/usr/lib/sysusers.d/mend.conf
	install -D -m 644 conf/systemd/mend.tmpfiles \
		$(D)/usr/lib/tmpfiles.d/mend.conf

-include $(shell find $(B)/o -name '*.d' 2>/dev/null)
