#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# golden.sh HOWDAH [CASE...] - run the cases of golden/AREA/CASE (all); TAP, then "N passed, N failed, N skipped"
#
# args       command lines, one per step; @IN@ and @OUT@ stand for the platform repository and the output directory
# base       names a case or fixture whose in/ lies below this one's; in/ is laid over it, in.2/ before step 2, and so on;
#            edit/FILE is a sed script for in/FILE (one line that is changed or added shows best so), edit.2/FILE ...;
#            rm, rm.2, ... list what is taken away at that step; out.2/ is laid over the output before step 2
# want/      the output tree, without the digests in howdah.lock and howdah.index unless the file "locks" stands here
# want.diff  instead: how the output differs from that of the base
#            (the file "only" names the folders that are compared, the others being beside the point; cases of messages/ have neither: their tree is not looked at)
# want.err want.out want.code   all steps' messages (none: silence; without the summary except in messages/), output (none: not looked at), last exit code (none: 0)
# Dates are judged by 2026-03-01 where a step names no day and no commit, unless the file "undated" stands here.
# Each case runs twice, under another time zone, locale, directory and number of workers, and must give the same bytes.
# UPDATE=1 writes what came out.
set -u
cd "$(dirname "$0")/.." || exit 2
top=$PWD/golden
exe=$(realpath "${1:?usage: golden.sh HOWDAH [CASE...]}") && shift
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
# shellcheck disable=SC2046 # names without spaces
[ $# -gt 0 ] || set -- $(cd "$top" && find . -name args | sed 's,^\./,,; s,/args$,,' | sort)
n=0 passed=0 failed=0

overlay() { # CASE INTO STEP: what the base and the case put there
	[ "$3" != 1 ] || [ ! -f "$top/$1/base" ] || overlay "$(cat "$top/$1/base")" "$2" 1
	s=.$3 && [ "$3" != 1 ] || s=
	[ ! -d "$top/$1/in$s" ] || cp -R "$top/$1/in$s/." "$2/" || exit 2
	[ ! -d "$top/$1/edit$s" ] || (cd "$top/$1/edit$s" && find . -type f) | while read -r f; do
		sed -i -f "$top/$1/edit$s/$f" "$2/$f" || exit 2; done || exit 2
	[ ! -d "$top/$1/out$s" ] || cp -R "$top/$1/out$s/." "$2/../out/" || exit 2
	[ ! -f "$top/$1/rm$s" ] || (cd "$2" && xargs rm -r <"$top/$1/rm$s")
}

run() { # CASE INTO CWD JOBS: all steps; leaves INTO/{in,out,stdout,stderr,code}
	mkdir -p "$2/in" && : >"$2/stdout" && : >"$2/stderr" && step=0 code=0
	while read -r line; do
		step=$((step + 1))
		overlay "$1" "$2/in" $step
		set -- "$1" "$2" "$3" "$4" "$(echo "$line" | sed "s,@IN@,$2/in,g; s,@OUT@,$2/out,g")"
		case "$line" in compile* | check*) set -- "$1" "$2" "$3" "$4" "$5 -j $4" ;; esac
		case "$line" in *--as-of* | *--source*) ;; compile* | check*) [ -f "$top/$1/undated" ] || set -- "$1" "$2" "$3" "$4" "$5 --as-of 2026-03-01" ;; esac
		# shellcheck disable=SC2086 # a command line
		(cd "$3" && exec "$exe" $5) >>"$2/stdout" 2>>"$2/stderr" </dev/null && code=0 || code=$?
		[ $code -lt 70 ] || echo "step $step crashed: exit code $code" >>"$2/stderr"
	done <"$top/$1/args"
	echo "$code" >"$2/code"
	sed -i "s,$2/in,in,g; s,$2/out,out,g" "$2/stdout" "$2/stderr"
	case $case in messages/*) ;; *) sed -i '/^howdah: [0-9]* cluster/d' "$2/stderr" ;; esac
	mkdir -p "$2/out" && cp -R "$2/out" "$2/tree"
	[ -f "$top/$1/locks" ] || find "$2/tree" \( -name howdah.lock -o -name howdah.index \) -delete
	find "$2/tree" -mindepth 1 -type d -empty -delete
}

keep() { # CASE TREE: takes away what the case does not compare
	[ -f "$top/$1/only" ] || return 0
	mkdir "$2.only" && while read -r f; do
		mkdir -p "$2.only/$f" && [ ! -d "$2/$f" ] || cp -R "$2/$f/." "$2.only/$f"; done <"$top/$1/only"
	rm -rf "$2" && mv "$2.only" "$2" && find "$2" -mindepth 1 -type d -empty -delete
}

tree_diff() { # OLD NEW: without times, names from the roots
	(cd "$2" && diff -ruN "$1" . | sed "/^diff -ruN /d; s,^--- $1/\([^	]*\).*,--- \1,; s,^+++ \./\([^	]*\).*,+++ \1,")
}

judge() { # CASE INTO: (of messages/* the tree is not looked at) prints what differs from what is wanted
	w=$top/$1 old=$top/$([ ! -f "$top/$1/base" ] || cat "$top/$1/base")/want
	if [ ! -d "$old" ] && [ -f "${old%/want}/args" ]; then
		run "$(cat "$w/base")" "$2/base" "$2" 1 && old=$2/base/tree; fi
	[ ! -f "$w/only" ] || { cp -R "$old" "$2/old" && old=$2/old && keep "$1" "$old" && keep "$1" "$2/tree"; }
	case $1 in messages/*) rm -rf "$2/tree" && mkdir "$2/tree" ;; esac
	if [ "${UPDATE:-}" = 1 ]; then
		[ ! -f "$w/want.out" ] || cp "$2/stdout" "$w/want.out"
		rm -rf "$w/want" "$w/want.err" "$w/want.code" "$w/want.diff"
		[ ! -s "$2/stderr" ] || cp "$2/stderr" "$w/want.err"
		[ "$(cat "$2/code")" = 0 ] || cp "$2/code" "$w/want.code"
		if [ -z "$(ls -A "$2/tree")" ]; then :; elif [ -d "$old" ]; then tree_diff "$old" "$2/tree" >"$w/want.diff"
		else cp -R "$2/tree" "$w/want"; fi
	fi
	{ cat "$w/want.code" 2>/dev/null || echo 0; } | diff -u --label wanted-code --label code - "$2/code"
	{ cat "$w/want.err" 2>/dev/null || :; } | diff -u --label wanted-messages --label messages - "$2/stderr"
	[ ! -f "$w/want.out" ] || diff -u "$w/want.out" "$2/stdout"
	if [ -f "$w/want.diff" ]; then tree_diff "$old" "$2/tree" | diff -u "$w/want.diff" -
	elif [ -d "$w/want" ]; then diff -ruN "$w/want" "$2/tree"
	else mkdir "$2/none" && diff -rN "$2/none" "$2/tree"; fi
}

for case; do
	n=$((n + 1)) && a=$tmp/$n.a b=$tmp/$n.b && mkdir -p "$a" "$b/deeper/in a folder"
	TZ=UTC LC_ALL=C run "$case" "$a" "$a" 1
	TZ=Asia/Kathmandu LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 run "$case" "$b" "$b/deeper/in a folder" 2
	what=$(judge "$case" "$a" 2>&1; diff -rN "$a/out" "$b/out"; for f in stdout stderr code; do diff "$a/$f" "$b/$f"; done)
	if [ -z "$what" ]; then passed=$((passed + 1)); echo "ok $n - $case"; else
		failed=$((failed + 1)); echo "not ok $n - $case"; echo "$what" | head -60 | sed 's/^/# /'; fi
	rm -rf "$a" "$b"
done
echo "1..$n"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ] && [ $n -gt 0 ]
