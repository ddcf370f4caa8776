//! The program that is proven.
#![cfg_attr(target_arch = "riscv32", no_std, no_main)]

#[cfg(not(target_arch = "wasm32"))]
wisp::entry!(guest);

#[cfg(not(target_arch = "wasm32"))]
fn guest() {
    let input = {
        let _mark = rollup::mark!("input");
        wisp::read_rest_words()
    };
    rollup::precompiles::install();
    wisp::commit_slice(&rollup::witness::prove(&input));
}

#[cfg(target_arch = "wasm32")]
fn main() {}
