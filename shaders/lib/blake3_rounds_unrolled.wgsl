// Seven BLAKE3 rounds written out: every message permutation becomes a renaming of registers, for GPUs.

fn blake3_rounds(state: Blake3State, block: Blake3Block) -> Blake3State {
  let m1 = blake3_permute(block);
  let m2 = blake3_permute(m1);
  let m3 = blake3_permute(m2);
  let m4 = blake3_permute(m3);
  let m5 = blake3_permute(m4);
  let m6 = blake3_permute(m5);
  var s = blake3_round(state, block);
  s = blake3_round(s, m1);
  s = blake3_round(s, m2);
  s = blake3_round(s, m3);
  s = blake3_round(s, m4);
  s = blake3_round(s, m5);
  return blake3_round(s, m6);
}
