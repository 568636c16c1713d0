#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Install what OpenPEC needs on Debian 12, where it is missing.
#
#   install-packages.sh build|run|test              install
#   install-packages.sh --missing build|run|test    print what is missing, install nothing
#
#   build   to build the program
#   run     to run it with servers around it, as the demo does
#   test    to run all tests
#
# The mail services of this machine are left as they are: no package is removed for ours, nothing is started or started anew by the
# installation, and a Postfix that is new here gets no configuration.
set -eu

BUILD='gcc libc6-dev make meson ninja-build pkg-config libcurl4-openssl-dev
  libcmocka-dev libconfuse-dev libjansson-dev libldap-dev libp11-kit-dev libpq-dev libsqlite3-dev libssl-dev libsystemd-dev libxml2-dev libzip-dev'
RUN='ca-certificates clamav-daemon curl dovecot-core dovecot-imapd dovecot-lmtpd dovecot-sqlite openssl postfix python3 softhsm2'
TEST="$BUILD $RUN"'
  clang-14 git ldap-utils libclang-rt-14-dev libxml2-utils mandoc opensc postgresql python3-pytest slapd valgrind'

say() { printf '%s\n' "$*"; }
fail() { printf 'install-packages.sh: %s\n' "$*" >&2; exit 1; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing_of() { # PACKAGES...
    for package in "$@"; do is_installed "$package" || printf '%s ' "$package"; done
}

# The services among our packages that start with the machine.
services() {
    command -v systemctl >/dev/null || return 0
    for service in postfix dovecot clamav-daemon clamav-freshclam postgresql; do
        if systemctl is-enabled --quiet "$service" 2>/dev/null; then printf '%s ' "$service"; fi
    done
}

only=
[ "${1:-}" = --missing ] && { only=yes; shift; }
case ${1:-} in
build) list=$BUILD ;;
run) list=$RUN ;;
test) list=$TEST ;;
*) fail 'usage: install-packages.sh [--missing] build|run|test' ;;
esac

command -v dpkg-query >/dev/null || fail "this is for Debian; elsewhere install by hand what the list \"$1\" in this file names"
missing=$(missing_of $list)
[ -z "$only" ] || { say "$missing"; exit 0; }
[ -n "$missing" ] || exit 0
[ "$(id -u)" = 0 ] || fail "these packages are missing, and only root can install them: $missing"

# While we install, no service is started, stopped or started anew: that is asked of policy-rc.d, which says no. One that was there
# already comes back afterwards.
policy=/usr/sbin/policy-rc.d
kept=
put_back() {
    rm -f "$policy"
    [ -z "$kept" ] || mv "$kept" "$policy"
}
hold_services() {
    if [ -e "$policy" ]; then kept=$policy.kept-by-opec; mv "$policy" "$kept"; fi
    trap put_back EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

export DEBIAN_FRONTEND=noninteractive
APT='apt-get -q -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0'
# dpkg asks nothing and keeps every configuration file that is there.
KEEP='-o Dpkg::Options::=--force-confold'

say "installing $missing"
log=$(mktemp)
$APT update >"$log" 2>&1 || { tail -n 5 "$log" >&2; fail 'apt-get update failed'; }
if ! is_installed postfix && command -v debconf-set-selections >/dev/null; then
    say 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
fi
# Tests make their own clusters; the package would make one for the machine.
cluster=/etc/postgresql-common/createcluster.conf
case $missing in
*postgresql*)
    if [ ! -e "$cluster" ] && ! is_installed postgresql-common; then
        mkdir -p "${cluster%/*}"
        printf 'create_main_cluster = false\n' >"$cluster"
    fi ;;
esac
before=$(services)
hold_services
if ! $APT $KEEP install -y --no-install-recommends --no-remove $missing >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    if grep -q 'remove is disabled' "$log"; then
        fail 'another mail server would have to go, and that is yours to decide: remove it yourself, or use another machine'
    fi
    fail 'the installation failed'
fi
rm -f "$log"

say 'installed; while it went on, no service was started or started anew'
new=
for service in $(services); do
    case " $before " in *" $service "*) ;; *) new="$new $service" ;; esac
done
[ -z "$new" ] || say "the next boot starts what is new on this machine; if that is not wanted: systemctl disable$new"
