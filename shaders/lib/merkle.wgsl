// import lib/blake3
// Hash of two child digests that end a message (plain node): one full block.

fn hash_children(key: Digest, left: Digest, right: Digest) -> Digest {
  let flags = BLAKE3_KEYED_HASH | BLAKE3_CHUNK_START | BLAKE3_CHUNK_END | BLAKE3_ROOT;
  return blake3_compress(key, Blake3Block(left.lo, left.hi, right.lo, right.hi), 64u, flags);
}
