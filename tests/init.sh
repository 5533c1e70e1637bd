#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# init.sh - what howdah init writes is a repository that works, for the one who has never seen one
set -eu
cd "$(dirname "$0")/.."
howdah=$(realpath "${HOWDAH:-build/release/howdah}")
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
n=0 bad=0

ok() { # TITLE COMMAND...: exit code 0 of the command, in the repository, is success
	title=$1
	shift
	n=$((n + 1))
	if (cd "$new/x" && "$@") >"$new/log" 2>&1; then
		echo "ok $n - init: $title"
	else
		echo "not ok $n - init: $title"
		head -30 "$new/log" | sed 's/^/# /'
		bad=1
	fi
}

same() { # the files of examples/$1 and seven schemas, no more
	(cd "$top/examples/$1" && find . -type f) | sort >"$new/want"
	find . -type f ! -path './.howdah/*' ! -path './out/*' ! -path './.git/*' | sort | diff "$new/want" - &&
		[ "$(find .howdah -type f | sort | xargs)" = "$(printf '.howdah/schema/%s.json ' IntentTest Platform PostgresCluster \
			PostgresDatabase Report Tier Waiver | sed 's/ $//')" ]
}
editors() { # the first line of each file names the schema of its kind
	for f in platform.yaml waivers.yaml presets/*.yaml tests/*.yaml intents/*/*/*.yaml; do
		[ -f "$f" ] || continue
		named=$(sed -n '1s/^# yaml-language-server: \$schema=//p' "$f")
		kind=$(sed -n 's/^kind: //p' "$f")
		[ -n "$named" ] && [ "$(realpath "$(dirname "$f")/$named")" = "$PWD/.howdah/schema/$kind.json" ] ||
			{ echo "$f: '$named' is not .howdah/schema/$kind.json"; return 1; }
	done
}
valid() { # the schemas are JSON Schemas, and the files pass them
	/usr/bin/python3 - <<'PY'
import glob, json, jsonschema, yaml
schemas = {p[len(".howdah/schema/"):-5]: json.load(open(p)) for p in glob.glob(".howdah/schema/*.json")}
for s in schemas.values(): jsonschema.validators.validator_for(s).check_schema(s)
for p in ["platform.yaml", *glob.glob("waivers.yaml"), *glob.glob("presets/*.yaml"), *glob.glob("tests/*.yaml"), *glob.glob("intents/*/*/*.yaml")]:
    doc = yaml.safe_load(open(p))
    jsonschema.validate(doc, schemas[doc["kind"]])
bad = {"apiVersion": "howdah.dev/v1alpha1", "kind": "PostgresCluster", "metadata": {"name": "a", "namespace": "b"}, "spec": {"verison": 17}}
try: jsonschema.validate(bad, schemas["PostgresCluster"])
except jsonschema.ValidationError: pass
else: raise SystemExit("a misspelt field passes the schema for editors")
PY
}
quiet() { # TEXT COMMAND...: no finding but this one
	text=$1
	shift
	"$@" >"$new/out" 2>&1 || { cat "$new/out"; return 1; }
	! grep -E '(error|warning): ' "$new/out" | grep -v "$text"
}
options() { # howdah in the files of CI: commands and options that exist, in words that compile takes
	sed -n 's/^[^#]*\(- \|run: \|^ *\)\(howdah [a-z]* .*\)/\2/p' .gitlab-ci.yml .github/workflows/databases.yaml >"$new/lines"
	[ "$(wc -l <"$new/lines")" -ge 4 ] || return 1
	while read -r _ command rest; do
		"$howdah" "$command" --help >"$new/help" || return 1
		for word in $rest; do
			case $word in --*) grep -q -e " $word " "$new/help" || { echo "howdah $command: $word"; return 1; } ;; esac
		done
	done <"$new/lines"
}
scripts() { # and run, with the repositories of a CI job
	export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
	git init -q -b main . && git add -A && git commit -q -m first && git init -q --bare -b main "$new/remote.git" &&
		git clone -q --bare "$new/remote.git" "$new/ci.git" 2>"$new/clone" || { cat "$new/clone"; return 1; }
	sed -n 's/^ *- \(howdah .*\)/\1/p' .gitlab-ci.yml | sed "s,/tmp/out.git,$new/ci.git,; s,^howdah,$howdah," >"$new/script"
	[ "$(wc -l <"$new/script")" = 3 ] && sh -e "$new/script" && git -C "$new/ci.git" push -q origin main &&
		git -C "$new/remote.git" cat-file -e main:prod/team-shop/shop/statefulset-shop.yaml
}
newcomer() { # a team and namespace that no file names: no other edit
	mkdir -p intents/prod/harbour intents/dev/harbour
	for env in prod dev; do
		cat >intents/$env/harbour/ships.yaml <<-YAML
			apiVersion: howdah.dev/v1alpha1
			kind: PostgresCluster
			metadata: {name: ships, namespace: harbour}
			spec:
			  team: pilots
			  tier: large
			  version: 18
			  databases: [ships]
			  access: [{namespace: harbour-app}]
		YAML
	done
	"$howdah" check && [ "$("$howdah" compile -o out 2>&1 | grep -c '^howdah: 6 clusters (2 compiled, 4 as before)')" = 1 ]
}
ten() { # the quota of a namespace holds ten large clusters
	for i in 1 2 3 4 5 6 7 8 9; do
		sed "s/name: ships, namespace/name: ships$i, namespace/" intents/prod/harbour/ships.yaml >intents/prod/harbour/ships$i.yaml
	done
	"$howdah" check
}
owned() { # what --own writes is what was built in, and what is changed there counts
	"$howdah" compile -o out || return 1
	for path in lua presets/dev.yaml presets/small.yaml presets/medium.yaml presets/large.yaml templates; do
		"$howdah" init . --own $path || return 1
	done
	[ "$("$howdah" explain --list files | xargs ls | wc -l)" -gt 60 ] && "$howdah" test && "$howdah" compile -o own &&
		diff -r -x howdah.lock -x howdah.index out own || return 1
	sed -i 's/publishNotReadyAddresses: true/&\n    clusterIPs: [None]/' templates/cluster/services.yaml
	sed -i 's/^  memory: .*/  memory: 5Gi/' presets/small.yaml
	"$howdah" compile -o own && grep -q 'memory: "5Gi"' own/prod/team-wiki/wiki/postgrescluster-wiki.yaml &&
		grep -rq clusterIPs own
}
refuses() { ! "$howdah" init .; }

top=$PWD
"$howdah" init "$new/x" 2>"$new/said"
ok "says what to do next, and that works" sh -c "sed -n '/^next/,\$p' '$new/said' | grep -q 'howdah check' && '$howdah' check"
ok "the files of examples/init and the schemas for editors" same init
ok "each file's first line names its schema" editors
ok "the schemas hold for the files, and find a misspelt field" valid
ok "check has nothing to say but what is marked EDIT" quiet 'image-unpinned\|escrow-example' "$howdah" check --as-of 2026-03-01
ok "compile into out" quiet 'image-unpinned\|escrow-example\|not-judged' "$howdah" compile -o out
ok "its tests pass" "$howdah" test
ok "a second compile changes nothing" sh -c "'$howdah' compile -o out 2>&1 | grep -q 'nothing changed'"
ok "an intent for a new team and namespace needs no other edit" newcomer
ok "ten large clusters fit into a namespace" ten
ok "what --own writes is what was built in, and counts when it is changed" owned
ok "the commands and options of the CI files exist" options
ok "the CI script pushes the output" scripts
ok "a directory that holds something is left alone" refuses
rm -rf "$new/x"
"$howdah" init "$new/x" --demo 2>"$new/said"
ok "--demo: the files of examples/demo" same demo
ok "--demo: each file's first line names its schema" editors
ok "--demo: the schemas hold for the files" valid
ok "--demo: check has nothing to say but the digests" quiet image-unpinned "$howdah" check --as-of 2026-03-01
ok "--demo: its tests pass" "$howdah" test --as-of 2026-03-01
echo "1..$n"
exit $bad
