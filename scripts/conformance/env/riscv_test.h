// Environment in which the assembly files of riscv-tests run as guests: a test that passes halts with code 0, one that
// fails with the number of the case. Both have an empty journal.
#ifndef WISP_RISCV_TEST_H
#define WISP_RISCV_TEST_H

#define RVTEST_RV32U
#define RVTEST_RV64U
#define TESTNUM gp

#define RVTEST_CODE_BEGIN \
  .section .text.start, "ax", @progbits; \
  .globl _start; \
  _start: \
  li TESTNUM, 0;

#define RVTEST_CODE_END

// BLAKE3 of nothing.
#define WISP_HALT(code) \
  mv a0, code; \
  la a1, wisp_empty_digest; \
  li a7, 0; \
  ecall

#define RVTEST_PASS \
  li t0, 0; \
  WISP_HALT(t0)

#define RVTEST_FAIL WISP_HALT(TESTNUM)

#define EXTRA_DATA

#define RVTEST_DATA_BEGIN \
  EXTRA_DATA \
  .align 4; \
  wisp_empty_digest: \
  .word 0xb94913af, 0xa6a1f9f5, 0xea4d40a0, 0x49c9dc36, 0xc925cb9b, 0xb712c1ad, 0xca939acc, 0x62321fe4; \
  .align 4; .globl begin_signature; begin_signature:

#define RVTEST_DATA_END .align 4; .globl end_signature; end_signature:

#endif
