//! A heap that gives freed blocks out again: sizes are rounded up to powers of two, and each has a list of its own.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

extern "C" {
    static __heap_start: u8;
}

/// Accesses from here on trap.
const END: usize = 0xffff_0000;
const MIN_LOG: u32 = 4;

struct Lists {
    /// The first address that was never given out; 0 before the first block.
    next: usize,
    /// By log2 of the size: the first free block, which holds the address of the next.
    free: [*mut *mut u8; 32],
}

struct FreeList(UnsafeCell<Lists>);

// SAFETY: a guest has one thread.
unsafe impl Sync for FreeList {}

#[global_allocator]
static HEAP: FreeList = FreeList(UnsafeCell::new(Lists { next: 0, free: [null_mut(); 32] }));

/// Log2 of the block that a layout gets, whose alignment is its size.
fn log_of(layout: Layout) -> u32 {
    let size = layout.size().max(layout.align()).max(1 << MIN_LOG);
    usize::BITS - (size - 1).leading_zeros()
}

// SAFETY: blocks are aligned and do not overlap; a block is in a list from its release to its next use.
unsafe impl GlobalAlloc for FreeList {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let lists = &mut *self.0.get();
        let log = log_of(layout);
        if log >= 31 {
            return null_mut();
        }
        let head = lists.free[log as usize];
        if !head.is_null() {
            lists.free[log as usize] = (*head).cast();
            return head.cast();
        }
        if lists.next == 0 {
            lists.next = &raw const __heap_start as usize;
        }
        // Aligned to its size, so that whoever gets it next finds it aligned too. What is skipped costs nothing: it is never
        // touched.
        let size = 1usize << log;
        let at = match lists.next.checked_add(size - 1) {
            Some(end) => end & !(size - 1),
            None => return null_mut(),
        };
        if at > END - size {
            return null_mut();
        }
        lists.next = at + size;
        at as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let lists = &mut *self.0.get();
        let head = block.cast::<*mut u8>();
        *head = lists.free[log_of(layout) as usize].cast();
        lists.free[log_of(layout) as usize] = head;
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let wanted = Layout::from_size_align_unchecked(size, layout.align());
        if log_of(wanted) == log_of(layout) {
            return old;
        }
        let new = self.alloc(wanted);
        if !new.is_null() {
            core::ptr::copy_nonoverlapping(old, new, layout.size().min(size));
            self.dealloc(old, layout);
        }
        new
    }
}
