// Input: a sudoku of 81 digits, row by row, 0 for an empty cell; then its solution, likewise (bytes, not characters).
// Journal: the sudoku. That the solution is not in it is the point. Exit code 1: it is none.
#include "wisp.h"

enum { CELLS = 81, ALL = 0x3fe };

static uint8_t puzzle[CELLS], solution[CELLS];

int main(void) {
  wisp_read(puzzle, CELLS);
  wisp_read(solution, CELLS);
  uint32_t rows[9] = {0}, columns[9] = {0}, boxes[9] = {0};
  for (uint32_t i = 0; i < CELLS; i++) {
    uint32_t digit = solution[i];
    if (digit < 1 || digit > 9 || (puzzle[i] != 0 && puzzle[i] != digit)) return 1;
    uint32_t row = i / 9, column = i % 9;
    rows[row] |= 1u << digit;
    columns[column] |= 1u << digit;
    boxes[row / 3 * 3 + column / 3] |= 1u << digit;
  }
  for (uint32_t i = 0; i < 9; i++) {
    if (rows[i] != ALL || columns[i] != ALL || boxes[i] != ALL) return 1;
  }
  wisp_commit(puzzle, CELLS);
  return 0;
}
