// Jumps, upper immediates, writes to x0, FENCE, and every compressed instruction by its own mnemonic.
#include "check.h"

typedef uint32_t u;

#define NORVC ".option push\n.option norvc\n.option norelax\n"
#define RVC ".option push\n.option rvc\n.option norelax\n"
#define POP "\n.option pop"

static void upper(void) {
  u x, y;
  __asm__ volatile(NORVC "lui %0, 0xfffff\n lui %1, 0x80000" POP : "=&r"(x), "=&r"(y));
  check(x, 0xfffff000), check(y, 0x80000000);
  __asm__ volatile(NORVC "lui %0, 0\n lui %1, 1" POP : "=&r"(x), "=&r"(y));
  check(x, 0), check(y, 0x1000);
  __asm__ volatile(NORVC "1: auipc %0, 0\n lui %1, %%hi(1b)\n addi %1, %1, %%lo(1b)" POP : "=&r"(x), "=&r"(y));
  check(x, y);
  __asm__ volatile(NORVC "1: auipc %0, 0x12345\n lui %1, %%hi(1b)\n addi %1, %1, %%lo(1b)" POP : "=&r"(x), "=&r"(y));
  check(x, y + 0x12345000);
  __asm__ volatile(NORVC "1: auipc %0, 0xfffff\n lui %1, %%hi(1b)\n addi %1, %1, %%lo(1b)" POP : "=&r"(x), "=&r"(y));
  check(x, y - 0x1000);
}

static void jumps(void) {
  u x, y, z;
  // jal: skips, links the address after itself; forwards and backwards.
  __asm__ volatile(NORVC "li %1, 0\n jal %0, 2f\n1: li %1, 5\n2: lui %2, %%hi(1b)\n addi %2, %2, %%lo(1b)" POP
                   : "=&r"(x), "=&r"(y), "=&r"(z));
  check(x, z), check(y, 0);
  __asm__ volatile(NORVC "j 2f\n1: li %0, 1\n j 3f\n2: li %0, 0\n jal x0, 1b\n3: mv %1, x0" POP : "=&r"(x), "=&r"(y));
  check(x, 1), check(y, 0);
  // jalr: an odd sum loses bit 0, whether the register or the offset is odd; rd = rs1 links after reading.
  __asm__ volatile(NORVC "li %1, 0\n la %2, 2f\n jalr %0, 1(%2)\n1: li %1, 5\n2: la %2, 1b" POP
                   : "=&r"(x), "=&r"(y), "=&r"(z));
  check(x, z), check(y, 0);
  __asm__ volatile(NORVC "li %1, 0\n la %0, 2f + 1\n jalr %0, 0(%0)\n1: li %1, 5\n2: la %2, 1b" POP
                   : "=&r"(x), "=&r"(y), "=&r"(z));
  check(x, z), check(y, 0);
  __asm__ volatile(NORVC "li %1, 0\n la %0, 2f + 2048\n jalr %0, -2048(%0)\n1: li %1, 5\n2: la %2, 1b" POP
                   : "=&r"(x), "=&r"(y), "=&r"(z));
  check(x, z), check(y, 0);
  // Both odd: the even sum is the target, one above the one that a cleared register would give.
  __asm__ volatile(NORVC "li %1, 0\n la %0, 2f + 1\n jalr x0, -1(%0)\n li %1, 5\n2: mv %2, x0" POP
                   : "=&r"(x), "=&r"(y), "=&r"(z));
  check(y, 0), check(z, 0);
  // x0 as the base cannot reach the text; a wrapping sum can.
  __asm__ volatile(NORVC "li %1, 0\n la %0, 2f - 2047\n jalr %0, 2047(%0)\n1: li %1, 5\n2: la %2, 1b" POP
                   : "=&r"(x), "=&r"(y), "=&r"(z));
  check(x, z), check(y, 0);
}

static void zero_and_fence(void) {
  u x;
  __asm__ volatile(NORVC "addi x0, x0, 5\n lui x0, 1\n auipc x0, 1\n li %0, 7\n add x0, %0, %0\n mul x0, %0, %0\n"
                         "div x0, %0, %0\n slt x0, x0, %0\n jal x0, 1f\n1: add %0, x0, x0" POP
                   : "=&r"(x));
  check(x, 0);
  x = 3;
  __asm__ volatile("fence\n fence rw, w\n fence r, r\n fence.tso\n addi %0, %0, 1" : "+r"(x));
  check(x, 4);
}

void check_control(void) {
  upper();
  jumps();
  zero_and_fence();
}

static void compressed_arithmetic(void) {
  register u x __asm__("a4");  // one of x8..x15, which the short register fields can name
  register u y __asm__("a5");
#define C1(text, in, want) \
  x = in; \
  __asm__ volatile(RVC text POP : "+r"(x)); \
  check(x, want);
#define C2(text, in, in2, want) \
  x = in, y = in2; \
  __asm__ volatile(RVC text POP : "+r"(x) : "r"(y)); \
  check(x, want);
  C1("c.addi %0, 31", 0xffffffff, 30) C1("c.addi %0, -32", 0, 0xffffffe0) C1("c.addi %0, -1", 0x80000000, 0x7fffffff)
  C1("c.li %0, 31", 0, 31) C1("c.li %0, -32", 0, 0xffffffe0) C1("c.li %0, 0", 9, 0)
  C1("c.lui %0, 31", 0, 0x1f000) C1("c.lui %0, 0xfffe0", 0, 0xfffe0000) C1("c.lui %0, 1", 0, 0x1000)
  C1("c.srli %0, 1", 0x80000001, 0x40000000) C1("c.srli %0, 31", 0x80000001, 1)
  C1("c.srai %0, 1", 0x80000001, 0xc0000000) C1("c.srai %0, 31", 0x80000001, 0xffffffff)
  C1("c.srai %0, 31", 0x7fffffff, 0)
  C1("c.slli %0, 1", 0x80000001, 2) C1("c.slli %0, 31", 0x80000001, 0x80000000)
  C1("c.andi %0, 31", 0x12345678, 0x18) C1("c.andi %0, -32", 0x1234567f, 0x12345660)
  C2("c.sub %0, %1", 3, 5, 0xfffffffe) C2("c.xor %0, %1", 0xff00, 0x0ff0, 0xf0f0)
  C2("c.or %0, %1", 0xff00, 0x0ff0, 0xfff0) C2("c.and %0, %1", 0xff00, 0x0ff0, 0x0f00)
  C2("c.add %0, %1", 0xffffffff, 3, 2) C2("c.mv %0, %1", 9, 0x12345678, 0x12345678)
  C1("c.sub %0, %0", 7, 0) C1("c.xor %0, %0", 7, 0) C1("c.add %0, %0", 0xc0000001, 0x80000002) C1("c.nop", 7, 7)
}

static void compressed_memory(void) {
  static u cells[64];
  register u *base __asm__("a3") = cells;
  register u x __asm__("a4");
  register u y __asm__("a5") = 0x87654321;
  cells[31] = 0x80000001, cells[0] = 0xfffffffe;
  __asm__ volatile(RVC "c.lw %0, 124(%1)" POP : "=r"(x) : "r"(base), "m"(cells));
  check(x, 0x80000001);
  __asm__ volatile(RVC "c.lw %0, 0(%1)" POP : "=r"(x) : "r"(base), "m"(cells));
  check(x, 0xfffffffe);
  __asm__ volatile(RVC "c.sw %1, 124(%2)\n c.sw %1, 4(%2)" POP : "+m"(cells) : "r"(y), "r"(base));
  check(cells[31], 0x87654321), check(cells[1], 0x87654321), check(cells[0], 0xfffffffe), check(cells[2], 0);
  __asm__ volatile(RVC "c.lw %0, 64(%0)" POP : "+r"(base) : "m"(cells));
  check((u)base, 0);
  // sp-relative, on a frame of its own: the base is moved by c.addi16sp, whose extremes are -512 and 496.
  register u before __asm__("a2");
  register u after __asm__("a1");
  u z, far;
  __asm__ volatile(RVC "mv %0, sp\n c.addi16sp sp, -512\n sub %0, %0, sp\n c.swsp %5, 0(sp)\n c.swsp %5, 252(sp)\n"
                       "c.lwsp %2, 0(sp)\n c.lwsp %3, 252(sp)\n c.addi4spn %4, sp, 1020\n sub %4, %4, sp\n"
                       "mv %1, sp\n c.addi16sp sp, 496\n sub %1, sp, %1\n c.addi16sp sp, 16" POP
                   : "=&r"(before), "=&r"(after), "=&r"(z), "=&r"(far), "=&r"(x)
                   : "r"(y)
                   : "memory");
  check(before, 512), check(after, 496), check(z, 0x87654321), check(far, 0x87654321), check(x, 1020);
}

static void compressed_jumps(void) {
  register u x __asm__("a4");
  register u y __asm__("a5");
  register u z __asm__("a3");
  __asm__ volatile(RVC "li %0, 0\n c.j 2f\n1: li %0, 1\n c.j 3f\n2: c.j 1b\n3:" POP : "=&r"(x));
  check(x, 1);
  __asm__ volatile(RVC "li %0, 0\n c.jal 2f\n1: li %0, 1\n2: la %1, 1b\n mv %2, ra" POP
                   : "=&r"(x), "=&r"(y), "=&r"(z)
                   :
                   : "ra");
  check(x, 0), check(z, y);
  __asm__ volatile(RVC "li %0, 0\n la %1, 2f + 1\n c.jr %1\n1: li %0, 1\n2:" POP : "=&r"(x), "=&r"(y));
  check(x, 0);
  __asm__ volatile(RVC "li %0, 0\n la %1, 2f + 1\n c.jalr %1\n1: li %0, 1\n2: la %1, 1b\n mv %2, ra" POP
                   : "=&r"(x), "=&r"(y), "=&r"(z)
                   :
                   : "ra");
  check(x, 0), check(z, y);
  __asm__ volatile(RVC "li %0, 0\n la ra, 2f\n c.jalr ra\n1: li %0, 1\n2: la %1, 1b\n mv %2, ra" POP
                   : "=&r"(x), "=&r"(y), "=&r"(z)
                   :
                   : "ra");
  check(x, 0), check(z, y);
#define TAKEN(ins, in, want) \
  y = in; \
  __asm__ volatile(RVC "li %0, 1\n" ins " %1, 1f\n li %0, 0\n1:" POP : "=&r"(x) : "r"(y)); \
  check(x, want); \
  __asm__ volatile(RVC "li %0, 0\n c.j 2f\n1: li %0, 1\n c.j 3f\n2: " ins " %1, 1b\n3:" POP : "=&r"(x) : "r"(y)); \
  check(x, want);
  TAKEN("c.beqz", 0, 1) TAKEN("c.beqz", 0x80000000, 0) TAKEN("c.beqz", 0x10000, 0)
  TAKEN("c.bnez", 0, 0) TAKEN("c.bnez", 0x80000000, 1) TAKEN("c.bnez", 0x10000, 1)
}

void check_compressed(void) {
  compressed_arithmetic();
  compressed_memory();
  compressed_jumps();
}
