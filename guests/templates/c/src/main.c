// Proves that a public number is composite, by a divisor that only the prover needs.
// Input: the number and the divisor, u32 each. Journal: the number.
#include "wisp.h"

int main(void) {
  uint32_t number = wisp_read_u32();
  uint32_t divisor = wisp_read_u32();
  wisp_assert(1 < divisor && divisor < number && number % divisor == 0);
  wisp_commit_u32(number);
  return 0;
}
