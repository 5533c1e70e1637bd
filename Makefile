# make | check | golden | asan | tsan | fuzz | bench | lint | demo | test | e2e | chaos | soak | nightly | clean   (MODE=release by default)
MODE ?= release
VERSION := 0.1.0
WERROR ?= -Werror
Q    := $(if $(V),,@)# V=1 shows every command
B    ?= build/$(MODE)
OPT_release  = $(LEVEL) -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
OPT_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_tsan    := -O1 -fsanitize=thread
OPT_fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
# What handles every byte is optimized further; the rest costs 4 % more instructions and a third less time to build
LEVEL       := -O1
$B/compiler/base/%.o $B/compiler/tree/%.o: LEVEL := -O2
LD_release  := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wwrite-strings -Wundef -Wvla \
        -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wimplicit-fallthrough -Wnull-dereference -Wdate-time $(WERROR)
CPKG := yaml-0.1 libcjson libgit2 libcrypto lua5.4 zlib
comma := ,
static = -Wl,-Bstatic $1 -Wl,-Bdynamic
# Lua is linked in: it must be the very one that compiled what the binary carries (compiler/world/tool/embed.c)
DLIB := $(patsubst -llua%,$(call static,-llua%),$(shell pkg-config --libs $(CPKG) 2>/dev/null)) -lm -pthread
# The released compiler carries all but cJSON and the C library: to bind the 23 libraries that libgit2 asks for takes longer
# than to check an intent. What compiler/git/tool/ says is true of libgit2 1.5
OFFLINE := $(if $(filter release,$(MODE)),$(filter 1.5.%,$(shell pkg-config --modversion libgit2 2>/dev/null)))
CLIB := $(if $(OFFLINE),$(patsubst %,-Wl$(comma)-u$(comma)%,git_transport_ssh_global_init git_hash_sha1_init) \
        $(call static,-lgit2 -lyaml -llua5.4 -lcrypto -lz -lpcre2-8 -lhttp_parser -lmbedcrypto) -lcjson -lm -pthread,$(DLIB))
RPKG := libcurl libpq libmicrohttpd libssl
RLIB  = -Wl,--as-needed $(shell pkg-config --libs $(RPKG) 2>/dev/null)
DEBUG := $(if $(filter release,$(MODE)),-g1,-g)
PKGFLAGS := $(shell pkg-config --cflags $(CPKG) $(RPKG) 2>/dev/null)
ALL_CFLAGS = $(DEBUG) -std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 $(WARN) $(OPT_$(MODE)) -Icompiler -Iruntime -Itests -DHOWDAH_VERSION=\"$(VERSION)\" -I$B/gen -MMD -MP -pthread \
             -DARENA_EACH=$(if $(filter asan fuzz,$(MODE)),1,0) -ffile-prefix-map=$(CURDIR)=. $(PKGFLAGS) $(CFLAGS)

SRC := $(sort $(wildcard compiler/*/*.c))
LIB := $(filter-out compiler/cmd/%.c,$(SRC))# shared by tests, fuzzers and the runtime
RUN := $(sort $(wildcard runtime/*/*.c))
RUN := $(filter-out runtime/helper/%.c,$(RUN))# a program without libraries, which the agent carries
RUNLIB := $(filter-out runtime/agent/%.c,$(RUN))# all but the program
TST := $(patsubst tests/unit/%.c,$B/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
TOL := $(patsubst tests/unit/%.c,$B/unit/%,$(sort $(wildcard tests/unit/tool_*.c)))# filters that property tests run
FUZ := $(patsubst tests/fuzz/%.c,$B/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
obj  = $(patsubst %.c,$B/%.o,$1)

compiler: $B/howdah
all: $B/howdah $B/howdah-agent
$B/howdah: $(call obj,$(filter compiler/cmd/%,$(SRC))) $B/libhowdah.a
	@echo '  LD  $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LD_$(MODE)) -o $@ $^ $(CLIB)
$B/libhowdah.a: $(call obj,$(LIB) $(if $(OFFLINE),$(wildcard compiler/git/tool/*.c))) $B/gen/embedded.o $B/gen/kubernetes.o
	@rm -f $@
	$(Q)ar crD $@ $^
$B/howdah-agent: $(call obj,$(filter runtime/agent/%,$(RUN))) $B/librun.a $B/libhowdah.a
	@echo '  LD  $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LD_$(MODE)) -o $@ $^ $(RLIB) $(DLIB)
$B/librun.a: $(call obj,$(RUNLIB)) $B/gen/drill.o $B/gen/handover.o
	@rm -f $@
	$(Q)ar crD $@ $^
# What a member's container runs before it ends: its image has other libraries than ours, so it needs none
$B/handover: runtime/helper/handover.c runtime/net/knock.c runtime/net/knock.h runtime/ground/paths.h Makefile
	@echo '  LD  $@'
	$(Q)$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 $(WARN) -Os -Iruntime -static -s -o $@ $(filter %.c,$^)
$B/gen/handover.o: $B/handover
	$(Q)printf '.section .rodata\n.globl handover_program,handover_program_end\nhandover_program: .incbin "$<"\nhandover_program_end: .byte 0\n.section .note.GNU-stack,"",@progbits\n' >$B/gen/handover.S
	$(Q)$(CC) -c -o $@ $B/gen/handover.S
$B/unit/test_agent_%: $B/tests/unit/test_agent_%.o $B/librun.a $B/libhowdah.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(RLIB) $(DLIB)
$B/unit/tool_agent_%: $B/tests/unit/tool_agent_%.o $B/librun.a $B/libhowdah.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(RLIB) $(DLIB)
$B/unit/%: $B/tests/unit/%.o $B/libhowdah.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(CLIB)
$B/fuzz/fuzz_agent_%: $B/tests/fuzz/fuzz_agent_%.o $B/librun.a $B/libhowdah.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(RLIB) $(DLIB)
$B/fuzz/%: $B/tests/fuzz/%.o $B/libhowdah.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(CLIB)
$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo '  CC  $<'
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
# Everything that the binary carries: presets, revisions, templates, schema, Lua (compiler/world/tool/embed.c says how)
EMBED := $(sort $(shell find presets revisions templates schema lua examples/init examples/demo -type f \
           -not -path 'schema/kubernetes/*' 2>/dev/null))
# their names: one that is gone must not stay in the binary
$(shell mkdir -p $B/gen; echo '$(EMBED)' | cmp -s - $B/gen/embedded.list || echo '$(EMBED)' >$B/gen/embedded.list)
$B/gen/embed: compiler/world/tool/embed.c $(call obj,$(wildcard compiler/base/*.c compiler/tree/*.c) compiler/lua/chunk.c)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $(filter %.c %.o,$^) $(DLIB)
$B/gen/embedded.S: $(EMBED) $B/gen/embedded.list $B/gen/embed
	$(Q)$B/gen/embed $B/gen/trees.bin $(EMBED) >$@.new && mv $@.new $@
$B/gen/embedded.o: $B/gen/embedded.S
	$(Q)$(CC) -c -o $@ $<

# The object schemas in their compact form (compiler/kube/compact.h)
$B/gen/compact: compiler/kube/tool/compact.c compiler/kube/compact.h $(call obj,$(addprefix compiler/base/,arena.c buf.c die.c pages.c str.c))
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $(filter %.c %.o,$^) -lcjson -lm
$B/gen/kubernetes.bin: $B/gen/compact $(wildcard schema/kubernetes/*.json schema/kubernetes/*/*.json)
	$(Q)$< schema/kubernetes >$@.new && mv $@.new $@
$B/gen/kubernetes.o: $B/gen/kubernetes.bin
	$(Q)printf '.section .rodata\n.balign 8\n.globl kube_schemas\nkube_schemas: .incbin "$<"\n.section .note.GNU-stack,"",@progbits\n' >$B/gen/kubernetes.S
	$(Q)$(CC) -c -o $@ $B/gen/kubernetes.S

# Scripts that the agent carries for the drill's pod
$B/gen/drill.o: $(wildcard runtime/drill/*.sh)
	@mkdir -p $(@D)
	$(Q)printf '.section .rodata\n.globl drill_script\ndrill_script: .incbin "runtime/drill/drill.sh"\n.byte 0\n.globl drill_fetch\ndrill_fetch: .incbin "runtime/drill/fetch.sh"\n.byte 0\n.section .note.GNU-stack,"",@progbits\n' >$B/gen/drill.S
	$(Q)$(CC) -c -o $@ $B/gen/drill.S

check-build: all $(TST) $(TOL)
check: check-build
	@tests/run-all $(MODE):unit
golden: all
	@UPDATE=1 tests/golden.py $B/howdah; git status --short golden
asan tsan:
	@$(MAKE) -s MODE=$@ check-build && tests/run-all $@:unit $@:golden $@:property
# FUZZ_TIME seconds for each target; what it finds lies in build/fuzz/corpus/NAME and crash-* beside it
FUZZ_TIME ?= 60
fuzz:
	@tests/deps.sh build fuzz && $(MAKE) -s CC=clang-14 MODE=fuzz fuzz-run
fuzz-run: $(FUZ)
	@for f in $(FUZ); do n=$${f##*/fuzz_}; mkdir -p $B/corpus/$$n; \
	  nice $$f -max_total_time=$(FUZZ_TIME) -print_final_stats=1 -artifact_prefix=$B/crash-$$n- \
	    $B/corpus/$$n $$(ls -d tests/fuzz/seeds/$$n 2>/dev/null) || exit 1; done
demo:
	@tests/deps.sh build && $(MAKE) -s all && tests/demo.sh
test:
	@tests/deps.sh build test && $(MAKE) -s check-build && tests/run-all unit data golden property
lint:
	@tests/deps.sh build lint && $(MAKE) -s check-build && tests/run-all lint
# What is slow or wide: more readers of YAML, other seeds, 10,000 clusters, long fuzzing
nightly:
	@tests/deps.sh build lint test e2e && $(MAKE) -s check-build && tests/property/test_quoting.py --wide
	@tests/run-all property e2e agent nodes
	@$(MAKE) -s fuzz FUZZ_TIME=600
	@BENCH=full $(MAKE) -s bench
e2e:
	@tests/deps.sh build test e2e && $(MAKE) -s all check-build && tests/run-all e2e agent nodes
# Random faults on a real cluster under load: two hours, or ten minutes; CHAOS_SEED repeats one (tests/agent/chaos.py)
CHAOS_MINUTES ?= 120
chaos:
	@tests/deps.sh build test e2e && $(MAKE) -s all && CHAOS_MINUTES=$(CHAOS_MINUTES) /usr/bin/python3 tests/agent/chaos.py
soak:
	@$(MAKE) -s chaos CHAOS_MINUTES=10
# Ratios against public tools; BENCH=full adds 10,000 clusters (tests/bench/run)
bench:
	@tests/deps.sh build test && $(MAKE) -s all && tests/bench/run $B/howdah
tidy: $(patsubst %.c,$B/%.tidy,$(SRC) $(RUN) runtime/helper/handover.c)
$B/%.tidy: %.c $(wildcard compiler/*/*.h runtime/*/*.h) .clang-tidy
	@mkdir -p $(@D)
	$(Q)clang-tidy-14 -quiet $< -- $(filter-out -MMD -MP,$(ALL_CFLAGS)) 2>$@.log || { cat $@.log >&2; exit 1; }
	@touch $@
format:
	clang-format-14 -i $(wildcard compiler/*/*.[ch] runtime/*/*.[ch] tests/unit/*.[ch])
clean:
	rm -rf build
.PHONY: bench chaos soak nightly compiler all demo fuzz fuzz-run check check-build golden asan tsan test lint e2e tidy format clean
.SECONDARY:
-include $(shell find $B -name '*.d' 2>/dev/null)
