// Input: any bytes. Journal: their Keccak-256 digest (Ethereum's: padding byte 0x01, not SHA-3's 0x06).
// Built twice: in plain instructions, and with -DWITH_CHIP by the chip.
//
// A lane is two words. Without a rotate instruction, rotating 64 bits costs six instructions either way, so the lanes
// are not bit-interleaved. Six lanes are kept complemented, which leaves one NOT in most rows of chi instead of five.
#include "wisp.h"

enum { RATE = 136 };

// Lane x of plane y is lane 5 y + x; lane i is words 2i (low) and 2i + 1 (high).
static uint32_t state[50];

#ifdef WITH_CHIP

static void permute(void) {
  wisp_keccak_f(state);
}

static void complement(void) {}

#else

static uint32_t other[50];

static const uint32_t ROUND_CONSTANTS[48] = {
    0x00000001, 0x00000000, 0x00008082, 0x00000000, 0x0000808a, 0x80000000, 0x80008000, 0x80000000,
    0x0000808b, 0x00000000, 0x80000001, 0x00000000, 0x80008081, 0x80000000, 0x00008009, 0x80000000,
    0x0000008a, 0x00000000, 0x00000088, 0x00000000, 0x80008009, 0x00000000, 0x8000000a, 0x00000000,
    0x8000808b, 0x00000000, 0x0000008b, 0x80000000, 0x00008089, 0x80000000, 0x00008003, 0x80000000,
    0x00008002, 0x80000000, 0x00000080, 0x80000000, 0x0000800a, 0x00000000, 0x8000000a, 0x80000000,
    0x80008081, 0x80000000, 0x00008080, 0x80000000, 0x80000001, 0x00000000, 0x80008008, 0x80000000};

static const uint8_t COMPLEMENTED[6] = {1, 2, 8, 12, 17, 20};

#define PARITY(x, half) \
  (from[2 * x + half] ^ from[2 * x + 10 + half] ^ from[2 * x + 20 + half] ^ from[2 * x + 30 + half] ^ \
   from[2 * x + 40 + half])
#define COLUMN(x) uint32_t c##x##l = PARITY(x, 0), c##x##h = PARITY(x, 1);
// d = c[left] ^ rotl(c[right], 1)
#define THETA(x, left, right) \
  uint32_t d##x##l = c##left##l ^ (c##right##l << 1 | c##right##h >> 31); \
  uint32_t d##x##h = c##left##h ^ (c##right##h << 1 | c##right##l >> 31);
// b = rotl(lane ^ d[x], r); the lane's column x is its number mod 5
#define FETCH(b, lane, x, r) \
  { \
    uint32_t low = from[2 * lane] ^ d##x##l, high = from[2 * lane + 1] ^ d##x##h; \
    if (r > 31) { \
      uint32_t swap = low; \
      low = high; \
      high = swap; \
    } \
    if ((r & 31) != 0) { \
      b##l = low << (r & 31) | high >> (-(r) & 31); \
      b##h = high << (r & 31) | low >> (-(r) & 31); \
    } else { \
      b##l = low; \
      b##h = high; \
    } \
  }
// One row of chi on both halves; `f(half)` is the new value.
#define OUT(lane, f) to[2 * (lane)] = f(l), to[2 * (lane) + 1] = f(h);

#define B0(h) (b0##h ^ (b1##h | b2##h))
#define B1(h) (b1##h ^ (~b2##h | b3##h))
#define B2(h) (b2##h ^ (b3##h & b4##h))
#define B3(h) (b3##h ^ (b4##h | b0##h))
#define B4(h) (b4##h ^ (b0##h & b1##h))

#define G1(h) (b1##h ^ (b2##h & b3##h))
#define G2(h) (b2##h ^ (b3##h | ~b4##h))

#define K2(h) (b2##h ^ (n3##h & b4##h))
#define K3(h) (n3##h ^ (b4##h | b0##h))

#define M0(h) (b0##h ^ (b1##h & b2##h))
#define M1(h) (b1##h ^ (b2##h | b3##h))
#define M2(h) (b2##h ^ (n3##h | b4##h))
#define M3(h) (n3##h ^ (b4##h & b0##h))
#define M4(h) (b4##h ^ (b0##h | b1##h))

#define S0(h) (b0##h ^ (n1##h & b2##h))
#define S1(h) (n1##h ^ (b2##h | b3##h))

static inline __attribute__((always_inline)) void round(uint32_t *to, const uint32_t *from, const uint32_t *rc) {
  COLUMN(0) COLUMN(1) COLUMN(2) COLUMN(3) COLUMN(4)
  THETA(0, 4, 1) THETA(1, 0, 2) THETA(2, 1, 3) THETA(3, 2, 4) THETA(4, 3, 0)
  uint32_t b0l, b0h, b1l, b1h, b2l, b2h, b3l, b3h, b4l, b4h;

  FETCH(b0, 0, 0, 0) FETCH(b1, 6, 1, 44) FETCH(b2, 12, 2, 43) FETCH(b3, 18, 3, 21) FETCH(b4, 24, 4, 14)
  OUT(0, B0) OUT(1, B1) OUT(2, B2) OUT(3, B3) OUT(4, B4)
  to[0] ^= rc[0], to[1] ^= rc[1];

  FETCH(b0, 3, 3, 28) FETCH(b1, 9, 4, 20) FETCH(b2, 10, 0, 3) FETCH(b3, 16, 1, 45) FETCH(b4, 22, 2, 61)
  OUT(5, B0) OUT(6, G1) OUT(7, G2) OUT(8, B3) OUT(9, B4)

  FETCH(b0, 1, 1, 1) FETCH(b1, 7, 2, 6) FETCH(b2, 13, 3, 25) FETCH(b3, 19, 4, 8) FETCH(b4, 20, 0, 18)
  uint32_t n3l = ~b3l, n3h = ~b3h;
  OUT(10, B0) OUT(11, G1) OUT(12, K2) OUT(13, K3) OUT(14, B4)

  FETCH(b0, 4, 4, 27) FETCH(b1, 5, 0, 36) FETCH(b2, 11, 1, 10) FETCH(b3, 17, 2, 15) FETCH(b4, 23, 3, 56)
  n3l = ~b3l, n3h = ~b3h;
  OUT(15, M0) OUT(16, M1) OUT(17, M2) OUT(18, M3) OUT(19, M4)

  FETCH(b0, 2, 2, 62) FETCH(b1, 8, 3, 55) FETCH(b2, 14, 4, 39) FETCH(b3, 15, 0, 41) FETCH(b4, 21, 1, 2)
  uint32_t n1l = ~b1l, n1h = ~b1h;
  OUT(20, S0) OUT(21, S1) OUT(22, B2) OUT(23, B3) OUT(24, B4)
}

static __attribute__((noinline)) void permute(void) {
  for (const uint32_t *rc = ROUND_CONSTANTS; rc != ROUND_CONSTANTS + 48; rc += 4) {
    round(other, state, rc);
    round(state, other, rc + 2);
  }
}

static void complement(void) {
  for (int i = 0; i < 6; i++) {
    uint32_t at = 2u * COMPLEMENTED[i];
    state[at] = ~state[at];
    state[at + 1] = ~state[at + 1];
  }
}

#endif

static void absorb(const uint32_t *block) {
  for (int i = 0; i < RATE / 4; i++) state[i] ^= block[i];
  permute();
}

int main(void) {
  uint32_t block[RATE / 4];
  uint32_t left = wisp_input_length();
  complement();
  for (; left >= RATE; left -= RATE) {
    wisp_read_words(block, RATE);
    absorb(block);
  }
  // The rest of the input, zero padded to whole words by the host call, then the padding.
  uint32_t words = (left + 3) >> 2;
  if (words != 0) wisp_read_words(block, left);
  for (uint32_t i = words; i < RATE / 4; i++) block[i] = 0;
  ((uint8_t *)block)[left] ^= 0x01;
  ((uint8_t *)block)[RATE - 1] ^= 0x80;
  absorb(block);
  complement();
  wisp_commit(state, 32);
  return 0;
}
