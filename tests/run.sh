#!/usr/bin/env bash
# Installs what the tests need, builds the package and runs all tests.
#
#     bash tests/run.sh                       on the newest of python3.13, python3.12, python3.11, python3 that is there
#     bash tests/run.sh PYTHON [PYTHON...]    on each of these interpreters; the long ones (marked so) on the last
#
# Nothing is installed outside the folder target/tests. Ends with 1 if anything failed, after having run the rest.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=$PWD/target
export CARGO_TARGET_DIR=$target/tests/cargo
# As optimised as tests need: whole-program optimisation would double the time of each build.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export PIP_DISABLE_PIP_VERSION_CHECK=1

pythons=("$@")
if [ ${#pythons[@]} -eq 0 ]; then
  for name in python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      pythons=("$name")
      break
    fi
  done
fi
if [ ${#pythons[@]} -eq 0 ]; then
  echo "tests/run.sh: no CPython 3.11 or later found; give one: bash tests/run.sh PYTHON" >&2
  exit 1
fi

failed=()
step() {
  local name=$1 start=$SECONDS status=0
  shift
  echo "=== $name"
  "$@" || { status=1; failed+=("$name"); }
  echo "--- $name: $((SECONDS - start)) s"
  return $status
}

environment() {
  local python=$1 folder=$2
  "$python" -m venv --clear "$folder" &&
    "$folder/bin/python" -m pip install --quiet -r tests/requirements.txt &&
    "$folder/bin/maturin" build --release --locked --quiet --interpreter "$folder/bin/python" --out "$folder/wheel" &&
    "$folder/bin/python" -m pip install --quiet --no-deps "$folder"/wheel/*.whl &&
    # The releases that a test plays. Where they cannot be had, that test is skipped and says so.
    { "$folder/bin/python" tests/releases.py fetch "$target/tests/releases" cachetools --step 5.5.0 6.0.0 >/dev/null ||
      echo "tests/run.sh: no releases to play"; }
}

step "cargo test" cargo test --locked --quiet
for python in "${pythons[@]}"; do
  version=$("$python" -c 'import platform; print(platform.python_version())') || { failed+=("$python"); continue; }
  folder=$target/tests/python-$version
  step "set-up on CPython $version" environment "$python" "$folder" || continue
  which=()
  [ "$python" = "${pythons[-1]}" ] || which=(-m "not long")
  step "pytest on CPython $version" \
    "$folder/bin/python" -m pytest -q --timeout 300 -n "${WORKERS:-auto}" --dist worksteal ${which[@]+"${which[@]}"}
done

if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
echo "all tests passed"
