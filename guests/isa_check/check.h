// Every check counts; the first that fails ends the run with its number as the exit code.
#ifndef CHECK_H
#define CHECK_H

#include "wisp.h"

extern uint32_t checks;

static inline void check(uint32_t got, uint32_t want) {
  checks++;
  if (got != want) wisp_halt(checks);
}

// Operands with an edge to them: signs, shift amounts of 32 and more, limb and sub-word borders.
#define OPERANDS(F, ...) \
  F(0, __VA_ARGS__), F(1, __VA_ARGS__), F(7, __VA_ARGS__), F(33, __VA_ARGS__), F(0xfffe8001, __VA_ARGS__), \
      F(0x12345678, __VA_ARGS__), F(0x7fffffff, __VA_ARGS__), F(0x80000000, __VA_ARGS__), \
      F(0xfffffff9, __VA_ARGS__), F(0xffffffff, __VA_ARGS__)
#define OPERAND_COUNT 10
extern const uint32_t operands[OPERAND_COUNT];

void check_arithmetic(void);
void check_immediates(void);
void check_branches(void);
void check_memory(void);
void check_atomics(void);
void check_control(void);
void check_compressed(void);

#endif
