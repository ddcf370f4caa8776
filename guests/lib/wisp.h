// The guest library: host calls, input, journal. See ../README.md.
#ifndef WISP_H
#define WISP_H

#include <stddef.h>
#include <stdint.h>

// Host call numbers (register a7 of an ecall).
#define WISP_CALL_HALT 0
#define WISP_CALL_READ 1
#define WISP_CALL_INPUT_LENGTH 2
#define WISP_CALL_WRITE 3
#define WISP_CALL_BLAKE3 0x100
#define WISP_CALL_SHA256 0x101
#define WISP_CALL_KECCAK 0x102
#define WISP_CALL_MODMUL 0x103
#define WISP_CALL_SECP256K1 0x104
#define WISP_CALL_QM31_DOT 0x106
#define WISP_CALL_M31_DOT 0x107
#define WISP_CALL_WIDE_MODMUL 0x108

#define WISP_FD_STDOUT 1
#define WISP_FD_STDERR 2
#define WISP_FD_JOURNAL 3
#define WISP_FD_PANIC 4
#define WISP_FD_MARK 5

// Ends the run. The journal's digest and the code become public values. Returning from main does the same.
_Noreturn void wisp_halt(uint32_t code);

// Bytes of the private input not yet read.
static inline uint32_t wisp_input_length(void) {
  register uint32_t a0 __asm__("a0");
  register uint32_t a7 __asm__("a7") = WISP_CALL_INPUT_LENGTH;
  __asm__ volatile("ecall" : "=r"(a0) : "r"(a7));
  return a0;
}

// The host call itself: `words` must be 4-aligned, and ceil(len / 4) whole words are written, the last zero padded.
// Reading past the end of the input stops the run.
static inline void wisp_read_words(void *words, uint32_t len) {
  register void *a0 __asm__("a0") = words;
  register uint32_t a1 __asm__("a1") = len;
  register uint32_t a7 __asm__("a7") = WISP_CALL_READ;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a7) : "memory");
}

// Reads the next `len` bytes of the input to any address; touches nothing else.
void wisp_read(void *to, uint32_t len);

static inline uint32_t wisp_read_u32(void) {
  uint32_t word;
  wisp_read_words(&word, 4);
  return word;
}

static inline uint64_t wisp_read_u64(void) {
  uint32_t words[2];
  wisp_read_words(words, 8);
  return words[0] | (uint64_t)words[1] << 32;
}

// Reads a length (u32), then so many bytes, to new memory. Also right for a text, which ends with a zero byte here.
void *wisp_read_bytes(uint32_t *len);

// Shows bytes to the host; proves nothing.
static inline void wisp_write(uint32_t fd, const void *from, uint32_t len) {
  register uint32_t a0 __asm__("a0") = fd;
  register const void *a1 __asm__("a1") = from;
  register uint32_t a2 __asm__("a2") = len;
  register uint32_t a7 __asm__("a7") = WISP_CALL_WRITE;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a2), "r"(a7) : "memory");
}

// Appends to the journal, the program's public output.
void wisp_commit(const void *from, uint32_t len);

static inline void wisp_commit_u32(uint32_t value) { wisp_commit(&value, 4); }
static inline void wisp_commit_u64(uint64_t value) { wisp_commit(&value, 8); }

// Appends the length (u32), then the bytes.
static inline void wisp_commit_bytes(const void *from, uint32_t len) {
  wisp_commit_u32(len);
  wisp_commit(from, len);
}

// Shows a text; proves nothing.
void wisp_print(const char *text);

// Gives up: the host shows why and where, and no proof can be made of the run.
#define wisp_panic(why) wisp_panic_at(__FILE__, __LINE__, why)
#define wisp_assert(condition) ((condition) ? (void)0 : wisp_panic("assertion failed: " #condition))
_Noreturn void wisp_panic_at(const char *file, uint32_t line, const char *why);

// Names a stretch of the run for `wisp run --profile`; `name` is a literal. Each end of one costs some ten instructions.
#define wisp_mark_begin(name) wisp_write(WISP_FD_MARK, "+" name, sizeof(name))
#define wisp_mark_end(name) wisp_write(WISP_FD_MARK, "-" name, sizeof(name))

// Precompiles: work that has chips of its own. Operands are 4-aligned and may overlap: all are read before any is written.
struct wisp_blake3_parameters {
  uint32_t cv[8];
  uint32_t counter[2];  // low, high
  uint32_t block_length;
  uint32_t flags;
};

// out = the first 8 words of BLAKE3's compression of the block. `out` may be the parameters' own cv.
static inline void wisp_blake3_compress(uint32_t out[8], const struct wisp_blake3_parameters *parameters,
                                        const uint32_t block[16]) {
  register uint32_t *a0 __asm__("a0") = out;
  register const void *a1 __asm__("a1") = parameters;
  register const uint32_t *a2 __asm__("a2") = block;
  register uint32_t a7 __asm__("a7") = WISP_CALL_BLAKE3;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a2), "r"(a7) : "memory");
}

// state = SHA-256's compression of state and block. The block's words have their first byte on top.
static inline void wisp_sha256_compress(uint32_t state[8], const uint32_t block[16]) {
  register uint32_t *a0 __asm__("a0") = state;
  register const uint32_t *a1 __asm__("a1") = block;
  register uint32_t a7 __asm__("a7") = WISP_CALL_SHA256;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a7) : "memory");
}

// state = Keccak-f[1600] of 25 lanes: lane x + 5 y, low word first.
static inline void wisp_keccak_f(uint32_t state[50]) {
  register uint32_t *a0 __asm__("a0") = state;
  register uint32_t a7 __asm__("a7") = WISP_CALL_KECCAK;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a7) : "memory");
}

// Numbers of 256 bits, lowest word first.
struct wisp_modulus {
  uint32_t modulus[8];
  uint32_t addend[8];
};

// result = x y + addend mod modulus, below the modulus. Modulus 0 stops the run, and so does a quotient of more than 256
// bits: there is none where x or y is below the modulus.
static inline void wisp_modmul(uint32_t result[8], const uint32_t x[8], const uint32_t y[8],
                               const struct wisp_modulus *m) {
  register uint32_t *a0 __asm__("a0") = result;
  register const uint32_t *a1 __asm__("a1") = x;
  register const uint32_t *a2 __asm__("a2") = y;
  register const void *a3 __asm__("a3") = m;
  register uint32_t a7 __asm__("a7") = WISP_CALL_MODMUL;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
}

// The same with numbers of 384 bits.
struct wisp_wide_modulus {
  uint32_t modulus[12];
  uint32_t addend[12];
};

static inline void wisp_wide_modmul(uint32_t result[12], const uint32_t x[12], const uint32_t y[12],
                                    const struct wisp_wide_modulus *m) {
  register uint32_t *a0 __asm__("a0") = result;
  register const uint32_t *a1 __asm__("a1") = x;
  register const uint32_t *a2 __asm__("a2") = y;
  register const void *a3 __asm__("a3") = m;
  register uint32_t a7 __asm__("a7") = WISP_CALL_WIDE_MODMUL;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
}

static inline void wisp_dot(uint32_t call, uint32_t sum[4], const uint32_t *x, const uint32_t *y, uint32_t bytes) {
  register uint32_t *a0 __asm__("a0") = sum;
  register const uint32_t *a1 __asm__("a1") = x;
  register const uint32_t *a2 __asm__("a2") = y;
  register uint32_t a3 __asm__("a3") = bytes;
  register uint32_t a7 __asm__("a7") = call;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
}

// Elements of QM31 = M31[i, u], i^2 = -1, u^2 = 2 + i, are four words: 1, i, u, i u. Words count mod 2^31 - 1, results are
// below it. At most 2^16 words of x in one call.

// sum += x[0] y[0] + ... + x[n - 1] y[n - 1] of elements of QM31.
static inline void wisp_qm31_dot(uint32_t sum[4], const uint32_t *x, const uint32_t *y, uint32_t n) {
  wisp_dot(WISP_CALL_QM31_DOT, sum, x, y, 16 * n);
}

// The same where x are elements of M31, a word each.
static inline void wisp_m31_dot(uint32_t sum[4], const uint32_t *x, const uint32_t *y, uint32_t n) {
  wisp_dot(WISP_CALL_M31_DOT, sum, x, y, 4 * n);
}

// A point of secp256k1, y^2 = x^3 + 7 modulo 2^256 - 2^32 - 977, other than the one at infinity.
struct wisp_point {
  uint32_t x[8];
  uint32_t y[8];
};

// point = point + other; `other` may be `point`, or equal, which doubles. Coordinates that are not below the modulus stop the
// run, and so do points whose sum is at infinity: x the same, y not (or 0). That they are on the curve is not looked at.
static inline void wisp_secp256k1_add(struct wisp_point *point, const struct wisp_point *other) {
  register struct wisp_point *a0 __asm__("a0") = point;
  register const struct wisp_point *a1 __asm__("a1") = other;
  register uint32_t a7 __asm__("a7") = WISP_CALL_SECP256K1;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a1), "r"(a7) : "memory");
}

// Memory that is never given back, 16-aligned and zero.
void *wisp_alloc(uint32_t len);

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);

#endif
