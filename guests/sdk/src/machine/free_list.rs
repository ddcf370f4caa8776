//! A heap that gives freed blocks out again: sizes are rounded up to powers of two, and each has a list of its own.

use core::alloc::Layout;
use core::ptr::null_mut;

const MIN_LOG: u32 = 4;
const LOGS: usize = 31;

/// Log2 of the block that a small size gets, a place for each 16 bytes: the machine has no instruction for a logarithm.
const SMALL: [u8; 64] = {
    let mut logs = [0; 64];
    let mut i = 0;
    while i < logs.len() {
        logs[i] = (u32::BITS - (16 * i as u32 + 15).leading_zeros()) as u8;
        i += 1;
    }
    logs
};

/// Log2 of the block that a layout gets, whose alignment is its size.
#[inline]
fn log_of(layout: Layout) -> usize {
    let last = layout.size().max(layout.align()) - 1;
    match SMALL.get(last >> MIN_LOG) {
        Some(log) => usize::from(*log),
        None => (usize::BITS - last.leading_zeros()) as usize,
    }
}

pub struct Lists {
    /// The first byte that was never given out.
    next: *mut u8,
    /// The address behind the last byte.
    end: usize,
    /// By log2 of the size: the first free block, which holds the address of the next.
    free: [*mut *mut u8; LOGS],
}

impl Lists {
    /// Of the memory from `next` to `end`, which is zero.
    pub const fn new(next: *mut u8, end: usize) -> Self {
        Self { next, end, free: [null_mut(); LOGS] }
    }

    /// A block that was given back.
    #[inline]
    unsafe fn used(&mut self, log: usize) -> Option<*mut u8> {
        let head = *self.free.get(log)?;
        if head.is_null() {
            return None;
        }
        self.free[log] = (*head).cast();
        Some(head.cast())
    }

    /// A block that nobody had, so that it is zero; null where there is no more memory. Aligned to its size, so that whoever
    /// gets it next finds it aligned too. What is skipped costs nothing: it is never touched.
    unsafe fn fresh(&mut self, log: usize) -> *mut u8 {
        if log >= LOGS {
            return null_mut();
        }
        let size = 1usize << log;
        let skipped = (self.next as usize).wrapping_neg() & (size - 1);
        if self.end - (self.next as usize) < skipped.saturating_add(size) {
            return null_mut();
        }
        let block = self.next.add(skipped);
        self.next = block.add(size);
        block
    }

    /// # Safety
    /// Of `GlobalAlloc`.
    #[inline]
    pub unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        let log = log_of(layout);
        match self.used(log) {
            Some(block) => block,
            None => self.fresh(log),
        }
    }

    /// # Safety
    /// Of `GlobalAlloc`.
    #[inline]
    pub unsafe fn alloc_zeroed(&mut self, layout: Layout) -> *mut u8 {
        let log = log_of(layout);
        match self.used(log) {
            Some(block) => {
                block.write_bytes(0, layout.size());
                block
            }
            None => self.fresh(log),
        }
    }

    /// # Safety
    /// Of `GlobalAlloc`.
    #[inline]
    pub unsafe fn dealloc(&mut self, block: *mut u8, layout: Layout) {
        let log = log_of(layout);
        let head = block.cast::<*mut u8>();
        *head = self.free[log].cast();
        self.free[log] = head;
    }

    /// # Safety
    /// Of `GlobalAlloc`.
    #[inline]
    pub unsafe fn realloc(&mut self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
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

#[cfg(target_arch = "riscv32")]
mod heap {
    use super::Lists;
    use core::alloc::{GlobalAlloc, Layout};
    use core::cell::UnsafeCell;

    extern "C" {
        static mut __heap_start: u8;
    }

    /// Accesses from here on trap.
    const END: usize = 0xffff_0000;

    struct FreeList(UnsafeCell<Lists>);

    // SAFETY: a guest has one thread.
    unsafe impl Sync for FreeList {}

    #[global_allocator]
    static HEAP: FreeList = FreeList(UnsafeCell::new(Lists::new(&raw mut __heap_start, END)));

    // SAFETY: blocks are aligned and do not overlap; a block is in a list from its release to its next use.
    unsafe impl GlobalAlloc for FreeList {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            (*self.0.get()).alloc(layout)
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            (*self.0.get()).alloc_zeroed(layout)
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            (*self.0.get()).dealloc(block, layout)
        }

        unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            (*self.0.get()).realloc(old, layout, size)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lists;
    use std::alloc::Layout;
    use std::collections::BTreeMap;

    const SIZE: usize = 1 << 20;

    /// A heap, and memory that ends where it ends.
    fn heap(size: usize) -> (Vec<u64>, Lists) {
        let mut memory = vec![0u64; size / 8];
        let start: *mut u8 = memory.as_mut_ptr().cast();
        (memory, Lists::new(start, start as usize + size))
    }

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    fn fill(block: *mut u8, layout: Layout, byte: u8) {
        // SAFETY: whoever calls has the block.
        unsafe { block.write_bytes(byte, layout.size()) }
    }

    fn holds(block: *mut u8, len: usize, byte: u8) -> bool {
        // SAFETY: whoever calls has the block.
        unsafe { core::slice::from_raw_parts(block, len) }.iter().all(|b| *b == byte)
    }

    #[test]
    fn blocks_keep_what_is_written_whatever_comes_and_goes() {
        let (memory, mut lists) = heap(SIZE);
        let within = memory.as_ptr_range();
        let mut blocks = BTreeMap::<usize, (*mut u8, Layout)>::new();
        let mut state = 1u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for turn in 0..20_000 {
            let (slot, byte) = (random(200) as usize, |slot: usize| slot as u8 + 1);
            let most = 1 << (1 + random(11));
            let wanted = layout(1 + random(most) as usize, 1 << random(7));
            // SAFETY: blocks are of this heap and their layouts theirs.
            unsafe {
                match blocks.remove(&slot) {
                    None => {
                        let is_zeroed = turn % 2 == 0;
                        let block = if is_zeroed { lists.alloc_zeroed(wanted) } else { lists.alloc(wanted) };
                        assert!(!block.is_null() && block as usize % wanted.align() == 0);
                        let end = block.add(wanted.size()).cast_const();
                        assert!(block.cast_const().cast() >= within.start && end.cast() <= within.end);
                        assert!(!is_zeroed || holds(block, wanted.size(), 0));
                        fill(block, wanted, byte(slot));
                        blocks.insert(slot, (block, wanted));
                    }
                    Some((block, had)) if turn % 3 == 0 => {
                        let wanted = layout(wanted.size(), had.align());
                        let moved = lists.realloc(block, had, wanted.size());
                        assert!(!moved.is_null() && moved as usize % wanted.align() == 0);
                        assert!(holds(moved, had.size().min(wanted.size()), byte(slot)));
                        fill(moved, wanted, byte(slot));
                        blocks.insert(slot, (moved, wanted));
                    }
                    Some((block, had)) => {
                        assert!(holds(block, had.size(), byte(slot)));
                        lists.dealloc(block, had);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_given_back_comes_again() {
        let (_memory, mut lists) = heap(SIZE);
        // SAFETY: blocks are of this heap and their layouts theirs.
        unsafe {
            for size in [1, 16, 17, 100, 1000, 1024, 1025, 2048] {
                let first = lists.alloc(layout(size, 1));
                for _ in 0..100 {
                    lists.dealloc(first, layout(size, 1));
                    assert_eq!(lists.alloc(layout(size, 1)), first, "{size}");
                }
                lists.dealloc(first, layout(size, 1));
            }
        }
    }

    #[test]
    fn there_is_no_more_than_there_is() {
        let (_memory, mut lists) = heap(4096);
        // SAFETY: blocks are of this heap and their layouts theirs.
        unsafe {
            for size in [4097, 1 << 30, (1 << 30) + 1, 1 << 31, isize::MAX as usize - 7] {
                assert!(lists.alloc(layout(size, 1)).is_null(), "{size}");
                assert!(lists.alloc_zeroed(layout(size, 1)).is_null(), "{size}");
            }
            let block = lists.alloc(layout(16, 16));
            assert!(lists.realloc(block, layout(16, 16), 1 << 20).is_null());
            assert!((0..).take_while(|_| !lists.alloc(layout(16, 1)).is_null()).count() < 256);
        }
    }
}
