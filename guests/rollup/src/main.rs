//! The program that is proven.
#![cfg_attr(target_arch = "riscv32", no_std, no_main)]

#[cfg(target_arch = "riscv32")]
#[no_mangle]
extern "C" fn rollup_main() -> ! {
    let input = {
        let _mark = rollup::mark!("input");
        rollup::machine::input()
    };
    rollup::precompiles::install();
    let journal = rollup::witness::prove(&input);
    rollup::machine::write(rollup::machine::FD_JOURNAL, &journal);
    rollup::machine::halt(0, &rollup::crypto::hash_journal(&journal))
}

#[cfg(not(target_arch = "riscv32"))]
fn main() {}
