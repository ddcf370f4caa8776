// Input: a program in the small stack language below, as text. Journal: what it prints.
//
// Words are separated by blanks; # starts a comment that ends with the line. Cells are 32-bit.
//   123 -5            push a number               + - * / % & | ^ < =   two cells -> one (/ % < signed; 1 is true)
//   dup drop swap over rot                        @ (a -- m[a])   ! (v a --)    256 cells of memory, all 0
//   [ ... ]           while the top, which [ takes, is not 0: run the body
//   . ,               print the top as a signed decimal and a newline; print it as a byte
// A fault ends the run with a code: 1 unknown word, 2 unbalanced brackets, 3 program too long, 4 stack under- or
// overflow, 5 address out of range, 6 loops nested too deeply.
#include "wisp.h"

enum { CODE_CELLS = 4096, STACK_CELLS = 256, MEMORY_CELLS = 256, DEPTH = 64, OUTPUT_BYTES = 256, BLANK = ' ' };
enum { UNKNOWN_WORD = 1, UNBALANCED, TOO_LONG, STACK, ADDRESS, TOO_DEEP };

enum op {
  PUSH, ADD, SUB, MUL, DIV, REM, AND, OR, XOR, LESS, EQUAL, DUP, DROP, SWAP, OVER, ROT, FETCH, STORE, OPEN, CLOSE,
  PRINT, EMIT, END
};

// Word, its operation, how many cells it needs.
static const struct word {
  char name[5];
  uint8_t op, needs;
} WORDS[] = {
    {"+", ADD, 2},    {"-", SUB, 2},    {"*", MUL, 2},    {"/", DIV, 2},   {"%", REM, 2},   {"&", AND, 2},
    {"|", OR, 2},     {"^", XOR, 2},    {"<", LESS, 2},   {"=", EQUAL, 2}, {"@", FETCH, 1}, {"!", STORE, 2},
    {"[", OPEN, 1},   {"]", CLOSE, 0},  {".", PRINT, 1},  {",", EMIT, 1},  {"dup", DUP, 1}, {"drop", DROP, 1},
    {"swap", SWAP, 2}, {"over", OVER, 2}, {"rot", ROT, 3}};

static uint32_t code[CODE_CELLS];
static uint32_t code_len;
static uint32_t memory[MEMORY_CELLS];
static uint32_t stack[2 + STACK_CELLS];  // two below the bottom, which every word may look at
static char output[OUTPUT_BYTES];
static uint32_t output_len;

static void flush(void) {
  if (output_len != 0) wisp_commit(output, output_len);
  output_len = 0;
}

static _Noreturn void fail(uint32_t why) {
  flush();
  wisp_halt(why);
}

static void print_byte(char byte) {
  if (output_len == OUTPUT_BYTES) flush();
  output[output_len++] = byte;
}

static void print_number(uint32_t value) {
  char digits[10];
  int len = 0;
  if ((int32_t)value < 0) {
    print_byte('-');
    value = -value;
  }
  do {
    digits[len++] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (len != 0) print_byte(digits[--len]);
  print_byte('\n');
}

static void emit(uint32_t cell) {
  if (code_len == CODE_CELLS) fail(TOO_LONG);
  code[code_len++] = cell;
}

static int is_number(const char *word, uint32_t len, uint32_t *value) {
  uint32_t at = word[0] == '-' && len > 1, sum = 0;
  int negative = at != 0;
  for (; at < len; at++) {
    uint32_t digit = (uint32_t)word[at] - '0';
    if (digit > 9) return 0;
    sum = sum * 10 + digit;
  }
  *value = negative ? -sum : sum;
  return 1;
}

static const struct word *find(const char *word, uint32_t len) {
  for (uint32_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
    const char *name = WORDS[i].name;
    uint32_t same = 0;
    while (same < len && name[same] == word[same]) same++;
    if (same == len && name[len] == 0) return &WORDS[i];
  }
  return 0;
}

// One cell a word: op | bytes of stack that it needs << 8, with the number or the loop's other end in the next cell.
static void compile(const char *text, const char *end) {
  uint32_t open[DEPTH], depth = 0;
  for (;;) {
    while (text != end && *text <= BLANK) text++;
    if (text == end) break;
    if (*text == '#') {
      while (text != end && *text != '\n') text++;
      continue;
    }
    const char *word = text;
    while (text != end && *text > BLANK) text++;
    uint32_t len = (uint32_t)(text - word), value;
    const struct word *found = find(word, len);
    if (found != 0) {
      emit(found->op | (uint32_t)found->needs * sizeof stack[0] << 8);
      if (found->op == OPEN) {
        if (depth == DEPTH) fail(TOO_DEEP);
        open[depth++] = code_len;
        emit(0);
      } else if (found->op == CLOSE) {
        if (depth == 0) fail(UNBALANCED);
        uint32_t start = open[--depth];
        emit(start - 1);
        code[start] = code_len;
      }
    } else if (is_number(word, len, &value)) {
      emit(PUSH);
      emit(value);
    } else {
      fail(UNKNOWN_WORD);
    }
  }
  if (depth != 0) fail(UNBALANCED);
  emit(END);
}

static uint32_t *cell_at(uint32_t address) {
  if (address >= MEMORY_CELLS) fail(ADDRESS);
  return &memory[address];
}

static void run(void) {
  const uint32_t *next = code;
  uint32_t *bottom = stack + 2, *sp = bottom;  // sp: the first free cell
  for (;;) {
    uint32_t word = *next++;
    // No word grows the stack by more than one cell.
    if ((uintptr_t)sp - (uintptr_t)bottom < word >> 8 || sp == bottom + STACK_CELLS) fail(STACK);
    uint32_t top = sp[-1];
    int32_t below = (int32_t)sp[-2];
    switch (word & 0xff) {
      case PUSH: *sp++ = *next++; break;
      case ADD: sp--, sp[-1] += top; break;
      case SUB: sp--, sp[-1] -= top; break;
      case MUL: sp--, sp[-1] *= top; break;
      // As RISC-V has it: no fault, -1 and the dividend for a divisor of 0, wrapping for INT_MIN / -1.
      case DIV: sp--; __asm__("div %0, %1, %2" : "=r"(sp[-1]) : "r"(below), "r"(top)); break;
      case REM: sp--; __asm__("rem %0, %1, %2" : "=r"(sp[-1]) : "r"(below), "r"(top)); break;
      case AND: sp--, sp[-1] &= top; break;
      case OR: sp--, sp[-1] |= top; break;
      case XOR: sp--, sp[-1] ^= top; break;
      case LESS: sp--, sp[-1] = below < (int32_t)top; break;
      case EQUAL: sp--, sp[-1] = (uint32_t)below == top; break;
      case DUP: *sp++ = top; break;
      case DROP: sp--; break;
      case SWAP: sp[-1] = (uint32_t)below, sp[-2] = top; break;
      case OVER: *sp++ = (uint32_t)below; break;
      case ROT: sp[-1] = sp[-3], sp[-3] = (uint32_t)below, sp[-2] = top; break;
      case FETCH: sp[-1] = *cell_at(top); break;
      case STORE: *cell_at(top) = (uint32_t)below, sp -= 2; break;
      case OPEN: next = *--sp != 0 ? next + 1 : code + *next; break;
      case CLOSE: next = code + *next; break;
      case PRINT: print_number(top), sp--; break;
      case EMIT: print_byte((char)top), sp--; break;
      default: return;
    }
  }
}

int main(void) {
  uint32_t len = wisp_input_length();
  char *text = wisp_alloc(len);
  wisp_read(text, len);
  compile(text, text + len);
  run();
  flush();
  return 0;
}
