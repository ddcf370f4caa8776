#!/bin/sh
# Builds ../elf/rollup.elf (RISC-V, proven) and ../elf/rollup.wasm (wasm32, the forward run) from the same source, byte for
# byte the same wherever the tool versions are the same. Debian 12 packages: cargo-web rustc-web rust-web-src lld
# gcc-riscv64-unknown-elf binutils-riscv64-unknown-elf (set RUSTC=/usr/bin/rustc if another comes first in PATH); crates
# as Cargo.lock names them. Usage: build.sh [elf] [wasm]; ROLLUP_FEATURES=cancun ROLLUP_OUT=/tmp build.sh wasm
# ROLLUP_TARGET_DIR keeps what cargo builds, which knows nothing of changes to this script: start with an empty one then.
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
  libraries=$sysroot/lib/rustlib/$1/lib
  mkdir -p "$libraries"
  for crate in core compiler_builtins alloc; do
    source=$library/$crate/src/lib.rs
    if [ $crate = compiler_builtins ]; then source=$library/compiler-builtins/compiler-builtins/src/lib.rs; fi
    RUSTC_BOOTSTRAP=1 "$rustc" --target "$1" -Copt-level=3 -Cpanic=abort -Ccodegen-units=1 -Cdebug-assertions=no \
      -Coverflow-checks=no --out-dir "$libraries" -L "$libraries" --edition 2024 --crate-type rlib --crate-name $crate \
      --cap-lints allow -Zforce-unstable-if-unmarked --cfg 'feature="compiler-builtins"' --cfg 'feature="mem"' \
      --remap-path-prefix="$library=rust" --remap-path-prefix="$work=." "$source"
  done
}

# Cargo puts flags into symbol names, and where ../sdk lies too, so what differs between machines goes behind its back.
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
sdk=$(cd ../sdk && pwd)
cat >"$work/rustc" <<END
#!/bin/sh
rustc=\$1
shift
case " \$* " in
  *" --target "*)
    case " \$* " in *" --crate-type bin "*) kind=bin ;; *) kind=lib ;; esac
    case \${CARGO_PKG_NAME:-} in
      rollup | rollup-precompiles | wisp | wisp-precompiles)
        for argument; do
          shift
          case \$argument in metadata=*) argument=metadata=\$CARGO_PKG_NAME-\$kind ;; esac
          set -- "\$@" "\$argument"
        done
        ;;
    esac
    for folder in "$registry"/*; do set -- "\$@" --remap-path-prefix="\$folder=crates"; done
    if [ \$kind = bin ]; then set -- "\$@" "-Clink-args=-T$PWD/../lib/wisp.ld $work/mem.o"; fi
    exec "\$rustc" "\$@" --sysroot "$sysroot" --remap-path-prefix="$PWD=rollup" --remap-path-prefix="$sdk=sdk" \\
      --remap-path-prefix="$work=."
    ;;
esac
exec "\$rustc" "\$@"
END
chmod +x "$work/rustc"

build() {
  build_libraries "$1"
  target=$1
  shift
  RUSTC=$rustc RUSTC_WRAPPER=$work/rustc CARGO_TARGET_DIR=${ROLLUP_TARGET_DIR:-$work/target} \
    "$cargo" rustc --locked --quiet --release --target "$target" \
    ${ROLLUP_FEATURES:+--features "$ROLLUP_FEATURES"} "$@"
}

released() {
  echo "${ROLLUP_TARGET_DIR:-$work/target}/$1/release"
}

out=${ROLLUP_OUT:-../elf}
mkdir -p "$out"
for kind in ${*:-elf wasm}; do
  case $kind in
    elf)
      target=riscv32imac-unknown-none-elf
      # Those of the C guests: Rust's own copy and compare byte by byte where it is not known that words are aligned.
      "${cross}gcc" -std=c11 -O2 -fno-schedule-insns -fno-schedule-insns2 -march=rv32imac -mabi=ilp32 -mcmodel=medlow \
        -ffreestanding -fno-pic -fno-builtin -fno-tree-loop-distribute-patterns -ffunction-sections -fno-ident \
        -fno-asynchronous-unwind-tables -I../lib -c ../lib/mem.c -o "$work/mem.o"
      build $target --bin rollup -- -Clinker="${cross}ld" -Clinker-flavor=ld -Clink-args="-melf32lriscv
        --gc-sections --build-id=none -z max-page-size=16 --defsym=bcmp=memcmp"
      "${cross}objcopy" --strip-debug --discard-locals --remove-section=.comment --remove-section=.riscv.attributes \
        "$(released $target)/rollup" "$out/rollup.elf"
      ;;
    wasm)
      target=wasm32-unknown-unknown
      build $target --lib --crate-type cdylib -- -Clinker=wasm-ld -Cstrip=symbols
      cp "$(released $target)/rollup.wasm" "$out/rollup.wasm"
      ;;
  esac
  chmod 644 "$out/rollup.$kind"
done
if [ -z "${ROLLUP_OUT:-}" ]; then (cd ../elf && sha256sum -- *.elf *.wasm >SHA256SUMS); fi
