// Loads and stores of every width at every offset, and the A extension.
#include "check.h"

typedef uint32_t u;

static u cells[8];

// Offset from the base register that the address has less.
#define LOAD(ins, offset, byte, want) \
  { \
    u x, base = (u)cells + byte - (u)(offset); \
    __asm__ volatile(".option push\n.option norvc\n" #ins " %0, " #offset "(%1)\n.option pop" \
                     : "=&r"(x) \
                     : "r"(base), "m"(cells)); \
    check(x, want); \
    __asm__ volatile(".option push\n.option norvc\n" #ins " %0, " #offset "(%0)\n.option pop" \
                     : "+r"(base) \
                     : "m"(cells)); \
    check(base, want); \
  }
#define STORE(ins, offset, byte, value) \
  { \
    u base = (u)cells + byte - (u)(offset), from = value; \
    __asm__ volatile(".option push\n.option norvc\n" #ins " %1, " #offset "(%2)\n.option pop" \
                     : "+m"(cells) \
                     : "r"(from), "r"(base)); \
  }

static void loads(void) {
  cells[0] = 0x11223344, cells[1] = 0x80ff7f01, cells[2] = 0xfedc8765, cells[3] = 0x55667788;
  LOAD(lb, 0, 4, 1) LOAD(lb, -1, 5, 0x7f) LOAD(lb, 2047, 6, 0xffffffff) LOAD(lb, -2048, 7, 0xffffff80)
  LOAD(lbu, 0, 4, 1) LOAD(lbu, -1, 5, 0x7f) LOAD(lbu, 2047, 6, 0xff) LOAD(lbu, -2048, 7, 0x80)
  LOAD(lh, 0, 4, 0x7f01) LOAD(lh, -3, 6, 0xffff80ff) LOAD(lh, 2047, 8, 0xffff8765) LOAD(lh, -2048, 10, 0xfffffedc)
  LOAD(lhu, 0, 4, 0x7f01) LOAD(lhu, -3, 6, 0x80ff) LOAD(lhu, 2047, 8, 0x8765) LOAD(lhu, -2048, 10, 0xfedc)
  LOAD(lw, 0, 4, 0x80ff7f01) LOAD(lw, -1, 8, 0xfedc8765) LOAD(lw, 2047, 0, 0x11223344) LOAD(lw, -2048, 12, 0x55667788)
  u x = 5;
  __asm__ volatile("lw x0, 0(%1)\n lb x0, 5(%1)\n lhu x0, 2(%1)\n mv %0, x0" : "=r"(x) : "r"(cells), "m"(cells));
  check(x, 0);
}

static void fill(void) { cells[0] = 0xa0a1a2a3, cells[1] = 0xb0b1b2b3, cells[2] = 0xc0c1c2c3; }

static void verify(u zero, u one, u two) {
  check(cells[0], zero);
  check(cells[1], one);
  check(cells[2], two);
}

static void stores(void) {
  fill();
  STORE(sb, 0, 4, 0x12345687) verify(0xa0a1a2a3, 0xb0b1b287, 0xc0c1c2c3);
  STORE(sb, -1, 5, 0xffffff00) verify(0xa0a1a2a3, 0xb0b10087, 0xc0c1c2c3);
  STORE(sb, 2047, 6, 0x7f) verify(0xa0a1a2a3, 0xb07f0087, 0xc0c1c2c3);
  STORE(sb, -2048, 7, 0xff) verify(0xa0a1a2a3, 0xff7f0087, 0xc0c1c2c3);
  fill();
  STORE(sh, 0, 4, 0x12348765) verify(0xa0a1a2a3, 0xb0b18765, 0xc0c1c2c3);
  STORE(sh, -2048, 6, 0xffff0000) verify(0xa0a1a2a3, 0x00008765, 0xc0c1c2c3);
  STORE(sh, 2047, 8, 0x7fff) verify(0xa0a1a2a3, 0x00008765, 0xc0c17fff);
  STORE(sw, 0, 4, 0xffffffff) verify(0xa0a1a2a3, 0xffffffff, 0xc0c17fff);
  STORE(sw, -2048, 0, 0x80000000) verify(0x80000000, 0xffffffff, 0xc0c17fff);
  STORE(sw, 2047, 8, 0) verify(0x80000000, 0xffffffff, 0);
  // The base register as the value, and x0 as the value.
  u base = (u)cells;
  __asm__ volatile("sw %0, 4(%0)\n sb x0, 8(%0)\n sh x0, 2(%0)" : : "r"(base) : "memory");
  verify(0, (u)cells, 0);
}

void check_memory(void) {
  loads();
  stores();
}

#define AMO(ins, old, operand, want) \
  { \
    u x, at = (u)&cells[1]; \
    cells[0] = 1, cells[1] = old, cells[2] = 2; \
    __asm__ volatile(#ins " %0, %2, (%3)" : "=&r"(x), "+m"(cells) : "r"((u)(operand)), "r"(at)); \
    check(x, old); \
    verify(1, want, 2); \
    x = operand, cells[1] = old; \
    __asm__ volatile(#ins ".aq %0, %0, (%2)" : "+r"(x), "+m"(cells) : "r"(at)); \
    check(x, old); \
    check(cells[1], want); \
    x = at, cells[1] = old; \
    __asm__ volatile(#ins ".rl %0, %2, (%0)" : "+r"(x), "+m"(cells) : "r"((u)(operand))); \
    check(x, old); \
    check(cells[1], want); \
    cells[1] = old; \
    __asm__ volatile(#ins ".aqrl x0, %2, (%3)\n mv %0, x0" : "=r"(x), "+m"(cells) : "r"((u)(operand)), "r"(at)); \
    check(x, 0); \
    check(cells[1], want); \
  }
// The address as the operand too.
#define AMO_SELF(ins, old, want) \
  { \
    u x, at = (u)&cells[1]; \
    cells[1] = old; \
    __asm__ volatile(#ins " %0, %2, (%2)" : "=&r"(x), "+m"(cells) : "r"(at)); \
    check(x, old); \
    check(cells[1], want); \
    cells[1] = old; \
    __asm__ volatile(#ins " %0, %0, (%0)" : "+r"(at), "+m"(cells)); \
    check(at, old); \
  }

static void amos(void) {
  u self = (u)&cells[1];
  AMO(amoswap.w, 0x12345678, 0xffffffff, 0xffffffff)
  AMO_SELF(amoswap.w, 9, self)
  AMO(amoadd.w, 0xffffffff, 2, 1)
  AMO(amoadd.w, 0x7fffffff, 1, 0x80000000)
  AMO_SELF(amoadd.w, 9, self + 9)
  AMO(amoxor.w, 0xff00ff00, 0x0ff00ff0, 0xf0f0f0f0)
  AMO_SELF(amoxor.w, 0xff, self ^ 0xff)
  AMO(amoand.w, 0xff00ff00, 0x0ff00ff0, 0x0f000f00)
  AMO_SELF(amoand.w, 0xffff, self & 0xffff)
  AMO(amoor.w, 0xff00ff00, 0x0ff00ff0, 0xfff0fff0)
  AMO_SELF(amoor.w, 0xff, self | 0xff)
  AMO(amomin.w, 0x80000000, 0x7fffffff, 0x80000000)
  AMO(amomin.w, 5, 0xffffffff, 0xffffffff)
  AMO(amomin.w, 5, 5, 5)
  AMO_SELF(amomin.w, 3, 3)
  AMO(amomax.w, 0x80000000, 0x7fffffff, 0x7fffffff)
  AMO(amomax.w, 5, 0xffffffff, 5)
  AMO(amomax.w, 0, 0, 0)
  AMO_SELF(amomax.w, 3, self)
  AMO(amominu.w, 0x80000000, 0x7fffffff, 0x7fffffff)
  AMO(amominu.w, 5, 0xffffffff, 5)
  AMO(amominu.w, 7, 7, 7)
  AMO_SELF(amominu.w, 0xffffffff, self)
  AMO(amomaxu.w, 0x80000000, 0x7fffffff, 0x80000000)
  AMO(amomaxu.w, 5, 0xffffffff, 0xffffffff)
  AMO(amomaxu.w, 0xffffffff, 0xffffffff, 0xffffffff)
  AMO_SELF(amomaxu.w, 0xffffffff, 0xffffffff)
}

static void reservations(void) {
  u x, y, z, at = (u)&cells[1], far = (u)&cells[7];
  cells[1] = 10, cells[7] = 70;
  // Success, then failure, for the first sc.w takes the reservation.
  __asm__ volatile("lr.w %0, (%4)\n sc.w %1, %5, (%4)\n sc.w %2, %6, (%4)"
                   : "=&r"(x), "=&r"(y), "=&r"(z), "+m"(cells)
                   : "r"(at), "r"(11), "r"(12));
  check(x, 10), check(y, 0), check(z != 0, 1), check(cells[1], 11);
  // Another address: failure, and the reservation is gone.
  __asm__ volatile("lr.w.aq %0, (%4)\n sc.w.rl %1, %6, (%5)\n sc.w %2, %6, (%4)"
                   : "=&r"(x), "=&r"(y), "=&r"(z), "+m"(cells)
                   : "r"(at), "r"(far), "r"(12));
  check(x, 11), check(y, 1), check(z, 1), check(cells[1], 11), check(cells[7], 70);
  // The later lr.w counts; rd = rs1 in lr.w, rd = rs2 and rd = rs1 in sc.w.
  x = far, y = 71;
  __asm__ volatile("lr.w %2, (%4)\n lr.w.aqrl %0, (%0)\n sc.w %1, %1, (%5)"
                   : "+&r"(x), "+&r"(y), "=&r"(z), "+m"(cells)
                   : "r"(at), "r"(far));
  check(x, 70), check(y, 0), check(z, 11), check(cells[7], 71), check(cells[1], 11);
  x = at;
  __asm__ volatile("lr.w %1, (%0)\n sc.w %0, x0, (%0)" : "+&r"(x), "=&r"(y), "+m"(cells));
  check(x, 0), check(y, 11), check(cells[1], 0);
  // rd = x0: lr.w still reserves, sc.w still stores.
  __asm__ volatile("lr.w x0, (%1)\n sc.w x0, %1, (%1)\n mv %0, x0" : "=&r"(x) : "r"(at) : "memory");
  check(x, 0), check(cells[1], at);
  // rd = rs1 = rs2.
  x = at;
  __asm__ volatile("lr.w x0, (%0)\n sc.w %0, %0, (%0)" : "+r"(x), "+m"(cells));
  check(x, 0), check(cells[1], at);
  __asm__ volatile("sc.w %0, %2, (%2)" : "=&r"(x), "+m"(cells) : "r"(at));
  check(x, 1);
}

void check_atomics(void) {
  amos();
  reservations();
}
