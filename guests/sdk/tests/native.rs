//! The library off the machine: what guests' own tests build on.
use wisp::testing::{run, Outcome};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn values_are_read_as_they_come_and_committed_as_they_go() {
    fn guest() -> u32 {
        let _mark = wisp::mark!("all");
        wisp::commit_u32(wisp::read_u32());
        wisp::commit_u64(wisp::read_u64());
        wisp::commit_bytes(&wisp::read_bytes());
        wisp::commit_str(&wisp::read_string());
        let mut three = [0; 3];
        wisp::read_slice(&mut three);
        wisp::commit_slice(&three);
        assert_eq!(wisp::input_length(), 2);
        wisp::commit_slice(&wisp::read_rest());
        7
    }
    let mut input = vec![1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 6];
    input.extend([2, 0, 0, 0, 8, 9]);
    input.extend([3, 0, 0, 0, b'a', 0xc3, 0xa9]);
    input.extend([1, 2, 3, 4, 5]);
    let Outcome { code, journal, digest } = run(guest, &input);
    assert_eq!((code, &journal), (7, &input));
    // Of the reference implementation.
    assert_eq!(hex(&digest), "7f51f395377366f0dad3a42f9a70b6651515b7b2a7b11b08eecf2d0a2b8c23e5");
}

#[test]
fn the_rest_is_read_as_words() {
    fn guest() {
        assert_eq!(wisp::read_u32(), 1);
        let words = wisp::read_rest_words();
        assert_eq!(wisp::input_length(), 0);
        wisp::commit_u32(words.len() as u32);
        wisp::commit_u32(words.iter().fold(0, |sum, word| sum ^ word));
    }
    assert_eq!(run(guest, &[1, 0, 0, 0]).journal, [0; 8]);
    assert_eq!(run(guest, &[1, 0, 0, 0, 5, 6, 7, 8]).journal, [1, 0, 0, 0, 5, 6, 7, 8]);
    // More than the host gives at once.
    let input: Vec<u8> = (0..200_001u32).flat_map(|i| if i == 0 { 1 } else { i }.to_le_bytes()).collect();
    let sum = (1..200_001).fold(0, |sum, word| sum ^ word);
    assert_eq!(run(guest, &input).journal, [200_000u32.to_le_bytes(), u32::to_le_bytes(sum)].concat());
}

#[test]
#[should_panic(expected = "5 bytes are not whole words")]
fn words_are_whole() {
    run(|| drop(wisp::read_rest_words()), &[1, 2, 3, 4, 5]);
}

#[test]
fn the_journal_is_hashed_in_chunks() {
    fn guest() {
        let bytes = wisp::read_rest();
        for part in bytes.chunks(100) {
            wisp::commit_slice(part);
        }
    }
    let input: Vec<u8> = (0..5000u32).map(|i| (i % 251) as u8).collect();
    assert_eq!(hex(&run(guest, &input).digest), "ee78d92070de3df1c57c37002abf0a6b1a6589acdeef4d8ffac7cf3d9e8f2836");
    assert_eq!(hex(&run(|| (), &[]).digest), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
}

#[test]
fn halting_early_keeps_what_was_committed() {
    fn guest() {
        wisp::commit_u32(1);
        wisp::halt(3)
    }
    let Outcome { code, journal, .. } = run(guest, &[]);
    assert_eq!((code, journal), (3, vec![1, 0, 0, 0]));
}

#[test]
#[should_panic(expected = "bytes announced")]
fn lengths_are_not_trusted() {
    run(|| drop(wisp::read_bytes()), &[255, 255, 255, 255, 0]);
}

#[test]
fn keccak_is_the_same_wherever_its_bytes_lie() {
    /// Padded first, then taken in byte by byte.
    fn padded(input: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        bytes.push(1);
        bytes.resize(bytes.len().next_multiple_of(136), 0);
        *bytes.last_mut().unwrap() |= 0x80;
        let mut lanes = [0u64; 25];
        for block in bytes.chunks(136) {
            for (i, byte) in block.iter().enumerate() {
                lanes[i / 8] ^= u64::from(*byte) << (8 * (i % 8));
            }
            wisp::precompiles::keccak_f(&mut lanes);
        }
        lanes[..4].iter().flat_map(|lane| lane.to_le_bytes()).collect()
    }
    let bytes: Vec<u8> = (0..420u32).map(|i| (i * i % 251) as u8).collect();
    for len in [0, 1, 7, 8, 9, 64, 127, 128, 134, 135, 136, 137, 144, 271, 272, 273, 400] {
        for start in 0..8 {
            let part = &bytes[start..start + len];
            assert_eq!(wisp::precompiles::keccak256(part)[..], padded(part), "{len} bytes from {start} on");
        }
    }
}

#[test]
fn sha256_and_keccak_are_the_standards() {
    // "abc", padded by hand.
    let mut block = [0u8; 64];
    block[..4].copy_from_slice(b"abc\x80");
    block[63] = 24;
    let mut state =
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19u32];
    wisp::precompiles::sha256_compress(&mut state, &[block]);
    assert_eq!(state[0], 0xba7816bf);
    assert_eq!(state[7], 0xf20015ad);
    // The lengths around the edges of a block, against the hash by blocks of other lengths.
    let bytes: Vec<u8> = (0..200u32).map(|i| (i * 7) as u8).collect();
    for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 200] {
        let whole = wisp::precompiles::sha256(&[&bytes[..length]]);
        assert_eq!(whole, wisp::precompiles::sha256(&[&bytes[..length / 3], &[], &bytes[length / 3..length]]));
    }
    assert_eq!(hex(&wisp::precompiles::sha256(&[b"abc"]))[..8], *"ba7816bf");
    assert_eq!(hex(&wisp::precompiles::keccak256(b""))[..16], *"c5d2460186f7233c");
    let mut lanes = [0u64; 25];
    wisp::precompiles::keccak_f(&mut lanes);
    assert_eq!(lanes[0], 0xf1258f7940e1dde7);
    assert_eq!(lanes[24], 0xeaf1ff7b5ceca249);
}
