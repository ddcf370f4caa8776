// Input: any bytes. Journal: their SHA-256 digest. Built twice: in plain instructions, and with -DWITH_CHIP by the chip.
#include "wisp.h"

static uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                            0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

#define ROTR(x, n) ((x) >> (n) | (x) << (32 - (n)))

static inline uint32_t big_endian(uint32_t x) {
  uint32_t mask = 0xff00ff;
  x = (x >> 8 & mask) | (x & mask) << 8;
  return ROTR(x, 16);
}

#ifdef WITH_CHIP

static void compress(uint32_t *block) {
  for (int i = 0; i < 16; i++) block[i] = big_endian(block[i]);
  wisp_sha256_compress(state, block);
}

#else

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// The shifts of one direction nested, x >> 3 ^ x >> 7 ^ x >> 18 = ((x >> 11 ^ x) >> 4 ^ x) >> 3: as many instructions
// as rotating, but one register less alive, which saves spills.
#define SIGMA0(x) ((((x) >> 11 ^ (x)) >> 4 ^ (x)) >> 3 ^ ((x) << 11 ^ (x)) << 14)
#define SIGMA1(x) ((((x) >> 2 ^ (x)) >> 7 ^ (x)) >> 10 ^ ((x) << 2 ^ (x)) << 13)
#define SUM0(x) ((((x) >> 9 ^ (x)) >> 11 ^ (x)) >> 2 ^ (((x) << 11 ^ (x)) << 9 ^ (x)) << 10)
#define SUM1(x) ((((x) >> 14 ^ (x)) >> 5 ^ (x)) >> 6 ^ (((x) << 5 ^ (x)) << 14 ^ (x)) << 7)

// maj(a, b, c) = ((a ^ b) & (b ^ c)) ^ b, and this round's a ^ b is the next one's b ^ c.
#define ROUND(a, b, c, d, e, f, g, h, w, i) \
  { \
    uint32_t t = h + k[i] + w + SUM1(e) + (((f ^ g) & e) ^ g); \
    uint32_t ab = a ^ b; \
    d += t; \
    h = t + SUM0(a) + ((ab & bc) ^ b); \
    bc = ab; \
  }
#define EIGHT(word, i) \
  ROUND(a, b, c, d, e, f, g, h, word(i), i) ROUND(h, a, b, c, d, e, f, g, word(i + 1), i + 1) \
  ROUND(g, h, a, b, c, d, e, f, word(i + 2), i + 2) ROUND(f, g, h, a, b, c, d, e, word(i + 3), i + 3) \
  ROUND(e, f, g, h, a, b, c, d, word(i + 4), i + 4) ROUND(d, e, f, g, h, a, b, c, word(i + 5), i + 5) \
  ROUND(c, d, e, f, g, h, a, b, word(i + 6), i + 6) ROUND(b, c, d, e, f, g, h, a, word(i + 7), i + 7)
#define FIRST(i) (w[i] = big_endian(block[i]))
#define NEXT(i) (w[(i) & 15] += SIGMA1(w[((i) + 14) & 15]) + w[((i) + 9) & 15] + SIGMA0(w[((i) + 1) & 15]))

static void compress(const uint32_t *block) {
  uint32_t w[16];
  // Hides the table's values from the compiler: one load a constant beats lui + addi.
  const uint32_t *k = K;
  __asm__("" : "+r"(k));
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  uint32_t bc = b ^ c;
  EIGHT(FIRST, 0) EIGHT(FIRST, 8)
  EIGHT(NEXT, 16) EIGHT(NEXT, 24) EIGHT(NEXT, 32) EIGHT(NEXT, 40) EIGHT(NEXT, 48) EIGHT(NEXT, 56)
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

#endif

int main(void) {
  uint32_t len = wisp_input_length();
  uint32_t block[16];
  for (uint32_t left = len; ; left -= 64) {
    if (left >= 64) {
      wisp_read_words(block, 64);
      compress(block);
      continue;
    }
    // The rest of the input, zero padded to whole words by the host call, then the end mark.
    uint32_t words = (left + 3) >> 2;
    if (words != 0) wisp_read_words(block, left);
    for (uint32_t i = words; i < 16; i++) block[i] = 0;
    ((uint8_t *)block)[left] = 0x80;
    break;
  }
  if ((len & 63) >= 56) {
    compress(block);
    for (int i = 0; i < 14; i++) block[i] = 0;
  }
  block[14] = big_endian(len >> 29);
  block[15] = big_endian(len << 3);
  compress(block);
  for (int i = 0; i < 8; i++) block[i] = big_endian(state[i]);
  wisp_commit(block, 32);
  return 0;
}
