# Debian packages for bootstrap and test-packages: quiet, without recommended extras, and never a question. Sourced, not run.

say() { printf '%s\n' "• $*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

can_become_root() {
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null
}

can_install() {
    command -v apt-get >/dev/null && can_become_root
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 apt-get -q -q -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@" >>"$apt_log" 2>&1
}

# The lists may be absent (a fresh root) or older than the archive: then update once and try again.
install_packages() {
    apt_log=$(mktemp)
    apt_get install --no-install-recommends --yes "$@" || { apt_get update && apt_get install --no-install-recommends --yes "$@"; } || {
        tail -n 5 "$apt_log" >&2
        rm -f "$apt_log"
        fail "apt-get could not install: $*"
    }
    rm -f "$apt_log"
}
