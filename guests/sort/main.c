// Input: little-endian u32s. Journal: their count, then all of them in ascending order.
#include "wisp.h"

enum { RUN = 8 };

static void insertion_sort(uint32_t *first, uint32_t *end) {
  for (uint32_t *next = first + 1; next < end; next++) {
    uint32_t value = *next;
    uint32_t *hole = next;
    for (; hole != first && hole[-1] > value; hole--) *hole = hole[-1];
    *hole = value;
  }
}

static void merge(uint32_t *to, const uint32_t *left, const uint32_t *middle, const uint32_t *end) {
  const uint32_t *right = middle;
  while (left != middle && right != end) *to++ = *right < *left ? *right++ : *left++;
  while (left != middle) *to++ = *left++;
  while (right != end) *to++ = *right++;
}

int main(void) {
  uint32_t bytes = wisp_input_length();
  if ((bytes & 3) != 0) return 1;
  uint32_t count = bytes >> 2;
  uint32_t *from = wisp_alloc(bytes), *to = wisp_alloc(bytes);
  wisp_read(from, bytes);
  for (uint32_t at = 0; at < count; at += RUN) {
    insertion_sort(from + at, from + (count - at < RUN ? count : at + RUN));
  }
  for (uint32_t width = RUN; width < count; width *= 2) {
    for (uint32_t at = 0; at < count; at += 2 * width) {
      uint32_t middle = count - at < width ? count : at + width;
      uint32_t end = count - at < 2 * width ? count : at + 2 * width;
      merge(to + at, from + at, from + middle, from + end);
    }
    uint32_t *swap = from;
    from = to;
    to = swap;
  }
  wisp_commit_u32(count);
  wisp_commit(from, bytes);
  return 0;
}
