# Shared by ./try, ./check and .ci/run; needs a POSIX shell and Python 3.11 or later. The caller sets $root.
# Everything is installed into $root/.venv, or where LOGANALYZER_VENV says.

venv=${LOGANALYZER_VENV:-$root/.venv}
python=$venv/bin/python
# Programs that tests start begin in half the time where Python finds the modules compiled.
unset PYTHONDONTWRITEBYTECODE

say() {
    printf '%s\n' "$*" >&2
}

fail() {
    say "$(basename -- "$0"): $*"
    exit 2
}

# Runs a command as root; fails where that would need a password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

apt_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root true || return 1
    say "installing $* ..."
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
        </dev/null >/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "needs Python 3.11 or later; PYTHON=/path/to/python names one that is not on the PATH"
}

make_venv() {
    if "$python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        return
    fi
    base=$(find_python) || exit 2
    if ! "$base" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        { as_root apt-get update -qq && apt_install "python$version-venv"; } >&2 2>/dev/null ||
            fail "$base cannot make virtual environments; on Debian: apt-get install python$version-venv"
    fi
    say "making $venv with $base ..."
    "$base" -m venv --clear "$venv"
}

# Installs the checkout with the pinned versions: "install" what runs, "install dev" what checks it, too.
install() {
    make_venv
    wanted=$(fingerprint)
    for stamp in "$venv/.installed-dev" "$venv/.installed${1:+-$1}"; do
        if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
            return
        fi
    done
    say "installing loganalyzer ${1:+and its $1 tools }into $venv ..."
    pip_install --upgrade pip
    pip_install --build-constraint "$root/constraints.txt" -e "$root" ${1:+--group "$root/pyproject.toml:$1"}
    echo "$wanted" >"$venv/.installed${1:+-$1}"
}

fingerprint() {
    echo "$root"
    "$python" -VV
    cksum <"$root/pyproject.toml"
    cksum <"$root/constraints.txt"
}

pip_install() {
    "$python" -m pip install -q --disable-pip-version-check -c "$root/constraints.txt" "$@" </dev/null ||
        fail "pip cannot install what is needed, see above; it takes its packages from the index that it is set up for"
}

# The programs that tests start, each with Debian's package; playwright's own driver needs a library besides.
PROGRAMS='Orthanc:orthanc storescu:dcmtk chromium:chromium rg:ripgrep lnav:lnav openssl:openssl'

missing_packages() {
    for pair in $PROGRAMS; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || printf '%s ' "${pair#*:}"
    done
    for driver in "$venv"/lib/python3*/site-packages/playwright/driver/node; do
        if [ -x "$driver" ] && ! "$driver" --version >/dev/null 2>&1; then
            printf 'libatomic1 '
        fi
    done
}

# Installs what tests need of the system, where the machine lets it; says what is missing where not, and returns 1.
install_programs() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if command -v apt-get >/dev/null 2>&1 && as_root true; then
        # Tests start their own Orthanc: the one of the package need not run.
        if [ -d /run/systemd/system ]; then
            case $missing in *orthanc*) as_root systemctl mask orthanc.service >&2 || true ;; esac
        fi
        as_root apt-get update -qq </dev/null >&2 || say "apt-get update failed; going on with what is known"
        # shellcheck disable=SC2086 -- a list
        apt_install $missing || for package in $missing; do apt_install "$package" || true; done
        missing=$(missing_packages)
        [ -n "$missing" ] || return 0
    fi
    say "Not installed, and this machine does not let me install them: $missing"
    say "The tests that need them are left out. As root, on Debian:  apt-get install -y $missing"
    return 1
}
