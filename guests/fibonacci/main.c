// Input: n (u32). Journal: F(n) mod 2^32, with F(0) = 0 and F(1) = 1.
#include "wisp.h"

int main(void) {
  uint32_t n = wisp_read_u32();
  uint32_t a = 0, b = 1;
  for (uint32_t pairs = n >> 1; pairs != 0; pairs--) {
    a += b;
    b += a;
  }
  wisp_commit_u32(n & 1 ? b : a);
  return 0;
}
