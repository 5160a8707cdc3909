//! Which parts of a bundle fit.

use std::collections::BTreeMap;
use std::io;

use super::archive::Frame;
use super::item::{Item, Missing};

/// What is left out together or not at all.
pub(super) struct Part {
    /// The source it comes from.
    pub name: &'static str,
    /// 0 stays whatever happens; of the others the highest goes first.
    pub weight: u8,
    pub items: BTreeMap<String, Item>,
}

/// The frames of an archive within `limit` bytes, the first of which says what is in the others; `None` if not even what
/// must stay fits. Of parts as useful as each other, the largest goes first.
///
/// # Errors
/// Those of `first`.
pub(super) fn fit(
    mut parts: Vec<(Part, Frame)>,
    limit: u64,
    mut first: impl FnMut(&[(Part, Frame)], &[Missing]) -> io::Result<Frame>,
) -> io::Result<Option<Vec<Frame>>> {
    let mut dropped = Vec::new();
    loop {
        let head = first(&parts, &dropped)?;
        let total = head.len() + parts.iter().map(|(_, frame)| frame.len()).sum::<u64>();
        if total <= limit {
            let mut frames = vec![head];
            frames.extend(parts.into_iter().map(|(_, frame)| frame));
            return Ok(Some(frames));
        }
        let droppable = parts.iter().enumerate().filter(|(_, (part, _))| part.weight > 0);
        let Some((worst, _)) =
            droppable.max_by_key(|(_, (part, frame))| (part.weight, frame.len()))
        else {
            return Ok(None);
        };
        let (part, frame) = parts.remove(worst);
        let what = match part.items.len() {
            1 => part.items.keys().cloned().collect(),
            many => format!("{} ({many} files)", part.name),
        };
        let why = format!(
            "it takes {} bytes, and all together more than {limit}; --max-size allows more",
            frame.len()
        );
        dropped.push(Missing { what, why });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::item::Content;

    fn part(name: &'static str, weight: u8, length: u64) -> (Part, Frame) {
        let mut state = length;
        let noise: String = (0..length)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                char::from(b'!' + (state >> 58) as u8)
            })
            .collect();
        let item = Item { origin: String::new(), content: Content::Text(noise) };
        let items = BTreeMap::from([(name.to_owned(), item)]);
        let frame = Frame::of(&items, 0).unwrap();
        (Part { name, weight, items }, frame)
    }

    fn kept(limit: u64) -> Option<(usize, Vec<String>)> {
        let parts = vec![
            part("must", 0, 1000),
            part("logs", 2, 3000),
            part("small", 6, 2000),
            part("large", 6, 9000),
        ];
        let mut last = Vec::new();
        let frames = fit(parts, limit, |_, dropped| {
            last = dropped.iter().map(|missing| missing.what.clone()).collect();
            Frame::compressed(b"head")
        });
        frames.unwrap().map(|frames| (frames.len() - 1, last))
    }

    #[test]
    fn the_least_useful_goes_first_and_of_those_the_largest() {
        assert_eq!(kept(1 << 20), Some((4, vec![])));
        assert_eq!(kept(10_000), Some((3, vec!["large".to_owned()])));
        assert_eq!(kept(4_500).map(|(kept, _)| kept), Some(2));
        assert_eq!(kept(2_000).map(|(kept, _)| kept), Some(1));
        assert_eq!(kept(100), None);
    }
}
