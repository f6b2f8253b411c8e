//! Short words as numbers: sixteen bytes are read at once, and those behind the word left out. Long ones cut.

/// Words of up to so many bytes are read as two numbers.
pub const SHORT: usize = 16;

/// For each length the bits of its bytes among the first eight.
pub const MASKS: [u64; SHORT + 1] = masks(0);
/// For each length the bits of its bytes among the next eight.
pub const MASKS_OF_HIGH: [u64; SHORT + 1] = masks(8);

const fn masks(skipped: usize) -> [u64; SHORT + 1] {
    let mut masks = [0; SHORT + 1];
    let mut length = skipped + 1;
    while length <= SHORT {
        masks[length] = if length - skipped >= 8 { u64::MAX } else { (1 << (8 * (length - skipped))) - 1 };
        length += 1;
    }
    masks
}

/// Sixteen bytes as two numbers, little end first, those beyond the masks left out.
#[inline]
pub fn window(padded: &[u8], from: usize, masks: (u64, u64)) -> (u64, u64) {
    let bytes = padded[from..].first_chunk::<SHORT>().copied().unwrap_or([0; SHORT]);
    let both = u128::from_le_bytes(bytes);
    (both as u64 & masks.0, (both >> 64) as u64 & masks.1)
}

/// The first `bytes` bytes of `text`, or a little less so as not to cut a character.
pub fn shorten(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_the_bytes_of_its_word_alone() {
        let padded = b"abcdefghijklmnopqrstuvwxyz";
        for length in 0..=SHORT {
            let (low, high) = window(padded, 3, (MASKS[length], MASKS_OF_HIGH[length]));
            let bytes = (u128::from(low) | u128::from(high) << 64).to_le_bytes();
            assert_eq!(&bytes[..length], &padded[3..3 + length]);
            assert!(bytes[length..].iter().all(|&byte| byte == 0));
        }
    }
}
