#!/usr/bin/env bash
# Install what is missing on a Debian machine, and nothing else; quick when all is there.
#
#   deploy/bootstrap.sh run      .venv with what the services need and `preau`, and RabbitMQ
#   deploy/bootstrap.sh cluster  the same, PostgreSQL and nginx
#   deploy/bootstrap.sh test     .venv with the tools as well, all of these, Chromium, systemd's
#                                reader of units and ClamAV's daemon
#   deploy/bootstrap.sh moments  the tools, RabbitMQ, and the clock of `make test-moments`
#   deploy/bootstrap.sh host     the tools as well, and what makes machines for `make host-test`
#   deploy/bootstrap.sh command  `preau` alone, beside packages that are there: an image's
#
# RabbitMQ, PostgreSQL, nginx and ClamAV are wanted for their programs alone: Préau starts private ones. What
# the packages would start as services of the system is kept from starting.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."  # what is made names this release, and no link to it

readonly requirements=deploy/releases/requirements
readonly policy=/usr/sbin/policy-rc.d
readonly policy_mark='# from Préau, deploy/bootstrap.sh: nothing starts while packages are installed'

job=          # the step under way
killable=yes  # whether an interruption may end it: not dpkg half-way
scratch=
policy_is_ours=

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

leave() {
    if [ -n "$job" ]; then
        if [ -n "$killable" ]; then
            kill "$job" 2>/dev/null || true
        else
            printf '\nThe packages are being installed: stopping once that is done.\n' >&2
        fi
        wait "$job" || true
    fi
    if [ -n "$policy_is_ours" ]; then as_root rm -f "$policy"; fi
    if [ -n "$scratch" ]; then rm -rf "$scratch"; fi
}
trap leave EXIT
trap 'exit 130' INT TERM

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# step WHAT COMMAND...: run it quietly, say how long it has been going on, and show its last words
# if it fails.
step() {
    local what=$1 started=$SECONDS said=$SECONDS status=0
    shift
    scratch=${scratch:-$(mktemp -d)}
    "$@" >"$scratch/output" 2>&1 </dev/null &
    job=$!
    if [ ! -t 1 ]; then printf '%s …\n' "$what"; fi
    while kill -0 "$job" 2>/dev/null; do
        if [ -t 1 ]; then
            printf '\r%s … %d s' "$what" $((SECONDS - started))
        elif [ $((SECONDS - said)) -ge 15 ]; then
            printf '%s … %d s\n' "$what" $((SECONDS - started))
            said=$SECONDS
        fi
        sleep 0.25
    done
    wait "$job" || status=$?
    job=
    if [ -t 1 ]; then printf '\r'; fi
    if [ "$status" -eq 0 ]; then
        printf '%s: done in %d s\n' "$what" $((SECONDS - started))
    else
        printf '%s: failed after %d s\n' "$what" $((SECONDS - started))
        tail -n 15 "$scratch/output" >&2
    fi
    return "$status"
}

# --- Debian's packages -------------------------------------------------------------------------

has_rabbitmq() {
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]
}

has_postgresql() {
    local program
    for program in /usr/lib/postgresql/*/bin/initdb; do
        program=${program#/usr/lib/postgresql/}
        if [ "${program%%/*}" != '*' ] && [ "${program%%/*}" -ge 15 ]; then return 0; fi
    done
    return 1
}

has_faketime() {
    compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null
}

become_root() {
    if [ "$(id -u)" -eq 0 ]; then return; fi
    command -v sudo >/dev/null ||
        fail "Missing: $*. Only root may install that: as root, run apt-get install $*"
    sudo -n true 2>/dev/null || sudo -v ||
        fail "Missing: $*. sudo did not allow to install that: as root, run apt-get install $*"
}

# A policy of the machine's own stays as it is; leave_stopped then undoes what it lets through.
hold_services_back() {
    if [ ! -e "$policy" ]; then
        policy_is_ours=yes
        printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    elif grep -qxF "$policy_mark" "$policy"; then
        policy_is_ours=yes
    fi
}

is_active() {
    if [ -d /run/systemd/system ]; then
        systemctl is-active --quiet "$1"
    else
        as_root service "$1" status >/dev/null 2>&1
    fi
}

# Now, and at the next start of the machine.
leave_stopped() {
    if is_active "$1"; then as_root service "$1" stop; fi
    if command -v systemctl >/dev/null; then
        as_root systemctl disable --quiet "$1" || true
    else
        as_root update-rc.d "$1" disable || true
    fi >/dev/null 2>&1
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

install_packages() {
    local package service idle=()
    command -v apt-get >/dev/null ||
        fail "Missing: $*. There is no apt-get here: install these Debian packages by hand."
    become_root "$@"
    for package in "$@"; do
        case $package in
        rabbitmq-server | postgresql | nginx) is_active "$package" || idle+=("$package") ;;
        clamav-daemon)
            for service in clamav-daemon clamav-freshclam; do
                is_active "$service" || idle+=("$service")
            done
            ;;
        esac
    done
    hold_services_back
    killable=
    step 'Reading the lists of packages' apt_get update || printf 'Going on with the old lists.\n'
    step "Installing $*" apt_get install --no-install-recommends "$@" ||
        fail "Missing: $*. apt-get could not install that: see above."
    killable=yes
    for service in ${idle[@]+"${idle[@]}"}; do leave_stopped "$service"; done
}

# --- Python ------------------------------------------------------------------------------------

# The distribution's own before another that PATH leads to (decision 0171); one that can make an
# environment before one that needs a package more.
find_python() {
    local needs candidate
    for needs in 'import ensurepip, venv' 'pass'; do
        for candidate in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
            if "$candidate" -c "$needs; import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then
                printf '%s\n' "$candidate"
                return
            fi
        done
    done
    return 1
}

venv_works() {
    .venv/bin/python -m pip --version >/dev/null 2>&1
}

stamp() {
    printf '.venv/preau-%s.sha256' "$1"
}

is_installed() {
    [ -x .venv/bin/python ] && [ -f "$(stamp "$1")" ] &&
        [ "$(cat "$(stamp "$1")")" = "$(sha256sum <"$requirements/$1.lock")" ]
}

# pip would do it on one core; as pip does, leave what this version of Python cannot read.
compile_packages() {
    .venv/bin/python -m compileall -qq -j 0 .venv/lib || true
}

install_lock() {
    local python
    if ! venv_works; then
        python=$(find_python) || fail 'Python 3.11 or later is needed, and apt-get brought none.'
        step 'Making the virtual environment' "$python" -m venv --clear .venv ||
            fail 'The virtual environment could not be made: see above.'
    fi
    step 'Installing the Python packages' .venv/bin/python -m pip install --quiet --no-input \
        --no-compile --disable-pip-version-check --only-binary :all: --require-hashes -r "$requirements/$1.lock" ||
        fail 'The Python packages could not be installed: see above.'
    step 'Compiling them' compile_packages
    sha256sum <"$requirements/$1.lock" >"$(stamp "$1")"
}

# What `pip install --editable` would write, had the project a build system, whose packages would
# have to be installed and pinned for these lines alone. sh finds Python: a path in the first line
# could be too long, or hold a blank.
command_script() {
    cat <<END
#!/bin/sh
'''exec' "$PWD/.venv/bin/python" "\$0" "\$@"
' '''
import os
import sys

sys.path[0] = os.path.dirname(sys.prefix)  # the project, from wherever it is called

from deploy.cli.main import preau

preau(prog_name="preau")
END
}

write_command() {
    if [ "$(command_script)" != "$(cat .venv/bin/preau 2>/dev/null)" ]; then
        command_script >.venv/bin/preau
        chmod 755 .venv/bin/preau
    fi
}

# --- What is missing ---------------------------------------------------------------------------

case ${1-} in
run | cluster) lock=run ;;
test | moments | host) lock=dev ;;
command)
    write_command
    exit
    ;;
*) fail 'usage: deploy/bootstrap.sh run|cluster|test|moments|host|command' ;;
esac

missing=()
if ! is_installed "$lock" && ! venv_works; then
    if ! python=$(find_python); then
        missing+=(python3 python3-venv)
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        missing+=(python3-venv)
    fi
fi
has_rabbitmq || missing+=(rabbitmq-server)
if [ "$1" != run ] && [ "$1" != moments ]; then
    has_postgresql || missing+=(postgresql)
    [ -x /usr/sbin/nginx ] || missing+=(nginx)
fi
if [ "$1" = test ] || [ "$1" = host ]; then
    command -v chromium-headless-shell >/dev/null || missing+=(chromium-headless-shell)
    command -v systemd-analyze >/dev/null || missing+=(systemd)
    [ -x /usr/sbin/clamd ] || missing+=(clamav-daemon)
    command -v age >/dev/null || missing+=(age)
fi
if [ "$1" = moments ] || [ "$1" = test ]; then
    has_faketime || missing+=(libfaketime)
fi
if [ "$1" = host ]; then
    command -v debootstrap >/dev/null || missing+=(debootstrap)
    command -v systemd-nspawn >/dev/null || missing+=(systemd-container)
    command -v ip >/dev/null || missing+=(iproute2)
fi

if [ ${#missing[@]} -gt 0 ]; then install_packages "${missing[@]}"; fi
is_installed "$lock" || install_lock "$lock"
write_command
