//! A buffer that is written beyond what counts of it.

/// Values of which the first so many count: what follows is room that may be written to before it is known
/// whether it counts.
#[derive(Debug, Default)]
pub struct Filling<T> {
    values: Vec<T>,
    count: usize,
}

impl<T: Copy + Default> Filling<T> {
    /// What counts.
    pub fn as_slice(&self) -> &[T] {
        &self.values[..self.count]
    }

    /// How many count.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Lets none count.
    pub fn clear(&mut self) {
        self.count = 0;
    }

    /// Makes room for so many more, and for one that does not count behind them. Returns how long it is with them.
    pub fn reserve(&mut self, more: usize) -> usize {
        let needed = self.count + more + 1;
        if self.values.len() < needed {
            self.values.resize(needed.next_power_of_two(), T::default());
        }
        self.values.len()
    }

    /// The room behind what counts.
    pub fn room(&mut self) -> &mut [T] {
        &mut self.values[self.count..]
    }

    /// Lets so many more count, which were written to the room.
    pub fn advance(&mut self, more: usize) {
        self.count += more;
    }

    /// The last that counts.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.values[..self.count].last_mut()
    }

    /// Lets the last count no more.
    pub fn pop(&mut self) {
        self.count = self.count.saturating_sub(1);
    }

    /// Adds one that counts.
    pub fn push(&mut self, value: T) {
        self.reserve(1);
        self.room()[0] = value;
        self.advance(1);
    }
}
