# Entry of every guest. The link script puts the stack in the first MiB, below the text, so that an overflow wraps to
# the top of the address space, where accesses trap. Memory starts at zero: .bss needs no clearing.
	.section .text.start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	.option push
	.option norelax
	lui	gp, %hi(__global_pointer$)
	addi	gp, gp, %lo(__global_pointer$)
	.option pop
	lui	sp, %hi(__stack_top)
	call	main
	tail	wisp_halt
	.size	_start, . - _start
