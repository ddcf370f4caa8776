// Environment in which the assembly files of riscv-arch-test run: as guests, or with -DWISP_LINUX as programs of
// qemu-riscv32, the reference. Each writes its signature, as a guest to the journal's descriptor (with -DWISP_SIGNATURE;
// without, the run can be proven, as its journal is the empty one that its digest says).
#ifndef WISP_MODEL_TEST_H
#define WISP_MODEL_TEST_H

#define RVMODEL_BOOT

#define RVMODEL_DATA_BEGIN \
  .align 4; \
  .globl begin_signature; \
  begin_signature:

#define RVMODEL_DATA_END \
  .align 4; \
  .globl end_signature; \
  end_signature: \
  wisp_empty_digest: \
  .word 0xb94913af, 0xa6a1f9f5, 0xea4d40a0, 0x49c9dc36, 0xc925cb9b, 0xb712c1ad, 0xca939acc, 0x62321fe4;

#define WISP_WRITE(call, fd) \
  li a7, call; \
  li a0, fd; \
  la a1, begin_signature; \
  la a2, end_signature; \
  sub a2, a2, a1; \
  ecall;

#define WISP_EXIT(call) \
  li a7, call; \
  li a0, 0; \
  la a1, wisp_empty_digest; \
  ecall;

#ifdef WISP_LINUX
#define RVMODEL_HALT WISP_WRITE(64, 1) WISP_EXIT(93)
#elif defined(WISP_SIGNATURE)
#define RVMODEL_HALT WISP_WRITE(3, 3) WISP_EXIT(0)
#else
#define RVMODEL_HALT WISP_EXIT(0)
#endif

#define RVMODEL_IO_INIT
#define RVMODEL_IO_WRITE_STR(register, text)
#define RVMODEL_IO_CHECK()
#define RVMODEL_IO_ASSERT_GPR_EQ(signature, register, value)
#define RVMODEL_IO_ASSERT_SFPR_EQ(signature, register, value)
#define RVMODEL_IO_ASSERT_DFPR_EQ(signature, register, value)
#define RVMODEL_SET_MSW_INT
#define RVMODEL_CLEAR_MSW_INT
#define RVMODEL_CLEAR_MTIMER_INT
#define RVMODEL_CLEAR_MEXT_INT

#endif
