import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { demangle } from '../../src/machine/demangle.ts';

describe('demangle', () => {
  const cases: [string, string][] = [
    ['main', 'main'],
    ['_ZN4core9panicking9panic_fmt17h0123456789abcdefE', 'core::panicking::panic_fmt'],
    [
      '_ZN60_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE',
      '<alloc::string::String as core::fmt::Display>::fmt',
    ],
    ['_ZN3foo17h0123456789abcdefE.llvm.123', 'foo'],
    ['_ZN3fooE', 'foo'],
    ['_ZN19too_shortE', '_ZN19too_shortE'],
    ['_ZN', '_ZN'],
    // From RFC 2603 and the reference's chapter on symbol mangling.
    ['_RNvC6_123foo3bar', '123foo::bar'],
    ['_RNvCskwGfYPst2Cb_3foo16example_function', 'foo::example_function'],
    ['_RNCC4main0', 'main::{closure#0}'],
    ['_RINvNtC3std3mem8align_ofdE', 'std::mem::align_of<f64>'],
    ['_RINtC5alloc3VechE', 'alloc::Vec<u8>'],
    ['_RNvMC3fooNtB2_3Bar3new', '<foo::Bar>::new'],
    ['_RNvXC3fooNtB2_3BarNtB2_3Foo3new', '<foo::Bar as foo::Foo>::new'],
    ['_RINvC3foo3barRAhj20_E', 'foo::bar<&[u8; 32]>'],
    ['_RINvC3foo3barFjElE', 'foo::bar<fn(usize) -> i32>'],
    ['_RINvC3foo3barDNtC4core3FmtEL_E', 'foo::bar<dyn core::Fmt>'],
    ['_RNvC', '_RNvC'],
    ['_RB_', '_RB_'],
  ];
  for (const [mangled, plain] of cases) it(mangled, () => assert.equal(demangle(mangled), plain));

  it('gives back what it cannot read', () => {
    const junk = fc.string({ unit: fc.constantFrom(...'BCDEFIKLMNRSTXY_0123fooabcsup$h..'), maxLength: 60 });
    fc.assert(
      fc.property(junk, (s) => typeof demangle(`_R${s}`) === 'string' && typeof demangle(`_ZN${s}`) === 'string'),
    );
    // References to themselves, and ones that grow.
    assert.equal(typeof demangle(`_RT${'B_'.repeat(50)}E`), 'string');
    assert.equal(typeof demangle(`_RINvC1a1b${'TB8_B8_E'.repeat(60)}E`), 'string');
  });
});
