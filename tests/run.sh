#!/usr/bin/env bash
# Installs what the tests need, builds the package and runs all tests.
#
#     bash tests/run.sh                       on the newest of python3.13, python3.12, python3.11, python3 that is there
#     bash tests/run.sh PYTHON [PYTHON...]    on each of these interpreters; the long ones (marked so) on the last
#
# WORKERS of pytest run at once, one more where tests start programs: much of their time is waiting.
#
# Nothing is installed outside the folder target/tests. Ends with 1 if anything failed, after having run the rest.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=$PWD/target
export CARGO_TARGET_DIR=$target/tests/cargo
# As optimised as tests need: whole-program optimisation would double the time of each build.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export PIP_DISABLE_PIP_VERSION_CHECK=1

workers=${WORKERS:-$(nproc 2>/dev/null || sysctl -n hw.ncpu)}
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
    nice "$folder/bin/maturin" build --release --locked --quiet --interpreter "$folder/bin/python" --out "$folder/wheel" &&
    "$folder/bin/python" -m pip install --quiet --no-deps "$folder"/wheel/*.whl &&
    # The releases that a test plays. Where they cannot be had, that test is skipped and says so.
    { "$folder/bin/python" tests/releases.py fetch "$target/tests/releases" cachetools --step 5.5.0 6.0.0 >/dev/null ||
      echo "tests/run.sh: no releases to play"; }
}

# The tests mostly wait: what they run in is built beside those of the core, and those of the interpreter before.
prepare() {
  local python version
  for python in "${pythons[@]}"; do
    version=$(version_of "$python") || continue
    { step "set-up on CPython $version" environment "$python" "$target/tests/python-$version"; } \
      >"$target/tests/$version.log" 2>&1
    echo $? >"$target/tests/$version.status"
  done
}

version_of() { "$1" -c 'import platform; print(platform.python_version())'; }

# Whether what an interpreter's tests run in was built.
prepared() {
  while [ ! -s "$target/tests/$1.status" ]; do sleep 1; done
  cat "$target/tests/$1.log"
  [ "$(cat "$target/tests/$1.status")" -eq 0 ]
}

mkdir -p "$target/tests"
rm -f "$target/tests/"*.status
step "cargo test, its build" cargo test --locked --quiet --no-run
prepare &
step "cargo test" cargo test --locked --quiet
for python in "${pythons[@]}"; do
  version=$(version_of "$python") || { failed+=("$python"); continue; }
  folder=$target/tests/python-$version
  prepared "$version" || { failed+=("set-up on CPython $version"); continue; }
  which=()
  [ "$python" = "${pythons[-1]}" ] || which=(-m "not long")
  # Apart, since what frameworks load into a worker makes each of the engine's thousands of tests slower.
  tests() {
    "$folder/bin/python" -m pytest -q --timeout 300 -n "$1" --dist worksteal ${which[@]+"${which[@]}"} "${@:2}"
  }
  step "pytest of the engine on CPython $version" tests "$workers" tests/live tests/unit tests/test_*.py
  step "pytest of programs on CPython $version" tests $((workers + 1)) tests/e2e tests/ipython
done

if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
echo "all tests passed"
