#!/bin/sh
# Install the agent programs that tests/agents drives, at the locked versions.
#
# Usage: install.sh FOLDER
#
# FOLDER/node_modules/.bin is what goes on PATH; it holds a Node of its own, so that of the
# machine only npm and any Node that runs it are needed. Nothing else is touched: the cache of
# npm stays where the person has it, and of the person's settings only the registry counts.
set -eu

folder=$1
here=$(cd "$(dirname "$0")" && pwd -P)

fail() {
    printf 'agents: %s\n' "$@" >&2
    exit 1
}

command -v node >/dev/null 2>&1 ||
    fail 'node is not installed; npm needs it.' 'On Debian or Ubuntu: apt-get install nodejs npm'
command -v npm >/dev/null 2>&1 ||
    fail 'npm is not installed.' 'On Debian or Ubuntu: apt-get install npm'

if cmp -s "$here/package-lock.json" "$folder/.ready"; then
    exit 0
fi

mkdir -p "$folder"
rm -f "$folder/.ready"
cp "$here/package.json" "$here/package-lock.json" "$folder"
# What the packages would run at their installation is left out, but for the three that must put
# their program into place: the rest would compile what no test needs.
echo "agents: installing the locked programs into $folder (about 1.6 GB)"
cd "$folder"
run_npm() {
    npm "$@" --no-audit --no-fund --no-update-notifier --loglevel=error
}
# Not `npm ci`: it refuses a lock without the packages for other platforms, and a registry that
# is a mirror need not have those. What the lock names is checked against its hashes all the same.
run_npm install --no-save --ignore-scripts --engine-strict=false >/dev/null ||
    fail 'npm could not install the programs (its words are above).' \
        'Nothing else was touched. Once the registry can be reached: make agents'
# Older versions of npm leave out the programs of packages that are for one platform.
for node in node_modules/node-linux-*/bin/node; do
    [ ! -x "$node" ] || ln -sf "../${node#node_modules/}" node_modules/.bin/node
done
run_npm rebuild --ignore-scripts=false \
    @anthropic-ai/claude-code @moonshot-ai/kimi-code opencode-ai >/dev/null ||
    fail 'a program could not put itself into place (its words are above).' 'Again: make agents'

missing=
for name in node claude codex copilot gemini kimi opencode qwen; do
    [ -x "node_modules/.bin/$name" ] || missing="$missing $name"
done
[ -z "$missing" ] || fail "not there after the installation:$missing"
cp "$here/package-lock.json" .ready
