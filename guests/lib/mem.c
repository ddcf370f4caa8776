// The memory functions that compilers call. Written for few instructions on a machine that traps on unaligned words.
#include "wisp.h"

typedef uint32_t __attribute__((may_alias)) word;

// Right for overlaps too where the destination comes first: no byte is read after a byte at or above it is written.
static inline __attribute__((always_inline)) void *copy_forwards(void *to, const void *from, size_t len) {
  uint8_t *d = to;
  const uint8_t *s = from;
  if (len >= 12) {
    while ((uintptr_t)d & 3) {
      *d++ = *s++;
      len--;
    }
    uint32_t skew = (uintptr_t)s & 3;
    word *dw = (word *)d;
    if (skew == 0) {
      const word *sw = (const word *)s;
      for (; len >= 32; len -= 32, dw += 8, sw += 8) {
        word w0 = sw[0], w1 = sw[1], w2 = sw[2], w3 = sw[3], w4 = sw[4], w5 = sw[5], w6 = sw[6], w7 = sw[7];
        dw[0] = w0, dw[1] = w1, dw[2] = w2, dw[3] = w3, dw[4] = w4, dw[5] = w5, dw[6] = w6, dw[7] = w7;
      }
      for (; len >= 4; len -= 4) *dw++ = *sw++;
      s = (const uint8_t *)sw;
    } else {
      // Each word is pieced together from two aligned ones; the first may begin before `from`, in the same word.
      const word *sw = (const word *)(s - skew);
      uint32_t right = skew * 8, left = 32 - right;
      word low = *sw++;
      for (; len >= 4; len -= 4, s += 4) {
        word high = *sw++;
        *dw++ = low >> right | high << left;
        low = high;
      }
    }
    d = (uint8_t *)dw;
  }
  for (; len != 0; len--) *d++ = *s++;
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t len) { return copy_forwards(to, from, len); }

void *memmove(void *to, const void *from, size_t len) {
  // An unsigned distance: true where the destination is before the source or past its end.
  if ((uintptr_t)to - (uintptr_t)from >= len) return copy_forwards(to, from, len);
  uint8_t *d = (uint8_t *)to + len;
  const uint8_t *s = (const uint8_t *)from + len;
  if ((((uintptr_t)d ^ (uintptr_t)s) & 3) == 0) {
    for (; len != 0 && ((uintptr_t)d & 3) != 0; len--) *--d = *--s;
    for (; len >= 4; len -= 4) {
      d -= 4;
      s -= 4;
      *(word *)d = *(const word *)s;
    }
  }
  for (; len != 0; len--) *--d = *--s;
  return to;
}

void *memset(void *to, int byte, size_t len) {
  uint8_t *d = to;
  uint32_t fill = (uint8_t)byte;
  if (len >= 8) {
    while ((uintptr_t)d & 3) {
      *d++ = (uint8_t)fill;
      len--;
    }
    fill |= fill << 8;
    fill |= fill << 16;
    word *dw = (word *)d;
    for (; len >= 32; len -= 32, dw += 8) {
      dw[0] = fill, dw[1] = fill, dw[2] = fill, dw[3] = fill, dw[4] = fill, dw[5] = fill, dw[6] = fill, dw[7] = fill;
    }
    for (; len >= 4; len -= 4) *dw++ = fill;
    d = (uint8_t *)dw;
  }
  for (; len != 0; len--) *d++ = (uint8_t)fill;
  return to;
}

int memcmp(const void *a, const void *b, size_t len) {
  const uint8_t *p = a, *q = b;
  if ((((uintptr_t)p | (uintptr_t)q) & 3) == 0) {
    while (len >= 4 && *(const word *)p == *(const word *)q) {
      p += 4;
      q += 4;
      len -= 4;
    }
  }
  for (; len != 0; len--, p++, q++) {
    if (*p != *q) return (int)*p - (int)*q;
  }
  return 0;
}
