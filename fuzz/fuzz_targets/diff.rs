//! Two texts, between which lies a null byte; the first eight bytes choose which edits are applied.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((mask, rest)) = bytes.split_first_chunk() else {
        return;
    };
    let mut texts = rest
        .splitn(2, |byte| *byte == 0)
        .map(String::from_utf8_lossy);
    if let (Some(before), Some(after)) = (texts.next(), texts.next()) {
        harness::edits(&before, &after.replace('\0', ""), u64::from_le_bytes(*mask));
    }
});
