#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# revisions.sh [--freeze N] - a released pod revision never changes: revisions/frozen holds the digest of each of its files
#
# What stands in revisions/N can reach a running pod, so a changed byte would restart databases. --freeze N writes the
# digests of revision N, when it is released, and those of what it makes (tests/pod_revision.py); from then on pod
# templates change in revision N+1, which image sets name.
set -eu
cd "$(dirname "$0")/.."

judge() { # DIR: what is wrong with the revisions in DIR, or nothing
	(
		cd "$1"
		grep -v '^#' frozen | sha256sum --check --quiet --strict 2>&1 || :
		newest=$(find . -mindepth 1 -maxdepth 1 -type d | sed 's,./,,' | sort -n | tail -1)
		for n in $(find . -mindepth 1 -maxdepth 1 -type d | sed 's,./,,' | sort -n); do
			if grep -q "  $n/" frozen; then
				find "$n" -type f | sort | while read -r f; do grep -qF "  $f" frozen || echo "$f: added to a frozen revision"; done
			elif [ "$n" != "$newest" ]; then
				echo "$n: not frozen, though a newer revision is there"
			fi
		done
	) | grep -v '^sha256sum: \(WARNING\|.*no properly formatted\)' || :
}
freeze() { (cd "$1" && find "$2" -type f | sort | xargs sha256sum >>frozen); }

if [ "${1-}" = --freeze ]; then
	[ -d "revisions/$2" ] && ! grep -q "  $2/" revisions/frozen || { echo "there is no revision $2, or it is frozen"; exit 2; }
	freeze revisions "$2"
	exec tests/pod_revision.py --freeze "$2"
fi

code=0
n=0
is() { # nothing|something TITLE FOUND
	n=$((n + 1))
	case $1${3:+-found} in
	nothing | something-found) echo "ok $n - revisions: $2" ;;
	*)
		echo "not ok $n - revisions: $2"
		echo "${3:-nothing was found}" | sed 's/^/# /'
		code=1
		;;
	esac
}
is nothing "what is frozen is as it was released" "$(judge revisions)"
# and the same judge sees each kind of change
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R revisions "$copy/r"
grep -q "  1/" "$copy/r/frozen" || freeze "$copy/r" 1
is nothing "a frozen copy has nothing wrong" "$(judge "$copy/r")"
mkdir "$copy/r/2"
is nothing "a newer revision may change" "$(judge "$copy/r")"
echo '# a remark' >>"$copy/r/1/tiers/small.yaml"
is something "a changed byte is found" "$(judge "$copy/r")"
cp revisions/1/tiers/small.yaml "$copy/r/1/tiers/small.yaml"
: >"$copy/r/1/tiers/tiny.yaml"
is something "an added file is found" "$(judge "$copy/r")"
rm "$copy/r/1/tiers/tiny.yaml" "$copy/r/1/tiers/large.yaml"
is something "a missing file is found" "$(judge "$copy/r")"
cp revisions/1/tiers/large.yaml "$copy/r/1/tiers/large.yaml"
sed -i '/  1\//d' "$copy/r/frozen"
is something "an older revision that is not frozen is found" "$(judge "$copy/r")"
echo "1..$n"
exit $code
