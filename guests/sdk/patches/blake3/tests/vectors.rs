//! Against the official vectors: input bytes count up to 250 and start again, the key is "whats the Elvish word for friend".
use blake3::{derive_key, hash, keyed_hash, Hash, Hasher};
use std::io::{Read, Write};

const CONTEXT: &str = "BLAKE3 2019-12-27 16:29:52 test vectors context";

/// Bytes, then the hash, the keyed hash and the derived key.
const VECTORS: &[(usize, &str, &str, &str)] = &[
    (
        0,
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
        "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26",
        "2cc39783c223154fea8dfb7c1b1660f2ac2dcbd1c1de8277b0b0dd39b7e50d7d",
    ),
    (
        1,
        "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
        "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b",
        "b3e2e340a117a499c6cf2398a19ee0d29cca2bb7404c73063382693bf66cb06c",
    ),
    (
        64,
        "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98",
        "ba8ced36f327700d213f120b1a207a3b8c04330528586f414d09f2f7d9ccb7e6",
        "a5c4a7053fa86b64746d4bb688d06ad1f02a18fce9afd3e818fefaa7126bf73e",
    ),
    (
        65,
        "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee",
        "c0a4edefa2d2accb9277c371ac12fcdbb52988a86edc54f0716e1591b4326e72",
        "51fd05c3c1cfbc8ed67d139ad76f5cf8236cd2acd26627a30c104dfd9d3ff8a8",
    ),
    (
        1024,
        "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
        "75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4",
        "7356cd7720d5b66b6d0697eb3177d9f8d73a4a5c5e968896eb6a689684302706",
    ),
    (
        1025,
        "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
        "357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69",
        "effaa245f065fbf82ac186839a249707c3bddf6d3fdda22d1b95a3c970379bcb",
    ),
    (
        3073,
        "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3",
        "68dede9bef00ba89e43f31a6825f4cf433389fedae75c04ee9f0cf16a427c95a",
        "72613c9ec9ff7e40f8f5c173784c532ad852e827dba2bf85b2ab4b76f7079081",
    ),
    (
        31744,
        "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47",
        "efa53b389ab67c593dba624d898d0f7353ab99e4ac9d42302ee64cbf9939a419",
        "39772aef80e0ebe60596361e45b061e8f417429d529171b6764468c22928e28e",
    ),
];

const LONG: &str = "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444f4c4a22b4b399155358a994e52bf255de600\
    35742ec71bd08ac275a1b51cc6bfe332b0ef84b409108cda080e6269ed4b3e2c3f7d722aa4cdc98d16deb554e5627be8f955\
    c98e1d5f9565a9194cad0c4285f93700062d9595adb992ae68ff12800ab67afea516f221cf7d1f8434fc36d8f6fbdf38d445";

fn input(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

fn key() -> &'static [u8; 32] {
    b"whats the Elvish word for friend"
}

#[test]
fn hashes_are_the_standards() {
    for (length, plain, keyed, derived) in VECTORS {
        let bytes = input(*length);
        assert_eq!(hash(&bytes).to_hex().as_str(), *plain, "{length} bytes");
        assert_eq!(keyed_hash(key(), &bytes).to_string(), *keyed);
        assert_eq!(Hash::from(derive_key(CONTEXT, &bytes)).to_string(), *derived);
    }
}

#[test]
fn parts_of_any_length_are_one_input() {
    for (length, plain, keyed, _) in VECTORS {
        let bytes = input(*length);
        for size in [1, 3, 63, 64, 65, 1000] {
            let (mut one, mut other) = (Hasher::new(), Hasher::new_keyed(key()));
            for part in bytes.chunks(size) {
                one.update(part);
                other.write_all(part).unwrap();
                assert_eq!(one.finalize(), one.clone().finalize());
            }
            assert_eq!((&*one.finalize().to_hex(), &*other.finalize().to_hex()), (*plain, *keyed));
            assert_eq!(one.count(), *length as u64);
            one.reset();
            assert_eq!(one.finalize(), hash(b""));
            other.reset();
            assert_eq!(other.finalize(), keyed_hash(key(), b""));
        }
    }
}

#[test]
fn outputs_of_any_length() {
    let mut hasher = Hasher::new();
    hasher.update(&input(1025));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for step in [1, 7, 32, 33, 64, 150] {
        let (mut reader, mut all) = (hasher.finalize_xof(), Vec::new());
        while all.len() < 150 {
            let mut part = vec![0; step.min(150 - all.len())];
            reader.fill(&mut part);
            all.extend(part);
        }
        assert_eq!(hex(&all), LONG, "by {step}");
        assert_eq!(reader.position(), 150);
    }
    let mut reader = hasher.finalize_xof();
    reader.set_position(100);
    let mut part = [0; 10];
    reader.read_exact(&mut part).unwrap();
    assert_eq!(hex(&part), LONG[200..220]);
}

#[test]
fn hashes_as_text() {
    let hash = hash(b"");
    assert_eq!(Hash::from_hex(hash.to_hex().to_uppercase()), Ok(hash));
    assert_eq!(hash.to_string().parse(), Ok(hash));
    assert!(Hash::from_hex("00").is_err() && Hash::from_hex("g".repeat(64)).is_err());
    assert_eq!(Hash::from_slice(hash.as_slice()).unwrap(), *hash.as_bytes());
    assert_ne!(hash, [0; 32]);
    assert!(hash != hash.as_bytes()[..31]);
}
