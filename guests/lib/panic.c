// Giving up, and texts.
#include "wisp.h"

static uint32_t length(const char *text) {
  uint32_t n = 0;
  while (text[n] != 0) n++;
  return n;
}

static void say(const char *text) { wisp_write(WISP_FD_PANIC, text, length(text)); }

void wisp_print(const char *text) { wisp_write(WISP_FD_STDOUT, text, length(text)); }

_Noreturn void wisp_panic_at(const char *file, uint32_t line, const char *why) {
  char digits[11];
  char *at = digits + 10;
  *at = 0;
  do {
    *--at = (char)('0' + line % 10);
    line /= 10;
  } while (line != 0);
  say("panicked at ");
  say(file);
  say(":");
  say(at);
  say(": ");
  say(why);
  wisp_halt(101);
}

void *wisp_read_bytes(uint32_t *len) {
  uint32_t n = wisp_read_u32();
  // Checked before memory is asked for: the length is the prover's free choice.
  wisp_assert(n <= wisp_input_length());
  char *bytes = wisp_alloc(n + 1);
  wisp_read(bytes, n);
  bytes[n] = 0;
  *len = n;
  return bytes;
}
