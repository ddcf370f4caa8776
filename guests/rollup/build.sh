#!/bin/sh
# Builds ../elf/rollup.elf (RISC-V, proven) and ../elf/rollup.wasm (wasm32, the forward run) from the same source, byte for
# byte the same wherever the tool versions are the same. Debian 12 packages: cargo-web rustc-web rust-web-src lld
# binutils-riscv64-unknown-elf; crates as Cargo.lock names them. Usage: build.sh [elf] [wasm]
set -eu
cd "$(dirname "$0")"
export LC_ALL=C SOURCE_DATE_EPOCH=0 CARGO_TERM_COLOR=never

rustc=$(command -v "${RUSTC:-rustc}")
cargo=${CARGO:-$(dirname "$rustc")/cargo}
cross=${CROSS:-riscv64-unknown-elf-}
library=$("$rustc" --print sysroot)/lib/rustlib/src/rust/library
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sysroot=$work/sysroot

# Rust's own libraries, from source: Debian has none for these targets.
build_libraries() {
  out=$sysroot/lib/rustlib/$1/lib
  mkdir -p "$out"
  for crate in core compiler_builtins alloc; do
    source=$library/$crate/src/lib.rs
    if [ $crate = compiler_builtins ]; then source=$library/compiler-builtins/compiler-builtins/src/lib.rs; fi
    RUSTC_BOOTSTRAP=1 "$rustc" --target "$1" -Copt-level=3 -Cpanic=abort -Ccodegen-units=1 -Cdebug-assertions=no \
      -Coverflow-checks=no --out-dir "$out" -L "$out" --edition 2024 --crate-type rlib --crate-name $crate \
      --cap-lints allow -Zforce-unstable-if-unmarked --cfg 'feature="compiler-builtins"' --cfg 'feature="mem"' \
      --remap-path-prefix="$library=rust" --remap-path-prefix="$work=." "$source"
  done
}

# Cargo puts flags into symbol names, so what differs between machines goes behind its back.
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
cat >"$work/rustc" <<END
#!/bin/sh
rustc=\$1
shift
case " \$* " in
  *" --target "*)
    for folder in "$registry"/*; do set -- "\$@" --remap-path-prefix="\$folder=crates"; done
    exec "\$rustc" "\$@" --sysroot "$sysroot" --remap-path-prefix="$PWD=rollup" --remap-path-prefix="$work=." ;;
esac
exec "\$rustc" "\$@"
END
chmod +x "$work/rustc"

build() {
  build_libraries "$1"
  target=$1
  shift
  RUSTC=$rustc RUSTC_WRAPPER=$work/rustc CARGO_TARGET_DIR=${ROLLUP_TARGET_DIR:-$work/target} \
    "$cargo" rustc --locked --quiet --release --target "$target" "$@"
}

released() {
  echo "${ROLLUP_TARGET_DIR:-$work/target}/$1/release"
}

mkdir -p ../elf
for kind in ${*:-elf wasm}; do
  case $kind in
    elf)
      target=riscv32imac-unknown-none-elf
      build $target --bin rollup -- -Clinker="${cross}ld" -Clinker-flavor=ld -Clink-args="-melf32lriscv
        -T$PWD/../lib/wisp.ld --gc-sections --build-id=none -z max-page-size=16"
      "${cross}objcopy" --strip-debug --discard-locals --remove-section=.comment --remove-section=.riscv.attributes \
        "$(released $target)/rollup" ../elf/rollup.elf
      ;;
    wasm)
      target=wasm32-unknown-unknown
      build $target --lib --crate-type cdylib -- -Clinker=wasm-ld -Cstrip=symbols
      cp "$(released $target)/rollup.wasm" ../elf/rollup.wasm
      ;;
  esac
  chmod 644 "../elf/rollup.$kind"
done
