//! Any text as the HTML of a mail.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigmail_core::text::{Fields, Message, Profile};

fuzz_target!(|document: &str| {
    let mail = format!("Content-Type: text/html; charset=utf-8\n\n{document}");
    let mut fields = Fields::default();
    fields.read(Message::Mail(mail.as_bytes()), Profile::Portable);
    // Without a tag and an entity, what is read is what stands there.
    if !document.contains(['<', '&']) && document.len() < 1 << 20 {
        assert_eq!(fields.iter().find(|(_, text)| *text == document).map(|(_, text)| text), Some(document));
    }
});
