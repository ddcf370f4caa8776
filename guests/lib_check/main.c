// Input: any bytes. Journal: the same bytes, read and committed in pieces of all lengths and alignments. Exit code: 0,
// or the line of the check of the guest library that failed.
#include "wisp.h"

#define CHECK(condition) \
  if (!(condition)) wisp_halt(__LINE__)

enum { SIZE = 112, GUARD = 0xa5 };

typedef uint32_t __attribute__((may_alias)) word;

static uint8_t got[SIZE] __attribute__((aligned(4)));
static uint8_t want[SIZE] __attribute__((aligned(4)));
static uint8_t from[SIZE] __attribute__((aligned(4)));
static const uint8_t LENGTHS[] = {0, 1, 3, 4, 8, 11, 12, 13, 19, 32, 40, 71};

static void fill(uint8_t *bytes, uint32_t seed) {
  word *words = (word *)bytes;
  for (uint32_t i = 0; i < SIZE / 4; i++) words[i] = seed += 0x35a7c961;
}

static int same(const uint8_t *left, const uint8_t *right) {
  const word *a = (const word *)left, *b = (const word *)right;
  for (uint32_t i = 0; i < SIZE / 4; i++) {
    if (a[i] != b[i]) return 0;
  }
  return 1;
}

static void check_memory(uint32_t to, uint32_t at, uint32_t len) {
  fill(from, 3);
  fill(got, GUARD);
  fill(want, GUARD);
  for (uint32_t i = 0; i < len; i++) want[16 + to + i] = from[16 + at + i];
  CHECK(memcpy(got + 16 + to, from + 16 + at, len) == got + 16 + to);
  CHECK(same(got, want));
  CHECK(memcmp(got + 16 + to, from + 16 + at, len) == 0);
  // Overlaps: towards higher addresses by 0 to 3 bytes and by 8 more, and back.
  for (uint32_t shift = 0; shift <= 8; shift += 8) {
    for (uint32_t up = 0; up < 2; up++) {
      uint32_t d = 16 + (up ? to + shift : at), s = 16 + (up ? at : to + shift);
      fill(got, GUARD);
      fill(want, GUARD);
      for (uint32_t i = 0; i < len; i++) want[d + i] = got[s + i];
      CHECK(memmove(got + d, got + s, len) == got + d);
      CHECK(same(got, want));
    }
  }
  fill(want, GUARD);
  fill(got, GUARD);
  for (uint32_t i = 0; i < len; i++) want[16 + to + i] = 0x9c;
  CHECK(memset(got + 16 + to, 0x19c, len) == got + 16 + to);
  CHECK(same(got, want));
  if (len != 0) {
    // Bytes compare as unsigned.
    uint32_t last = 16 + to + len - 1;
    got[last] = 0x7f;
    CHECK(memcmp(got + 16 + to, want + 16 + to, len) < 0);
    CHECK(memcmp(want + 16 + to, got + 16 + to, len) > 0);
  }
}

int main(void) {
  for (uint32_t to = 0; to < 4; to++) {
    for (uint32_t at = 0; at < 4; at++) {
      for (uint32_t i = 0; i < sizeof LENGTHS; i++) check_memory(to, at, LENGTHS[i]);
    }
  }
  uint8_t *first = wisp_alloc(3), *second = wisp_alloc(1);
  CHECK(((uintptr_t)first & 15) == 0 && second == first + 16 && second[0] == 0);
  uint8_t *buffer = wisp_alloc(512);
  for (uint32_t turn = 1; wisp_input_length() != 0; turn++) {
    uint32_t left = wisp_input_length();
    uint32_t len = turn * 29 % 331;
    if (len > left) len = left;
    uint8_t *at = buffer + 4 + (turn & 3);
    at[-1] = at[len] = GUARD;
    wisp_read(at, len);
    CHECK(at[-1] == GUARD && at[len] == GUARD);
    uint32_t part = len / 3;
    wisp_commit(at, part);
    wisp_commit(at + part, len - part);
  }
  return 0;
}
