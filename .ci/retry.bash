# Sourced by the scripts in this folder. Package mirrors fail now and then, and a whole test run should not
# be lost to one failed download: try again a few times, with a growing pause, then give up.

# retry COMMAND [ARGUMENT...]: at most four tries, after pauses of 5, 10 and 20 seconds.
retry() {
  local pause=5
  while ! "$@"; do
    if ((pause > 20)); then
      echo "ci: gave up after four tries: $*" >&2
      return 1
    fi
    echo "ci: trying again in ${pause} s: $*" >&2
    sleep "$pause"
    pause=$((pause * 2))
  done
}

# apt_get [OPTION...] COMMAND [ARGUMENT...]: never asks, waits for another apt to finish.
apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 \
    -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null
}

# install_packages PACKAGE...: a failed download is often a list that is out of date, so both are tried again.
install_packages() {
  apt_get update && apt_get install -y --no-install-recommends "$@"
}
