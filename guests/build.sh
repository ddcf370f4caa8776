#!/bin/sh
# Builds every guest but the rollup, which has a script of its own (rollup/build.sh), into elf/<name>.elf, byte for byte
# the same wherever the tool versions are the same.
#   Debian 12 packages for the C guests: gcc-riscv64-unknown-elf binutils-riscv64-unknown-elf
#   and for the Rust guests: rustc-web rust-web-src (set RUSTC=/usr/bin/rustc if another comes first in PATH)
# Usage: build.sh [name ...]     without names: all, and elf/SHA256SUMS is written
set -eu
cd "$(dirname "$0")"
export LC_ALL=C SOURCE_DATE_EPOCH=0

cross=${CROSS:-riscv64-unknown-elf-}
# Neither debug information nor identification goes in; symbols stay, for profiles. Scheduling and reassociation are
# off because they lengthen live ranges: every spill is two instructions, and there is no pipeline to fill.
cflags="-std=c11 -O2 -fno-schedule-insns -fno-schedule-insns2 -fno-tree-reassoc -march=rv32imac -mabi=ilp32
  -mcmodel=medlow -ffreestanding -nostdlib -fno-pic -fno-builtin -fno-tree-loop-distribute-patterns -ffunction-sections
  -fdata-sections -fno-asynchronous-unwind-tables -fno-ident -ffile-prefix-map=$PWD=. -Wall -Wextra -Werror -Ilib"
ldflags="-static -nostartfiles -Wl,-T,lib/wisp.ld -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=16
  -Wl,-z,noexecstack"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p elf

# A guest of another name has the folder behind it, and what is defined.
build_c() {
  folder=${2:-$1}
  objects=
  for source in lib/crt0.S lib/wisp.c lib/mem.c lib/journal.c lib/panic.c "$folder"/*.c; do
    object=$work/$1.$(basename "$source").o
    # shellcheck disable=SC2086
    "${cross}gcc" $cflags ${3:-} -c "$source" -o "$object"
    objects="$objects $object"
  done
  # shellcheck disable=SC2086
  "${cross}gcc" $cflags $ldflags $objects -lgcc -o "$work/$1.elf"
  finish "$1"
}

# Rust's own libraries, from source: Debian has none for the target. Once for all guests.
build_rust_libraries() {
  [ ! -d "$work/rust" ] || return 0
  mkdir "$work/rust"
  for crate in core compiler_builtins alloc; do
    source=$library/$crate/src/lib.rs
    if [ $crate = compiler_builtins ]; then source=$library/compiler-builtins/compiler-builtins/src/lib.rs; fi
    # shellcheck disable=SC2086
    RUSTC_BOOTSTRAP=1 "$rustc" $rustflags --edition 2024 --crate-type rlib --crate-name $crate --cap-lints allow \
      -Zforce-unstable-if-unmarked --cfg 'feature="compiler-builtins"' --cfg 'feature="mem"' "$source"
  done
  # shellcheck disable=SC2086
  "$rustc" $rustflags --edition 2021 --crate-type rlib --crate-name wisp_precompiles sdk/precompiles/src/lib.rs
  # shellcheck disable=SC2086
  "$rustc" $rustflags --edition 2021 --crate-type rlib --crate-name wisp --extern wisp_precompiles sdk/src/lib.rs
}

build_rust() {
  rustc=${RUSTC:-rustc}
  library=$("$rustc" --print sysroot)/lib/rustlib/src/rust/library
  rustflags="--target riscv32imac-unknown-none-elf -Copt-level=3 -Cpanic=abort -Ccodegen-units=1
    -Cdebug-assertions=no -Coverflow-checks=no --out-dir $work/rust -L $work/rust --remap-path-prefix=$library=rust
    --remap-path-prefix=$PWD=. --remap-path-prefix=$work=."
  build_rust_libraries
  # shellcheck disable=SC2086
  "$rustc" $rustflags --edition 2021 --crate-type bin --crate-name "$1" --extern wisp -Clto=fat -Clinker="${cross}ld" \
    -Clinker-flavor=ld -Clink-args="-melf32lriscv -Tlib/wisp.ld --gc-sections --build-id=none -z max-page-size=16" \
    "rust/$1/src/main.rs"
  mv "$work/rust/$1" "$work/$1.elf"
  finish "$1"
}

# Drops local labels, file names, section comments.
finish() {
  "${cross}objcopy" --strip-debug --discard-locals --remove-section=.comment --remove-section=.riscv.attributes \
    --strip-symbol=main.c "$work/$1.elf" "elf/$1.elf"
  chmod 644 "elf/$1.elf"
}

names=$*
if [ -z "$names" ]; then
  for main in */main.c; do names="$names $(dirname "$main")"; done
  for main in rust/*/src/main.rs; do names="$names $(basename "${main%/src/main.rs}")"; done
  names="$names sha256_chip keccak256_chip"
fi
for name in $names; do
  case $name in
    *_chip) build_c "$name" "${name%_chip}" -DWITH_CHIP ;;
    *) if [ -f "$name/main.c" ]; then build_c "$name"; else build_rust "$name"; fi ;;
  esac
done
if [ $# -eq 0 ]; then (cd elf && sha256sum -- *.elf *.wasm >SHA256SUMS); fi
