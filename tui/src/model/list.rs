//! Where in a list or a text the user is.

/// A cursor and the first line shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct List {
    pub cursor: usize,
    pub top: usize,
}

impl List {
    /// Moves the cursor by so many lines.
    pub fn move_by(&mut self, lines: isize) {
        self.cursor = self.cursor.saturating_add_signed(lines);
    }

    /// Keeps the cursor inside `count` lines and the lines around it on a screen of `height`.
    pub fn fit(&mut self, count: usize, height: usize) {
        self.cursor = self.cursor.min(count.saturating_sub(1));
        let height = height.max(1);
        let lowest = (self.cursor + 1).saturating_sub(height);
        self.top =
            self.top.clamp(lowest, self.cursor).min(count.saturating_sub(height).max(lowest));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_cursor_is_always_on_the_screen(
            moves in prop::collection::vec((-50_isize..50, 0_usize..60, 0_usize..30), 1..40),
        ) {
            let mut list = List::default();
            for (by, count, height) in moves {
                list.move_by(by);
                list.fit(count, height);
                prop_assert!(list.cursor < count.max(1));
                prop_assert!(list.top <= list.cursor && list.cursor < list.top + height.max(1));
            }
        }
    }
}
