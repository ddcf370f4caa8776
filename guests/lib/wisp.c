#include "wisp.h"

extern char __heap_start[];
static char *heap_next = __heap_start;

void *wisp_alloc(uint32_t len) {
  char *at = heap_next;
  heap_next = at + ((len + 15) & ~15u);
  return at;
}

void wisp_read(void *to, uint32_t len) {
  uint8_t *out = to;
  if (((uintptr_t)out & 3) == 0) {
    uint32_t whole = len & ~3u;
    if (whole != 0) wisp_read_words(out, whole);
    out += whole;
    len -= whole;
  }
  // What is left is unaligned or a part of a word, whose neighbours must survive: by way of an aligned buffer.
  while (len != 0) {
    uint32_t bounce[64];
    uint32_t part = len < sizeof bounce ? len : sizeof bounce;
    wisp_read_words(bounce, part);
    memcpy(out, bounce, part);
    out += part;
    len -= part;
  }
}
