#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh - compile the example platform into a Git repository under build/demo and show what came out, on one screen
#
# build/demo/source      the platform repository, one commit with a fixed author and date
# build/demo/output.git  what `howdah compile` committed from it: branch main
# build/demo/output      a work tree of that branch, to look into
set -eu
cd "$(dirname "$0")/.."
howdah=${HOWDAH:-build/release/howdah}
demo=build/demo source=build/demo/source output=build/demo/output
rm -rf $demo
mkdir -p $demo
log=$demo/log

fail() {
	echo "demo: $1 failed:" >&2
	cat $log >&2
	exit 1
}

# Git as it is, whatever this machine's or this user's settings say.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Platform GIT_AUTHOR_EMAIL=platform@example.com GIT_AUTHOR_DATE='2026-01-05T09:00:00Z'
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
"$howdah" init --demo $source >$log 2>&1 || fail "howdah init"
{
	git init -q -b main $source && git -C $source add -A && git -C $source commit -q -m 'The databases of the shop' &&
		git init -q --bare -b main $output.git
} >$log 2>&1 || fail git

began=$(date +%s%N)
"$howdah" compile --source $source@HEAD --git $output.git --branch main >$log 2>&1 || fail "howdah compile"
took=$((($(date +%s%N) - began) / 1000000))
git clone -q $output.git $output >>$log 2>&1 || fail "git clone"

objects() { # DIR...: the object files below
	find "$@" -name '*.yaml' ! -name kustomization.yaml
}
count() { objects "$@" | wc -l; }
clusters() { # ENV: names of the clusters compiled for it
	find "$output/$1" -name 'postgrescluster-*.yaml' | sed 's,.*/postgrescluster-,,; s,\.yaml$,,' | sort | xargs
}
top() { printf '%s %-31s%5d  %s\n' "$1" "$2" "$(count "$output/$2")" "$3"; }
below() { printf '%s %-27s%5d  %s\n' "$1" "${2#*/}" "$(count "$output/$2")" "$3"; }
by_kind() { # three columns, as wide as they need to be; kinds with fewer than four objects in one
	objects $output | xargs grep -h '^kind: ' | sort | uniq -c | sort -k1,1nr -k3,3 | awk '
		$1 < 4 { few += $1; kinds++; next }
		{ cell[++n] = sprintf("%4d %s", $1, $3) }
		END {
			if (kinds) cell[++n] = sprintf("%4d of %d other kinds", few, kinds)
			rows = int((n + 2) / 3)
			for (i = 1; i <= n; i++) {
				c = int((i - 1) / rows)
				if (length(cell[i]) > wide[c]) wide[c] = length(cell[i])
			}
			for (r = 1; r <= rows; r++) {
				line = ""
				for (i = r; i <= n; i += rows) line = line sprintf("%-" wide[int((i - 1) / rows)] "s  ", cell[i])
				sub(/ +$/, "", line)
				print line
			}
		}'
}

lines=$(grep -cv '^#' $source/intents/prod/team-orders/orders.yaml)
cat <<SCREEN
howdah demo: the databases of an online shop, on two Kubernetes clusters

source   $source       platform.yaml and $(find $source/intents -name '*.yaml' | wc -l) intents
output   $output.git   $(count $output) objects in $(find $output -name howdah.lock | wc -l) directories, one commit on branch main
         $output       a work tree of it
         compiled, checked and committed in $took ms

$output                objects
$(for env in ci dev dr; do top ├── $env "clusters $(clusters $env)"; done)
$(top ├── prod "$(clusters prod | wc -w) clusters, among them orders:")
$(below '│   ├──' prod/team-orders/orders "all that a cluster needs, from an intent of $lines lines")
$(below '│   └──' prod/orders-api/orders.access "its login, in the namespace of the application")
$(top ├── staging "clusters $(clusters staging)")
$(top └── destinations "what a Kubernetes cluster needs before its first database:")
$(below '    ├──' destinations/frankfurt/platform "definitions, namespaces, quotas, default deny")
$(below '    ├──' destinations/frankfurt/sync "Argo CD: one Application per directory")
$(below '    ├──' destinations/hamburg/platform "the same for the second one")
$(below '    └──' destinations/hamburg/sync "Flux: one Kustomization per directory")

$(by_kind)

next: ask why orders has three members; give it a larger disk and see what follows; begin your own
  $howdah explain -C $source \\
    $output/prod/team-orders/orders/statefulset-orders.yaml:spec.replicas
  echo '  storage: {size: 300Gi}' >>$source/intents/prod/team-orders/orders.yaml &&
    $howdah compile -C $source -o $output &&
    git -C $output diff '*.yaml'
  $howdah init build/mine &&
    $howdah compile -C build/mine -o build/mine/out
SCREEN
