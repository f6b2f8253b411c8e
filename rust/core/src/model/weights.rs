//! The weights of a layer: its own, or a part of the model file that stays where it is.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// The bytes of a model file, held by whoever reads it: in memory, or mapped and so shared by processes.
pub type FileBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Numbers that are read far more often than written. They are used as a slice.
#[derive(Clone)]
pub enum Weights {
    /// In memory of their own.
    Owned(Vec<f32>),
    /// In a model file.
    Filed(FiledWeights),
}

/// Numbers within the bytes of a file, which lie as the processor reads them.
#[derive(Clone)]
pub struct FiledWeights {
    file: FileBytes,
    range: Range<usize>,
}

impl Weights {
    /// The numbers in these bytes of a file. They are copied where the processor could not read them in
    /// their place: at an odd address, or with the big end first.
    #[must_use]
    pub fn filed(file: &FileBytes, range: Range<usize>) -> Self {
        let bytes = &file.as_ref().as_ref()[range.clone()];
        if cfg!(target_endian = "little") && bytemuck::try_cast_slice::<u8, f32>(bytes).is_ok() {
            return Self::Filed(FiledWeights { file: Arc::clone(file), range });
        }
        let (values, _) = bytes.as_chunks::<4>();
        Self::Owned(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// The numbers to write to; those of a file are copied first.
    pub fn to_mut(&mut self) -> &mut [f32] {
        if let Self::Filed(_) = self {
            *self = Self::Owned(self.to_vec());
        }
        match self {
            Self::Owned(values) => values,
            Self::Filed(_) => unreachable!("they were copied above"),
        }
    }

    /// The bytes of the numbers as they stand in a file, little end first.
    #[must_use]
    pub fn to_le_bytes(&self) -> Cow<'_, [u8]> {
        if cfg!(target_endian = "little") {
            Cow::Borrowed(bytemuck::cast_slice(self))
        } else {
            Cow::Owned(self.iter().flat_map(|value| value.to_le_bytes()).collect())
        }
    }
}

impl Deref for Weights {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match self {
            Self::Owned(values) => values,
            Self::Filed(FiledWeights { file, range }) => {
                bytemuck::cast_slice(&file.as_ref().as_ref()[range.clone()])
            }
        }
    }
}

impl From<Vec<f32>> for Weights {
    fn from(values: Vec<f32>) -> Self {
        Self::Owned(values)
    }
}

impl PartialEq for Weights {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Weights {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_from_a_file_at_any_address_and_written_to_a_copy() {
        let values = [1.5_f32, -2.0, 3.25];
        for skipped in 0..8 {
            let mut bytes = vec![0; skipped];
            bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            let file: FileBytes = Arc::new(bytes);
            let mut weights = Weights::filed(&file, skipped..skipped + 12);
            assert_eq!(
                (&*weights, &*weights.to_le_bytes()),
                (&values[..], &file.as_ref().as_ref()[skipped..])
            );
            let before = weights.clone();
            weights.to_mut()[1] = 7.0;
            assert_eq!(
                (before[1].to_bits(), weights[1].to_bits()),
                ((-2.0_f32).to_bits(), 7.0_f32.to_bits())
            );
        }
    }
}
