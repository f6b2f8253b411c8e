//! Any bytes as a mail: read by the profile that reads most, within the caps.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigmail_core::text::{Fields, Message, Profile, limits};

fuzz_target!(|mail: &[u8]| {
    let mut fields = Fields::default();
    for profile in [Profile::Site, Profile::Content] {
        fields.read(Message::Mail(mail), profile);
        let text: usize =
            fields.iter().filter(|(field, _)| !field.is_evidence()).map(|(_, text)| text.len()).sum();
        // Text has one cap, and the hosts of links another.
        assert!(text <= limits::TEXT_BYTES + limits::LINKS * 1024);
    }
});
