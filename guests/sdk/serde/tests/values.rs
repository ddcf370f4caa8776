use serde::{Deserialize, Serialize};
use wisp::testing::run;

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Order {
    id: u32,
    note: String,
    amounts: Vec<i64>,
    urgent: Option<bool>,
}

fn guest() {
    let order: Order = wisp_serde::read();
    wisp_serde::commit(&order);
}

/// `createInput().value(schema, { id: 300, note: 'hi', amounts: [-1n, 64n], urgent: true })` on the host.
const BYTES: [u8; 15] = [11, 0, 0, 0, 0xac, 0x02, 2, b'h', b'i', 2, 0x01, 0x80, 0x01, 1, 1];

#[test]
fn values_are_as_the_host_writes_them() {
    let outcome = run(guest, &BYTES);
    assert_eq!((outcome.code, outcome.journal), (0, BYTES.to_vec()));
}

#[test]
#[should_panic(expected = "input:")]
fn bytes_that_hold_no_value_are_refused() {
    run(guest, &[2, 0, 0, 0, 1, 200]);
}
