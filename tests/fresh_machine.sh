#!/usr/bin/env bash
# Installs a minimal Debian in a chroot, and runs `make demo` and `make test` in it: as a plain user, then as root.
#
#   tests/fresh_machine.sh [FOLDER]
#
# Needs root and debootstrap. The chroot has python3, python3-venv, make and git, and nothing else. It uses the same
# package registries as this machine: the settings of apt, pip and npm are copied. FOLDER is deleted first.
set -euo pipefail

folder=${1:-/tmp/leidraad-fresh}
release=bookworm
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
    printf 'fresh machine: %s\n' "$1" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail 'needs root: sudo make fresh'
command -v debootstrap >/dev/null || fail 'debootstrap is missing: apt-get install debootstrap'

# In a mount namespace that ends with this process, so that nothing stays mounted in FOLDER.
if [ "${IN_NAMESPACE:-}" != 1 ]; then
    IN_NAMESPACE=1 exec unshare --mount --pid --fork --kill-child --propagation private "$0" "$folder"
fi

inside() { # inside USER COMMAND...: run a command in the chroot, with a clean environment
    local user=$1 home
    shift
    home=$(chroot "$folder" getent passwd "$user" | cut -d: -f6)
    chroot --userspec="$user:$user" "$folder" env -i HOME="$home" USER="$user" LANG=C.UTF-8 CI=true \
        NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -c 'cd ~/leidraad && exec "$@"' sh "$@"
}

report() { # report TITLE SECONDS CODE
    printf '\n>>> %s: exit code %s after %s s\n' "$1" "$3" "$2"
}

try() { # try TITLE USER COMMAND...: run a command, print its exit code, and keep its output in FOLDER.log
    local title=$1 started_at=$SECONDS code=0
    shift
    inside "$@" 2>&1 | tee "$folder.log" || code=${PIPESTATUS[0]}
    report "$title" $((SECONDS - started_at)) "$code"
    return "$code"
}

rm -rf --one-file-system "$folder"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $release" | head -n 1)
debootstrap --variant=minbase --include=python3,python3-venv,make,git,ca-certificates "$release" "$folder" \
    ${mirror:+"$mirror"} >"$folder.log" || fail "debootstrap failed: see $folder.log"

# The settings with which the clients of the package registries work on this machine.
for setting in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/trusted.gpg.d /etc/apt/keyrings \
    /usr/share/keyrings /etc/pip.conf /etc/npmrc /etc/resolv.conf /etc/hosts /usr/local/share/ca-certificates \
    /etc/ssl/certs/ca-certificates.crt; do
    [ ! -e "$setting" ] || cp -aL --parents "$setting" "$folder"
done
find /etc/apt/apt.conf.d -type f ! -name '*docker*' ! -name '*packagekit*' ! -name '*appstream*' \
    -exec cp --parents {} "$folder" \;
chroot "$folder" update-ca-certificates >/dev/null 2>&1

mount --bind /dev "$folder/dev"
mount -t tmpfs tmpfs "$folder/dev/shm" -o mode=1777
mount -t proc proc "$folder/proc"
mount -t tmpfs tmpfs "$folder/tmp" -o mode=1777

chroot "$folder" useradd --create-home --shell /bin/sh visitor
for home in root home/visitor; do
    git clone --quiet "$project" "$folder/$home/leidraad"
done
chroot "$folder" sh -c 'chown -R visitor:visitor ~visitor/leidraad'

try 'make demo, as a plain user' visitor make demo ARGS=--no-server
# Browser and PDF need system packages that only an administrator can install: the output must name them.
if try 'make test, as a plain user' visitor make test; then
    fail 'the tests passed without the system packages that they need'
fi
grep -q 'Ask an administrator: apt-get install' "$folder.log" || fail 'the output does not say what to ask an administrator for'

try 'make demo, as root' root make demo ARGS=--no-server
try 'make test, as root' root make test
# Packages that root installed are there for every user.
try 'make system, as a plain user' visitor make system
printf '\nEverything works on a fresh machine.\n'
