// Register-register instructions and branches on all pairs of operands, immediates on all operands. The wanted values
// are constant expressions: the compiler works them out, not the machine under test.
#include "check.h"

typedef uint32_t u;
typedef int32_t s;
typedef int64_t s64;
typedef uint64_t u64;

#define MIN 0x80000000u
#define OVERFLOWS(a, b) ((u)(a) == MIN && (u)(b) == 0xffffffffu)

#define W_ADD(a, b) (u)(a) + (u)(b)
#define W_SUB(a, b) (u)(a) - (u)(b)
#define W_XOR(a, b) ((u)(a) ^ (u)(b))
#define W_OR(a, b) ((u)(a) | (u)(b))
#define W_AND(a, b) ((u)(a) & (u)(b))
#define W_SLL(a, b) (u)(a) << ((b) & 31)
#define W_SRL(a, b) (u)(a) >> ((b) & 31)
#define W_SRA(a, b) (u)((s)(a) >> ((b) & 31))
#define W_SLT(a, b) ((s)(a) < (s)(b))
#define W_SLTU(a, b) ((s64)(u)(a) < (s64)(u)(b))
#define W_MUL(a, b) (u)(a) * (u)(b)
#define W_MULH(a, b) (u)(((s64)(s)(a) * (s64)(s)(b)) >> 32)
#define W_MULHSU(a, b) (u)(((s64)(s)(a) * (s64)(u)(b)) >> 32)
#define W_MULHU(a, b) (u)(((u64)(u)(a) * (u64)(u)(b)) >> 32)
// Adding !b keeps the branch not taken free of a division by the constant 0.
#define W_DIV(a, b) ((u)(b) == 0 ? 0xffffffffu : (u)((s64)(s)(a) / ((s64)(s)(b) + !(b))))
#define W_DIVU(a, b) ((u)(b) == 0 ? 0xffffffffu : (u)(a) / ((u)(b) + !(b)))
#define W_REM(a, b) ((u)(b) == 0 ? (u)(a) : OVERFLOWS(a, b) ? 0 : (u)((s64)(s)(a) % ((s64)(s)(b) + !(b))))
#define W_REMU(a, b) ((u)(b) == 0 ? (u)(a) : (u)(a) % ((u)(b) + !(b)))
#define W_EQ(a, b) ((u)(a) == (u)(b))
#define W_NE(a, b) ((u)(a) != (u)(b))
#define W_GE(a, b) ((s)(a) >= (s)(b))
#define W_GEU(a, b) ((s64)(u)(a) >= (s64)(u)(b))

// OPERANDS twice over; the preprocessor does not expand a macro within itself, so the inner one is spelled out.
#define ROW(a, F) \
  F(a, 0), F(a, 1), F(a, 7), F(a, 33), F(a, 0xfffe8001), F(a, 0x12345678), F(a, 0x7fffffff), F(a, 0x80000000), \
      F(a, 0xfffffff9), F(a, 0xffffffff)
#define PAIRS(F) {OPERANDS(ROW, F)}

#define NORVC ".option push\n.option norvc\n"
#define POP "\n.option pop"

#define BINARY(ins, F) \
  static __attribute__((noinline)) void check_##ins(void) { \
    static const u wanted[] = PAIRS(F); \
    const u *want = wanted; \
    for (int i = 0; i < OPERAND_COUNT; i++) { \
      for (int j = 0; j < OPERAND_COUNT; j++, want++) { \
        u a = operands[i], b = operands[j], x; \
        __asm__ volatile(NORVC #ins " %0, %1, %2" POP : "=&r"(x) : "r"(a), "r"(b)); \
        check(x, *want); \
        x = a; \
        __asm__ volatile(NORVC #ins " %0, %0, %1" POP : "+r"(x) : "r"(b)); \
        check(x, *want); \
        x = b; \
        __asm__ volatile(NORVC #ins " %0, %1, %0" POP : "+r"(x) : "r"(a)); \
        check(x, *want); \
        if (i != j) continue; \
        x = a; \
        __asm__ volatile(NORVC #ins " %0, %0, %0" POP : "+r"(x)); \
        check(x, *want); \
        __asm__ volatile(NORVC #ins " x0, %1, %1\n mv %0, x0" POP : "=r"(x) : "r"(a)); \
        check(x, 0); \
        /* operands[0] is 0, so row and column 0 are what x0 as an operand gives. */ \
        __asm__ volatile(NORVC #ins " %0, x0, %1" POP : "=r"(x) : "r"(a)); \
        check(x, wanted[i]); \
        __asm__ volatile(NORVC #ins " %0, %1, x0" POP : "=r"(x) : "r"(a)); \
        check(x, wanted[i * OPERAND_COUNT]); \
      } \
    } \
  }

BINARY(add, W_ADD)
BINARY(sub, W_SUB)
BINARY(xor, W_XOR)
BINARY(or, W_OR)
BINARY(and, W_AND)
BINARY(sll, W_SLL)
BINARY(srl, W_SRL)
BINARY(sra, W_SRA)
BINARY(slt, W_SLT)
BINARY(sltu, W_SLTU)
BINARY(mul, W_MUL)
BINARY(mulh, W_MULH)
BINARY(mulhsu, W_MULHSU)
BINARY(mulhu, W_MULHU)
BINARY(div, W_DIV)
BINARY(divu, W_DIVU)
BINARY(rem, W_REM)
BINARY(remu, W_REMU)

void check_arithmetic(void) {
  check_add(), check_sub(), check_xor(), check_or(), check_and();
  check_sll(), check_srl(), check_sra(), check_slt(), check_sltu();
  check_mul(), check_mulh(), check_mulhsu(), check_mulhu();
  check_div(), check_divu(), check_rem(), check_remu();
}

// x is 1 if the branch was taken. Forward and backward, and with the same register twice.
#define BRANCH(ins, F) \
  static __attribute__((noinline)) void check_##ins(void) { \
    static const u wanted[] = PAIRS(F); \
    const u *want = wanted; \
    for (int i = 0; i < OPERAND_COUNT; i++) { \
      for (int j = 0; j < OPERAND_COUNT; j++, want++) { \
        u a = operands[i], b = operands[j], x; \
        __asm__ volatile(NORVC "li %0, 1\n" #ins " %1, %2, 1f\n li %0, 0\n1:" POP : "=&r"(x) : "r"(a), "r"(b)); \
        check(x, *want); \
        __asm__ volatile(NORVC "li %0, 0\n j 2f\n1: li %0, 1\n j 3f\n2: " #ins " %1, %2, 1b\n3:" POP \
                         : "=&r"(x) \
                         : "r"(a), "r"(b)); \
        check(x, *want); \
        if (i != j) continue; \
        __asm__ volatile(NORVC "li %0, 1\n" #ins " %1, %1, 1f\n li %0, 0\n1:" POP : "=&r"(x) : "r"(a)); \
        check(x, *want); \
        __asm__ volatile(NORVC "li %0, 1\n" #ins " x0, %1, 1f\n li %0, 0\n1:" POP : "=&r"(x) : "r"(a)); \
        check(x, wanted[i]); \
        __asm__ volatile(NORVC "li %0, 1\n" #ins " %1, x0, 1f\n li %0, 0\n1:" POP : "=&r"(x) : "r"(a)); \
        check(x, wanted[i * OPERAND_COUNT]); \
      } \
    } \
  }

BRANCH(beq, W_EQ)
BRANCH(bne, W_NE)
BRANCH(blt, W_SLT)
BRANCH(bge, W_GE)
BRANCH(bltu, W_SLTU)
BRANCH(bgeu, W_GEU)

void check_branches(void) { check_beq(), check_bne(), check_blt(), check_bge(), check_bltu(), check_bgeu(); }

#define IMMEDIATE(ins, F, imm) \
  { \
    static const u want[] = {OPERANDS(F, imm)}; \
    for (int i = 0; i < OPERAND_COUNT; i++) { \
      u a = operands[i], x; \
      __asm__ volatile(NORVC #ins " %0, %1, " #imm POP : "=&r"(x) : "r"(a)); \
      check(x, want[i]); \
      x = a; \
      __asm__ volatile(NORVC #ins " %0, %0, " #imm POP : "+r"(x)); \
      check(x, want[i]); \
    } \
    u x; \
    __asm__ volatile(NORVC #ins " %0, x0, " #imm POP : "=r"(x)); \
    check(x, want[0]); \
    __asm__ volatile(NORVC #ins " x0, %1, " #imm "\n mv %0, x0" POP : "=r"(x) : "r"(operands[5])); \
    check(x, 0); \
  }
#define IMMEDIATES(ins, F) \
  static __attribute__((noinline)) void check_##ins(void) { \
    IMMEDIATE(ins, F, 0) \
    IMMEDIATE(ins, F, 1) \
    IMMEDIATE(ins, F, -1) \
    IMMEDIATE(ins, F, 1365) \
    IMMEDIATE(ins, F, 2047) \
    IMMEDIATE(ins, F, -2048) \
  }
#define SHIFTS(ins, F) \
  static __attribute__((noinline)) void check_##ins(void) { \
    IMMEDIATE(ins, F, 0) \
    IMMEDIATE(ins, F, 1) \
    IMMEDIATE(ins, F, 7) \
    IMMEDIATE(ins, F, 8) \
    IMMEDIATE(ins, F, 16) \
    IMMEDIATE(ins, F, 31) \
  }

IMMEDIATES(addi, W_ADD)
IMMEDIATES(xori, W_XOR)
IMMEDIATES(ori, W_OR)
IMMEDIATES(andi, W_AND)
IMMEDIATES(slti, W_SLT)
IMMEDIATES(sltiu, W_SLTU)
SHIFTS(slli, W_SLL)
SHIFTS(srli, W_SRL)
SHIFTS(srai, W_SRA)

void check_immediates(void) {
  check_addi(), check_xori(), check_ori(), check_andi(), check_slti(), check_sltiu();
  check_slli(), check_srli(), check_srai();
}
