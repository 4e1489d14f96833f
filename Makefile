# SPOM's build: one file, nothing recursive, everything under build/.
#
#   make                    all programs and the PAM module, with $(CC)    -> build/bin
#   make CC=clang           the same with clang                           -> build/clang/bin
#   make SANITIZE=address,undefined    (make asan) with ASan and UBSan    -> build/asan/bin
#   make BUILD=DIR          somewhere else than build/
#
# `make help` lists the targets. Sources are found by folder: a new .c file in gateway/X belongs to build/lib/X.a,
# a program is built as soon as its main.c exists, each tests/unit/**/test_*.c is a test, each tests/fuzz/*.c a
# fuzz target.

VERSION := 0.1.0

PREFIX ?= /usr/local
BUILD ?= build
PYTHON := /usr/bin/python3
comma := ,
SILENT := $(V)$(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

ifeq ($(origin CC),default)
CC := gcc
endif

# ---------------------------------------------------------------------------------------------- variants
# Objects of another compiler, of a sanitizer, or with the test clock never meet: each has its own tree.
SANITIZE ?=
IS_CLANG := $(findstring clang,$(CC))
ifneq ($(findstring fuzzer,$(SANITIZE)),)
B := $(BUILD)/fuzz
else
B := $(BUILD)$(if $(IS_CLANG),/clang)$(if $(SANITIZE),/$(patsubst address,asan,$(patsubst thread,tsan,$(firstword $(subst $(comma), ,$(SANITIZE))))))
endif
ASAN := address,undefined

# ------------------------------------------------------------------------------------------------- flags
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes
HARDENING := -fstack-protector-strong -fstack-clash-protection \
	$(if $(filter x86_64 i686,$(shell uname -m)),-fcf-protection)
SECTIONS := -ffunction-sections -fdata-sections
DEFINES := -D_GNU_SOURCE -DSPOM_VERSION='"$(VERSION)"'
INCLUDES := -Igateway -Ipam_spom -I/usr/include/libxml2
CFLAGS_BASE := -std=gnu17 -g -pthread $(WARNINGS) $(HARDENING) $(SECTIONS) $(DEFINES) $(INCLUDES)
LDFLAGS_BASE := -pthread -Wl,--as-needed -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack

ifeq ($(SANITIZE),)
CFLAGS_BASE += -O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
else
# Test builds: the clock can be moved (base/clock.h). Sanitized code gives gcc false warnings, so none is fatal here.
CFLAGS_BASE += -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all -DSPOM_TEST_CLOCK \
	-fsanitize=$(subst fuzzer,fuzzer-no-link,$(SANITIZE))
LDFLAGS_BASE += -fsanitize=$(subst fuzzer,fuzzer-no-link,$(SANITIZE))
endif

# When it was built, for gateway/authority/timekeeper_watch.c alone.
SOURCE_DATE_EPOCH ?= $(shell date +%s)
%/authority/timekeeper_watch.o: CFLAGS_BASE += -DSPOM_BUILT_S=$(SOURCE_DATE_EPOCH)

CFLAGS ?=
LDFLAGS ?=
COMPILE = $(CC) $(CFLAGS_BASE) $(CFLAGS) -MMD -MP
Q := $(if $(V),,@)
say = $(if $(SILENT),,@printf '  %-5s %s\n' '$(1)' '$(2)')

# ----------------------------------------------------------------------------------------------- sources
# One find for all of them: a build with nothing to do costs no more.
ALL_C := $(shell find gateway pam_spom tests/unit tests/fuzz tests/bench tests/flow -name '*.c' 2>/dev/null | LC_ALL=C sort)

# The folders of gateway/ that are libraries; each but a tool/ folder and a main.c goes into build/lib/FOLDER.a.
LIBRARIES := base sandbox wire conf log pool text authority front gate judge courier ctl
sources = $(filter-out %/main.c $(foreach l,$(LIBRARIES),gateway/$(l)/tool/%),$(filter gateway/$(1)/%,$(ALL_C)))
objects = $(patsubst %.c,$(B)/obj/%.o,$(1))
exists = $(filter $(1),$(ALL_C))

# Whose archives a program of that folder links, in link order. The layers themselves: tests/lint/layers.py.
USES_base := base
USES_sandbox := sandbox base
USES_wire := wire base
USES_conf := conf base
USES_log := log base
USES_pool := pool log base
USES_text := text wire base
USES_authority := authority conf log wire sandbox base
USES_front := front gen text conf log wire sandbox base
USES_gate := gate pool conf log wire sandbox base
USES_judge := judge pool log wire sandbox base
USES_courier := courier gen text conf log wire sandbox base
USES_ctl := ctl gen text authority conf log wire sandbox base
USES_pam_spom := pam_spom gen wire base
USES_ALL := front gate judge pool ctl authority pam_spom gen text conf log wire sandbox base

# Libraries by folder, as pkg-config names; a -l stands for a library without a .pc file. Asked for only when something is
# linked; --as-needed leaves out what is not used.
LIBS_base :=
LIBS_sandbox := libseccomp
LIBS_wire := jansson
LIBS_conf :=
LIBS_log :=
LIBS_text := jansson
LIBS_authority := ldap lber libsodium libcrypto jansson hiredis liboath libseccomp
LIBS_front := -lcivetweb jansson libqrencode libseccomp
LIBS_gate := pam libseccomp
LIBS_judge := libxml-2.0 libcrypto zlib jansson libseccomp
LIBS_courier := libcurl jansson libseccomp
LIBS_ctl := ldap lber jansson
LIBS_pam_spom := pam
LIBS_ALL := ldap lber libsodium libcrypto libxml-2.0 zlib jansson hiredis liboath libqrencode libcurl pam libseccomp -lcivetweb
libs = $(filter -l%,$(1)) $(if $(filter-out -l%,$(1)),$$(pkg-config --libs $(filter-out -l%,$(1))))
archives = $(patsubst %,$(B)/lib/%.a,$(1))

# ----------------------------------------------------------------------------------------------- targets
# program, its sources, the folder whose USES_ and LIBS_ it has
PROGRAMS :=
define program
$(if $(2),
PROGRAMS += $(B)/bin/$(1)
$(B)/bin/$(1): $(call objects,$(2)) $(call archives,$(filter-out $(if $(TEXTTOOL),,gen),$(USES_$(3)))) $(B)/flags
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) -pie -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $(LDFLAGS_BASE) $(LDFLAGS) $$(call libs,$(LIBS_$(3)))
)
endef

.DEFAULT_GOAL := all
TEXTTOOL := $(if $(call exists,gateway/text/tool/main.c),$(B)/bin/texttool)
MODULE := $(if $(filter pam_spom/%,$(ALL_C)),$(B)/bin/pam_spom.so)
NEEDS_NO_TREE := clean help print-%

$(eval $(call program,spom-authority,$(call exists,gateway/authority/main.c),authority))
$(eval $(call program,spom-front,$(call exists,gateway/front/main.c),front))
$(eval $(call program,spom-gate,$(call exists,gateway/gate/main.c),gate))
$(eval $(call program,spom-judge,$(call exists,gateway/judge/main.c),judge))
$(eval $(call program,spom-courier,$(call exists,gateway/courier/main.c),courier))
$(eval $(call program,spomctl,$(call exists,gateway/ctl/main.c),ctl))
$(eval $(call program,seedtool,$(call exists,gateway/authority/tool/%.c),authority))
$(eval $(call program,conftool,$(call exists,gateway/conf/tool/%.c),conf))
$(eval $(call program,wiretool,$(call exists,gateway/wire/tool/%.c),wire))
$(eval $(call program,texttool,$(call exists,gateway/text/tool/%.c),text))

# The manual of the settings is written from their table.
$(B)/man/spom.conf.5: $(B)/bin/conftool
	$(call say,MAN,$@)
	@mkdir -p $(@D)
	$(Q)$< manual > $@

.PHONY: all
all: $(PROGRAMS) $(MODULE) $(B)/man/spom.conf.5

# The commands in full, so that a change of flags, compiler or version rebuilds what it concerns.
define STAMP
$(COMPILE) $(LDFLAGS_BASE) $(LDFLAGS)
endef
ifneq ($(filter-out $(NEEDS_NO_TREE),$(or $(MAKECMDGOALS),all)),)
$(if $(wildcard $(B)/lib/.),,$(shell mkdir -p $(B)/lib))
ifneq ($(strip $(file <$(B)/flags)),$(strip $(STAMP)))
$(file >$(B)/flags,$(STAMP))
endif
endif
$(B)/flags: ;

$(B)/obj/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -fPIE -fvisibility=hidden -c -o $@ $<

# An archive is made anew when one of its objects or their list changes; a deleted source leaves no member behind.
define archive
ifneq ($(filter-out $(NEEDS_NO_TREE),$(or $(MAKECMDGOALS),all)),)
ifneq ($$(strip $$(file <$(B)/lib/$(1).list)),$$(strip $(2)))
$$(file >$(B)/lib/$(1).list,$(2))
endif
endif
$(B)/lib/$(1).list: ;
$(B)/lib/$(1).a: $(2) $(B)/lib/$(1).list
	$$(call say,AR,$$@)
	@rm -f $$@
	$(Q)ar qcsD $$@ $$(filter %.o,$$^)
endef
$(foreach l,$(LIBRARIES),$(eval $(call archive,$(l),$(call objects,$(call sources,$(l))))))

# --------------------------------------------------------------------------------------------- GENERATED
# Templates, strings and static files of web/ become C: pages.c, strings.c and static.c for front, words.c for the PAM
# module (the sentences it may have to say). The tool of gateway/text does it, and an unknown field, a field without an
# escape or a string that a language lacks ends the build. The one command:
#
#       build/bin/texttool compile web build/gen
#
# Another generated file is one more word in GENERATED. Without gateway/text/tool/main.c nothing is generated.
GENERATED := $(if $(TEXTTOOL),$(addprefix $(B)/gen/,pages.c strings.c static.c words.c))
ifneq ($(GENERATED),)
WEB := $(shell find web -type f 2>/dev/null | LC_ALL=C sort)
$(GENERATED) &: $(TEXTTOOL) $(WEB)
	$(call say,GEN,$(B)/gen)
	@mkdir -p $(B)/gen
	$(Q)$(TEXTTOOL) compile web $(B)/gen

$(B)/obj/gen/%.o: $(B)/gen/%.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -fPIE -fvisibility=hidden -c -o $@ $<
$(eval $(call archive,gen,$(patsubst $(B)/gen/%.c,$(B)/obj/gen/%.o,$(GENERATED))))
endif

# -------------------------------------------------------------------------------------------- the module
# pam_spom.so lives in other people's processes: position-independent objects of its own, base, wire and words pulled
# from archives member by member (wire/json.c, and so jansson, is never pulled), nothing exported but pam_sm_*.
pic = $(patsubst %.c,$(B)/pic/%.o,$(1))
PIC_ARCHIVES := wire base $(if $(GENERATED),words)
$(B)/pic/%.o: %.c $(B)/flags
	$(call say,CC,$< (pic))
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -fPIC -c -o $@ $<

$(B)/pic/gen/%.o: $(B)/gen/%.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -fPIC -c -o $@ $<

$(eval $(call archive,pic-wire,$(call pic,$(call sources,wire))))
$(eval $(call archive,pic-base,$(call pic,$(call sources,base))))
$(eval $(call archive,pic-words,$(if $(GENERATED),$(B)/pic/gen/words.o)))
$(eval $(call archive,pam_spom,$(call objects,$(filter pam_spom/%,$(ALL_C)))))

$(B)/lib/pam_spom.map: Makefile
	@mkdir -p $(@D)
	@echo '{ global: pam_sm_*; local: *; };' >$@

$(B)/bin/pam_spom.so: $(call pic,$(filter pam_spom/%,$(ALL_C))) $(patsubst %,$(B)/lib/pic-%.a,$(PIC_ARCHIVES)) \
		$(B)/lib/pam_spom.map $(B)/flags
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -o $@ $(filter %.o,$^) $(filter %.a,$^) -Wl,--version-script=$(B)/lib/pam_spom.map \
		$(if $(SANITIZE),,-Wl$(comma)-z$(comma)defs) $(LDFLAGS_BASE) $(LDFLAGS) $(call libs,$(LIBS_pam_spom))

# -------------------------------------------------------------------------------------------- unit tests
# tests/unit/X/**/test_*.c becomes one program each, linked with what a program of gateway/X is linked with. The other .c files
# of tests/unit/X (helpers, fakes) are archives that each of them may pull from; fake_Y.c stands for the real Y everywhere but
# in the tests of Y itself, tests/unit/X/Y/, and of what is tested together with the real Y (REAL_).
REAL_account := directory
REAL_shelf := directory
UNIT_C := $(filter tests/unit/%,$(ALL_C))
UNIT_TESTS := $(foreach f,$(UNIT_C),$(if $(filter test_%,$(notdir $(f))),$(f)))
UNIT_HELPERS := $(filter-out $(UNIT_TESTS),$(UNIT_C))
UNIT_PROGRAMS := $(patsubst %.c,$(B)/%,$(UNIT_TESTS))
UNIT_FOLDERS := $(patsubst %/,%,$(sort $(dir $(UNIT_TESTS))))
folder_of = $(word 3,$(subst /, ,$(1)))
helpers = $(filter-out $(foreach y,$(notdir $(1)) $(REAL_$(notdir $(1))),%/fake_$(y).c),$(filter tests/unit/$(call folder_of,$(1))/%,$(UNIT_HELPERS)))
helper_archive = unit-$(subst /,-,$(patsubst tests/unit/%,%,$(1)))

$(B)/obj/tests/%: COMPILE += -Itests/unit
$(foreach d,$(UNIT_FOLDERS),$(eval $(call archive,$(call helper_archive,$(d)),$(call objects,$(call helpers,$(d))))))

# What judges what a folder makes.
JUDGES_authority := cjose

# folder of tests, folder of gateway
define unit
$(B)/$(1)/%: $(B)/obj/$(1)/%.o $(B)/lib/$(call helper_archive,$(1)).a \
		$(call archives,$(filter-out $(if $(TEXTTOOL),,gen),$(or $(USES_$(2)),$(USES_ALL)))) $(B)/flags
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) -pie -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $$(LDFLAGS_BASE) $(LDFLAGS) \
		$$(call libs,cmocka $(JUDGES_$(2)) $(or $(LIBS_$(2)),$(if $(USES_$(2)),,$(LIBS_ALL))))
endef
$(foreach d,$(UNIT_FOLDERS),$(eval $(call unit,$(d),$(call folder_of,$(d)))))
.SECONDARY:

# The test_failing.c of a folder makes each allocation of our code fail once: tests/unit/failing stands in the place of the functions
# that allocate. For the module that is a module of its own, so that what links the tests is as it always is.
FAILING := malloc calloc realloc strdup strndup getline mmap arena_alloc arena_array arena_copy arena_printf
FAILING_PAM := $(FAILING) pam_set_item pam_set_data
FAILING_C := $(filter tests/unit/failing/%,$(UNIT_C))
wrapped = $(patsubst %,-Wl$(comma)--wrap=%,$(1))
$(eval $(call archive,unit-failing,$(call objects,$(FAILING_C))))
UNIT_FAILING := $(filter %/test_failing,$(UNIT_PROGRAMS))
$(filter-out %/pam_spom/test_failing,$(UNIT_FAILING)): private LDFLAGS_BASE += $(call wrapped,$(FAILING)) $(B)/lib/unit-failing.a
$(UNIT_FAILING): $(B)/lib/unit-failing.a

FAILING_MODULE := $(B)/tests/unit/pam_spom/pam_spom_failing.so
$(B)/pic/tests/%: COMPILE += -Itests/unit
$(B)/lib/pam_spom_failing.map: Makefile
	@mkdir -p $(@D)
	@echo '{ global: pam_sm_*; failing_*; local: *; };' >$@
$(FAILING_MODULE): $(call pic,$(filter pam_spom/%,$(ALL_C)) $(FAILING_C)) $(patsubst %,$(B)/lib/pic-%.a,$(PIC_ARCHIVES)) \
		$(B)/lib/pam_spom_failing.map $(B)/flags
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -o $@ $(filter %.o,$^) $(filter %.a,$^) -Wl,--version-script=$(B)/lib/pam_spom_failing.map \
		$(call wrapped,$(FAILING_PAM)) $(LDFLAGS_BASE) $(LDFLAGS) $(call libs,$(LIBS_pam_spom))
$(filter %/pam_spom/test_failing,$(UNIT_FAILING)): | $(FAILING_MODULE)

.PHONY: unit run-unit unit-programs
unit-programs: $(UNIT_PROGRAMS)
unit:
	$(Q)$(MAKE) --no-print-directory SANITIZE=$(if $(SANITIZE),$(SANITIZE),$(ASAN)) run-unit
run-unit: all unit-programs
	$(Q)SPOM_BIN_DIR=$(abspath $(B)/bin) $(PYTHON) tests/unit/run.py $(UNIT_PROGRAMS)

# ------------------------------------------------------------------------------------------------ fuzzing
# Each tests/fuzz/NAME.c is a libFuzzer target; its corpus lies in tests/fuzz/corpus/NAME. NAME begins with the folder that
# it fuzzes (wire_frame, front_http), which says what is linked. tests/fuzz/help is an archive that each may pull from.
FUZZ_HELPERS := $(filter tests/fuzz/help/%,$(ALL_C))
FUZZ_C := $(filter-out $(FUZZ_HELPERS),$(filter tests/fuzz/%,$(ALL_C)))
FUZZ_NAMES := $(patsubst tests/fuzz/%.c,%,$(FUZZ_C))
FUZZ_PROGRAMS := $(patsubst %,$(BUILD)/fuzz/bin/fuzz-%,$(FUZZ_NAMES))
FUZZ_SECONDS ?= 60
fuzz_folder = $(filter $(LIBRARIES) pam_spom,$(firstword $(subst _, ,$(1))))

define fuzz
$(BUILD)/fuzz/bin/fuzz-$(1): $(BUILD)/fuzz/obj/tests/fuzz/$(1).o $(BUILD)/fuzz/lib/fuzz-help.a \
		$(patsubst %,$(BUILD)/fuzz/lib/%.a,$(filter-out $(if $(TEXTTOOL),,gen),$(USES_$(or $(call fuzz_folder,$(1)),ALL)))) $(B)/flags
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) -pie -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $(LDFLAGS_BASE) $(LDFLAGS) -fsanitize=fuzzer \
		$$(call libs,$(LIBS_$(or $(call fuzz_folder,$(1)),ALL)))
endef
ifneq ($(findstring fuzzer,$(SANITIZE)),)
$(B)/obj/tests/fuzz/%: COMPILE += -Itests
$(eval $(call archive,fuzz-help,$(call objects,$(FUZZ_HELPERS))))
$(foreach n,$(FUZZ_NAMES),$(eval $(call fuzz,$(n))))
$(BUILD)/fuzz/bin/fuzz-pam_conversation: | $(MODULE)
endif

.PHONY: fuzz fuzz-programs run-fuzz-programs fuzz-replay
run-fuzz-programs: $(FUZZ_PROGRAMS)
fuzz-programs:
	$(Q)$(MAKE) --no-print-directory CC=clang SANITIZE=fuzzer,$(ASAN) run-fuzz-programs
fuzz: fuzz-programs
	$(Q)$(PYTHON) tests/fuzz/run.py --seconds $(FUZZ_SECONDS) $(FUZZ_PROGRAMS)
fuzz-replay: fuzz-programs
	$(Q)$(PYTHON) tests/fuzz/run.py --replay $(FUZZ_PROGRAMS)

# The inputs that the message table gives by itself.
CORPORA := $(if $(filter %/wiretool,$(PROGRAMS)),$(BUILD)/fuzz/corpus/.made)
ifneq ($(findstring fuzzer,$(SANITIZE)),)
$(BUILD)/fuzz/corpus/.made: $(B)/bin/wiretool tests/fuzz/seeds.py
	$(call say,GEN,$(@D))
	@mkdir -p $(@D)/wire
	$(Q)$< corpus $(@D)/wire
	$(Q)$(PYTHON) tests/fuzz/seeds.py $< $(@D)/wire_json
	@touch $@
run-fuzz-programs: $(CORPORA)
endif

# ---------------------------------------------------------------------------------------------- analysis
# Three readers that run nothing. What one says of one file lies in build/analyze/TOOL/FILE.txt and is made anew when the file,
# a header of it or the reader's settings change; run.py adds up. Each is given no more than ANALYZE_S for a file.
# ANALYZE="gateway pam_spom": those folders alone, as make check has it.
ANALYZE ?= gateway pam_spom tests/unit
ANALYZED := $(filter $(patsubst %,%/%,$(ANALYZE)),$(ALL_C))
ANALYZE_S := 60
READERS_ALL := gcc clang-tidy cppcheck
A := $(BUILD)/analyze
ANALYZE_DEFINES = $(DEFINES) -DSPOM_BUILT_S=1 $(if $(filter tests/%,$<),-DSPOM_TEST_CLOCK)
ANALYZE_INCLUDES := $(INCLUDES) -Itests/unit
# Time of the processor: how busy the machine is does not count.
bounded = ulimit -t $(ANALYZE_S);
# An output that a reader did not end is none.
kept = >$@.new 2>&1 || { cat $@.new; exit 1; }; mv $@.new $@

# The analyzer of gcc loses its way in what -O2 makes of a file, and misses most at -O0.
READ_gcc = gcc -std=gnu17 -pthread -O1 -fanalyzer $(ANALYZE_DEFINES) $(ANALYZE_INCLUDES) -c -o /dev/null
READ_clang-tidy = clang-tidy --quiet
# It reads no system headers, but knows what is in them. __VA_OPT__ (log/log.h) is newer than it is. What it calls style is left out: the
# compilers' warnings and clang-format say it better.
READ_cppcheck = cppcheck --quiet --std=c11 --library=posix,gnu --enable=warning,performance,portability \
	'-D__VA_OPT__(...)=' $(ANALYZE_DEFINES) $(ANALYZE_INCLUDES)

ifneq ($(filter analyze,$(MAKECMDGOALS)),)
define READERS
$(READ_gcc)
$(READ_clang-tidy) $(ANALYZE_DEFINES) $(ANALYZE_INCLUDES)
$(READ_cppcheck)
endef
$(if $(wildcard $(A)/.),,$(shell mkdir -p $(A)))
ifneq ($(strip $(file <$(A)/flags)),$(strip $(READERS)))
$(file >$(A)/flags,$(READERS))
endif
-include $(shell find $(A)/gcc -name '*.d' 2>/dev/null)
endif
$(A)/flags: ;

# Which headers a file has gcc tells the others.
$(A)/gcc/%.txt: % $(A)/flags
	$(call say,GCC,$<)
	@mkdir -p $(@D)
	$(Q)$(bounded) $(READ_gcc) -MMD -MP -MF $(@:.txt=.d) $(foreach t,$(READERS_ALL),-MT $(A)/$(t)/$<.txt) $< $(kept)

$(A)/clang-tidy/%.txt: % .clang-tidy $(A)/flags
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	$(Q)$(bounded) $(READ_clang-tidy) $< -- -std=gnu17 $(ANALYZE_DEFINES) $(ANALYZE_INCLUDES) $(kept)

$(A)/cppcheck/%.txt: % $(A)/flags
	$(call say,CPPC,$<)
	@mkdir -p $(@D)
	$(Q)$(bounded) $(READ_cppcheck) $< $(kept)

.PHONY: analyze
analyze: $(foreach t,$(READERS_ALL),$(patsubst %,$(A)/$(t)/%.txt,$(ANALYZED)))
	$(Q)$(PYTHON) tests/analyze/run.py $(A) $(ANALYZED)

# ------------------------------------------------------------------------------------------- other tests
# SPOM_BIN_DIR is the folder whose programs the campus runs; `make check` gives the sanitized ones.
export SPOM_BIN_DIR ?= $(abspath $(B)/bin)
PYTEST := $(PYTHON) -m pytest -q -p no:cacheprovider
PYTEST_FOLDERS := tests/lint tests/flow tests/browser

# Each tests/bench/NAME.c but bench.c and http.c, which they share, is a load generator: build/bin/bench-NAME.
BENCH_NAMES := $(filter-out bench http,$(patsubst tests/bench/%.c,%,$(filter tests/bench/%,$(ALL_C))))
BENCH_PROGRAMS := $(patsubst %,$(B)/bin/bench-%,$(BENCH_NAMES))
$(B)/bin/bench-%: $(B)/obj/tests/bench/%.o $(B)/obj/tests/bench/bench.o $(B)/obj/tests/bench/http.o $(B)/flags
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pie -o $@ $(filter %.o,$^) $(LDFLAGS_BASE) $(LDFLAGS) $(call libs,ldap lber pam liboath) -lm

# By this flow tests have tokens read.
$(B)/bin/cjosetool: $(B)/obj/tests/flow/cjosetool.o $(B)/flags
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pie -o $@ $(filter %.o,$^) $(LDFLAGS_BASE) $(LDFLAGS) $(call libs,cjose)

.PHONY: asan tsan lint format flow browser bench bench-large check
asan:
	$(Q)$(MAKE) --no-print-directory SANITIZE=$(ASAN) all unit-programs
tsan:
	$(Q)$(MAKE) --no-print-directory SANITIZE=thread run-unit
lint: all
	$(Q)$(PYTHON) tests/lint/run.py
	$(Q)$(PYTEST) tests/lint
format:
	clang-format -i $$(find gateway pam_spom tests -name '*.[ch]')
# FLOW="tests/flow/test_saml.py": those files alone.
FLOW ?= tests/flow
flow: all $(B)/bin/cjosetool
	$(Q)$(PYTEST) --durations=5 $(FLOW)
browser: all
	$(Q)$(PYTEST) --durations=5 tests/browser
# ONLY="check pages": those measures alone. bench-large: beside a campus of a million people.
ONLY ?=
bench bench-large: all $(BENCH_PROGRAMS)
	$(Q)$(PYTHON) tests/bench/bench.py $(if $(filter %-large,$@),--large) $(addprefix --only ,$(ONLY))
SOAK_SECONDS ?= 1800
.PHONY: soak
soak: all
	$(Q)$(PYTHON) tests/soak/soak.py --seconds $(SOAK_SECONDS)
check:
	$(Q)MAKE="$(MAKE)" $(PYTHON) tests/check.py

# ----------------------------------------------------------------------------------------------- the demo
.PHONY: demo demo-up demo-down
demo: all
	$(Q)exec $(PYTHON) tests/campus/campus.py run
demo-up: all
	$(Q)$(PYTHON) tests/campus/campus.py up
demo-down:
	$(Q)$(PYTHON) tests/campus/campus.py down

# ---------------------------------------------------------------------------------------------- installing
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/spom
DATADIR ?= $(PREFIX)/share/spom
LIBDIR ?= $(if $(filter /usr,$(PREFIX)),/usr/lib,$(PREFIX)/lib)
PAMDIR ?= /usr/lib/$(shell gcc -print-multiarch)/security
MANPAGES := $(wildcard docs/man/*.[0-9]) $(B)/man/spom.conf.5
INSTALLED := $(filter %/spom-authority %/spom-front %/spom-gate %/spom-judge %/spom-courier %/spomctl,$(PROGRAMS))
# The demo campus's own files, filled in for a machine: nginx's parts, the stacks of hosts, what people see of their entry.
ETC := tests/campus/etc
EDGE := http.conf server.conf portal.conf forward.conf check.conf app.conf paused.conf
EDGE_VALUES = -e 's|@dir@|$(DATADIR)/nginx|' -e 's|@pages@|$(DATADIR)/pages|' -e 's|@edge@|/etc/nginx/spom-edge.conf|' \
	-e 's|@door@|8081|' -e 's|@check@|8082|' -e 's|@back@|8083|'
UNITS := $(wildcard systemd/*.service systemd/*.socket systemd/*.target)

.PHONY: install deb
install: all
	install -d $(addprefix $(DESTDIR),$(SBINDIR) $(PAMDIR) $(DOCDIR)/examples $(DATADIR)/schema $(DATADIR)/nginx $(DATADIR)/pages)
	install -m 755 $(INSTALLED) $(DESTDIR)$(SBINDIR)
	install -m 644 $(MODULE) $(DESTDIR)$(PAMDIR)
	install -m 644 README.md LICENSE CHANGELOG.md $(wildcard docs/*.md) $(DESTDIR)$(DOCDIR)
	install -m 644 $(addprefix schema/,README.md spom.schema spom.ldif accounts.ldif rules.conf rules.ldif access.conf) $(DESTDIR)$(DATADIR)/schema
	install -m 644 docs/examples/* $(ETC)/profile.conf $(DESTDIR)$(DOCDIR)/examples
	install -m 644 $(wildcard tests/campus/pages/*) $(DESTDIR)$(DATADIR)/pages
	set -e; $(foreach f,$(EDGE),sed $(EDGE_VALUES) $(ETC)/$(f) | install -m 644 /dev/stdin $(DESTDIR)$(DATADIR)/nginx/$(f);)
	set -e; $(foreach f,spom-auth spom-account,sed 's|@module@ socket=@socket@|pam_spom.so|' $(ETC)/pam.d/$(f) | install -D -m 644 /dev/stdin $(DESTDIR)/etc/pam.d/$(f);)
	$(foreach m,$(MANPAGES),install -D -m 644 $(m) $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m));)
	$(foreach d,spom-.service.d spom-.socket.d,install -D -m 644 -t $(DESTDIR)$(LIBDIR)/systemd/system/$(d) systemd/$(d)/*.conf;)
	$(foreach u,$(UNITS),sed 's|@sbin@|$(SBINDIR)|' $(u) | install -m 644 /dev/stdin $(DESTDIR)$(LIBDIR)/systemd/system/$(notdir $(u));)
	install -D -m 644 systemd/sysusers.conf $(DESTDIR)$(LIBDIR)/sysusers.d/spom.conf
	install -D -m 644 systemd/tmpfiles.conf $(DESTDIR)$(LIBDIR)/tmpfiles.d/spom.conf
	install -D -m 644 systemd/pam.conf $(DESTDIR)/etc/pam.d/spom

# A package of what install installs. It starts nothing.
DEB := $(BUILD)/spom_$(VERSION)_$(shell dpkg --print-architecture 2>/dev/null).deb
deb: all
	$(Q)BUILD=$(BUILD) VERSION=$(VERSION) MAKE="$(MAKE)" packages/deb/make.sh $(DEB)

# --------------------------------------------------------------------------------------------------- else
.PHONY: clean help
clean:
	rm -rf $(BUILD)
help:
	@printf '%s\n' \
	'all        programs and module (default)        check      builds with gcc and clang, and every test' \
	'demo       the demo campus, until Ctrl-C        unit       unit tests under ASan and UBSan' \
	'demo-up    the same in the background           flow       tests of the real programs from outside' \
	'demo-down  and its end                          browser    tests in Chromium' \
	'lint       checks of the tree itself            format     clang-format for all C' \
	'analyze    gcc -fanalyzer, clang-tidy, cppcheck' \
	'bench      figures beside their limits          fuzz       every fuzz target for FUZZ_SECONDS (60)' \
	'bench-large  the same with a million people' \
	'install    DESTDIR=, PREFIX=/usr/local          fuzz-replay  the corpora only' \
	'deb        a Debian package of it               soak       mixed load for SOAK_SECONDS (1800)' \
	'clean      removes build/                       asan tsan  sanitized builds; tsan also runs the unit tests' \
	'V=1        shows the commands'

# For programs that ask what the build knows: make -s print-UNIT_TESTS
print-%:
	@echo $($*)

-include $(shell find $(B)/obj $(B)/pic -name '*.d' 2>/dev/null)
