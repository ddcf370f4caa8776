// A mix of what programs do: linked lists, matrices, a state machine over text, checksums; in the manner of CoreMark, but
// of its own. Input: the number of rounds (u32). Journal: the checksum of all rounds (u32).
#include "wisp.h"

enum { NODES = 40, SIDE = 9, TEXT = 120 };

struct node {
  struct node *next;
  int16_t key;
  uint16_t data;
};

static uint32_t seed;

static uint32_t random16(void) {
  seed = seed * 1103515245u + 12345u;
  return seed >> 16;
}

// CRC-16 with the polynomial x^16 + x^15 + x^2 + 1, least significant bit first.
static uint32_t crc16(uint32_t value, uint32_t crc) {
  for (int i = 0; i < 16; i++, value >>= 1) crc = (crc ^ value) & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
  return crc;
}

// Merge sort of a list, by key or by data.
static struct node *sort(struct node *list, int by_key) {
  if (list == 0 || list->next == 0) return list;
  struct node *slow = list, *fast = list->next;
  while (fast != 0 && fast->next != 0) slow = slow->next, fast = fast->next->next;
  struct node *right = sort(slow->next, by_key);
  slow->next = 0;
  struct node *left = sort(list, by_key), head, *tail = &head;
  while (left != 0 && right != 0) {
    int takes_left = by_key ? left->key <= right->key : left->data <= right->data;
    struct node **from = takes_left ? &left : &right;
    tail = tail->next = *from;
    *from = (*from)->next;
  }
  tail->next = left != 0 ? left : right;
  return head.next;
}

static uint32_t lists(uint32_t crc) {
  static struct node nodes[NODES];
  struct node *list = 0;
  for (int i = 0; i < NODES; i++) {
    int16_t key = (int16_t)random16();
    nodes[i] = (struct node){list, key, (uint16_t)random16()};
    list = &nodes[i];
  }
  list = sort(list, 1);
  for (struct node *n = list; n != 0; n = n->next) crc = crc16((uint16_t)n->key, crc);
  // Reversed in place, searched, and sorted the other way.
  struct node *reversed = 0;
  while (list != 0) {
    struct node *next = list->next;
    list->next = reversed;
    reversed = list;
    list = next;
  }
  uint32_t wanted = random16() & 0xff, steps = 0;
  for (struct node *n = reversed; n != 0 && (n->data & 0xff) != wanted; n = n->next) steps++;
  crc = crc16(steps, crc);
  for (struct node *n = sort(reversed, 0); n != 0; n = n->next) crc = crc16(n->data, crc);
  return crc;
}

static uint32_t matrices(uint32_t crc) {
  static int16_t a[SIDE][SIDE], b[SIDE][SIDE];
  static int32_t c[SIDE][SIDE];
  for (int i = 0; i < SIDE; i++) {
    for (int j = 0; j < SIDE; j++) a[i][j] = (int16_t)random16(), b[i][j] = (int16_t)(random16() & 0x0fff);
  }
  for (int i = 0; i < SIDE; i++) {
    for (int j = 0; j < SIDE; j++) {
      uint32_t sum = 0;
      for (int k = 0; k < SIDE; k++) sum += (uint32_t)(a[i][k] * b[k][j]);
      c[i][j] = (int32_t)sum;
    }
  }
  int32_t least = 0x7fffffff;
  for (int i = 0; i < SIDE; i++) {
    for (int j = 0; j < SIDE; j++) {
      if (c[i][j] < least) least = c[i][j];
      crc = crc16((uint32_t)(c[i][j] / (b[i][j] | 1)) & 0xffff, crc);
    }
  }
  return crc16((uint32_t)least >> 8 & 0xffff, crc);
}

enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, POWER, INVALID, STATES };

static enum state step(enum state state, char c) {
  int digit = c >= '0' && c <= '9';
  switch (state) {
    case START:
      return digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
    case SIGN:
      return digit ? INTEGER : c == '.' ? POINT : INVALID;
    case INTEGER:
      return digit ? INTEGER : c == '.' ? FRACTION : c == 'e' ? EXPONENT : INVALID;
    case POINT:
    case FRACTION:
      return digit ? FRACTION : c == 'e' && state == FRACTION ? EXPONENT : INVALID;
    case EXPONENT:
      return digit || c == '-' ? POWER : INVALID;
    case POWER:
      return digit ? POWER : INVALID;
    default:
      return INVALID;
  }
}

static uint32_t machine(uint32_t crc) {
  static const char alphabet[] = "0123456789012345+-.e,,,,";
  char text[TEXT];
  for (int i = 0; i < TEXT; i++) text[i] = alphabet[random16() % (sizeof alphabet - 1)];
  uint16_t ended[STATES] = {0};
  enum state state = START;
  for (int i = 0; i < TEXT; i++) {
    if (text[i] == ',') {
      ended[state]++;
      state = START;
    } else {
      state = step(state, text[i]);
    }
  }
  for (int i = 0; i < STATES; i++) crc = crc16(ended[i], crc);
  return crc;
}

int main(void) {
  uint32_t rounds = wisp_read_u32(), crc = 0xffff;
  seed = rounds;
  for (uint32_t i = 0; i < rounds; i++) {
    wisp_mark_begin("lists");
    crc = lists(crc);
    wisp_mark_end("lists");
    wisp_mark_begin("matrices");
    crc = matrices(crc);
    wisp_mark_end("matrices");
    wisp_mark_begin("machine");
    crc = machine(crc);
    wisp_mark_end("machine");
  }
  wisp_commit_u32(crc);
  return 0;
}
