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

#define WISP_FD_STDOUT 1
#define WISP_FD_STDERR 2
#define WISP_FD_JOURNAL 3

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

// Memory that is never given back, 16-aligned and zero.
void *wisp_alloc(uint32_t len);

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);

#endif
