#!/usr/bin/env bash
# Looks for faults for as long as asked: every fuzz target of the repository in turn, then
# every test that reads LODE_SEEDS (drawn inputs) or LODE_KILLS (kill -9), with more of each.
#
#   scripts/torture.sh SEEDS KILLS FUZZTIME
set -euo pipefail

seeds=$1 kills=$2 fuzztime=$3
go=${GO:-go}
cd "$(dirname "$0")/.."

# fuzz runs a fuzz target alone in its package: "go test -fuzz" takes one package, one target.
# It would spend up to a minute on making each interesting input shorter. Before Go 1.27 a
# target that has found nothing may fail when its time is up (go.dev/issue/75804); one that
# has found something names the file in which the input is kept.
fuzz() {
	local package=$1 target=$2 out=$scratch/$2
	echo "== $package $target for $fuzztime"
	"$go" test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" -fuzzminimizetime 1s "$package" 2>&1 | tee "$out" && return
	grep -qx ' *context deadline exceeded' "$out" && ! grep -q 'Failing input' "$out" || return 1
	echo "== $target found nothing; its time was up while an input was tried"
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' . | sort | while read -r file; do
	package=$(dirname "$file")
	sed -nE 's/^func (Fuzz[A-Za-z0-9_]+)\(.*/\1/p' "$file" | while read -r target; do
		fuzz "$package" "$target"
	done
done

# What reads these variables is found by their names, so that a new test needs no entry here.
packages=$(grep -rlE 'LODE_(SEEDS|KILLS)' --include='*_test.go' . | xargs -r -n1 dirname | sort -u)
if [ -z "$packages" ]; then
	echo "torture: no test reads LODE_SEEDS or LODE_KILLS; only fuzzing was done" >&2
	exit 1
fi
echo "== LODE_SEEDS=$seeds LODE_KILLS=$kills in" $packages
LODE_SEEDS=$seeds LODE_KILLS=$kills "$go" test -count=1 -timeout 0 $packages
