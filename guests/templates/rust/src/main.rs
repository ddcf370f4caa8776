//! Proves that a public number is composite, by a divisor that only the prover needs.
//!
//! Input: the number and the divisor, u32 each. Journal: the number.
#![cfg_attr(target_arch = "riscv32", no_std, no_main)]

wisp::entry!(guest);

fn guest() {
    let number = wisp::read_u32();
    let divisor = wisp::read_u32();
    assert!(divides(divisor, number), "{divisor} shows nothing about {number}");
    wisp::commit_u32(number);
}

fn divides(divisor: u32, number: u32) -> bool {
    1 < divisor && divisor < number && number % divisor == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proper_divisors_only() {
        assert!(divides(101, 10403));
        assert!(!divides(1, 10403) && !divides(10403, 10403) && !divides(0, 10403) && !divides(7, 10403));
    }

    #[test]
    fn the_number_is_public_and_the_divisor_is_not() {
        let input = [10403u32, 101].map(u32::to_le_bytes).concat();
        let outcome = wisp::testing::run(guest, &input);
        assert_eq!((outcome.code, outcome.journal), (0, 10403u32.to_le_bytes().to_vec()));
    }
}
