// Seven BLAKE3 rounds as a loop: a quarter of the code, for adapters that compile slowly (SwiftShader).

fn blake3_rounds(state: Blake3State, block: Blake3Block) -> Blake3State {
  var s = state;
  var m = block;
  for (var i = 0u; i < 7u; i++) {
    s = blake3_round(s, m);
    m = blake3_permute(m);
  }
  return s;
}
