//! The parser of EQL: no text makes it panic, an error points at a place and says what to do, and a tree printed as EQL
//! parses to one that prints the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use watchfloor::query::eql::parse;

fuzz_target!(|text: &str| {
    let statement = match parse(text) {
        Ok(statement) => statement,
        Err(error) => {
            assert!(text.get(error.span.start..error.span.end).is_some());
            assert!(!error.message.is_empty() && !error.help.is_empty());
            assert!(error.to_diagnostic().place.is_some());
            return;
        }
    };
    let printed = statement.to_string();
    let again = parse(&printed).unwrap_or_else(|e| panic!("printed as {printed}: {}", e.to_diagnostic()));
    assert_eq!(again.to_string(), printed);
});
