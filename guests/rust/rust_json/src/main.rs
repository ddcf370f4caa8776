//! Input: a JSON array of objects with an account's name and an amount, such as
//! `[{"account": "anna", "amount": 12}, {"account": "bo", "amount": -3}]`; other members are allowed and ignored.
//! Journal: one line `name total` for each account, in byte order of the names. Exit code 1: not such a ledger;
//! 2: a total beyond 64 bits.
#![cfg_attr(target_arch = "riscv32", no_std, no_main)]

extern crate alloc;

mod json;

use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt::Write;
use json::Value;

wisp::entry!(guest);

const MALFORMED: u32 = 1;
const OVERFLOW: u32 = 2;

fn totals(ledger: Value) -> Result<BTreeMap<String, i64>, u32> {
    let Value::Array(rows) = ledger else { return Err(MALFORMED) };
    let mut totals = BTreeMap::new();
    for row in rows {
        let Value::Object(members) = row else { return Err(MALFORMED) };
        let (mut account, mut amount) = (None, None);
        for (key, value) in members {
            match (key.as_str(), value) {
                ("account", Value::String(text)) => account = Some(text),
                ("amount", Value::Integer(number)) => amount = Some(number),
                _ => {}
            }
        }
        let (Some(account), Some(amount)) = (account, amount) else { return Err(MALFORMED) };
        let total = totals.entry(account).or_insert(0i64);
        *total = total.checked_add(amount).ok_or(OVERFLOW)?;
    }
    Ok(totals)
}

fn guest() -> u32 {
    let input = wisp::read_rest();
    let result = json::parse(&input).ok_or(MALFORMED).and_then(totals);
    let totals = match result {
        Ok(totals) => totals,
        Err(code) => return code,
    };
    let mut text = String::new();
    for (account, total) in &totals {
        let _ = writeln!(text, "{account} {total}");
    }
    wisp::commit_slice(text.as_bytes());
    0
}
