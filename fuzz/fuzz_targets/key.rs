#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| golive_fuzz::key(bytes));
