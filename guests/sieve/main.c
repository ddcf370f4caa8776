// Input: n (u32). Journal: the number of primes below n (u32).
#include "wisp.h"

int main(void) {
  uint32_t n = wisp_read_u32();
  // Byte i stands for the odd number 2i + 1; i = 0 stands for 2 instead, as 1 is no prime.
  uint32_t odds = n >> 1;
  uint8_t *composite = wisp_alloc(odds);
  uint32_t count = n > 2;
  for (uint32_t i = 1; i < odds; i++) {
    if (composite[i]) continue;
    count++;
    uint32_t step = 2 * i + 1;
    // From the square on; i < 2^15 keeps it within 32 bits.
    if (i >= 1 << 15) continue;
    for (uint32_t at = 2 * i * (i + 1); at < odds; at += step) composite[at] = 1;
  }
  wisp_commit_u32(count);
  return 0;
}
