//! Where in these bytes does a PDU start?

use super::{Framer, State, Trust};
use crate::pdu::{BHS_LEN, Bhs, Direction, Opcode, is_plausible};

impl Framer {
    /// Looks for a header in what was kept of earlier bytes plus `bytes`; answers how many of `bytes` are done with.
    pub(super) fn search(&mut self, bytes: &[u8]) -> usize {
        let mut kept = std::mem::take(&mut self.partial);
        let base = self.offset - kept.len() as u64;
        let used = match (View { kept: &kept, fresh: bytes }).find(self.direction, base, self.grid)
        {
            Some((at, is_confirmed)) => {
                let start = base + at as u64;
                // The first byte of a whole stream needs no confirmation.
                let is_first = start == 0 && self.grid == Some(0);
                self.skipped += at as u64;
                self.grid = Some(start % 4);
                self.at_segment = start == self.segment;
                self.found = !is_confirmed && !is_first;
                self.trust = Trust::Doubted;
                self.state = State::Header;
                if !is_first {
                    self.modes.reopen();
                }
                kept.drain(..at.min(kept.len()));
                // Where nothing of it is kept, the header begins in `bytes`.
                start.saturating_sub(self.offset)
            }
            None => {
                let passed = (kept.len() + bytes.len() + 1).saturating_sub(BHS_LEN);
                self.skipped += passed as u64;
                let of_bytes = passed.saturating_sub(kept.len());
                kept.drain(..passed.min(kept.len()));
                kept.extend_from_slice(bytes.get(of_bytes..).unwrap_or_default());
                bytes.len() as u64
            }
        };
        self.offset += used;
        self.partial = kept;
        usize::try_from(used).unwrap_or(bytes.len())
    }
}

/// Bytes being searched: the last ones of earlier segments and a new segment.
struct View<'a> {
    kept: &'a [u8],
    fresh: &'a [u8],
}

impl View<'_> {
    /// The first place a PDU of `direction` may start, and whether the header behind it confirms it. The view begins
    /// at stream offset `base`; PDUs start at offsets that are `grid` modulo 4, if that is known.
    fn find(&self, direction: Direction, base: u64, grid: Option<u64>) -> Option<(usize, bool)> {
        let length = self.kept.len() + self.fresh.len();
        let starts = 0..(length + 1).saturating_sub(BHS_LEN);
        let (first, step) = match grid {
            // 0 to 3: how far it is to the grid.
            Some(grid) => ((grid.wrapping_sub(base) % 4) as usize, 4),
            None => (0, 1),
        };
        starts
            .skip(first)
            .step_by(step)
            .find_map(|at| self.is_start(at, direction).map(|is_confirmed| (at, is_confirmed)))
    }

    /// Whether a PDU starts here and, if so, whether the next one confirms it.
    #[inline]
    fn is_start(&self, at: usize, direction: Direction) -> Option<bool> {
        if Opcode(self.byte(at)? & 0x3f).direction() != direction {
            return None;
        }
        let header = self.header(at).filter(is_plausible)?;
        let head = BHS_LEN + usize::from(header.total_ahs_length()) * 4;
        let data = (header.data_segment_length() as usize).next_multiple_of(4);
        // No digests, one of the two, or both.
        let mut is_contradicted = true;
        for digests in [0, 4, 8] {
            let Some(next) = self.header(at + head + data + digests) else {
                is_contradicted = false;
                continue;
            };
            let opcode = next.opcode();
            if opcode.direction() == direction {
                if is_plausible(&next) {
                    return Some(true);
                }
                is_contradicted &= !opcode.is_known();
            }
        }
        (!is_contradicted).then_some(false)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        match at.checked_sub(self.kept.len()) {
            Some(at) => self.fresh.get(at).copied(),
            None => self.kept.get(at).copied(),
        }
    }

    /// The 48 bytes at `at`, which may lie in both parts.
    fn header(&self, at: usize) -> Option<Bhs> {
        match at.checked_sub(self.kept.len()) {
            Some(at) => Bhs::parse(self.fresh.get(at..)?),
            None => {
                let mut joined = self.kept.get(at..)?.iter().chain(self.fresh);
                let mut bytes = [0; BHS_LEN];
                for byte in &mut bytes {
                    *byte = *joined.next()?;
                }
                Some(Bhs(bytes))
            }
        }
    }
}
