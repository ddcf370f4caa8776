//! A heap that only grows: memory starts as zero and a run is short, so nothing is given back, save that the latest
//! block can grow in place.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;

extern "C" {
    static __heap_start: u8;
}

/// Accesses from here on trap.
const END: usize = 0xffff_0000;

struct Bump {
    /// The first free address; 0 before the first block.
    next: Cell<usize>,
}

// SAFETY: a guest has one thread.
unsafe impl Sync for Bump {}

#[global_allocator]
static HEAP: Bump = Bump { next: Cell::new(0) };

// SAFETY: blocks are aligned and do not overlap.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let mut at = self.next.get();
        if at == 0 {
            at = &raw const __heap_start as usize;
        }
        at = (at + layout.align() - 1) & !(layout.align() - 1);
        if layout.size() > END - at {
            return core::ptr::null_mut();
        }
        self.next.set(at + layout.size());
        at as *mut u8
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // No address is handed out twice, except what `realloc` takes back, which it never does.
        self.alloc(layout)
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size <= layout.size() {
            return old;
        }
        let start = old as usize;
        if start + layout.size() == self.next.get() && size <= END - start {
            self.next.set(start + size);
            return old;
        }
        let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
        if !new.is_null() {
            core::ptr::copy_nonoverlapping(old, new, layout.size());
        }
        new
    }
}
