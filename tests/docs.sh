#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs.sh [--write]: docs/reference/KIND.md is what the schemas say, agent.md what the agent's tables say; --write makes it so.
set -eu
cd "$(dirname "$0")/.."
howdah=${HOWDAH:-build/release/howdah}
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
code=0
for kind in $("$howdah" schema | cut -d' ' -f1) agent; do
	case $kind in
	agent) /usr/bin/python3 tests/agent_page.py >"$new/$kind.md" ;;
	*) "$howdah" schema "$kind" --format markdown >"$new/$kind.md" ;;
	esac
	if [ "${1-}" = --write ]; then
		cp "$new/$kind.md" "docs/reference/$kind.md"
	elif diff -u "docs/reference/$kind.md" "$new/$kind.md" >"$new/diff" 2>&1; then
		echo "ok - docs/reference/$kind.md is what its source says"
	else
		sed 's/^/# /' "$new/diff" | head -20
		echo "not ok - docs/reference/$kind.md differs from its source: run tests/docs.sh --write"
		code=1
	fi
done
for page in docs/reference/*.md; do
	kind=$(basename "$page" .md)
	[ -f "$new/$kind.md" ] || { echo "not ok - $page describes nothing"; code=1; }
done
exit $code
