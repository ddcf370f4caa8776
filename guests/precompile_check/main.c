// Input: up to 1,024 bytes. Journal: their SHA-256, Keccak-256 and BLAKE3 digests, and the input as a number, lowest byte
// first, mod 2^256 - 2^32 - 977; then, of its words by fours as elements e_k of QM31, the sum of their squares, and that
// plus the sum of w_k e_k, w_k being the first words of the input; the generator of secp256k1 times the input's length plus 1;
// last, the input as a number mod the modulus of BLS12-381's field; all by way of the precompiles.
#include "wisp.h"

static uint8_t input[1024] __attribute__((aligned(4)));
static uint32_t length;

static uint32_t swapped(uint32_t x) { return x >> 24 | (x >> 8 & 0xff00) | (x & 0xff00) << 8 | x << 24; }

// Block `index` of the input in 16 words, zero padded.
static void block_of(uint32_t block[16], uint32_t index) {
  uint32_t from = 64 * index;
  uint32_t left = length > from ? length - from : 0;
  memset(block, 0, 64);
  memcpy(block, input + from, left < 64 ? left : 64);
}

static void commit_sha256(void) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint32_t block[16];
  uint32_t blocks = (length + 9 + 63) / 64;
  for (uint32_t i = 0; i < blocks; i++) {
    if (64 * i <= length) block_of(block, i);
    else memset(block, 0, 64);
    if (length / 64 == i) ((uint8_t *)block)[length % 64] = 0x80;
    for (int k = 0; k < 16; k++) block[k] = swapped(block[k]);
    if (i == blocks - 1) block[15] = 8 * length;
    wisp_sha256_compress(state, block);
  }
  for (int k = 0; k < 8; k++) state[k] = swapped(state[k]);
  wisp_commit(state, 32);
}

#define RATE 136

static void commit_keccak256(void) {
  uint32_t state[50] = {0};
  uint8_t *bytes = (uint8_t *)state;
  for (uint32_t i = 0; i < length; i++) {
    bytes[i % RATE] ^= input[i];
    if (i % RATE == RATE - 1) wisp_keccak_f(state);
  }
  bytes[length % RATE] ^= 1;
  bytes[RATE - 1] ^= 0x80;
  wisp_keccak_f(state);
  wisp_commit(state, 32);
}

// One chunk: CHUNK_START 1, CHUNK_END 2, ROOT 8.
static void commit_blake3(void) {
  struct wisp_blake3_parameters p = {
      .cv = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
  uint32_t block[16];
  uint32_t blocks = length == 0 ? 1 : (length + 63) / 64;
  for (uint32_t i = 0; i < blocks; i++) {
    block_of(block, i);
    int is_last = i == blocks - 1;
    p.block_length = is_last ? length - 64 * i : 64;
    p.flags = (i == 0 ? 1 : 0) | (is_last ? 2 | 8 : 0);
    wisp_blake3_compress(p.cv, &p, block);
  }
  wisp_commit(p.cv, 32);
}

// Horner's rule, from the last block of 32 bytes down.
static void commit_remainder(void) {
  static const uint32_t power[8] = {977, 1};  // 2^256 mod p
  struct wisp_modulus p = {.modulus = {0xfffffc2f, 0xfffffffe, -1, -1, -1, -1, -1, -1}};
  uint32_t sum[8] = {0};
  for (uint32_t i = (length + 31) / 32; i-- != 0;) {
    uint32_t left = length - 32 * i;
    memset(p.addend, 0, 32);
    memcpy(p.addend, input + 32 * i, left < 32 ? left : 32);
    wisp_modmul(sum, sum, power, &p);
  }
  wisp_commit(sum, 32);
}

static void commit_dots(void) {
  const uint32_t *words = (const uint32_t *)input;
  uint32_t n = (length + 15) / 16;
  uint32_t sum[4] = {0};
  wisp_qm31_dot(sum, words, words, n);
  wisp_commit(sum, 16);
  wisp_m31_dot(sum, words, words, n);
  wisp_commit(sum, 16);
}

static void commit_multiple(void) {
  static const struct wisp_point generator = {
      .x = {0x16f81798, 0x59f2815b, 0x2dce28d9, 0x029bfcdb, 0xce870b07, 0x55a06295, 0xf9dcbbac, 0x79be667e},
      .y = {0xfb10d4b8, 0x9c47d08f, 0xa6855419, 0xfd17b448, 0x0e1108a8, 0x5da4fbfc, 0x26a3c465, 0x483ada77}};
  struct wisp_point sum = generator;
  uint32_t factor = length + 1;
  int bit = 10;
  while (!(factor >> bit)) bit--;
  while (bit-- != 0) {
    wisp_secp256k1_add(&sum, &sum);
    if (factor >> bit & 1) wisp_secp256k1_add(&sum, &generator);
  }
  wisp_commit(&sum, 64);
}

// As the remainder above, by blocks of 48 bytes.
static void commit_wide_remainder(void) {
  static const uint32_t power[12] = {  // 2^384 mod p
      0x2fffd, 0x76090000, 0xc40c0002, 0xebf4000b, 0x53c758ba, 0x5f489857,
      0x70525745, 0x77ce5853, 0xa256ec6d, 0x5c071a97, 0xfa80e493, 0x15f65ec3};
  struct wisp_wide_modulus p = {
      .modulus = {0xffffaaab, 0xb9feffff, 0xb153ffff, 0x1eabfffe, 0xf6b0f624, 0x6730d2a0,
      0xf38512bf, 0x64774b84, 0x434bacd7, 0x4b1ba7b6, 0x397fe69a, 0x1a0111ea}};
  uint32_t sum[12] = {0};
  for (uint32_t i = (length + 47) / 48; i-- != 0;) {
    uint32_t left = length - 48 * i;
    memset(p.addend, 0, 48);
    memcpy(p.addend, input + 48 * i, left < 48 ? left : 48);
    wisp_wide_modmul(sum, sum, power, &p);
  }
  wisp_commit(sum, 48);
}

int main(void) {
  length = wisp_input_length();
  if (length > sizeof input) return 1;
  wisp_read(input, length);
  commit_sha256();
  commit_keccak256();
  commit_blake3();
  commit_remainder();
  commit_dots();
  commit_multiple();
  commit_wide_remainder();
  return 0;
}
