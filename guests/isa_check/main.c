// Input: none. Executes every RV32IMAC instruction with operands at its edges and compares with what the compiler
// (or the manual) says. Journal: the number of checks that passed (u32). Exit code: 0, or the first failing check.
#include "check.h"

uint32_t checks;

#define SAME(value, unused) value##u
const uint32_t operands[OPERAND_COUNT] = {OPERANDS(SAME, )};

int main(void) {
  check_arithmetic();
  check_immediates();
  check_branches();
  check_memory();
  check_atomics();
  check_control();
  check_compressed();
  wisp_commit_u32(checks);
  return 0;
}
