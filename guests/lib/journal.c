// The journal: bytes go to the host as they come and into a BLAKE3 hash, whose digest is the run's public value.
#include "wisp.h"

enum { CHUNK_START = 1, CHUNK_END = 2, PARENT = 4, ROOT = 8 };
enum { BLOCK_BYTES = 64, CHUNK_BLOCKS = 16 };

#define IV0 0x6a09e667u
#define IV1 0xbb67ae85u
#define IV2 0x3c6ef372u
#define IV3 0xa54ff53au
#define IV4 0x510e527fu
#define IV5 0x9b05688cu
#define IV6 0x1f83d9abu
#define IV7 0x5be0cd19u

static const uint32_t IV[8] = {IV0, IV1, IV2, IV3, IV4, IV5, IV6, IV7};
static uint32_t cv[8] = {IV0, IV1, IV2, IV3, IV4, IV5, IV6, IV7};
static uint32_t block[16];
static uint32_t block_len;  // 0..64: a full block waits until more comes, for only then is it not the last
static uint32_t blocks;     // compressed in this chunk, 0..15
static uint32_t chunks;     // finished
static uint32_t stack[22][8];  // roots of finished subtrees; the journal is shorter than 2^32 bytes = 2^22 chunks
static uint32_t stack_len;

#define ROTR(x, n) ((x) >> (n) | (x) << (32 - (n)))
#define G(a, b, c, d, x, y) \
  a += b + m[x], d ^= a, d = ROTR(d, 16), c += d, b ^= c, b = ROTR(b, 12); \
  a += b + m[y], d ^= a, d = ROTR(d, 8), c += d, b ^= c, b = ROTR(b, 7);
#define ROUND(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15) \
  G(v0, v4, v8, v12, m0, m1) G(v1, v5, v9, v13, m2, m3) G(v2, v6, v10, v14, m4, m5) G(v3, v7, v11, v15, m6, m7) \
  G(v0, v5, v10, v15, m8, m9) G(v1, v6, v11, v12, m10, m11) G(v2, v7, v8, v13, m12, m13) G(v3, v4, v9, v14, m14, m15)

#ifdef WISP_CHIPS

// cv = compress(cv, m), by the chip.
static void compress(const uint32_t *m, uint32_t counter, uint32_t len, uint32_t flags) {
  struct wisp_blake3_parameters p = {.counter = {counter, 0}, .block_length = len, .flags = flags};
  for (int i = 0; i < 8; i++) p.cv[i] = cv[i];
  wisp_blake3_compress(cv, &p, m);
}

#else

// cv = compress(cv, m). The counter's upper word is always 0 here.
static __attribute__((noinline)) void compress(const uint32_t *m, uint32_t counter, uint32_t len, uint32_t flags) {
  // Hides the table's values from the compiler: a load is one instruction, a constant two.
  const uint32_t *iv = IV;
  __asm__("" : "+r"(iv));
  uint32_t v0 = cv[0], v1 = cv[1], v2 = cv[2], v3 = cv[3], v4 = cv[4], v5 = cv[5], v6 = cv[6], v7 = cv[7];
  uint32_t v8 = iv[0], v9 = iv[1], v10 = iv[2], v11 = iv[3], v12 = counter, v13 = 0, v14 = len, v15 = flags;
  ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  ROUND(2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
  ROUND(3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1)
  ROUND(10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6)
  ROUND(12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4)
  ROUND(9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7)
  ROUND(11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13)
  cv[0] = v0 ^ v8, cv[1] = v1 ^ v9, cv[2] = v2 ^ v10, cv[3] = v3 ^ v11;
  cv[4] = v4 ^ v12, cv[5] = v5 ^ v13, cv[6] = v6 ^ v14, cv[7] = v7 ^ v15;
}

#endif

static void reset_cv(void) {
  for (int i = 0; i < 8; i++) cv[i] = IV[i];
}

// cv = the parent of the subtree on top of the stack and the one in cv.
static void merge(uint32_t flags) {
  uint32_t pair[16];
  stack_len--;
  for (int i = 0; i < 8; i++) {
    pair[i] = stack[stack_len][i];
    pair[8 + i] = cv[i];
  }
  reset_cv();
  compress(pair, 0, BLOCK_BYTES, PARENT | flags);
}

static void flush_block(void) {
  uint32_t flags = blocks == 0 ? CHUNK_START : 0;
  if (++blocks == CHUNK_BLOCKS) flags |= CHUNK_END;
  compress(block, chunks, BLOCK_BYTES, flags);
  block_len = 0;
  if (blocks != CHUNK_BLOCKS) return;
  blocks = 0;
  chunks++;
  // One merge for each trailing zero of the number of chunks keeps the subtrees complete.
  for (uint32_t n = chunks; (n & 1) == 0; n >>= 1) merge(0);
  for (int i = 0; i < 8; i++) stack[stack_len][i] = cv[i];
  stack_len++;
  reset_cv();
}

void wisp_commit(const void *from, uint32_t len) {
  const uint8_t *s = from;
  wisp_write(WISP_FD_JOURNAL, s, len);
  while (len != 0) {
    if (block_len == BLOCK_BYTES) flush_block();
    uint32_t part = BLOCK_BYTES - block_len;
    if (part > len) part = len;
    memcpy((uint8_t *)block + block_len, s, part);
    block_len += part;
    s += part;
    len -= part;
  }
}

_Noreturn void wisp_halt(uint32_t code) {
  // The block starts as zero; only after a flush does it hold old bytes past its length.
  if ((blocks | chunks) != 0) memset((uint8_t *)block + block_len, 0, BLOCK_BYTES - block_len);
  uint32_t flags = (blocks == 0 ? CHUNK_START : 0) | CHUNK_END;
  if (stack_len == 0) flags |= ROOT;
  compress(block, chunks, block_len, flags);
  while (stack_len != 0) merge(stack_len == 1 ? ROOT : 0);
  register uint32_t a0 __asm__("a0") = code;
  register const uint32_t *a1 __asm__("a1") = cv;
  register uint32_t a7 __asm__("a7") = WISP_CALL_HALT;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a7) : "memory");
  __builtin_unreachable();
}
