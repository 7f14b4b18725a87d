#!/bin/sh
# Checks the Swift toolchain and installs the system libraries that are missing: OpenBLAS, zlib and
# pkg-config, through which Swift finds the two. Says nothing and changes nothing where all is there.
set -eu

fail() {
  printf 'setup: %s\n' "$1" >&2
  exit 1
}

# Swift 6.2 or later.
command -v swift >/dev/null 2>&1 ||
  fail "Swift is not installed, or not in PATH: get version 6.2 or later from https://www.swift.org/install"
version=$(swift --version 2>/dev/null |
  sed -n 's/.*Swift version \([0-9][0-9]*\)\.\([0-9][0-9]*\).*/\1 \2/p' | head -n 1)
[ -n "$version" ] ||
  fail "'swift --version' fails: see https://www.swift.org/install for what the toolchain needs on this system"
major=${version% *}
minor=${version#* }
if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
  fail "Swift $major.$minor is too old: get version 6.2 or later from https://www.swift.org/install"
fi

# has LIBRARY: whether pkg-config, and so Swift, finds it.
has() {
  command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1"
}

# missing PKG_CONFIG OPENBLAS ZLIB: those of the three packages that are needed.
missing() {
  list=
  command -v pkg-config >/dev/null 2>&1 || list="$list $1"
  has openblas || list="$list $2"
  has zlib || list="$list $3"
  echo $list
}

if [ "$(uname -s)" = Darwin ]; then
  # The Makefile has set PKG_CONFIG_PATH to where Homebrew puts OpenBLAS. zlib comes with macOS.
  packages=
  command -v pkg-config >/dev/null 2>&1 || packages=pkgconf
  has openblas || packages="openblas${packages:+ $packages}"
  [ -n "$packages" ] || exit 0
  command -v brew >/dev/null 2>&1 ||
    fail "OpenBLAS is missing: install Homebrew (https://brew.sh), then 'brew install openblas pkgconf'"
  echo "setup: installing $packages with Homebrew"
  brew install --quiet $packages
elif command -v apt-get >/dev/null 2>&1; then
  packages=$(missing pkg-config libopenblas-dev zlib1g-dev)
  [ -n "$packages" ] || exit 0
  sudo=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 ||
      fail "missing: $packages; ask an administrator to run 'apt-get install $packages'"
    sudo=sudo
  fi
  echo "setup: installing $packages with apt-get${sudo:+ (through sudo)}"
  install() {
    $sudo env DEBIAN_FRONTEND=noninteractive \
      apt-get install --yes --quiet=2 --no-install-recommends $packages >/dev/null
  }
  # Package lists are missing in most containers, and may be stale elsewhere.
  if ! apt-cache show $packages >/dev/null 2>&1 || ! install; then
    $sudo apt-get update --quiet=2 || fail "'apt-get update' fails: is there a network?"
    install || fail "apt-get could not install $packages"
  fi
else
  # Other systems name these packages in their own ways: say which, and leave it to their user.
  if command -v dnf >/dev/null 2>&1; then
    command="dnf install"
    packages=$(missing pkgconf-pkg-config openblas-devel zlib-devel)
  elif command -v pacman >/dev/null 2>&1; then
    command="pacman -S"
    packages=$(missing pkgconf openblas zlib)
  else
    command=
    packages=$(missing pkg-config OpenBLAS zlib)
  fi
  [ -n "$packages" ] || exit 0
  [ -n "$command" ] || fail "install these with their headers, then try again: $packages"
  fail "missing: $packages; run 'sudo $command $packages', then try again"
fi

has openblas || fail "OpenBLAS is installed, but pkg-config does not find it: set PKG_CONFIG_PATH"
